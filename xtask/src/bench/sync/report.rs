//! What the times amount to, and how they are shown.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::board::Wear;
use super::super::median;
use super::STEPS;
use super::client::{Client, Time};
use super::project::Sizes;

/// Everything that was measured.
pub(crate) struct Report {
    pub(super) sizes: Sizes,
    pub(super) random_bytes: u64,
    /// One for each link.
    pub(super) tables: Vec<Table>,
    pub(super) copies: Copies,
    pub(super) trips: Trips,
}

/// What all clients did on one link.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) rounds: usize,
    /// Bytes in a second; `None` without a limit.
    pub(super) rate: Option<f64>,
    /// How many times as fast as the original in its session a first synchronisation is to be.
    pub(super) times_original: Option<f64>,
    /// A cell for each step.
    pub(super) rows: Vec<(Client, [Cell; 3])>,
}

/// A file of random data on a line with a rate. The session of a cell is how much longer the command
/// took than one that finds the file on the board.
pub(super) struct Copies {
    /// Bytes in a second.
    pub(super) rate: f64,
    pub(super) rounds: usize,
    pub(super) rows: Vec<(Client, Cell)>,
}

/// Round trips of a synchronisation with nothing changed, in a session that is open.
pub(super) struct Trips {
    pub(super) ours: f64,
    pub(super) original: f64,
}

/// What one client did in one step, over all rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    min: Duration,
    median: Duration,
    max: Duration,
    /// The median of the session's times, where they are known.
    session: Option<Duration>,
    /// The median by bytes.
    wear: Wear,
}

/// What is to be reached.
struct Target {
    what: String,
    /// Whether the limit is the most or the least.
    at_most: bool,
    limit: f64,
    reached: f64,
}

impl Cell {
    /// `None` when nothing was measured.
    pub(super) fn new(samples: Vec<(Time, Wear)>) -> Option<Self> {
        let mut times: Vec<_> = samples.iter().map(|(time, _)| time.whole).collect();
        times.sort_unstable();
        let sessions: Option<Vec<_>> = samples.iter().map(|(time, _)| time.session).collect();
        Some(Self {
            min: *times.first()?,
            max: *times.last()?,
            median: median(times)?,
            session: sessions.and_then(median),
            wear: median(samples.into_iter().map(|(_, wear)| wear).collect())?,
        })
    }

    fn shown(&self) -> String {
        let [median, min, max] = [self.median, self.min, self.max].map(|t| t.as_secs_f64());
        format!("{median:.2} ({min:.2}-{max:.2})")
    }
}

fn ratio(time: Duration, unit: Duration) -> f64 {
    time.as_secs_f64() / unit.as_secs_f64()
}

/// A number of bytes for a calculation; no size is anywhere near 2^52.
#[expect(clippy::cast_precision_loss)]
fn float(bytes: u64) -> f64 {
    bytes as f64
}

impl Table {
    /// The row of the workspace's own program is the first, that of the original the last.
    fn ours(&self) -> &[Cell; 3] {
        &self.rows[0].1
    }

    /// How many times as long the original takes in its session alone as the whole command of ours.
    fn against_session(&self, step: usize) -> Option<f64> {
        let (_, original) = self.rows.last()?;
        Some(ratio(original[step].session?, self.ours()[step].median))
    }

    fn as_text(&self) -> String {
        let mut text = format!(
            "Synchronisation on {}, in seconds: median of {} (fastest-slowest)\n{:width$}",
            self.title,
            self.rounds,
            "",
            width = WIDTH
        );
        for step in STEPS {
            let _ = write!(text, "  {step:>20}");
        }
        for (client, cells) in &self.rows {
            let _ = write!(text, "\n{:WIDTH$}", client.name());
            for cell in cells {
                let _ = write!(text, "  {:>20}", cell.shown());
            }
            if cells[0].session.is_some() {
                let _ = write!(text, "\n{:WIDTH$}", "  in its session");
                for cell in cells {
                    let time = cell.session.unwrap_or_default().as_secs_f64();
                    let _ = write!(text, "  {time:>20.2}");
                }
            }
        }
        text
    }

    fn as_json(&self) -> Value {
        let rows = self.rows.iter().map(|(client, cells)| {
            let steps: Vec<_> = cells.iter().map(Cell::as_json).collect();
            json!({ "client": client.name(), "steps": steps })
        });
        json!({
            "link": self.title,
            "rounds": self.rounds,
            "rows": rows.collect::<Vec<_>>(),
        })
    }

    /// How the flash was used, which does not depend on the link.
    fn wear_as_text(&self) -> String {
        let mut text = format!("Flash: bytes programmed (blocks erased)\n{:WIDTH$}", "");
        for step in STEPS {
            let _ = write!(text, "  {step:>20}");
        }
        for (client, cells) in &self.rows {
            let _ = write!(text, "\n{:WIDTH$}", client.name());
            for cell in cells {
                let shown = format!("{} ({})", cell.wear.bytes, cell.wear.erases);
                let _ = write!(text, "  {shown:>20}");
            }
        }
        text
    }
}

/// The width of the clients' names.
const WIDTH: usize = 21;

