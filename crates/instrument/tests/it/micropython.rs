//! MicroPython's own tests, rewritten, on the engine of simulated boards: they print what they print
//! otherwise, and the lines that run are those that coverage measures where CPython prints the same.
//!
//! `cargo xtask test` gets the tests and coverage. Without them there is nothing to be done here.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use belay_instrument::{BOARD, Instrumented, Options, instrument};
use belay_sim::Engine;
use tempfile::TempDir;

/// Programs whose output is another one each time, or says how much memory there is, or where things lie
/// in memory.
const UNSTEADY: &[&str] = &["meminfo.py", "memstats.py"];

/// Programs of which other lines run with CPython, although the same is printed: they ask which
/// interpreter it is, or for what only one of them has, or raises.
const OTHER_LINES: &[&str] = &[
    "async_await2.py",
    "async_for2.py",
    "async_with2.py",
    "builtin_override.py",
    "float_struct_e.py",
    "fun_name.py",
    "gc1.py",
    "int_bytes.py",
    "int_bytes_int64.py",
    "int_bytes_intbig.py",
    "io_stringio1.py",
    "sys1.py",
];

/// The folder of the tests: the one that is named, or the one that has been put into the data folder.
fn suite() -> Option<PathBuf> {
    if let Some(named) = env::var_os("BELAY_MICROPYTHON_TESTS") {
        return Some(named.into());
    }
    let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/share")));
    let folder = data?.join("belay/micropython-tests").join("root/tests");
    folder.is_dir().then_some(folder)
}

fn programs(suite: &Path, folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(suite.join(folder)).unwrap();
        found.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            path.extension().is_some_and(|ending| ending == "py") && !UNSTEADY.contains(&name)
        }));
    }
    found.sort();
    found
}

/// The engine, with what a run needs in a folder of its own.
struct Runner {
    engine: PathBuf,
    folder: TempDir,
}

impl Runner {
    fn new() -> Self {
        let engine =
            Engine::find().unwrap_or_else(|error| panic!("these tests need MicroPython: {error}"));
        let runner = Self {
            engine: engine.path().to_owned(),
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(runner.path("run.py"), include_str!("micropython/run.py")).unwrap();
        fs::write(runner.path("board.py"), BOARD).unwrap();
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a program prints and how it ends, and which marks it has reached.
    fn run(&self, program: &Path, text: &str, marks: usize) -> (String, Vec<u8>) {
        fs::write(self.path("text.py"), text).unwrap();
        let _ = fs::remove_file(self.path("marks"));
        let output = Command::new(&self.engine)
            .arg(self.path("run.py"))
            .arg(program)
            .arg(self.path("text.py"))
            .arg(marks.to_string())
            .arg(self.path("marks"))
            .arg(self.path("board.py"))
            .current_dir(program.parent().unwrap())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = [output.stdout, output.stderr].concat();
        let printed = without_places(&String::from_utf8_lossy(&printed));
        let marks = fs::read(self.path("marks")).unwrap_or_default();
        (format!("{printed}({})", output.status), marks)
    }
}

/// A text without the numbers that say where something lies in memory.
fn without_places(text: &str) -> String {
    let mut parts = text.split("0x");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |done, part| {
        done + "0x" + part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit())
    })
}

fn rewritten(source: &str) -> Option<Instrumented> {
    let options = Options {
        assertions: true,
        lines: true,
        ..Options::default()
    };
    instrument(source, &options).ok()
}

/// Does something with each program, several at a time, and gives what it finds wrong.
fn each(
    programs: Vec<PathBuf>,
    check: impl Fn(&Runner, &Path, &str, &Instrumented) -> Option<String> + Sync,
) -> Vec<String> {
    let programs = Mutex::new(programs);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let runner = Runner::new();
                loop {
                    let Some(program) = programs.lock().unwrap().pop() else {
                        return;
                    };
                    let Ok(source) = fs::read_to_string(&program) else {
                        continue;
                    };
                    let Some(result) = rewritten(&source) else {
                        continue;
                    };
                    if let Some(what) = check(&runner, &program, &source, &result) {
                        let mut wrong = wrong.lock().unwrap();
                        wrong.push(format!("{}: {what}", program.display()));
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

#[test]
fn programs_print_the_same() {
    let Some(suite) = suite() else { return };
    let programs = programs(
        &suite,
        &[
            "basics",
            "float",
            "import",
            "micropython",
            "misc",
            "unicode",
        ],
    );
    assert!(programs.len() > 700, "{}", programs.len());
    let wrong = each(programs, |runner, program, source, result| {
        let (before, _) = runner.run(program, source, 0);
        let (after, _) = runner.run(program, &result.text, result.marks.len());
        (before != after).then(|| format!("it printed\n{before}\nand now\n{after}"))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lines_that_run_are_those_that_coverage_measures() {
    let Some(suite) = suite() else { return };
    let Some(python) = env::var_os("BELAY_COVERAGE_PYTHON") else {
        return;
    };
    let programs = programs(&suite, &["basics", "float", "unicode"]);
    let mut measure = Command::new(python)
        .args([
            "-I",
            "-W",
            "ignore",
            "-c",
            include_str!("micropython/measure.py"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut requests = measure.stdin.take().unwrap();
    let paths = programs.clone();
    let asking = thread::spawn(move || {
        for path in paths {
            writeln!(requests, "{}", path.display()).unwrap();
        }
    });
    let answers = BufReader::new(measure.stdout.take().unwrap()).lines();
    let mut measured = std::collections::BTreeMap::new();
    for (program, answer) in programs.iter().zip(answers) {
        let answer: serde_json::Value = serde_json::from_str(&answer.unwrap()).unwrap();
        measured.insert(program.clone(), answer);
    }
    asking.join().unwrap();
    // What a program leaves behind may spoil the end.
    let _ = measure.wait();
    let compared = Mutex::new(0);
    let wrong = each(programs, |runner, program, _, result| {
        let answer = measured.get(program)?;
        let name = program.file_name().unwrap().to_str().unwrap();
        let expected = answer[0].as_str()?;
        let (printed, marks) = runner.run(program, &result.text, result.marks.len());
        // Where the two print something else, they do something else.
        if printed != without_places(expected) + "(exit status: 0)" || OTHER_LINES.contains(&name) {
            return None;
        }
        *compared.lock().unwrap() += 1;
        let numbers = |value: &serde_json::Value| -> BTreeSet<u32> {
            let numbers = value.as_array().unwrap().iter();
            numbers.map(|line| line.as_u64().unwrap() as u32).collect()
        };
        let reached = result
            .marks
            .iter()
            .zip(&marks)
            .filter(|(_, hit)| **hit != 0);
        let hit: BTreeSet<u32> = reached.flat_map(|(mark, _)| mark.lines.clone()).collect();
        let lines: BTreeSet<u32> = result.lines.iter().copied().collect();
        let difference = |ours: &BTreeSet<u32>, theirs: &BTreeSet<u32>| {
            let lines: Vec<u32> = ours.symmetric_difference(theirs).copied().collect();
            lines
        };
        let can = difference(&lines, &numbers(&answer[1]));
        let have = difference(&hit, &numbers(&answer[2]));
        (!can.is_empty() || !have.is_empty())
            .then(|| format!("lines that can run differ in {can:?}, those that have in {have:?}"))
    });
    let compared = compared.into_inner().unwrap();
    assert!(compared > 400, "{compared} programs print the same");
    assert!(
        wrong.is_empty(),
        "{} of {compared}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
