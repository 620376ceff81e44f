//! What the fuzz targets share: other programs whose opinion is asked, and folders to work in.

mod project;
mod server;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

pub use project::{Place, settings_of};
pub use server::Server;

/// A program that runs beside the fuzzer and answers each line of JSON with another one.
pub struct Oracle {
    _child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// A script of this crate's `oracles` in `python3`, which must be on the path.
    pub fn python(script: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles");
        let mut child = Command::new("python3")
            .arg("-I")
            .arg(folder.join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 (3.11 or later) is on the path");
        Self {
            requests: child.stdin.take().expect("stdin is a pipe"),
            answers: BufReader::new(child.stdout.take().expect("stdout is a pipe")),
            _child: child,
        }
    }

    /// What the program answers.
    pub fn ask(&mut self, request: &Value) -> Value {
        let mut line = request.to_string();
        line.push('\n');
        self.requests
            .write_all(line.as_bytes())
            .expect("the oracle takes a request");
        line.clear();
        self.answers
            .read_line(&mut line)
            .expect("the oracle answers");
        serde_json::from_str(&line).expect("the oracle answers with json")
    }
}

/// A new folder, below the one that whoever started the fuzzer clears.
pub fn folder() -> PathBuf {
    let places = std::env::var_os("BELAY_FUZZ_PLACES");
    let parent = places.map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::Builder::new()
        .prefix("belay-fuzz-")
        .tempdir_in(parent)
        .expect("a folder can be made");
    // The fuzzer ends without running destructors.
    folder.keep()
}
