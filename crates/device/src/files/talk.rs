//! One program on the board that does the steps of a transfer.

use std::ops::ControlFlow;
use std::time::Duration;

use belay_sync::{Progress, Step};

use super::line::{BLOCK, Encoding, codes};
use super::stream::{Limits, Standstill, Stream};
use super::transfer::{Ledger, Transfer};
use super::{flat, pack, piecemeal};
use crate::Error;
use crate::board_code::{self, prepare};
use crate::driver::Dialogue;
use crate::link::{Input, Link, Program, Retry, Verdict, silence};

/// How many programs that read bytes may come to nothing.
const BINARY_ATTEMPTS: u32 = 2;
/// The longest line while nothing goes wrong, which are whole blocks: what surrounds a frame counts for less in long
/// ones.
const LINE: usize = 7 * (BLOCK + 1) + 1;

struct Talk<'a, 'p> {
    stream: Stream<Transfer<'a, 'p>>,
    /// How much may wait for the board beyond what its input buffer holds.
    unacknowledged: usize,
    closed: bool,
}

impl Dialogue for Talk<'_, '_> {
    fn begin(&mut self, input_buffer: usize, now: Duration) {
        let safe = Limits {
            line: input_buffer / 4 * 3,
            window: input_buffer,
        };
        let limits = Limits {
            line: LINE,
            window: input_buffer.max(self.unacknowledged),
        };
        self.stream.begin(limits, safe, now);
    }

    fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), Error> {
        self.stream.receive(bytes, now);
        if self.stream.is_lost() {
            return Err(silence(Duration::ZERO));
        }
        if self.stream.source.failed && !std::mem::replace(&mut self.closed, true) {
            self.stream.close();
        }
        if self.stream.source.little_memory() {
            self.stream.be_careful();
        }
        self.check()
    }

    fn transmit(&mut self) -> Result<Vec<u8>, Error> {
        let bytes = self.stream.transmit();
        self.check()?;
        Ok(bytes)
    }

    fn deadline(&self) -> Duration {
        self.stream.deadline()
    }

    fn timeout(&mut self, now: Duration) -> Result<(), Error> {
        self.stream
            .timeout(now)
            .map_err(|Standstill { silent: waited }| silence(waited))
    }
}

impl Talk<'_, '_> {
    /// Ends the conversation when the caller has asked for it.
    fn check(&self) -> Result<(), Error> {
        match &self.stream.source.stop {
            Some(Error::Interrupted) => Err(Error::Interrupted),
            _ => Ok(()),
        }
    }
}

/// Does `steps`, over as many programs as it takes.
pub(super) fn perform(
    link: &mut Link,
    steps: &[Step<'_>],
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(), Error> {
    if link.is_flat()? {
        return flat::perform(link, steps, progress);
    }
    let capabilities = link.capabilities()?;
    let mut encoding = match capabilities.input {
        Input::Bytes if capabilities.renames => Encoding::Binary,
        Input::Text if capabilities.renames => Encoding::Text,
        _ => return piecemeal::perform(link, steps, progress),
    };
    let mut ledger = Ledger::new(steps.len());
    let mut retry = Retry::default();
    while ledger.confirmed < steps.len() {
        let before = ledger.confirmed;
        if run(
            link,
            steps,
            &mut ledger,
            progress,
            encoding,
            retry.fruitless(),
        )? {
            return Ok(());
        }
        retry.count(ledger.confirmed > before, link.driver.now())?;
        // Where nothing gets through, bytes of a kind may not: text is of others.
        if retry.fruitless() >= BINARY_ATTEMPTS {
            encoding = Encoding::Text;
        }
    }
    Ok(())
}

/// Runs one program; false if it has ended in disorder: a damaged byte interrupted it or spoilt its
/// code.
fn run(
    link: &mut Link,
    steps: &[Step<'_>],
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    encoding: Encoding,
    attempt: u32,
) -> Result<bool, Error> {
    let mut code = match encoding {
        Encoding::Binary => prepare(board_code::FRAME_BINARY, &[("$CODES", &codes())]),
        Encoding::Text => prepare(board_code::FRAME_TEXT, &[]),
    };
    code += &prepare(board_code::SERVE, &[]);
    // In raw-paste mode the board tells how much it takes in, which is worth its round trips once.
    let is_known = link.driver.repl().raw_paste() == Some(true);
    let attempt = if is_known { attempt } else { attempt.max(1) };
    let unacknowledged = link.driver.properties().unacknowledged;
    let capabilities = link.capabilities()?;
    let inflater = capabilities.inflater;
    let packed = inflater.and_then(|inflater| pack::program(&code, inflater));
    let transfer = Transfer::new(steps, ledger, progress, capabilities, packed.is_some());
    let code = packed.unwrap_or(code);
    let mut talk = Talk {
        stream: Stream::new(transfer, encoding),
        unacknowledged,
        closed: false,
    };
    let result = link.try_to_converse(&Program::helper(&code), &mut talk, attempt);
    let Talk { mut stream, .. } = talk;
    let heard = stream.is_heard();
    let failed = stream.source.failed;
    if let Some(stop) = stream.source.stop.take() {
        // Stops the program if it still runs, and drops what it has not read.
        link.driver.enter(link.timeout)?;
        return Err(stop);
    }
    let done = match result {
        Ok(Verdict::Answer(_)) => !failed,
        Ok(Verdict::NotRun | Verdict::Unknown) => false,
        // What the program does not catch was damaged, unless it has not said a word.
        Err(Error::Exception(exception)) if heard && !exception.is_interrupt() => false,
        Err(Error::Exception(exception)) if exception.is_interrupt() => false,
        Err(error) => return Err(error),
    };
    if done {
        stream.source.finish();
    }
    if !done || stream.disturbed {
        let entered = link.driver.enter(link.timeout);
        if !done {
            entered?;
        }
    }
    Ok(done)
}
