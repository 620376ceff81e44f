//! `cargo xtask bench`: how long calls, sessions and the synchronisation of a project take, beside other
//! clients on the same kind of board, how fast source is minified and literals are read, and how long an
//! update of packages takes. What is timed is checked to have done its work: a figure that a broken program
//! would reach, too, says nothing.
//!
//! For calls, the clients take turns on one simulated board, and several rounds of that, each on a new board,
//! are put together: what else the machine does then meets all of them.

mod bare;
mod board;
mod environment;
mod links;
mod literals;
mod minify;
mod mount;
mod packages;
mod python;
mod report;
mod sessions;
mod sync;
mod testing;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use self::board::Board;
use self::environment::Environment;
use self::report::{Figure, Limit, Summary, Table, milliseconds, ratio};
use crate::{micropython, workspace};

pub(crate) const ABOUT: &str = "\
How long calls to a board take, sessions, synchronisation,
mounted folders, packages, minifying and literals, beside mpremote
and the original Belay, which come from PyPI, and the Python
package. Only `calls`, `sessions`, `sync`, `links`, `mount`,
`packages`, `testing`, `python`, `minify` or `literals` if named;
with --json FILE for programs too.";

/// How often every client has its turn on a link.
const ROUNDS: usize = 5;

/// Calls on a link that are measured.
struct Link {
    title: &'static str,
    /// The time from an end of the link to the other and back.
    round_trip: Duration,
    /// How many calls every client makes, over all rounds.
    calls: usize,
    target: Goal,
    /// What runs on a board, in the order of their turns.
    clients: &'static [(&'static str, Measure)],
}

/// What the second client is to reach in the median.
#[derive(Debug, Clone, Copy)]
enum Goal {
    /// This many times what the first takes, at most.
    TimesBare(f64),
    /// This many round trips of the link, at most.
    RoundTrips(f64),
}

const LINKS: [Link; 2] = [
    Link {
        title: "Calls on a bare pty",
        round_trip: Duration::ZERO,
        calls: 500,
        target: Goal::TimesBare(1.3),
        clients: &CLIENTS,
    },
    Link {
        title: "Calls on a link with a round trip of 2 ms",
        round_trip: Duration::from_millis(2),
        calls: 200,
        target: Goal::RoundTrips(1.05),
        clients: &CLIENTS,
    },
];

const BARE: (&str, Measure) = ("one bare write and read", |_, port, calls| {
    bare::measure(port, calls)
});
const OURS: &str = concat!("belay ", env!("CARGO_PKG_VERSION"));
const ORIGINAL: &str = "original Belay 0.30.1";

const CLIENTS: [(&str, Measure); 4] = [
    BARE,
    (OURS, |tools, port, calls| tools.rate(port, "call", calls)),
    ("mpremote 1.29.0", |tools, port, calls| {
        tools.script("mpremote_calls.py", &[port], calls)
    }),
    (ORIGINAL, |tools, port, calls| {
        tools.script("original_calls.py", &[port], calls)
    }),
];

/// Gives the times of so many calls on a port.
type Measure = fn(&Tools, &str, usize) -> Result<Vec<Duration>>;

