//! Tests, one after the other, on a board.

mod prepared;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use belay_device::{CallOptions, Device, Error as DeviceError, Exception};

use self::prepared::Prepared;
use crate::snapshot::Snapshot;
use crate::{Coverage, Error, Failure, Outcome, TestFile, Verdict, board_code};

/// How much of what a test prints is kept, in bytes.
const MAX_OUTPUT: usize = 64 << 10;

const NO_BOARD: DeviceError = DeviceError::NotReconnected {
    attempts: 0,
    source: None,
};

/// How tests are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long a test may take, and a file's import.
    pub timeout: Duration,
    /// Only tests whose [`id`](Outcome::id) has this text in it.
    pub filter: Option<String>,
    /// Where modules of the host are looked for, after the folder of the test's file. The board's own
    /// come behind them.
    pub folders: Vec<PathBuf>,
    /// Whether assertions report the values of their parts.
    pub assertions: bool,
    /// Whether modules of the host report which lines have run.
    pub coverage: bool,
    /// Whether the interpreter is restarted before each test, and not before each file only.
    pub isolated: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            filter: None,
            folders: Vec::new(),
            assertions: true,
            coverage: false,
            isolated: false,
        }
    }
}

/// What happens while tests run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A test has ended, or a file could not be run.
    Finished(&'a Outcome),
    /// Tests have changed or removed files of the board.
    FilesLost {
        /// Their paths on the board.
        paths: &'a [String],
        /// Whether they have been put back.
        restored: bool,
    },
}

/// Runs tests on one board.
pub struct Runner {
    /// `None` when the board is gone for good.
    device: Option<Device>,
    options: Options,
    files: Snapshot,
    coverage: Coverage,
    /// Whether the board's memory is known to hold nothing.
    is_fresh: bool,
    /// Why the board takes no more tests.
    gone: Option<String>,
    /// Resets the board from outside.
    recover: Option<Recover>,
}

/// Gives a new session with a board that has been reset from outside.
type Recover = Box<dyn FnMut() -> Option<Device> + Send>;

