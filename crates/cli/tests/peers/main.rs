//! What mpremote, which comes from PyPI, makes of the files that `belay` brings to a board, and the
//! other way round.

#![cfg(all(unix, feature = "sim"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod environment;
mod modem_lines;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use belay_sim::Board;
use tempfile::TempDir;

/// No command takes nearly as long; one that hangs is ended, and fails its test.
const HANG: Duration = Duration::from_secs(120);

/// A board, and a folder of the host for the time of a test.
struct Bench {
    board: Board,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let board = Board::builder().start();
        Self {
            board: board.unwrap_or_else(|error| panic!("these tests need MicroPython: {error}")),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn port(&self) -> &str {
        self.board.path().to_str().unwrap()
    }

    /// Runs a program in the folder, to its end and without complaint.
    fn run(&self, mut command: Command, arguments: &[&str]) -> (String, String) {
        let assert = command
            .env_remove("BELAY_DEVICE")
            .env("HOME", self.folder.path().join("home"))
            .env("XDG_CONFIG_HOME", self.folder.path().join("config"))
            .current_dir(self.folder.path())
            .args(arguments)
            .timeout(HANG)
            .assert()
            .success();
        let output = assert.get_output();
        // A board ends its lines with CR LF, which mpremote passes on.
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().replace("\r\n", "\n");
        (text(&output.stdout), text(&output.stderr))
    }

    fn belay(&self, arguments: &[&str]) -> (String, String) {
        self.run(assert_cmd::cargo::cargo_bin_cmd!("belay"), arguments)
    }

    fn mpremote(&self, arguments: &[&str]) -> String {
        let connected = [&["-m", "mpremote", "connect", self.port()], arguments].concat();
        self.run(Command::new(environment::python()), &connected).0
    }

    /// Writes a file in the folder, with the folders above it.
    fn write(&self, name: &str, content: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes a tree of files of all kinds below the folder `src`; their paths in it.
    fn tree(&self) -> Vec<String> {
        let mut paths = Vec::new();
        let mut add = |name: String, content: &[u8]| {
            self.write(&format!("src/{name}"), content);
            paths.push(name);
        };
        for length in [0, 1, 127, 128, 129, 511, 512, 513, 4095, 4096, 4097, 20_000] {
            add(format!("noise/{length}.bin"), &noise(length));
            add(format!("zeros/{length}.bin"), &vec![0; length]);
        }
        add("every byte".to_owned(), &(0..=255).collect::<Vec<_>>());
        add(
            "text/crlf.txt".to_owned(),
            b"one\r\ntwo\rthree\n\x04\x03\x01",
        );
        add(
            "text/deep/er/n\u{e9}.txt".to_owned(),
            "\u{1f40d}".as_bytes(),
        );
        add("main.py".to_owned(), b"# A comment.\nprint('hello')\n");
        add("pkg/__init__.py".to_owned(), b"'''Docs.'''\n\nX = 1\n");
        paths.sort();
        paths
    }

    /// The SHA-256 of files on the board, as mpremote tells them.
    fn sums(&self, paths: &[String]) -> BTreeMap<String, String> {
        let paths: Vec<_> = paths.iter().map(|path| format!(":{path}")).collect();
        let arguments = ["fs", "sha256sum"].into_iter();
        let arguments: Vec<_> = arguments.chain(paths.iter().map(String::as_str)).collect();
        let printed = self.mpremote(&arguments);
        let mut sums = BTreeMap::new();
        let mut lines = printed.lines();
        while let Some(line) = lines.next() {
            let path = line.strip_prefix("sha256sum :").unwrap().to_owned();
            sums.insert(path, lines.next().unwrap().to_owned());
        }
        sums
    }

    /// The SHA-256 of files below a folder of the host.
    fn local_sums(&self, folder: &str, paths: &[String]) -> BTreeMap<String, String> {
        let code = "import hashlib, sys\n\
                    for path in sys.argv[1:]:\n    \
                    print(hashlib.sha256(open(path, 'rb').read()).hexdigest())";
        let files: Vec<_> = paths
            .iter()
            .map(|path| format!("{folder}/{path}"))
            .collect();
        let arguments: Vec<_> = ["-c", code]
            .into_iter()
            .chain(files.iter().map(String::as_str))
            .collect();
        let (printed, _) = self.run(Command::new(environment::python()), &arguments);
        let sums = printed.lines().map(str::to_owned);
        paths.iter().cloned().zip(sums).collect()
    }
}

/// Bytes of every value that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u32 = 1;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    noise.take(length).collect()
}

#[test]
fn both_hash_every_file_alike() {
    let bench = Bench::new();
    let paths = bench.tree();
    bench.belay(&["sync", "--no-minify", bench.port(), "src"]);
    let expected = bench.local_sums("src", &paths);
    assert_eq!(expected.len(), paths.len());
    assert_eq!(bench.sums(&paths), expected);

    let files: Vec<_> = paths.iter().map(|path| format!(":{path}")).collect();
    let arguments: Vec<_> = ["fs", "sha256", bench.port()]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    let (printed, _) = bench.belay(&arguments);
    for (path, sum) in &expected {
        let line = printed.lines().find(|line| line.starts_with(sum.as_str()));
        assert!(line.is_some(), "no {sum} of {path} in {printed}");
    }
    assert_eq!(printed.lines().count(), paths.len(), "{printed}");
}

#[test]
fn minified_files_are_the_ones_that_the_host_makes() {
    let bench = Bench::new();
    let paths = bench.tree();
    let modules: Vec<_> = paths
        .iter()
        .filter(|path| Path::new(path).extension().is_some_and(|end| end == "py"))
        .cloned()
        .collect();
    bench.belay(&["sync", bench.port(), "src"]);
    for path in &modules {
        let (minified, _) = bench.belay(&["minify", &format!("src/{path}")]);
        bench.write(&format!("minified/{path}"), minified.as_bytes());
    }
    let expected = bench.local_sums("minified", &modules);
    assert_ne!(expected, bench.local_sums("src", &modules));
    assert_eq!(bench.sums(&modules), expected);
}

#[test]
fn what_mpremote_has_put_there_is_unchanged_for_belay() {
    let bench = Bench::new();
    let paths = bench.tree();
    bench.mpremote(&["fs", "cp", "-r", "src/.", ":"]);
    let before = bench.board.flash_counters().unwrap();
    let (_, told) = bench.belay(&["sync", "--no-minify", bench.port(), "src"]);
    assert!(
        told.contains(&format!("0 sent, {} unchanged, 0 deleted", paths.len())),
        "{told}"
    );
    assert_eq!(bench.board.flash_counters().unwrap(), before);
}

#[test]
fn what_belay_has_put_there_is_up_to_date_for_mpremote() {
    let bench = Bench::new();
    let paths = bench.tree();
    bench.belay(&["sync", "--no-minify", bench.port(), "src"]);
    let before = bench.board.flash_counters().unwrap();
    let printed = bench.mpremote(&["fs", "cp", "-r", "src/.", ":"]);
    assert_eq!(
        printed.matches("Up to date: ").count(),
        paths.len(),
        "{printed}"
    );
    assert_eq!(bench.board.flash_counters().unwrap(), before);
    bench.mpremote(&["fs", "cp", "-r", ":.", "back"]);
    let sums = bench.local_sums("src", &paths);
    assert_eq!(bench.local_sums("back", &paths), sums);
}