/// What the measurements are made with.
struct Tools {
    belay: PathBuf,
    /// The program that times sessions, once it is built.
    rate: PathBuf,
    engine: micropython::Engine,
    environment: Environment,
    /// The data folder of the boards, and where else files are put.
    data: PathBuf,
}

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let request = Request::parse(arguments)?;
    let target = workspace::target()?;
    let scratch = target.join("bench");
    fs::create_dir_all(&scratch)?;
    let environment = Environment::provide(&scratch)
        .context("the other clients are installed from PyPI, which needs the network once")?;

    let mut measured: Vec<(&str, Vec<Table>)> = Vec::new();
    let mut setting = format!("Python {}; {}", environment.version()?, machine()?);
    if request.wants("literals") {
        eprintln!("measuring how fast literals are read and written");
        measured.push(("literals", literals::measure(&environment, &scratch)?));
    }
    if request.wants("minify") {
        eprintln!("measuring how fast the standard library is minified");
        measured.push(("minify", minify::measure(&environment, &scratch)?));
    }
    if request.wants("packages") {
        let tables = packages::measure(&workspace::build_belay(true)?, &environment, &scratch)?;
        measured.push(("packages", tables));
    }
    if [
        "calls", "sessions", "sync", "links", "mount", "python", "testing",
    ]
    .iter()
    .any(|s| request.wants(s))
    {
        let tools = Tools {
            belay: workspace::build_belay(true)?,
            rate: target.join("release").join("examples").join("rate"),
            engine: micropython::provide()?,
            environment,
            data: scratch,
        };
        if request.wants("testing") {
            measured.push(("testing", testing::measure(&tools)?));
        }
        if request.wants("links") {
            measured.push(("links", links::measure(&tools)?));
        }
        if request.wants("mount") {
            measured.push(("mount", mount::measure(&tools)?));
        }
        if ["calls", "sessions", "python"]
            .iter()
            .any(|s| request.wants(s))
        {
            sessions::build()?;
        }
        if request.wants("python") {
            measured.push(("python", python::measure(&tools, &target)?));
        }
        if request.wants("sync") {
            measured.push(("sync", sync::measure(&tools)?));
        }
        if request.wants("sessions") {
            measured.push(("sessions", sessions::measure(&tools)?));
        }
        if request.wants("calls") {
            measured.push(("calls", tools.measure_all(&LINKS)?));
        }
        setting = format!("{}; {setting}", tools.setting());
    }
    let mut document = json!({ "setting": setting });
    for (subject, tables) in measured.iter().rev() {
        document[subject] = tables.iter().map(Table::as_json).collect();
        for table in tables {
            println!("{}\n", table.as_text());
        }
    }
    println!("{setting}");
    if let Some(path) = request.file {
        fs::write(path, format!("{document:#}\n"))
            .with_context(|| format!("cannot write {path}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What can be measured.
const SUBJECTS: [&str; 10] = [
    "calls", "sessions", "sync", "links", "mount", "testing", "packages", "python", "minify",
    "literals",
];

/// What the arguments ask for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request<'a> {
    /// What to measure; everything if it is empty.
    subjects: Vec<&'a str>,
    /// The file that they name for the figures as JSON.
    file: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn parse(arguments: &'a [String]) -> Result<Self> {
        let mut request = Self::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            match argument {
                "--json" if request.file.is_none() => {
                    request.file = Some(rest.next().context("--json needs a file")?);
                }
                subject if SUBJECTS.contains(&subject) => request.subjects.push(subject),
                _ => bail!(
                    "usage: cargo xtask bench [{}] [--json FILE]",
                    SUBJECTS.join("] [")
                ),
            }
        }
        Ok(request)
    }

    fn wants(&self, subject: &str) -> bool {
        self.subjects.is_empty() || self.subjects.contains(&subject)
    }
}

/// The machine that everything is measured on.
fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{}, {cores} cores", std::env::consts::OS))
}

impl Tools {
    /// A board with options as they stand behind `sim:`.
    fn board(&self, options: &str) -> Result<Board> {
        Board::start(&self.belay, &self.engine.path, &self.data, options)
    }

    fn measure_all(&self, links: &[Link]) -> Result<Vec<Table>> {
        let measure = |link: &Link| {
            eprintln!("measuring: {}", link.title);
            self.measure(link)
        };
        links.iter().map(measure).collect()
    }

