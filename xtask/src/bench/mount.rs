//! What a program takes that works with a folder of the host, `belay exec --mount` beside `mpremote mount`. Both
//! commands are timed from their start to their end, in turns on the same board.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::environment::finish;
use super::report::{Figure, Limit, Summary, Table, ratio};
use super::{OURS, Tools};

/// The modules of the package, and the bytes of each.
const MODULES: usize = 20;
const MODULE: usize = 3000;
/// The bytes of the file that is read by lines.
const LOG: usize = 100_000;
/// How often each is timed.
const TIMES: usize = 3;

/// The links, their boards' options, and how much faster ours is to be.
const LINKS: [(&str, &str, f64); 3] = [
    ("a bare pty", "fresh", 1.3),
    ("a link with a round trip of 2 ms", "fresh&latency=2ms", 5.0),
    ("a line with 115200 baud", "fresh&baud=115200", 1.5),
];

const CLIENTS: [&str; 2] = [OURS, "mpremote 1.29.0"];

pub(super) fn measure(tools: &Tools) -> Result<Vec<Table>> {
    let folder = tools.data.join("mount");
    let lines = make(&folder)?;
    let works = [
        (
            "import",
            format!("import pkg\nprint(pkg.m{:02}.LAST)", MODULES - 1),
            (MODULES - 1).to_string(),
        ),
        (
            "read by lines",
            "count = 0\nfor line in open('log.txt'): count += 1\nprint(count)".to_owned(),
            lines.to_string(),
        ),
    ];
    let mut tables = Vec::new();
    for (link, options, goal) in LINKS {
        eprintln!("measuring a mounted folder over {link}");
        let title = format!(
            "A mounted folder over {link}: importing {MODULES} modules of {MODULE} bytes, and reading {LOG} bytes \
             by lines, in seconds"
        );
        let mut table = Table::new(title, &[works[0].0, works[1].0]);
        let board = tools.board(options)?;
        let mut medians = [Vec::new(), Vec::new()];
        for (_, code, expected) in &works {
            let mut samples = [Vec::new(), Vec::new()];
            for _ in 0..TIMES {
                for (client, samples) in samples.iter_mut().enumerate() {
                    samples.push(run(tools, client, &board.port, &folder, code, expected)?);
                }
            }
            for (medians, samples) in medians.iter_mut().zip(samples) {
                medians.push(Summary::new(samples).context("no times")?.median);
            }
        }
        for (client, medians) in CLIENTS.iter().zip(&medians) {
            let seconds = medians
                .iter()
                .map(|time| Figure::number(time.as_secs_f64(), 3));
            table.row(*client, seconds.collect());
        }
        for (index, (name, ..)) in works.iter().enumerate() {
            let reached = ratio(medians[1][index], medians[0][index]);
            table.target(format!("{name}, x faster"), Limit::AtLeast(goal), reached);
        }
        tables.push(table);
    }
    Ok(tables)
}

/// How long a client takes to run code that prints what is expected.
fn run(
    tools: &Tools,
    client: usize,
    port: &str,
    folder: &Path,
    code: &str,
    expected: &str,
) -> Result<Duration> {
    let folder = folder.to_str().context("a path that is not UTF-8")?;
    let command = if client == 0 {
        let mut command = Command::new(&tools.belay);
        command.args(["exec", "--reset", "--mount", folder, port, code]);
        command
    } else {
        let words = [
            "-m", "mpremote", "connect", port, "mount", folder, "exec", code,
        ];
        tools.environment.command(&words)
    };
    let begin = Instant::now();
    let output = finish(command)?;
    let time = begin.elapsed();
    let printed = String::from_utf8_lossy(&output.stdout);
    ensure!(
        printed.trim_end().ends_with(expected),
        "{} printed {printed:?} and not {expected}",
        CLIENTS[client]
    );
    Ok(time)
}

/// The files, and how many lines there are to read.
fn make(folder: &Path) -> Result<usize> {
    let package = folder.join("pkg");
    fs::create_dir_all(&package)?;
    let mut all = String::new();
    for module in 0..MODULES {
        let mut text = format!("\"\"\"Sensor {module} of the bus.\"\"\"\n\n");
        let mut function = 0;
        while text.len() < MODULE {
            let number = (module * 91 + function * 17) * 2_654_435_761 % 1_000_003;
            write!(
                text,
                "\ndef measure_{function}(bus, offset={number}):\n    # The register is written, then read.\n    \
                 raw = bus.read(0x{:02x}, {})\n    if raw > {number}:\n        raise ValueError(\"{number} is out of \
                 range\")\n    return raw + offset\n\n",
                number % 256,
                number % 9
            )?;
            function += 1;
        }
        let end = text[..MODULE].rfind("\n\n").unwrap_or(0);
        text.truncate(end);
        write!(text, "\n\nLAST = {module}\n")?;
        fs::write(package.join(format!("m{module:02}.py")), text)?;
        writeln!(all, "from . import m{module:02}")?;
    }
    fs::write(package.join("__init__.py"), all)?;
    let mut log = String::new();
    let mut lines = 0;
    while log.len() < LOG {
        let (temperature, word) = (20 + lines * 37 % 113, lines * 7919 % 65_536);
        writeln!(
            log,
            "{},{temperature}.{},{word:04x},sensor-{}",
            1_700_000_000 + lines * 7,
            lines % 10,
            lines % 7
        )?;
        lines += 1;
    }
    fs::write(folder.join("log.txt"), log)?;
    Ok(lines)
}
