//! How long it takes to bring a project to a board, beside the other clients.
//!
//! Every client has a new board of its own in each round, as nobody's files are to be there before
//! its own. What is timed is the whole command, from its start to its end.

mod client;
mod project;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use self::client::{Client, Time};
use self::project::{Project, Sizes};
use super::Tools;
use super::board::{Board, Wear};
use super::report::{Figure, Limit, Summary, Table, float, ratio};
use crate::workspace;

/// A link that projects are brought over.
struct Link {
    title: &'static str,
    /// As they stand behind `sim:`.
    options: &'static str,
    rounds: usize,
    /// Bytes in a second; `None` without a limit.
    rate: Option<f64>,
    /// How many times as fast as the original in its session a first synchronisation is to be.
    times_original: Option<f64>,
}

/// The bytes in a second of a line of 115200 baud: each is ten bits.
const LINE_RATE: f64 = 11_520.0;

const LINKS: [Link; 3] = [
    Link {
        title: "a bare pty",
        options: "",
        rounds: 5,
        rate: None,
        times_original: None,
    },
    Link {
        title: "a link with a round trip of 2 ms",
        options: "&latency=2ms",
        rounds: 5,
        rate: None,
        times_original: Some(10.0),
    },
    Link {
        title: "a line of 115200 baud",
        options: "&baud=115200",
        rounds: 3,
        rate: Some(LINE_RATE),
        times_original: Some(3.0),
    },
];

/// How often a file of random data is copied, and how often round trips are counted.
const ROUNDS: usize = 3;

/// The round trip of the link on which round trips are counted. The rest is small beside it.
const FAR: Duration = Duration::from_millis(100);
const FAR_OPTIONS: &str = "latency=100ms";

/// What is done in a turn, one after the other.
const STEPS: [&str; 3] = ["first sync", "nothing changed", "one file changed"];

/// Measures everything.
pub(super) fn measure(tools: &Tools) -> Result<Vec<Table>> {
    let bench = Bench {
        tools,
        project: Project::make(tools)?,
    };
    let mut tables = Vec::new();
    for link in &LINKS {
        eprintln!("measuring synchronisation on {}", link.title);
        tables.push(bench.link(link)?);
    }
    eprintln!("measuring copies of random data");
    tables.push(bench.copies()?);
    eprintln!("counting round trips");
    tables.push(bench.trips()?);
    Ok(tables)
}

struct Bench<'a> {
    tools: &'a Tools,
    project: Project,
}