    /// Lets every client make its calls on a link.
    fn measure(&self, link: &Link) -> Result<Table> {
        let mut samples: Vec<_> = link.clients.iter().map(|_| Vec::new()).collect();
        let options = format!("fresh&latency={}us", link.round_trip.as_micros());
        for _ in 0..ROUNDS {
            let board = self.board(&options)?;
            for ((client, measure), samples) in link.clients.iter().zip(&mut samples) {
                let calls = link.calls / ROUNDS;
                let times = measure(self, &board.port, calls)
                    .with_context(|| format!("{client}: {}", link.title))?;
                ensure!(times.len() == calls, "{client} made {} calls", times.len());
                samples.extend(times);
            }
        }
        let title = format!("{}, in milliseconds", link.title);
        let headings = [
            "calls",
            "min",
            "median",
            "p95",
            "max",
            "x bare",
            "round trips",
        ];
        let slow = !link.round_trip.is_zero();
        let mut table = Table::new(title, &headings[..headings.len() - usize::from(!slow)]);
        let mut medians = Vec::new();
        for ((client, _), samples) in link.clients.iter().zip(samples) {
            let summary = Summary::new(samples).context("no calls were made")?;
            ensure!(
                summary.min >= link.round_trip,
                "{client} was faster than the link, which is not what it should be"
            );
            medians.push(summary.median);
            let times = [summary.min, summary.median, summary.p95, summary.max];
            let times = times.map(|time| Figure::number(milliseconds(time), 3));
            let mut figures = vec![Figure::count(link.calls as u64)];
            figures.extend(times);
            figures.push(Figure::number(ratio(summary.median, medians[0]), 2));
            if slow {
                figures.push(Figure::number(ratio(summary.median, link.round_trip), 3));
            }
            table.row(*client, figures);
        }
        let (unit, limit, reached) = match link.target {
            Goal::TimesBare(limit) => ("x bare", limit, ratio(medians[1], medians[0])),
            Goal::RoundTrips(limit) => ("round trips", limit, ratio(medians[1], link.round_trip)),
        };
        let what = format!("{}, {unit}", link.clients[1].0);
        table.target(what, Limit::AtMost(limit), reached);
        Ok(table)
    }

    /// A script that prints the times of its calls, in nanoseconds.
    fn script(&self, name: &str, arguments: &[&str], calls: usize) -> Result<Vec<Duration>> {
        let path = workspace::root().join("xtask").join("bench").join(name);
        let path = path.to_str().context("a path that is not UTF-8")?;
        let calls = calls.to_string();
        let words = [&[path], arguments, &[&calls]].concat();
        let printed = self.environment.run(&words)?;
        let line = printed.lines().last().unwrap_or_default();
        times(&serde_json::from_str(line)?, 1e-9)
    }

    /// What the times on boards depend on.
    fn setting(&self) -> String {
        let (major, minor, patch) = self.engine.version;
        format!("Simulated board on MicroPython {major}.{minor}.{patch}")
    }
}

/// The times in a JSON list of numbers, of which one is so many seconds.
fn times(list: &Value, unit: f64) -> Result<Vec<Duration>> {
    let numbers = list.as_array().context("no list of times")?;
    let times = numbers.iter().map(|number| {
        let number = number.as_f64().context("a time that is no number")?;
        Ok(Duration::try_from_secs_f64(number * unit)?)
    });
    times.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_unit() {
        let expected = [Duration::from_micros(125), Duration::from_millis(2)];
        assert_eq!(times(&json!([0.125, 2]), 1e-3).unwrap(), expected);
        assert_eq!(times(&json!([125_000, 2_000_000]), 1e-9).unwrap(), expected);
        for wrong in [json!(null), json!(["1"]), json!([-1])] {
            assert!(times(&wrong, 1e-3).is_err(), "{wrong}");
        }
    }

    #[test]
    fn subjects_and_a_file_may_be_named() {
        let words =
            |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
        let check = |line: &str, subjects: &[&str], file: Option<&str>| {
            let words = words(line);
            let subjects = subjects.to_vec();
            assert_eq!(Request::parse(&words).unwrap(), Request { subjects, file });
        };
        check("", &[], None);
        check("--json out.json", &[], Some("out.json"));
        check("minify --json a calls", &["minify", "calls"], Some("a"));
        for wrong in ["--json", "out.json", "--json a --json b"] {
            assert!(Request::parse(&words(wrong)).is_err(), "{wrong}");
        }
        let everything = Request::default();
        assert!(SUBJECTS.iter().all(|subject| everything.wants(subject)));
    }

    #[test]
    fn rounds_divide_the_calls() {
        for link in LINKS.iter().chain(&sessions::LINKS) {
            assert_eq!(link.calls % ROUNDS, 0, "{}", link.title);
        }
    }
}
