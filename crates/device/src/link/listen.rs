//! The host's side of programs that only report, and of a line that such a program may read first.

use std::time::Duration;

use belay_rawrepl::Phase;

use crate::Error;
use crate::driver::Dialogue;

/// What takes the bytes that code prints.
pub(crate) type Receiver<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Error>;

/// How long a program may be silent: all that work for long say something now and then.
pub(super) const SILENCE: Duration = Duration::from_secs(3);
/// The same, once it has made `KNOWN_PAUSES` pauses that were all shorter than a tenth of it.
const LEAST_SILENCE: Duration = Duration::from_secs(1);
const KNOWN_PAUSES: u32 = 4;
/// How long a single function of the file system may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// What `_belay_x` says when it begins to read, and how long a byte of a line may take on a slow link.
const READS: u8 = b'<';
const SLOW_BYTE: Duration = Duration::from_millis(1);

/// Takes what a program says that needs no input, as long as it says something.
pub(super) struct Listener<'a> {
    output: Receiver<'a>,
    last_heard: Duration,
    /// How long it may say nothing.
    patience: Duration,
    /// The pauses that it made so far, where they tell how long the next ones may be.
    pauses: Option<Pauses>,
}

#[derive(Debug, Default)]
struct Pauses {
    count: u32,
    longest: Duration,
}

impl<'a> Listener<'a> {
    /// For a program that says something as long as it works.
    pub(super) fn to_report(output: Receiver<'a>) -> Self {
        Self {
            output,
            last_heard: Duration::ZERO,
            patience: SILENCE,
            pauses: Some(Pauses::default()),
        }
    }

    /// For a program that does one thing, which may take its time.
    pub(super) fn to_answer(output: Receiver<'a>) -> Self {
        Self::within(output, PATIENCE)
    }

    /// For a program that does one thing, which may take so long.
    pub(super) fn within(output: Receiver<'a>, patience: Duration) -> Self {
        Self {
            output,
            last_heard: Duration::ZERO,
            patience,
            pauses: None,
        }
    }

    fn patience(&self) -> Duration {
        match &self.pauses {
            Some(pauses) if pauses.count >= KNOWN_PAUSES => {
                (pauses.longest * 10).clamp(LEAST_SILENCE.min(self.patience), self.patience)
            }
            _ => self.patience,
        }
    }
}

impl Dialogue for Listener<'_> {
    fn begin(&mut self, _input_buffer: usize, now: Duration) {
        self.last_heard = now;
    }

    fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), Error> {
        if let Some(pauses) = &mut self.pauses {
            pauses.count += 1;
            pauses.longest = pauses.longest.max(now.saturating_sub(self.last_heard));
        }
        self.last_heard = now;
        (self.output)(bytes)
    }

    fn transmit(&mut self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn deadline(&self) -> Duration {
        self.last_heard + self.patience()
    }

    fn timeout(&mut self, now: Duration) -> Result<(), Error> {
        let waited = now.saturating_sub(self.last_heard);
        if waited < self.patience() {
            return Ok(());
        }
        Err(silence(waited))
    }
}

/// The error of a program that has been silent for too long.
pub(crate) fn silence(waited: Duration) -> Error {
    Error::Timeout {
        phase: Phase::Transferring,
        waited,
        restarts: 0,
        last_seen: Vec::new(),
    }
}

/// A dialogue with a program whose code goes to the board's standard input, as a line.
pub(super) struct Reading<'a> {
    inner: &'a mut dyn Dialogue,
    line: Vec<u8>,
    input_buffer: usize,
    last_heard: Duration,
    /// Whether the board has said that it reads, and has been sent the line.
    reads: bool,
    sent: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(inner: &'a mut dyn Dialogue, line: Vec<u8>) -> Self {
        Self {
            inner,
            line,
            input_buffer: 0,
            last_heard: Duration::ZERO,
            reads: false,
            sent: false,
        }
    }

    fn time_to_read(&self) -> Duration {
        SLOW_BYTE * u32::try_from(self.line.len()).unwrap_or(u32::MAX)
    }
}

impl Dialogue for Reading<'_> {
    fn begin(&mut self, input_buffer: usize, now: Duration) {
        self.input_buffer = input_buffer;
        self.last_heard = now;
    }

    fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), Error> {
        if self.reads {
            return self.inner.receive(bytes, now);
        }
        self.last_heard = now;
        if bytes.contains(&READS) {
            self.reads = true;
            // Nothing is to be expected of the program before it has been read.
            let begins = now + self.time_to_read();
            self.inner.begin(self.input_buffer, begins);
        }
        Ok(())
    }

    fn transmit(&mut self) -> Result<Vec<u8>, Error> {
        if !self.reads {
            return Ok(Vec::new());
        }
        if !std::mem::replace(&mut self.sent, true) {
            return Ok(std::mem::take(&mut self.line));
        }
        self.inner.transmit()
    }

    fn deadline(&self) -> Duration {
        if self.reads {
            return self.inner.deadline();
        }
        self.last_heard + SILENCE
    }

    fn timeout(&mut self, now: Duration) -> Result<(), Error> {
        if self.reads {
            return self.inner.timeout(now);
        }
        let waited = now.saturating_sub(self.last_heard);
        if waited < SILENCE {
            return Ok(());
        }
        Err(silence(waited))
    }
}
