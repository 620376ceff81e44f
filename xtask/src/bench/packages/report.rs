//! What the times amount to, and how they are shown.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::{CLIENTS, DELAY, PACKAGES};

/// How many answers of the server, one after the other, an update may take for each package of a chain.
const ANSWERS: u32 = 6;

/// Everything that was measured.
pub(crate) struct Report {
    pub(super) rounds: usize,
    /// The depths, and what each client did.
    pub(super) columns: Vec<(usize, [Cell; 2])>,
}

/// One update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) time: Duration,
    pub(super) requests: usize,
}

/// What one client did, over all rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    min: Duration,
    median: Duration,
    max: Duration,
    /// The most in any round.
    requests: usize,
}

impl Cell {
    /// `None` when nothing was measured. The median is the smallest time that half of all do not
    /// exceed.
    pub(super) fn new(samples: &[Sample]) -> Option<Self> {
        let mut times: Vec<_> = samples.iter().map(|sample| sample.time).collect();
        times.sort_unstable();
        Some(Self {
            min: *times.first()?,
            median: *times.get((times.len() - 1) / 2)?,
            max: *times.last()?,
            requests: samples.iter().map(|sample| sample.requests).max()?,
        })
    }

    fn shown(&self) -> String {
        let [median, min, max] = [self.median, self.min, self.max].map(|time| time.as_millis());
        format!("{median} ({min}-{max}), {}", self.requests)
    }

    fn as_json(&self) -> Value {
        let [min, median, max] = [self.min, self.median, self.max].map(milliseconds);
        json!({ "min": min, "median": median, "max": max, "requests": self.requests })
    }
}

/// The longest that an update of chains of so many packages may take.
fn limit(depth: usize) -> Duration {
    DELAY * ANSWERS * u32::try_from(depth).unwrap_or(u32::MAX)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Report {
    fn title(&self) -> String {
        format!(
            "An update of {PACKAGES} packages, {} ms for each answer of the server, in milliseconds:\n\
             median of {} (fastest-slowest), requests",
            DELAY.as_millis(),
            self.rounds
        )
    }

    pub(crate) fn as_text(&self) -> String {
        let width = CLIENTS.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut text = format!("{}\n{:width$}", self.title(), "");
        for (depth, _) in &self.columns {
            let heading = format!("depth {depth}");
            let _ = write!(text, "  {heading:>24}");
        }
        for (row, client) in CLIENTS.iter().enumerate() {
            let _ = write!(text, "\n{client:width$}");
            for (_, cells) in &self.columns {
                let _ = write!(text, "  {:>24}", cells[row].shown());
            }
        }
        for &(depth, [ours, _]) in &self.columns {
            let limit = limit(depth);
            let verdict = if ours.median <= limit {
                "met"
            } else {
                "missed"
            };
            let (client, limit, reached) = (CLIENTS[0], limit.as_millis(), ours.median.as_millis());
            let _ = write!(
                text,
                "\nTarget of {client}, depth {depth}: at most {limit} ms: {verdict}, {reached}"
            );
        }
        text
    }

    pub(crate) fn as_json(&self) -> Value {
        let columns = self.columns.iter().map(|(depth, cells)| {
            let rows = CLIENTS.iter().zip(cells).map(|(client, cell)| {
                let mut row = cell.as_json();
                row["client"] = json!(client);
                row
            });
            json!({
                "depth": depth,
                "rows": rows.collect::<Vec<_>>(),
                "target": {
                    "client": CLIENTS[0],
                    "at_most": milliseconds(limit(*depth)),
                    "reached": milliseconds(cells[0].median),
                    "met": cells[0].median <= limit(*depth),
                },
            })
        });
        json!({
            "unit": "ms",
            "packages": PACKAGES,
            "delay": milliseconds(DELAY),
            "rounds": self.rounds,
            "depths": columns.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(times: &[u64], requests: usize) -> Cell {
        let samples: Vec<_> = times
            .iter()
            .map(|&time| Sample {
                time: Duration::from_millis(time),
                requests,
            })
            .collect();
        Cell::new(&samples).unwrap()
    }

    #[test]
    fn the_middle_time_is_taken() {
        let check = |times: &[u64], expected: [u64; 3]| {
            let cell = cell(times, 1);
            let found = [cell.min, cell.median, cell.max];
            assert_eq!(found, expected.map(Duration::from_millis), "{times:?}");
        };
        check(&[5], [5, 5, 5]);
        check(&[3, 1, 2], [1, 2, 3]);
        check(&[4, 1, 3, 2], [1, 2, 4]);
        assert_eq!(Cell::new(&[]), None);
    }

    #[test]
    fn depths_are_shown_beside_each_other() {
        let report = Report {
            rounds: 3,
            columns: vec![
                (1, [cell(&[300, 150, 310], 100), cell(&[6000], 100)]),
                (5, [cell(&[1501], 100), cell(&[7000], 100)]),
            ],
        };
        let ours = CLIENTS[0];
        let expected = format!(
            "\
An update of 50 packages, 50 ms for each answer of the server, in milliseconds:
median of 3 (fastest-slowest), requests
                                        depth 1                   depth 5
{ours:21}        300 (150-310), 100     1501 (1501-1501), 100
original Belay 0.30.1     6000 (6000-6000), 100     7000 (7000-7000), 100
Target of {ours}, depth 1: at most 300 ms: met, 300
Target of {ours}, depth 5: at most 1500 ms: missed, 1501"
        );
        assert_eq!(report.as_text(), expected);
        let json = report.as_json();
        assert_eq!(json["depths"][0]["target"]["met"], json!(true));
        assert_eq!(json["depths"][1]["target"]["met"], json!(false));
        assert_eq!(json["depths"][1]["rows"][1]["median"], json!(7000.0));
    }
}
