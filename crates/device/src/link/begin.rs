//! The first question to a board, which brings it `board/core.py` and asks what its firmware can do.

use std::time::Duration;

use belay_pylit::Value;
use belay_rawrepl::Command;

use super::capabilities::{ABILITIES, Capabilities};
use super::execute::{ATTEMPTS_WHOLE, is_raw};
use super::listen::{Listener, SILENCE};
use super::{BUILTINS, CORE, Link, Receiver, Retry};
use crate::board_code::{self, prepare};
use crate::check::Check;
use crate::{Error, Exception};

/// How often the same exception of the first question is believed not to come from damage.
const SAME: u32 = 3;

impl Link {
    /// What the board's firmware can do. Asked once after each start of the board, in one round trip.
    pub(crate) fn capabilities(&mut self) -> Result<&Capabilities, Error> {
        self.begin(Retry::default())?;
        self.capabilities.as_ref().ok_or(Error::NoResult)
    }

    /// Asks the board what it can do, if that is not known, for as long as `limit`.
    pub(crate) fn prepare(&mut self, limit: Option<Duration>) -> Result<(), Error> {
        self.begin(Retry::within(limit, self.driver.now()))
    }

    /// What is known of the board's firmware without asking.
    pub(crate) fn known(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// Whether the board has a flat file system, and no memory for `board/core.py`.
    pub(crate) fn is_flat(&mut self) -> Result<bool, Error> {
        Ok(self.capabilities()?.flat)
    }

    /// How the board checks what it says.
    pub(crate) fn check(&mut self) -> Result<Check, Error> {
        Ok(self.capabilities()?.check)
    }

    /// Does `code`, which may run twice, with the first question to the board, if that is still to come,
    /// and gives what it has printed: nothing of that need have come whole, or at all.
    pub(crate) fn ride(&mut self, code: &str) -> Result<Option<Vec<u8>>, Error> {
        self.ready()?;
        if self.has_begun() {
            return Ok(None);
        }
        let mut output = Vec::new();
        let limit = self.max_result;
        self.begin_with(code, Retry::default(), &mut |bytes| {
            output.extend_from_slice(bytes);
            output.truncate(limit);
            Ok(())
        })?;
        // A board with a flat file system has other programs.
        Ok((!self.is_flat()?).then_some(output))
    }

    /// As [`ask`](Self::ask) for a helper that may run twice, with the first question to the board; nothing
    /// if that is over.
    pub(crate) fn ask_riding(&mut self, code: &str) -> Result<Option<Value>, Error> {
        let Some(output) = self.ride(&format!("{}\nsay(0,repr(_belay_v))", code.trim_end()))?
        else {
            return Ok(None);
        };
        let facts = self.check()?.facts(&output);
        Ok(facts.get(&0).and_then(|fact| belay_pylit::parse(fact).ok()))
    }

    /// Whether the first question has been answered.
    fn has_begun(&self) -> bool {
        self.has_loaded(CORE) || self.known().is_some_and(|known| known.flat)
    }

    /// Brings `board/core.py` to the board, and asks what the board can do.
    pub(super) fn begin(&mut self, retry: Retry) -> Result<(), Error> {
        self.ready()?;
        if self.has_begun() {
            return Ok(());
        }
        self.begin_with("", retry, &mut |_| Ok(()))
    }

    /// Brings `board/core.py` to the board, has it run `rider` and asks what the board can do.
    fn begin_with(
        &mut self,
        rider: &str,
        mut retry: Retry,
        receive: Receiver<'_>,
    ) -> Result<(), Error> {
        let base = in_parts(&prepare(board_code::CORE, &[]));
        let rider = rider.trim_end();
        let fits = is_raw(rider)
            && !rider.ends_with('"')
            && !rider.contains("\"\"\"")
            && !rider.contains('#');
        let rider = if fits && !rider.is_empty() {
            // What it raises, it raises again when it is asked for by itself.
            format!("try:exec(r\"\"\"{rider}\"\"\",space.copy())\nexcept Exception:pass\n")
        } else {
            String::new()
        };
        let abilities = in_parts(&prepare(
            board_code::ABILITIES,
            &[("$ABILITIES", ABILITIES)],
        ));
        let mut code = format!("{base}\n#{rider}#{abilities}");
        // A board without raw-paste mode may have no memory for so much text. Those are behind a UART, most
        // often, where a command that it refuses would cost as much as the question.
        let raw_paste = self.driver.repl().raw_paste();
        let mut small = !raw_paste.unwrap_or(!self.may_damage());
        // Whether a board that has to hold the whole text is known to have the memory for it.
        let mut asked = false;
        let mut seen: Option<(Exception, u32)> = None;
        loop {
            self.ready()?;
            let mark = self.driver.repl().next_mark();
            let question = if small && !asked {
                let flat = Check::Sum.of(0, b"flat").to_string();
                let values = [("$FLAT", &*flat), ("$MARK", mark.as_str())];
                Command::marked(prepare(board_code::FLAT_ASK, &values), mark)
            } else if retry.fruitless() < ATTEMPTS_WHOLE {
                self.beginning(&format!("rb'''{code}'''"), &code, small)
            } else if self.send_pieces(&code, retry.anew())? {
                self.beginning("_belay", &code, small)
            } else {
                retry.failed(self.driver.now())?;
                continue;
            };
            let payload = match self.ask_begin(question, retry, receive) {
                Ok(payload) => payload,
                Err(Error::Cancelled)
                    if self.driver.repl().raw_paste() == Some(false) && !small =>
                {
                    small = true;
                    continue;
                }
                // Damaged code raises anything, but hardly the same each time.
                Err(Error::Exception(exception)) => {
                    let times = match &seen {
                        Some((before, times)) if *before == *exception => times + 1,
                        _ => 1,
                    };
                    if exception.kind == "MemoryError" {
                        return Err(Error::NoMemory);
                    }
                    if times >= SAME || exception.is_interrupt() {
                        return Err(Error::Exception(exception));
                    }
                    seen = Some((*exception, times));
                    None
                }
                Err(error) => return Err(error),
            };
            let payload = payload.unwrap_or_default();
            let passed = |check: Check| Some((check.text(&payload, 0)?, check));
            let answer = passed(Check::Crc32).or_else(|| passed(Check::Sum));
            let found = answer
                .as_ref()
                .and_then(|(text, check)| Capabilities::from_report(text, *check));
            match answer {
                _ if found.is_some() => {
                    self.capabilities = found;
                    self.set_loaded(CORE);
                    self.set_loaded(BUILTINS);
                    return Ok(());
                }
                Some((text, Check::Sum)) if text == "flat" => {
                    self.capabilities = Some(Capabilities::flat());
                    return Ok(());
                }
                Some(_) if small && !asked => asked = true,
                _ => {
                    retry.failed(self.driver.now())?;
                    // What is shorter is damaged less often.
                    code = format!("{base}\n#{abilities}");
                }
            }
        }
    }

    /// The first question, with `source` as the text that stands for `code`.
    fn beginning(&mut self, source: &str, code: &str, small: bool) -> Command {
        let mark = self.driver.repl().next_mark();
        let sum = Check::Sum.of(0, code.as_bytes()).to_string();
        let values = [("$SUM", &*sum), ("$MARK", mark.as_str()), ("$CODE", source)];
        let mut text = prepare(board_code::BEGIN, &values);
        if source == "_belay" {
            // It has come in pieces, and is not needed any more.
            text.push_str("_belay=''");
        }
        let command = Command::marked(text, mark);
        if small {
            command
        } else {
            command.only_pasted()
        }
    }

    /// Asks once; what comes between the marks is the answer, if it has come whole.
    fn ask_begin(
        &mut self,
        question: Command,
        retry: Retry,
        receive: Receiver<'_>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let patience = retry.patience(SILENCE, self.driver.now());
        let mut heard = |bytes: &[u8]| receive(bytes);
        let mut listener = Listener::within(&mut heard, patience);
        match self.driver.converse(question, &mut listener) {
            Ok((_, true)) => Err(Error::Interrupted),
            Ok((finished, false)) => {
                self.judge(finished.outcome)?;
                finished
                    .payload
                    .map(|payload| self.whole(payload))
                    .transpose()
            }
            Err(Error::Timeout { .. } | Error::Violation { .. }) => {
                self.driver.enter(self.timeout)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The core's text with a mark in front of each function, where `board/begin.py` takes it apart.
fn in_parts(code: &str) -> String {
    code.trim_end().replace("\ndef ", "\n#def ")
}
