//! `belay test`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Reconnect};
use belay_testing::{Coverage, Event, Failure, Options, Outcome, Runner, TestFile, Verdict};
use belay_transport::{OpenOptions, Specifier};
use tempfile::TempDir;

use crate::args::Test;
use crate::connection::Session;
use crate::context::Context;
use crate::interrupts::Interrupts;
use crate::settings::Port;
use crate::simulated::Simulated;
use crate::{Error, text};

/// How often a board that went away is looked for, with a second in between.
const ATTEMPTS: i32 = 10;

/// A board with tests to run.
struct Tested {
    name: String,
    device: Device,
    simulated: Option<Arc<Simulated>>,
}

/// What a board's thread tells.
enum Message {
    Finished(Outcome),
    Lost { paths: Vec<String>, restored: bool },
    Ended(Result<Coverage, belay_testing::Error>),
}

/// What has come of a board's tests.
#[derive(Default)]
struct Results {
    outcomes: Vec<Outcome>,
    coverage: Coverage,
}

/// Runs tests on each device.
pub(crate) fn test(args: &Test, context: &Context) -> Result<u8, Error> {
    let files = belay_testing::find(&paths(args)).map_err(Error::Tests)?;
    let options = Options {
        timeout: args.limit,
        filter: args.filter.clone(),
        folders: folders(context)?,
        coverage: args.coverage.is_some(),
        isolated: args.isolated,
        ..Options::default()
    };
    let start = Instant::now();
    // The flash of a simulated board that is there for the tests alone.
    let flash = TempDir::new().map_err(|source| Error::File {
        path: std::env::temp_dir(),
        source,
    })?;
    let boards = boards(args, flash.path(), context)?;
    let interrupters = boards.iter().map(|board| board.device.interrupter());
    context.interrupts.to_programs(interrupters.collect());
    let names: Vec<String> = boards.iter().map(|board| board.name.clone()).collect();
    let mut results: Vec<Results> = Vec::new();
    results.resize_with(boards.len(), Results::default);
    let mut failure = None;
    let (sender, messages) = channel();
    thread::scope(|scope| {
        for (index, board) in boards.into_iter().enumerate() {
            let (files, options, sender) = (&files, options.clone(), sender.clone());
            let settings = (context.settings.timeout, context.settings.open_options());
            let interrupts = context.interrupts.clone();
            scope.spawn(move || {
                let tell = |message| send(&sender, index, message);
                let ended = run(board, files, options, (interrupts, settings), &tell);
                tell(Message::Ended(ended));
            });
        }
        drop(sender);
        for (index, message) in messages {
            let name = (names.len() > 1).then_some(names[index].as_str());
            match message {
                Message::Finished(outcome) => {
                    if let Err(error) = print(&outcome, name, context) {
                        failure.get_or_insert(error);
                    }
                    results[index].outcomes.push(outcome);
                }
                Message::Lost { paths, restored } => context.printer.warn(&format!(
                    "{}tests changed or removed {}; {}",
                    name.map_or_else(String::new, |name| format!("{name}: ")),
                    paths.join(", "),
                    if restored {
                        "it was put back"
                    } else {
                        "the board has too many files for them to be put back"
                    }
                )),
                Message::Ended(Ok(coverage)) => results[index].coverage = coverage,
                Message::Ended(Err(error)) => {
                    failure.get_or_insert(match error {
                        belay_testing::Error::Interrupted => Error::Interrupted,
                        error => Error::Tests(error),
                    });
                }
            }
        }
    });
    write(args, &names, &results)?;
    if let Some(error) = failure {
        return Err(error);
    }
    differences(&names, &results, context)?;
    summary(&results, start.elapsed(), context)
}

/// What to look for tests in.
fn paths(args: &Test) -> Vec<PathBuf> {
    if !args.paths.is_empty() {
        return args.paths.clone();
    }
    let usual = Path::new("tests");
    let folder = if usual.is_dir() {
        usual
    } else {
        Path::new(".")
    };
    vec![folder.to_owned()]
}

/// Where modules are looked for behind the folder of the test.
fn folders(context: &Context) -> Result<Vec<PathBuf>, Error> {
    let mut folders = vec![PathBuf::new()];
    if let Ok(project) = context.workspace.project() {
        let root = project.root();
        folders.push(root.to_owned());
        let config = project.config().map_err(Error::Project)?;
        let path = project.dependencies_path(&config).map_err(Error::Project)?;
        folders.push(root.join(path.as_str()).join("main"));
    }
    Ok(folders)
}

/// Opens the devices, one after the other: the engineer of a board that asks for a password sits here.
fn boards(args: &Test, flash: &Path, context: &Context) -> Result<Vec<Tested>, Error> {
    let ports = if args.devices.is_empty() {
        let text = format!("?flash={}", flash.join("flash.img").display());
        vec![("sim:".to_owned(), Port::Named(Specifier::Sim(text)))]
    } else {
        let port = |text: &String| Ok((text.clone(), Port::new(&context.workspace, Some(text))?));
        args.devices
            .iter()
            .map(port)
            .collect::<Result<_, Error>>()?
    };
    let open = |(name, port): (String, Port)| {
        let (device, simulated) = Session::open(context, &port, true)?.into_device();
        let specifier = match &port {
            Port::Named(specifier) => Some(specifier.clone()),
            Port::OnlyBoard => None,
        };
        let mut device = device;
        if let (Some(specifier), None) = (&specifier, &simulated) {
            let options = context.settings.open_options();
            device.set_reconnect(Reconnect::to(ATTEMPTS, specifier, options));
        }
        Ok(Tested {
            name,
            device,
            simulated: simulated.map(Arc::new),
        })
    };
    ports.into_iter().map(open).collect()
}