/// How a test left the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The next test can run.
    Good,
    /// The interpreter must be restarted first.
    Used,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// Takes a board over, and remembers which files it has.
    ///
    /// # Errors
    /// When the board fails.
    pub fn new(mut device: Device, options: Options) -> Result<Self, Error> {
        let files = Snapshot::take(&mut device)?;
        Ok(Self {
            device: Some(device),
            options,
            files,
            coverage: Coverage::default(),
            is_fresh: false,
            gone: None,
            recover: None,
        })
    }

    /// What to do about a board that is gone, or that no ctrl-C stops: reset it from outside, and begin a new
    /// session. Without it, or when it gives none, the tests that are left fail.
    pub fn set_recover(&mut self, recover: impl FnMut() -> Option<Device> + Send + 'static) {
        self.recover = Some(Box::new(recover));
    }

    /// Runs the tests of a file, in the order in which it has them, and tells each outcome.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if a test ended with a `KeyboardInterrupt`: somebody has pressed ctrl-C.
    pub fn run(&mut self, file: &TestFile, tell: &mut dyn FnMut(Event<'_>)) -> Result<(), Error> {
        let mut prepared = Prepared::new(file, &self.options);
        let result = self.tests(file, &mut prepared, tell);
        self.leave(tell);
        result
    }

    /// Which lines of the host's modules have run so far.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Restarts the interpreter, which ends timers and threads that tests have left, and gives the session
    /// back.
    ///
    /// # Errors
    /// When the board fails.
    pub fn finish(mut self) -> Result<Device, Error> {
        self.restart()?;
        Ok(self.device.ok_or(NO_BOARD)?)
    }

    fn device(&mut self) -> Result<&mut Device, DeviceError> {
        self.device.as_mut().ok_or(NO_BOARD)
    }

    /// The failure of a test that cannot run, because the board is gone.
    fn gone(&self) -> Option<Verdict> {
        let reason = self.gone.clone()?;
        Some(Verdict::Failed(Failure::Gone { reason }))
    }

    fn tests(
        &mut self,
        file: &TestFile,
        prepared: &mut Prepared,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Error> {
        let mut whole = Outcome::of_file(&file.path);
        let start = Instant::now();
        let mut output = Bounded::default();
        let loaded = match self.gone() {
            Some(verdict) => Err(verdict),
            None => match self.load(prepared, &mut output) {
                Ok(loaded) => Ok(loaded),
                Err(error) => Err(self.verdict(error, prepared)?.0),
            },
        };
        let (tests, mut memory) = match loaded {
            Ok(loaded) => loaded,
            Err(verdict) => {
                whole.verdict = verdict;
                whole.output = output.text();
                whole.duration = start.elapsed();
                self.collect(prepared);
                tell(Event::Finished(&whole));
                return Ok(());
            }
        };
        let mut state = State::Good;
        let mut outcomes = 0;
        for (group, name) in prepared.in_order(tests) {
            let mut outcome = Outcome {
                group,
                name,
                ..Outcome::of_file(&file.path)
            };
            let filter = self.options.filter.as_deref();
            if filter.is_some_and(|filter| !outcome.id().contains(filter)) {
                continue;
            }
            if let Some(verdict) = self.gone() {
                outcome.verdict = verdict;
                tell(Event::Finished(&outcome));
                continue;
            }
            if state == State::Used || self.options.isolated && outcomes > 0 {
                self.collect(prepared);
                match self.load(prepared, &mut Bounded::default()) {
                    Ok((_, free)) => memory = free,
                    Err(error) => {
                        (outcome.verdict, _) = self.verdict(error, prepared)?;
                        state = State::Used;
                        tell(Event::Finished(&outcome));
                        continue;
                    }
                }
            }
            outcomes += 1;
            state = self.test(&mut outcome, prepared, memory)?;
            tell(Event::Finished(&outcome));
        }
        if state == State::Good && outcomes > 0 {
            self.end(file, prepared, tell)?;
        }
        self.collect(prepared);
        Ok(())
    }

    /// Runs a test, and says in which state it has left the board.
    fn test(
        &mut self,
        outcome: &mut Outcome,
        prepared: &mut Prepared,
        memory: i64,
    ) -> Result<State, Error> {
        let call = format!(
            "_belay_test({},{},{})",
            literal(&prepared.module),
            literal(&outcome.group),
            literal(&outcome.name)
        );
        let mut output = Bounded::default();
        let mut start = Instant::now();
        let mut result = self.call::<i64>(&call, &mut output);
        if let Err(DeviceError::Gone { .. }) = &result {
            // The board has restarted since the test before, and this one has not begun.
            result = match self.load(prepared, &mut output) {
                Ok(_) => {
                    start = Instant::now();
                    self.call(&call, &mut output)
                }
                Err(error) => Err(error),
            };
        }
        outcome.duration = start.elapsed();
        outcome.output = output.text();
        match result {
            // A test that keeps most of the memory leaves too little for the others.
            Ok(free) if free >= 0 && free < memory / 4 => Ok(State::Used),
            Ok(_) => Ok(State::Good),
            Err(error) => {
                let state;
                (outcome.verdict, state) = self.verdict(error, prepared)?;
                Ok(state)
            }
        }
    }

    /// What is to be done after a file's tests.
    fn end(
        &mut self,
        file: &TestFile,
        prepared: &mut Prepared,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Error> {
        let start = Instant::now();
        let call = format!("_belay_leave({})", literal(&prepared.module));
        let mut output = Bounded::default();
        if let Err(error) = self.call::<()>(&call, &mut output) {
            let (verdict, _) = self.verdict(error, prepared)?;
            tell(Event::Finished(&Outcome {
                verdict,
                output: output.text(),
                duration: start.elapsed(),
                ..Outcome::of_file(&file.path)
            }));
        }
        Ok(())
    }

    /// Restarts the interpreter and imports a file. Gives its tests, each with its class, and how much
    /// memory is free then.
    fn load(
        &mut self,
        prepared: &mut Prepared,
        output: &mut Bounded,
    ) -> Result<(Vec<(String, String)>, i64), DeviceError> {
        if !self.is_fresh {
            self.restart()?;
        }
        self.is_fresh = false;
        self.exec(&board_code::runner())?;
        if prepared.marks() > 0 {
            self.exec(&prepared.marking())?;
        }
        prepared.place = self.device()?.eval(&prepared.files())?;
        let load = format!("_belay_load({})", literal(&prepared.module));
        self.call(&load, output)
    }

    /// Runs what a board that is found again needs only for its next test.
    fn exec(&mut self, code: &str) -> Result<(), DeviceError> {
        let options = CallOptions {
            unrecorded: true,
            ..CallOptions::new()
        };
        self.device()?.exec_with(code, options)
    }

    fn call<T: serde::de::DeserializeOwned>(
        &mut self,
        expression: &str,
        output: &mut Bounded,
    ) -> Result<T, DeviceError> {
        let options = CallOptions::new()
            .output(output)
            .timeout(self.options.timeout);
        self.device()?.eval_with(expression, options)
    }

    /// Restarts the interpreter, on a board that is looked for if the link has broken.
    fn restart(&mut self) -> Result<(), DeviceError> {
        let device = self.device()?;
        let Err(error) = device.soft_reset() else {
            return Ok(());
        };
        if device.reconnect().is_ok() && device.soft_reset().is_ok() {
            return Ok(());
        }
        // It holds the port.
        self.device = None;
        if let Some(device) = self.recover.as_mut().and_then(|recover| recover()) {
            return self.device.insert(device).soft_reset();
        }
        self.gone = Some(error.to_string());
        Err(error)
    }

    /// What an error means for a test, and in which state the board is.
    fn verdict(
        &mut self,
        error: DeviceError,
        prepared: &Prepared,
    ) -> Result<(Verdict, State), Error> {
        let failure = match error {
            DeviceError::Exception(exception) => {
                return self.raised(*exception, prepared);
            }
            DeviceError::Timeout { .. } if self.gone.is_none() => Failure::Timeout {
                limit: self.options.timeout,
            },
            DeviceError::Restarted | DeviceError::Exited | DeviceError::Gone { .. } => {
                Failure::Restarted
            }
            DeviceError::Transport(_)
            | DeviceError::ConnectionLost { .. }
            | DeviceError::NotReconnected { .. } => Failure::Gone {
                reason: error.to_string(),
            },
            // Not the test, but the restart before it.
            _ if self.gone.is_some() => Failure::Gone {
                reason: error.to_string(),
            },
            error => Failure::Board {
                reason: error.to_string(),
            },
        };
        Ok((Verdict::Failed(failure), State::Used))
    }

    fn raised(
        &mut self,
        mut exception: Exception,
        prepared: &Prepared,
    ) -> Result<(Verdict, State), Error> {
        let state = match exception.kind.as_str() {
            "SkipTest" => {
                let reason = exception.message;
                return Ok((Verdict::Skipped { reason }, State::Good));
            }
            "KeyboardInterrupt" => return Err(Error::Interrupted),
            "MemoryError" => State::Used,
            _ => State::Good,
        };
        let mut explanation = None;
        if exception.kind == "AssertionError"
            && let Ok(device) = self.device()
            && let Ok(report) = device.eval::<Vec<belay_device::Value>>("_belay_r")
        {
            explanation = prepared.explain(&report, &exception);
        }
        prepared.locate(&mut exception);
        let failure = Failure::Raised {
            exception,
            explanation,
        };
        Ok((Verdict::Failed(failure), state))
    }

    /// Asks which lines have run since the interpreter was restarted. What a board forgets that restarts is
    /// not known.
    fn collect(&mut self, prepared: &Prepared) {
        if prepared.marks() == 0 {
            return;
        }
        let Ok(device) = self.device() else { return };
        let hits = device.eval_value("_belay_hits()", CallOptions::new());
        let hits = match hits {
            Ok(belay_device::Value::Bytes(hits)) => hits,
            _ => Vec::new(),
        };
        prepared.count(&hits, &mut self.coverage);
    }

    /// Leaves a board without what tests have done to its memory and its files.
    fn leave(&mut self, tell: &mut dyn FnMut(Event<'_>)) {
        // A board that is gone has told so in its last verdict.
        if self.restart().is_err() {
            return;
        }
        if let Some(device) = &mut self.device
            && let Ok(lost) = self.files.restore(device)
            && !lost.is_empty()
        {
            tell(Event::FilesLost {
                paths: &lost,
                restored: self.files.is_kept(),
            });
        }
        self.is_fresh = true;
    }
}

fn literal(text: &str) -> String {
    belay_device::Value::Str(text.to_owned()).to_string()
}

/// Takes what a test prints, up to a limit.
#[derive(Debug, Default)]
struct Bounded {
    bytes: Vec<u8>,
    lost: bool,
}

impl Bounded {
    fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.bytes).into_owned();
        if self.lost {
            text.push_str("\n(more was printed)\n");
        }
        text
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MAX_OUTPUT - self.bytes.len();
        let kept = bytes.len().min(room);
        self.bytes.extend_from_slice(&bytes[..kept]);
        self.lost |= kept < bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