impl Cell {
    fn as_json(&self) -> Value {
        json!({
            "min": self.min.as_secs_f64(),
            "median": self.median.as_secs_f64(),
            "max": self.max.as_secs_f64(),
            "session": self.session.map(|time| time.as_secs_f64()),
            "programmed_bytes": self.wear.bytes,
            "erases": self.wear.erases,
        })
    }
}

impl Copies {
    /// How much of the line's rate is used when so many bytes take so long, in percent.
    fn used(&self, time: Duration, bytes: u64) -> f64 {
        100.0 * float(bytes) / self.rate / time.as_secs_f64()
    }
}

impl Report {
    fn targets(&self) -> Vec<Target> {
        let mut targets = Vec::new();
        for table in &self.tables {
            let first = table.ours()[0].median.as_secs_f64();
            if let Some(rate) = table.rate {
                targets.push(Target {
                    what: format!("first sync on {}, x floor", table.title),
                    at_most: true,
                    limit: 1.15,
                    reached: first * rate / float(self.sizes.floor),
                });
            }
            if let (Some(limit), Some(reached)) = (table.times_original, table.against_session(0)) {
                targets.push(Target {
                    what: format!("first sync on {}, x original in its session", table.title),
                    at_most: false,
                    limit,
                    reached,
                });
            }
        }
        let (_, copy) = &self.copies.rows[0];
        targets.push(Target {
            what: "random data, % of the line rate".to_owned(),
            at_most: false,
            limit: 92.0,
            reached: self.copies.used(copy.median, self.random_bytes),
        });
        targets.push(Target {
            what: "nothing changed, round trips".to_owned(),
            at_most: true,
            limit: 3.0,
            // Whole ones: what is left of the time is not a trip.
            reached: self.trips.ours.round(),
        });
        let wear = self.tables.iter().map(|table| table.ours()[1].wear.bytes);
        targets.push(Target {
            what: "nothing changed, bytes programmed".to_owned(),
            at_most: true,
            limit: 0.0,
            reached: float(wear.max().unwrap_or_default()),
        });
        targets
    }

    pub(crate) fn as_text(&self) -> String {
        let Sizes {
            files,
            bytes,
            minified,
            floor,
        } = self.sizes;
        let mut parts = vec![format!(
            "A project of {files} files: {bytes} bytes, minified {minified}, deflated {floor}"
        )];
        parts.extend(self.tables.iter().map(Table::as_text));
        let mut text = format!(
            "{} bytes of random data at 115200 baud, in seconds: median of {} (fastest-slowest), and in \
             percent of the line",
            self.random_bytes, self.copies.rounds
        );
        for (client, cell) in &self.copies.rows {
            let used = self.copies.used(cell.median, self.random_bytes);
            let (name, shown) = (client.name(), cell.shown());
            let _ = write!(text, "\n{name:WIDTH$}  {shown:>20}  {used:>5.1} %");
            if let Some(session) = cell.session {
                let used = self.copies.used(session, self.random_bytes);
                let _ = write!(text, "  {used:>5.1} % beyond a command that sends nothing");
            }
        }
        parts.push(text);
        parts.extend(self.tables.first().map(Table::wear_as_text));
        parts.push(format!(
            "Round trips with nothing changed: belay {:.1}, original {:.1}",
            self.trips.ours, self.trips.original
        ));
        let targets: Vec<_> = self.targets().iter().map(Target::as_text).collect();
        parts.push(format!("Targets of belay\n{}", targets.join("\n")));
        parts.join("\n\n")
    }

    pub(crate) fn as_json(&self) -> Value {
        let copies = self.copies.rows.iter().map(|(client, cell)| {
            json!({
                "client": client.name(),
                "time": cell.as_json(),
                "percent_of_line": self.copies.used(cell.median, self.random_bytes),
            })
        });
        json!({
            "unit": "s",
            "project": {
                "files": self.sizes.files,
                "bytes": self.sizes.bytes,
                "minified": self.sizes.minified,
                "deflated": self.sizes.floor,
            },
            "steps": STEPS,
            "links": self.tables.iter().map(Table::as_json).collect::<Vec<_>>(),
            "random": copies.collect::<Vec<_>>(),
            "round_trips": { "belay": self.trips.ours, "original": self.trips.original },
            "targets": self.targets().iter().map(Target::as_json).collect::<Vec<_>>(),
        })
    }
}

impl Target {
    fn met(&self) -> bool {
        if self.at_most {
            self.reached <= self.limit
        } else {
            self.reached >= self.limit
        }
    }

    fn as_text(&self) -> String {
        let bound = if self.at_most { "at most" } else { "at least" };
        let verdict = if self.met() { "met" } else { "missed" };
        let (what, limit, reached) = (&self.what, self.limit, self.reached);
        format!("{what}: {bound} {limit}: {verdict}, {reached:.2}")
    }

    fn as_json(&self) -> Value {
        json!({
            "what": self.what,
            if self.at_most { "at_most" } else { "at_least" }: self.limit,
            "reached": self.reached,
            "met": self.met(),
        })
    }
}

#[cfg(test)]
mod tests;