/// Runs all tests on a board and leaves it at its prompt.
fn run(
    board: Tested,
    files: &[TestFile],
    options: Options,
    (interrupts, (timeout, open)): (Interrupts, (Duration, OpenOptions)),
    tell: &dyn Fn(Message),
) -> Result<Coverage, belay_testing::Error> {
    let mut runner = Runner::new(board.device, options)?;
    if let Some(simulated) = &board.simulated {
        let simulated = Arc::clone(simulated);
        runner.set_recover(move || {
            let device = reset(&simulated, timeout, &open)?;
            interrupts.to_program_as_well(device.interrupter());
            Some(device)
        });
    }
    for file in files {
        runner.run(file, &mut |event| match event {
            Event::Finished(outcome) => tell(Message::Finished(outcome.clone())),
            Event::FilesLost { paths, restored } => tell(Message::Lost {
                paths: paths.to_vec(),
                restored,
            }),
            _ => {}
        })?;
    }
    let coverage = runner.coverage().clone();
    // A board that is gone has had its verdict.
    if let Ok(device) = runner.finish() {
        let _ = device.hang_up();
    }
    Ok(coverage)
}

fn reset(simulated: &Simulated, timeout: Duration, options: &OpenOptions) -> Option<Device> {
    if !simulated.press_reset() {
        return None;
    }
    let path = Specifier::Serial(simulated.path().to_owned());
    let port = belay_transport::open(&path, options).ok()?;
    let options = ConnectOptions {
        timeout,
        ..ConnectOptions::default()
    };
    Device::connect(port, options).ok()
}

/// Whoever listened has gone when this process ends.
fn send(sender: &Sender<(usize, Message)>, index: usize, message: Message) {
    let _ = sender.send((index, message));
}

/// Says what has become of a test, and of one that failed all that is known.
fn print(outcome: &Outcome, board: Option<&str>, context: &Context) -> Result<(), Error> {
    let board = board.map_or_else(String::new, |board| format!("{board} "));
    let milliseconds = outcome.duration.as_millis();
    let mut lines = format!(
        "{} {board}{} ({milliseconds} ms)",
        outcome.verdict.word(),
        outcome.id()
    );
    match &outcome.verdict {
        Verdict::Skipped { reason } => lines = lines + ": " + reason,
        Verdict::Failed(failure) => {
            for line in details(failure).lines() {
                lines = lines + "\n    " + line;
            }
            if !outcome.output.is_empty() {
                lines += "\n    it printed:";
                for line in outcome.output.lines() {
                    lines = lines + "\n    | " + line;
                }
            }
        }
        _ => {}
    }
    context.printer.line(&text::escape(&lines))
}

fn details(failure: &Failure) -> String {
    let mut files = BTreeMap::new();
    failure.render(|path, line| {
        let content = files
            .entry(path.to_owned())
            .or_insert_with(|| fs::read_to_string(path).unwrap_or_default());
        let line = (line as usize).checked_sub(1)?;
        content.lines().nth(line).map(str::to_owned)
    })
}

/// Writes what other programs read.
fn write(args: &Test, names: &[String], results: &[Results]) -> Result<(), Error> {
    let file = |path: &Path, text: &str| {
        belay_deploy::write_file(path, text.as_bytes()).map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })
    };
    if let Some(path) = &args.junit {
        let boards = names.iter().zip(results);
        let boards = boards.map(|(name, results)| (name.as_str(), &results.outcomes[..]));
        file(path, &belay_testing::junit(boards))?;
    }
    if let Some(path) = &args.coverage {
        let mut coverage = Coverage::default();
        for results in results {
            coverage.merge(&results.coverage);
        }
        file(path, &coverage.lcov())?;
    }
    Ok(())
}

/// Says which tests end differently on different boards.
fn differences(names: &[String], results: &[Results], context: &Context) -> Result<(), Error> {
    let mut verdicts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (index, results) in results.iter().enumerate() {
        for outcome in &results.outcomes {
            let row = verdicts.entry(outcome.id()).or_default();
            row.resize(index, "not run");
            row.push(outcome.verdict.word());
        }
    }
    let mut rows = Vec::new();
    for (id, mut row) in verdicts {
        row.resize(names.len(), "not run");
        if row.iter().any(|word| *word != row[0]) {
            let each = names.iter().zip(row);
            let each: Vec<_> = each
                .map(|(name, word)| format!("{word} on {name}"))
                .collect();
            rows.push([id, each.join(", ")]);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    context.printer.line("\ndifferent on different boards:")?;
    context.printer.line(&text::table(rows))
}

/// Says how many tests have passed; the exit status.
fn summary(results: &[Results], time: Duration, context: &Context) -> Result<u8, Error> {
    let outcomes = || results.iter().flat_map(|results| &results.outcomes);
    let count = |word: &str| {
        let of_kind = outcomes().filter(|outcome| outcome.verdict.word() == word);
        of_kind.count()
    };
    let (passed, failed, skipped) = (count("passed"), count("failed"), count("skipped"));
    let skips = match skipped {
        0 => String::new(),
        _ => format!(", {skipped} skipped"),
    };
    let seconds = time.as_secs_f64();
    let text = format!("{passed} passed, {failed} failed{skips} in {seconds:.1} s");
    context.printer.line(&text)?;
    if passed + failed + skipped == 0 {
        context.printer.note("no test has run");
        return Ok(1);
    }
    Ok(u8::from(failed > 0))
}
