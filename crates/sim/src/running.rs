//! What a board tells the other processes of its user.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};

use crate::{Level, PinEvent, PinMode, Pull};

/// How long a process may take to answer what it is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// A board that runs in some process of this user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunningBoard {
    /// The number of the process.
    pub process: u32,
    /// Its pseudo-terminal: [`crate::Board::stable_path`].
    pub path: PathBuf,
    /// Whether others may use it: [`crate::Builder::shared`].
    pub shared: bool,
    /// Whether its line has a speed or faults: bytes may be damaged on it.
    pub may_damage: bool,
}

/// The file beside an image that says where its board runs.
fn note(image: &Path) -> PathBuf {
    let mut note = image.as_os_str().to_owned();
    note.push(".running");
    note.into()
}

/// The socket on which a process serves the controls of a board that it shares, beside the board's
/// terminal.
pub(crate) fn control(terminal: &Path) -> PathBuf {
    terminal.with_file_name("control")
}

impl RunningBoard {
    /// The board that runs on an image. What a process that was killed has left does not count.
    pub(crate) fn of(image: &Path) -> Option<Self> {
        let text = fs::read_to_string(note(image)).ok()?;
        let mut lines = text.lines();
        let process: u32 = lines.next()?.parse().ok()?;
        let shared = lines.next()? == "shared";
        let path = PathBuf::from(lines.next()?);
        let may_damage = lines.next() == Some("damages");
        let pid = Pid::from_raw(process.try_into().ok()?)?;
        test_kill_process(pid).ok()?;
        Some(Self {
            process,
            path,
            shared,
            may_damage,
        })
    }

    /// What each pin did since the board was first started, asked of the process that has it.
    ///
    /// # Errors
    /// When the process does not share its board, or does not answer.
    pub fn pin_history(&self) -> io::Result<Vec<(String, Vec<PinEvent>)>> {
        let stream = UnixStream::connect(control(&self.path))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut answers = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        let mut ask = |request: Value| {
            stream.write_all(format!("{request}\n").as_bytes())?;
            let mut line = String::new();
            answers.read_line(&mut line)?;
            let mut answer: Value = serde_json::from_str(&line)?;
            Ok::<_, io::Error>(answer["result"].take())
        };
        let pins: Vec<String> = serde_json::from_value(ask(json!({"cmd": "pins"}))?)?;
        let mut all = Vec::with_capacity(pins.len());
        for pin in pins {
            let events = ask(json!({"cmd": "pin_history", "pin": pin}))?;
            let events = events.as_array().map(Vec::as_slice).unwrap_or_default();
            all.push((pin, events.iter().filter_map(event_from).collect()));
        }
        Ok(all)
    }

    /// Tells others that a board of this process runs on an image.
    pub(crate) fn announce(
        image: &Path,
        path: &Path,
        shared: bool,
        may_damage: bool,
    ) -> io::Result<()> {
        let shared = if shared { "shared" } else { "private" };
        let line = if may_damage { "damages" } else { "holds" };
        let (process, path) = (std::process::id(), path.display());
        let text = format!("{process}\n{shared}\n{path}\n{line}\n");
        let folder = image.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(note(image))?;
        Ok(())
    }

    /// Takes that back.
    pub(crate) fn withdraw(image: &Path) {
        let _ = fs::remove_file(note(image));
    }
}

/// An event of a pin from what the controls say of it.
fn event_from(fact: &Value) -> Option<PinEvent> {
    let mode = match fact["mode"].as_str()? {
        "in" => PinMode::Input,
        "out" => PinMode::Output,
        "open_drain" => PinMode::OpenDrain,
        _ => return None,
    };
    let pull = match fact["pull"].as_str() {
        Some("up") => Pull::Up,
        Some("down") => Pull::Down,
        _ => Pull::None,
    };
    let level = match fact["level"].as_u64()? {
        0 => Level::Low,
        _ => Level::High,
    };
    let at = Duration::try_from_secs_f64(fact["at"].as_f64()?).ok()?;
    Some(PinEvent {
        at,
        mode,
        pull,
        level,
    })
}
