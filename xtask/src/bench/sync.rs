//! How long it takes to bring a project to a board, beside the other clients.
//!
//! Every client has a new board of its own in each round, as nobody's files are to be there before
//! its own. What is timed is the whole command, from its start to its end.

mod client;
mod project;
mod report;

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use self::client::{Client, Time};
use self::project::Project;
use self::report::{Cell, Copies, Report, Table, Trips};
use super::Tools;
use super::board::{Board, Wear};
use super::environment::finish;

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
pub(super) fn measure(tools: &Tools) -> Result<Report> {
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
    let copies = bench.copies()?;
    eprintln!("counting round trips");
    let trips = bench.trips()?;
    Ok(Report {
        sizes: bench.project.sizes,
        random_bytes: bench.project.random_bytes,
        tables,
        copies,
        trips,
    })
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
        let rows = Client::ALL.into_iter().zip(turns);
        let rows = rows.map(|(client, turns)| {
            let cell = |step: usize| Cell::new(turns.iter().map(|turn| turn[step]).collect());
            let cells = [cell(0)?, cell(1)?, cell(2)?];
            Some((client, cells))
        });
        Ok(Table {
            title: link.title,
            rounds: link.rounds,
            rate: link.rate,
            times_original: link.times_original,
            rows: rows.collect::<Option<_>>().context("no rounds")?,
        })
    }

    /// What a client takes for each step on a new board.
    fn turn(&self, client: Client, link: &Link) -> Result<[(Time, Wear); 3]> {
        let board = self.tools.board(&format!("fresh{}", link.options))?;
        let first = self.step(client, &board)?;
        let count = self.files(&board)?;
        let expected = self.project.sizes.files;
        ensure!(
            count >= expected,
            "{count} files of {expected} are on the board"
        );
        let unchanged = self.step(client, &board)?;
        self.project.change()?;
        let changed = self.step(client, &board);
        self.project.restore()?;
        Ok([first, unchanged, changed?])
    }

    fn step(&self, client: Client, board: &Board) -> Result<(Time, Wear)> {
        let before = board.wear()?;
        let time = client.sync(self.tools, &board.port, &self.project.folder)?;
        Ok((time, board.wear()? - before))
    }

    /// How many files there are on a board.
    fn files(&self, board: &Board) -> Result<u64> {
        let mut command = Command::new(&self.tools.belay);
        command.args(["fs", "tree", "--json", &board.port]);
        let entries: Vec<Value> = serde_json::from_slice(&finish(command)?.stdout)?;
        let files = entries.iter().filter(|entry| entry["kind"] == "file");
        Ok(u64::try_from(files.count())?)
    }

    /// The times of the random data on a line of 115200 baud.
    fn copies(&self) -> Result<Copies> {
        let mut times = Client::ALL.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (client, times) in Client::ALL.into_iter().zip(&mut times) {
                let board = self.tools.board("fresh&baud=115200")?;
                let copy = || client.copy(self.tools, &board.port, &self.project);
                let what = || format!("{} with random data", client.name());
                let mut time = copy().with_context(what)?;
                // The second time the file is there already.
                let without = copy().with_context(what)?;
                time.session = Some(time.whole.saturating_sub(without.whole));
                times.push((time, Wear::default()));
            }
        }
        let rows = Client::ALL.into_iter().zip(times);
        let rows = rows.map(|(client, times)| Some((client, Cell::new(times)?)));
        Ok(Copies {
            rate: LINE_RATE,
            rounds: ROUNDS,
            rows: rows.collect::<Option<_>>().context("no rounds")?,
        })
    }

    /// How often a client waits for a board on which nothing has changed.
    fn trips(&self) -> Result<Trips> {
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
        Ok(Trips {
            ours: median(ours),
            original: median(original),
        })
    }

    /// How many round trips are in a time in seconds, by how it grows with the distance.
    fn trips_of(&self, client: Client, time: impl Fn(&str) -> Result<f64>) -> Result<f64> {
        let board = self.tools.board("fresh")?;
        client.sync(self.tools, &board.port, &self.project.folder)?;
        let near = time(&board.port)?;
        drop(board);
        let board = self.tools.board(FAR_OPTIONS)?;
        let far = time(&board.port)?;
        Ok((far - near) / FAR.as_secs_f64())
    }
}
