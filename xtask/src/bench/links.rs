//! What commands take over WebREPL, ours beside the original's. Both are timed from their start to their end
//! on the same board, whose link takes 5 ms each way.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::board::Board;
use super::environment::finish;
use super::report::{Figure, Limit, Summary, Table, milliseconds, ratio};
use super::{ORIGINAL, OURS, Tools};

const PASSWORD: &str = "secret";
const ROUND_TRIP: Duration = Duration::from_millis(10);
const OPTIONS: &str = "fresh&latency=10ms&webrepl=secret";

/// How many files are synchronised, of how many functions.
const FILES: usize = 20;
const FUNCTIONS: usize = 95;

/// How often a short command is timed, and how many calls are made.
const TIMES: usize = 3;
const CALLS: usize = 30;

/// What the original's command does.
const ORIGINAL_COMMAND: &str =
    "import sys; from belay.cli.main import run_app; sys.exit(run_app())";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    Ours,
    Original,
}

pub(super) fn measure(tools: &Tools) -> Result<Vec<Table>> {
    let folder = tools.data.join("links");
    let bytes = make(&folder)?;
    let title = format!(
        "WebREPL with 5 ms each way: connecting and info, the median of calls, {FILES} files ({bytes} bytes)"
    );
    let columns = [
        "info, s",
        "call, ms",
        "round trips",
        "first sync, s",
        "nothing changed, s",
        "round trips",
    ];
    let mut table = Table::new(title, &columns);
    let mut rows = Vec::new();
    for (client, name) in [(Client::Ours, OURS), (Client::Original, ORIGINAL)] {
        eprintln!("measuring WebREPL: {name}");
        let board = tools.board(OPTIONS)?;
        let turn = |words: &[&str]| run(tools, client, &board, words);
        let info = (0..TIMES).map(|_| turn(&["info"])).collect::<Result<_>>()?;
        let info = Summary::new(info).context("no times")?.median;
        let call = calls(tools, client, &board)?;
        let path = folder.to_str().context("a path that is not UTF-8")?;
        let first = turn(&["sync", path])?;
        let before = board.round_trips()?;
        let unchanged = turn(&["sync", path])?;
        let trips = board.round_trips()? - before;
        table.row(
            name,
            vec![
                Figure::number(info.as_secs_f64(), 3),
                Figure::number(milliseconds(call), 2),
                Figure::number(ratio(call, ROUND_TRIP), 2),
                Figure::number(first.as_secs_f64(), 2),
                Figure::number(unchanged.as_secs_f64(), 2),
                Figure::count(trips),
            ],
        );
        rows.push((info, call, first));
    }
    let [ours, original] = rows[..] else {
        unreachable!("there are two clients");
    };
    let times = |ours, original| ratio(original, ours);
    table.target(
        "info, x faster",
        Limit::AtLeast(10.0),
        times(ours.0, original.0),
    );
    table.target(
        "call, round trips",
        Limit::AtMost(1.1),
        ratio(ours.1, ROUND_TRIP),
    );
    table.target(
        "first sync, x faster",
        Limit::AtLeast(20.0),
        times(ours.2, original.2),
    );
    Ok(vec![table])
}

/// The files, and how long they are together.
fn make(folder: &Path) -> Result<u64> {
    fs::create_dir_all(folder)?;
    let mut bytes = 0;
    for file in 0..FILES {
        let function = |n: usize| {
            let number = (file * FUNCTIONS + n) * 2_654_435_761 % 1_000_003;
            format!("def f{number}_{n}(first, second):\n    return first * {number} + second\n")
        };
        let text: String = (0..FUNCTIONS).map(function).collect();
        bytes += text.len() as u64;
        fs::write(folder.join(format!("m{file:02}.py")), text)?;
    }
    Ok(bytes)
}

/// A command on the board, whose password it knows.
fn command(tools: &Tools, client: Client, board: &Board, words: &[&str]) -> Result<Command> {
    let address = board.webrepl.as_deref();
    let address = address.context("the board serves no WebREPL")?;
    let words = [&[words[0], address, "--password", PASSWORD], &words[1..]].concat();
    Ok(match client {
        Client::Ours => {
            let mut command = Command::new(&tools.belay);
            command.args(words);
            command
        }
        Client::Original => tools
            .environment
            .command(&[&["-c", ORIGINAL_COMMAND], &words[..]].concat()),
    })
}

/// How long a command takes.
fn run(tools: &Tools, client: Client, board: &Board, words: &[&str]) -> Result<Duration> {
    let command = command(tools, client, board, words)?;
    let begin = Instant::now();
    finish(command)?;
    Ok(begin.elapsed())
}

/// The median of calls, by the client's own measurement.
fn calls(tools: &Tools, client: Client, board: &Board) -> Result<Duration> {
    let file = tools.data.join("latency.csv");
    let path = file.to_str().context("a path that is not UTF-8")?;
    let count = CALLS.to_string();
    let mut words = vec!["latency", "-c", &count, "-o", path];
    if client == Client::Original {
        words.push("--without-timing");
    }
    finish(command(tools, client, board, &words)?)?;
    let text = fs::read_to_string(&file)?;
    let times = text.lines().skip(1).map(|line| {
        // Ours has the number of the call in front.
        let time = line.rsplit(',').next().unwrap_or(line);
        let number: f64 = time
            .parse()
            .with_context(|| format!("{line:?} is no time"))?;
        Ok(Duration::try_from_secs_f64(number / 1000.0)?)
    });
    let times: Vec<Duration> = times.collect::<Result<_>>()?;
    ensure!(times.len() == CALLS, "{} calls were made", times.len());
    let median = Summary::new(times).context("no times")?.median;
    ensure!(median >= ROUND_TRIP, "a call was faster than the link");
    Ok(median)
}