impl Bench<'_> {
    fn link(&self, link: &Link) -> Result<Table> {
        let mut turns = Client::ALL.map(|_| Vec::new());
        for _ in 0..link.rounds {
            for (client, turns) in Client::ALL.into_iter().zip(&mut turns) {
                let turn = self
                    .turn(client, link)
                    .with_context(|| format!("{} on {}", client.name(), link.title))?;
                turns.push(turn);
            }
        }
        let Sizes {
            files,
            bytes,
            minified,
            floor,
        } = self.project.sizes;
        let title = format!(
            "Synchronisation of {files} files on {} ({bytes} bytes, minified {minified}, deflated {floor}), \
             in seconds; bytes programmed (blocks erased)",
            link.title
        );
        let columns = STEPS
            .iter()
            .flat_map(|&step| [step, "in its session", "flash"]);
        let mut table = Table::new(title, &columns.collect::<Vec<_>>());
        // For each client the first step: the whole command, and its session.
        let mut first = Vec::new();
        for (client, turns) in Client::ALL.into_iter().zip(turns) {
            let mut figures = Vec::new();
            for step in 0..STEPS.len() {
                let (whole, session) = summaries(turns.iter().map(|turn| turn[step].0))?;
                let wear = turns.iter().map(|turn| turn[step].1).max();
                let wear = wear.context("no rounds")?;
                figures.push(whole.between());
                figures.push(session.map_or_else(Figure::none, seconds));
                figures.push(Figure {
                    shown: format!("{} ({})", wear.bytes, wear.erases),
                    value: json!({ "programmed_bytes": wear.bytes, "erases": wear.erases }),
                });
                if step == 0 {
                    first.push((whole.median, session));
                } else if (step, client) == (1, Client::Ours) {
                    let what = "nothing changed, bytes programmed";
                    table.target(what, Limit::AtMost(0.0), float(wear.bytes));
                }
            }
            table.row(client.name(), figures);
        }
        let ours = first[0].0;
        if let Some(rate) = link.rate {
            let reached = ours.as_secs_f64() * rate / float(floor);
            table.target("first sync, x deflated bytes", Limit::AtMost(1.15), reached);
        }
        if let (Some(limit), Some((_, Some(session)))) = (link.times_original, first.last()) {
            let what = "first sync, x faster than the original in its session";
            table.target(what, Limit::AtLeast(limit), ratio(*session, ours));
        }
        Ok(table)
    }

    /// What a client takes for each step on a new board.
    fn turn(&self, client: Client, link: &Link) -> Result<[(Time, Wear); 3]> {
        let board = self.tools.board(&format!("fresh{}", link.options))?;
        let folder = &self.project.folder;
        let first = self.step(client, &board)?;
        let before = self.check(client, &board, folder)?;
        ensure!(
            first.1.bytes >= self.project.sizes.minified,
            "{} bytes were programmed for files of {}",
            first.1.bytes,
            self.project.sizes.minified
        );
        let unchanged = self.step(client, &board)?;
        self.project.change(self.tools)?;
        let changed = self.step(client, &board);
        let after = self.check(client, &board, folder);
        self.project.restore(self.tools)?;
        ensure!(after? != before, "the change is not on the board");
        Ok([first, unchanged, changed?])
    }

    fn step(&self, client: Client, board: &Board) -> Result<(Time, Wear)> {
        let before = board.wear()?;
        let time = client.sync(self.tools, &board.port, &self.project.folder)?;
        Ok((time, board.wear()? - before))
    }

    /// Expects that a board has the files of a folder, as the client sends them, and gives their digests.
    /// The board computes them, and mpremote asks for them.
    fn check(
        &self,
        client: Client,
        board: &Board,
        folder: &Path,
    ) -> Result<BTreeMap<String, String>> {
        let script = workspace::root().join("xtask/bench/board_files.py");
        let script = script.to_str().context("a path that is not UTF-8")?;
        let words = ["-m", "mpremote", "connect", &board.port, "run", script];
        let printed = self.tools.environment.run(&words)?;
        let lines = printed.lines().filter_map(|line| line.split_once(' '));
        let found: BTreeMap<String, String> = lines
            .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
            .collect();
        for (path, forms) in self.project.digests(self.tools, folder)? {
            let digest = found
                .get(&path)
                .with_context(|| format!("the board has no {path}"))?;
            // The original's minifier makes something else of a file than ours.
            let form = match client {
                Client::Ours => forms.last(),
                Client::Original if forms.len() > 1 => None,
                Client::Mpremote | Client::Original => forms.first(),
            };
            ensure!(
                form.is_none_or(|form| form == digest),
                "{path} is on the board with another content"
            );
        }
        Ok(found)
    }

    /// The times of the random data on a line of 115200 baud.
    fn copies(&self) -> Result<Table> {
        let mut times = Client::ALL.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (client, times) in Client::ALL.into_iter().zip(&mut times) {
                let board = self.tools.board("fresh&baud=115200")?;
                let copy = || client.copy(self.tools, &board.port, &self.project);
                let what = || format!("{} with random data", client.name());
                let mut time = copy().with_context(what)?;
                self.check(client, &board, &self.project.random)
                    .with_context(what)?;
                // The second time the file is there already.
                let without = copy().with_context(what)?;
                time.session = Some(time.whole.saturating_sub(without.whole));
                times.push(time);
            }
        }
        let bytes = self.project.random_bytes;
        let used = |time: Duration| 100.0 * float(bytes) / LINE_RATE / time.as_secs_f64();
        let title = format!("Copying {bytes} bytes of random data at 115200 baud");
        let columns = [
            "s",
            "% of the line",
            "% beyond a command that sends nothing",
        ];
        let mut table = Table::new(title, &columns);
        for (client, times) in Client::ALL.into_iter().zip(times) {
            let (whole, beyond) = summaries(times.into_iter())?;
            let beyond = beyond.map(|time| Figure::number(used(time), 1));
            if client == Client::Ours {
                let what = "random data, % of the line";
                table.target(what, Limit::AtLeast(92.0), used(whole.median));
            }
            let line = Figure::number(used(whole.median), 1);
            let figures = vec![whole.between(), line, beyond.unwrap_or_else(Figure::none)];
            table.row(client.name(), figures);
        }
        Ok(table)
    }

    /// How often a client waits for a board on which nothing has changed.
    fn trips(&self) -> Result<Table> {
        let folder = &self.project.folder;
        let (mut ours, mut original) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            // Both commands connect in the same way, and a call is one round trip.
            let beyond_a_call = self.trips_of(Client::Ours, |port| {
                let sync = Client::Ours.sync(self.tools, port, folder)?;
                let call = client::call(self.tools, port)?;
                Ok(sync.whole.as_secs_f64() - call.as_secs_f64())
            })?;
            ours.push(beyond_a_call + 1.0);
            original.push(self.trips_of(Client::Original, |port| {
                let time = Client::Original.sync(self.tools, port, folder)?;
                let session = time.session.context("no session was timed")?;
                Ok(session.as_secs_f64())
            })?);
        }
        let median = |mut trips: Vec<f64>| {
            trips.sort_by(f64::total_cmp);
            trips[trips.len() / 2]
        };
        let (ours, original) = (median(ours), median(original));
        let mut table = Table::new("Round trips with nothing changed", &["round trips"]);
        table.row(Client::Ours.name(), vec![Figure::number(ours, 1)]);
        table.row(Client::Original.name(), vec![Figure::number(original, 1)]);
        // Whole ones: what is left of the time is not a trip.
        table.target(
            "nothing changed, round trips",
            Limit::AtMost(3.0),
            ours.round(),
        );
        Ok(table)
    }

    /// How many round trips are in a time in seconds, by how it grows with the distance.
    fn trips_of(&self, client: Client, time: impl Fn(&str) -> Result<f64>) -> Result<f64> {
        let board = self.tools.board("fresh")?;
        client.sync(self.tools, &board.port, &self.project.folder)?;
        let near = time(&board.port)?;
        drop(board);
        let board = self.tools.board(FAR_OPTIONS)?;
        let far = time(&board.port)?;
        let call = client::call(self.tools, &board.port)?;
        ensure!(call > FAR, "the link is not as slow as it should be");
        Ok((far - near) / FAR.as_secs_f64())
    }
}

fn seconds(time: Duration) -> Figure {
    Figure::number(time.as_secs_f64(), 2)
}

/// What commands took, and their sessions in the median where all are known.
fn summaries(times: impl Iterator<Item = Time>) -> Result<(Summary, Option<Duration>)> {
    let (whole, sessions): (Vec<_>, Vec<_>) = times.map(|time| (time.whole, time.session)).unzip();
    let whole = Summary::new(whole).context("no rounds")?;
    let sessions: Option<Vec<_>> = sessions.into_iter().collect();
    let session = sessions
        .and_then(Summary::new)
        .map(|session| session.median);
    Ok((whole, session))
}
