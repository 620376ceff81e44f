//! Moves bytes between a byte stream and the protocol's state machine.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use belay_rawrepl::{Command, Config, Event, Finished, Nonce, Outcome, RawRepl};
use belay_transport::{Cancel, Properties, Transport, Waker, WebFiles, write_all};
use memchr::memmem;

use crate::Error;
use crate::inbox::Inbox;
use crate::input::Input;
use crate::newlines::Doubled;

/// A read without a deadline of its own ends after this long, to begin again.
const LONG: Duration = Duration::from_secs(3600);
/// How long a stream may take to accept bytes.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it may take to accept the interrupt of a call that has taken too long.
const GIVE_UP: Duration = Duration::from_secs(1);
/// How many of the last bytes are searched for what CircuitPython says when it goes from its code to the REPL.
const HEARD: usize = 1024;

/// What CircuitPython says behind its code, when it waits.
const KEY: &[u8] = b"Press any key to enter the REPL";

/// Whether CircuitPython has begun a new interpreter for the raw REPL, as it does when that comes behind the friendly
/// one: in front of the banner it says that the last one is done. (`rawrepl/tests/data/circuitpython-10.3-*.json`)
fn has_begun_anew(heard: &[u8]) -> bool {
    const DONE: &[u8] = b"Done | ";
    let Some(at) = memmem::rfind(heard, b"raw REPL; CTRL-B to exit\r\n>") else {
        return false;
    };
    let Some(title) = heard[..at].strip_suffix(b"\x1b\\") else {
        return false;
    };
    let begin = memmem::rfind(title, b"\x1b]0;");
    begin.is_some_and(|begin| memmem::find(&title[begin..], DONE).is_some())
}

/// What a session takes from the world beside its byte stream.
pub(crate) struct World {
    /// What time it is.
    pub(crate) clock: Box<dyn Fn() -> Instant + Send>,
    /// A number that cannot be guessed on the board.
    pub(crate) random: Box<dyn FnMut() -> u64 + Send>,
}

impl World {
    /// The clock of the system, and numbers of its making.
    pub(crate) fn real() -> Self {
        Self {
            clock: Box::new(Instant::now),
            random: Box::new(random),
        }
    }
}

/// A function that opens a byte stream, unless it is cancelled.
pub type Opener =
    Box<dyn FnMut(&Cancel) -> Result<Box<dyn Transport>, belay_transport::Error> + Send>;

/// Whether CircuitPython has gone from its code to the REPL: it has said that it waits for a key, or the key has
/// led to its banner. That is also what an earlier session may have left unread, with a prompt of its own.
fn has_left_code(heard: &[u8]) -> bool {
    const BANNER: &[u8] = b"Adafruit CircuitPython ";
    let banner = memmem::rfind(heard, BANNER);
    let prompts = |at: usize| memmem::find_iter(&heard[at..], b">>> ").count();
    memmem::find(heard, KEY).is_some() || banner.is_some_and(|at| prompts(at) == 1)
}

/// A number that differs from session to session and cannot be guessed on the board.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The board's end of a session, of which one operation runs at a time.
pub(crate) struct Driver {
    transport: Box<dyn Transport>,
    world: World,
    repl: RawRepl,
    origin: Instant,
    requests: Arc<Requests>,
    buffer: Vec<u8>,
    /// For a console that ends lines with CR CR LF: all that comes from it goes through here.
    doubled: Doubled,
    found: Found,
    /// Takes what the board tells unasked out of what it says.
    pub(crate) inbox: Option<Inbox>,
    /// What programs read from the host.
    pub(crate) input: Option<Input>,
    waker: Arc<Mutex<Waker>>,
    /// Whether the byte stream has failed for good.
    pub(crate) broken: bool,
}

/// What a board was found doing when it was taken over.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Found {
    /// Whether it had left its code for the REPL, as CircuitPython tells.
    pub(crate) left_code: bool,
    /// Whether it was without the prompt of the friendly REPL, where sessions leave it: one was cut off, most often.
    pub(crate) left_raw: bool,
    /// Whether its interpreter began when it was last taken over, so that its memory is as after a soft reset.
    pub(crate) begun_anew: bool,
}

#[derive(Debug, Default)]
struct Requests {
    interrupts: AtomicU32,
    abandon: AtomicBool,
    /// For a wait without a byte stream, which `woken` ends.
    waiting: Mutex<()>,
    woken: Condvar,
}

/// The host's end of a conversation with a program on the board.
pub(crate) trait Dialogue {
    /// The program runs on a board that is known to have room for `input_buffer` bytes.
    fn begin(&mut self, input_buffer: usize, now: Duration);
    /// The program has printed `bytes`.
    fn receive(&mut self, bytes: &[u8], now: Duration) -> Result<(), Error>;
    /// What to send to the program's standard input now.
    fn transmit(&mut self) -> Result<Vec<u8>, Error>;
    /// Until when the program may be silent.
    fn deadline(&self) -> Duration;
    /// The program has been silent up to `now`.
    fn timeout(&mut self, now: Duration) -> Result<(), Error>;
}

/// What has come of a command that restarts the board.
pub(crate) enum Restart {
    /// The board has restarted, or is about to.
    Restarted,
    /// The link has gone down with it.
    LinkGone,
    /// It has not restarted.
    Refused(Outcome),
}

/// Stops what a [`Device`](crate::Device) is doing, from any thread.
#[derive(Debug, Clone)]
pub struct Interrupter {
    requests: Arc<Requests>,
    waker: Arc<Mutex<Waker>>,
}

impl Interrupter {
    fn wake(&self) {
        let waiting = &self.requests.waiting;
        drop(waiting.lock().unwrap_or_else(PoisonError::into_inner));
        self.requests.woken.notify_all();
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        waker.wake();
    }

    /// Sends ctrl-C to the board. The program there ends with a `KeyboardInterrupt`, or catches it.
    /// Without a running program nothing happens.
    pub fn interrupt(&self) {
        self.requests.interrupts.fetch_add(1, Ordering::SeqCst);
        self.wake();
    }

    /// Makes the call that waits for the board end with [`Error::Abandoned`], whatever the board does.
    pub fn abandon(&self) {
        self.requests.abandon.store(true, Ordering::SeqCst);
        self.wake();
    }
}

impl Driver {
    pub(crate) fn new(transport: Box<dyn Transport>, mut world: World, config: Config) -> Self {
        let nonce = Nonce::new((world.random)());
        Self {
            waker: Arc::new(Mutex::new(transport.waker())),
            broken: false,
            transport,
            repl: RawRepl::new(nonce, config),
            origin: (world.clock)(),
            world,
            requests: Arc::default(),
            buffer: vec![0; 16 * 1024],
            doubled: Doubled::default(),
            inbox: None,
            input: None,
            found: Found::default(),
        }
    }

    pub(crate) fn interrupter(&self) -> Interrupter {
        Interrupter {
            requests: Arc::clone(&self.requests),
            waker: Arc::clone(&self.waker),
        }
    }

    /// Goes on with another byte stream, of which nothing is known yet.
    pub(crate) fn renew(&mut self, transport: Box<dyn Transport>, config: Config) {
        let nonce = Nonce::new((self.world.random)());
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = transport.waker();
        self.transport = transport;
        self.repl = RawRepl::new(nonce, config);
        self.broken = false;
        self.doubled = Doubled::default();
        if let Some(inbox) = &mut self.inbox {
            inbox.forget();
        }
    }

    /// Opens a byte stream in the place of one that is gone, unless the caller asks to give up or to
    /// interrupt.
    ///
    /// # Errors
    /// [`Error::Abandoned`] if the caller has asked.
    pub(crate) fn open(&mut self, open: &mut Opener) -> Result<Box<dyn Transport>, Error> {
        // The port must be closed before it can be opened again.
        drop(self.take_transport());
        let cancel = Cancel::default();
        let waker = Waker::new({
            let cancel = cancel.clone();
            move || cancel.cancel()
        });
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = waker;
        match open(&cancel) {
            Err(_) if cancel.is_cancelled() => {
                self.forget_requests();
                Err(Error::Abandoned)
            }
            other => Ok(other?),
        }
    }

    /// Waits without a byte stream, until `pause` is over or the caller asks to give up or to interrupt.
    ///
    /// # Errors
    /// [`Error::Abandoned`] if the caller has asked.
    pub(crate) fn pause(&self, pause: Duration) -> Result<(), Error> {
        let requests = &self.requests;
        let waiting = requests.waiting.lock();
        let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let asked = || {
            requests.abandon.load(Ordering::SeqCst)
                || requests.interrupts.load(Ordering::SeqCst) > 0
        };
        let wait = requests
            .woken
            .wait_timeout_while(waiting, pause, |()| !asked());
        drop(wait.unwrap_or_else(PoisonError::into_inner));
        if asked() {
            self.forget_requests();
            return Err(Error::Abandoned);
        }
        Ok(())
    }

    /// Requests that came before are for something that has ended by itself.
    pub(crate) fn forget_requests(&self) {
        self.requests.interrupts.store(0, Ordering::SeqCst);
        self.requests.abandon.store(false, Ordering::SeqCst);
    }

    pub(crate) fn repl(&mut self) -> &mut RawRepl {
        &mut self.repl
    }

    /// Gives up the byte stream; one that has ended takes its place.
    pub(crate) fn take_transport(&mut self) -> Box<dyn Transport> {
        let (ended, _) = belay_transport::pair();
        std::mem::replace(&mut self.transport, Box::new(ended))
    }

    /// Brings the board to the raw REPL.
    pub(crate) fn enter(&mut self, limit: Duration) -> Result<(), Error> {
        let now = self.now();
        self.repl.enter(now, limit);
        let mut heard = Vec::new();
        let entered = |event: &Event| {
            if let Event::Stray(bytes) = event {
                heard.extend_from_slice(bytes);
                heard.drain(..heard.len().saturating_sub(HEARD));
            }
            event == &Event::Entered
        };
        self.until_deadline(entered, &mut |_| Ok(()), None)?;
        self.found.left_code |= has_left_code(&heard);
        self.found.begun_anew = has_begun_anew(&heard);
        self.found.left_raw |= memmem::find(&heard, b">>> ").is_none();
        Ok(())
    }

    /// What the board was found doing.
    pub(crate) fn found(&self) -> Found {
        self.found
    }

    /// Restarts the board's interpreter, and goes back to it where the byte stream ends with it.
    pub(crate) fn soft_reset(&mut self, limit: Duration) -> Result<(), Error> {
        let now = self.now();
        self.repl.soft_reset(now, limit);
        match self.await_restart()? {
            Restart::LinkGone => self.reopen(limit),
            _ => Ok(()),
        }
    }

    /// Waits for a restart that has been asked for.
    fn await_restart(&mut self) -> Result<Restart, Error> {
        match self.until(|event| event == &Event::Restarted, &mut |_| Ok(())) {
            Err(Error::Transport(belay_transport::Error::Disconnected { .. }))
                if self.properties().ends_with_restart =>
            {
                Ok(Restart::LinkGone)
            }
            other => other.map(|_| Restart::Restarted),
        }
    }

    /// Opens the byte stream anew after a restart has ended it, and takes the board over, within `limit`.
    pub(crate) fn reopen(&mut self, limit: Duration) -> Result<(), Error> {
        self.transport.reopen(self.instant() + limit)?;
        self.broken = false;
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = self.transport.waker();
        self.enter(limit)
    }

    /// Goes back to the friendly REPL.
    pub(crate) fn leave(&mut self) -> Result<(), Error> {
        let now = self.now();
        self.repl.leave(now);
        self.until(|event| event == &Event::Left, &mut |_| Ok(()))?;
        Ok(())
    }

    /// Sends the board to the friendly REPL, without waiting for its prompt.
    pub(crate) fn hang_up(&mut self) -> Result<(), Error> {
        let now = self.now();
        self.repl.leave(now);
        self.send(self.instant() + WRITE_TIMEOUT)
    }

    /// Runs a command to its end, or interrupts it after `limit`.
    pub(crate) fn run(
        &mut self,
        command: Command,
        limit: Option<Duration>,
        output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<Finished, Error> {
        // Requests that came while nothing ran were for something that has ended by itself.
        self.requests.interrupts.store(0, Ordering::SeqCst);
        self.requests.abandon.store(false, Ordering::SeqCst);
        let now = self.now();
        self.repl.start(command, now);
        let deadline = limit.and_then(|limit| now.checked_add(limit));
        let finished = |event: &Event| matches!(event, Event::Finished(_));
        let event = if let Some(event) = self.until_deadline(finished, output, deadline)? {
            event
        } else {
            self.repl.give_up(self.now().saturating_sub(now));
            // The call has failed, whether the interrupt gets through or not.
            let sent = self.send(self.instant() + GIVE_UP);
            let _ = self.noted(sent);
            self.until(finished, output)?
        };
        match event {
            Event::Finished(finished) => Ok(finished),
            _ => unreachable!("the event that was waited for"),
        }
    }

    /// Runs a command that talks to `dialogue`, to its end, and tells whether it was interrupted on
    /// request. After an error the program may still run.
    pub(crate) fn converse(
        &mut self,
        command: Command,
        dialogue: &mut dyn Dialogue,
    ) -> Result<(Finished, bool), Error> {
        self.requests.interrupts.store(0, Ordering::SeqCst);
        self.requests.abandon.store(false, Ordering::SeqCst);
        let mut interrupted = false;
        let mut running = false;
        let now = self.now();
        self.repl.start(command, now);
        loop {
            while let Some(event) = self.repl.next_event() {
                match event {
                    Event::Started => {
                        running = true;
                        dialogue.begin(self.repl.input_buffer(), self.now());
                    }
                    Event::Output(bytes) => dialogue.receive(&bytes, self.now())?,
                    Event::Finished(finished) => return Ok((finished, interrupted)),
                    Event::Failed(error) => return Err(error.into()),
                    _ => {}
                }
            }
            if self.requests.abandon.swap(false, Ordering::SeqCst) {
                return Err(Error::Abandoned);
            }
            let now = self.now();
            if self.requests.interrupts.swap(0, Ordering::SeqCst) > 0 && self.repl.is_busy() {
                interrupted = true;
                self.repl.interrupt(now);
            }
            let mut limit = self.instant() + LONG;
            if running && !interrupted {
                dialogue.timeout(now)?;
                self.repl.input(&dialogue.transmit()?);
                limit = limit.min(self.origin + dialogue.deadline());
            }
            self.exchange_until(limit)?;
        }
    }

    /// The board's files beside the byte stream, where they are.
    pub(crate) fn web_files(&self) -> Option<Box<dyn WebFiles>> {
        self.transport.web_files()
    }

    /// What the byte stream bears.
    pub(crate) fn properties(&self) -> Properties {
        self.transport.properties()
    }

    /// Restarts the board's interpreter and leaves it to its programs.
    pub(crate) fn reboot(&mut self, limit: Duration) -> Result<(), Error> {
        let now = self.now();
        self.repl.reboot(now, limit);
        self.await_restart().map(drop)
    }

    /// Runs a command that restarts the board instead of being answered, within `silence`; an answer is why
    /// it could not.
    pub(crate) fn restart(
        &mut self,
        command: Command,
        silence: Duration,
    ) -> Result<Restart, Error> {
        let now = self.now();
        self.repl.restart(command, now, silence);
        let ended = |event: &Event| matches!(event, Event::Restarted | Event::Finished(_));
        match self.until(ended, &mut |_| Ok(())) {
            Ok(Event::Finished(finished)) => Ok(Restart::Refused(finished.outcome)),
            Ok(_) => Ok(Restart::Restarted),
            // The word that the command has started may go down with the link.
            Err(Error::Transport(belay_transport::Error::Disconnected { .. })) => {
                Ok(Restart::LinkGone)
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until a board that has restarted is at a friendly prompt, up to `limit`.
    pub(crate) fn await_prompt(&mut self, limit: Duration) -> Result<(), Error> {
        let deadline = self.now() + limit;
        let mut tail = Vec::new();
        let at_prompt = |event: &Event| {
            if let Event::Stray(bytes) = event {
                tail.extend_from_slice(bytes);
                tail.drain(..tail.len().saturating_sub(2 * KEY.len()));
            }
            tail.ends_with(b"\r\n>>> ") || memmem::find(&tail, KEY).is_some()
        };
        self.until_deadline(at_prompt, &mut |_| Ok(()), Some(deadline))?;
        Ok(())
    }

    fn until(
        &mut self,
        wanted: impl Fn(&Event) -> bool,
        output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.until_deadline(&wanted, output, None)? {
                return Ok(event);
            }
        }
    }

    /// The event that is waited for, or nothing if it has not come by `deadline`.
    fn until_deadline(
        &mut self,
        mut wanted: impl FnMut(&Event) -> bool,
        output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        deadline: Option<Duration>,
    ) -> Result<Option<Event>, Error> {
        loop {
            while let Some(event) = self.repl.next_event() {
                match event {
                    event if wanted(&event) => return Ok(Some(event)),
                    Event::Output(bytes) => output(&bytes)?,
                    Event::Failed(error) => return Err(error.into()),
                    _ => {}
                }
            }
            if deadline.is_some_and(|deadline| self.now() >= deadline) {
                return Ok(None);
            }
            if self.requests.abandon.swap(false, Ordering::SeqCst) {
                return Err(Error::Abandoned);
            }
            if self.requests.interrupts.swap(0, Ordering::SeqCst) > 0 && self.repl.is_busy() {
                let now = self.now();
                self.repl.interrupt(now);
            }
            if let Some(input) = &mut self.input
                && let Some(line) = input.transmit(&self.waker)
            {
                self.repl.input(&line);
            }
            let limit = deadline
                .and_then(|at| self.origin.checked_add(at))
                .unwrap_or_else(|| self.instant() + LONG);
            match self.exchange_until(limit) {
                Err(error) if is_full(&error) && deadline.is_some_and(|at| self.now() >= at) => {
                    return Ok(None);
                }
                other => other?,
            }
        }
    }

    /// Sends what is to be sent, then waits for what comes, up to `limit`.
    fn exchange_until(&mut self, limit: Instant) -> Result<(), Error> {
        let result = self.exchange_bytes(limit);
        self.noted(result)
    }

    /// Keeps in mind that the byte stream has failed, if it has. One that takes no bytes for a while
    /// may take some later.
    fn noted(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        if let Err(error) = &result {
            self.broken |= matches!(error, Error::Transport(_)) && !is_full(error);
        }
        result
    }

    fn exchange_bytes(&mut self, limit: Instant) -> Result<(), Error> {
        self.send(limit.min(self.instant() + WRITE_TIMEOUT))?;
        let deadline = match self.repl.deadline() {
            Some(deadline) => limit.min(self.origin + deadline),
            None => limit,
        };
        let count = self.transport.read(&mut self.buffer, deadline)?;
        let now = self.now();
        if count > 0 {
            let mut bytes = Cow::Borrowed(&self.buffer[..count]);
            if self.repl.console().carriage_returns > 1 {
                bytes = self.doubled.undo(&bytes).into();
            }
            if let Some(inbox) = &mut self.inbox {
                bytes = inbox.receive(&bytes).into();
            }
            if let Some(input) = &mut self.input {
                bytes = input.receive(bytes.into_owned()).into();
            }
            self.repl.receive(&bytes, now);
        }
        // A board that talks without end has its deadlines, too.
        self.repl.timeout(now);
        Ok(())
    }

    fn send(&mut self, limit: Instant) -> Result<(), Error> {
        let mut deadline = limit;
        if let (true, Some(retry)) = (self.repl.is_entering(), self.repl.deadline()) {
            deadline = deadline.min(self.origin + retry);
        }
        while let Some(bytes) = self.repl.transmit() {
            match write_all(self.transport.as_mut(), &bytes, deadline) {
                // A device that takes nothing is one that does not answer: there the call ends.
                Err(belay_transport::Error::WriteTimeout { .. }) if self.repl.is_entering() => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// The time since the session began.
    pub(crate) fn now(&self) -> Duration {
        self.instant().saturating_duration_since(self.origin)
    }

    /// What time it is.
    pub(crate) fn instant(&self) -> Instant {
        (self.world.clock)()
    }
}

/// Whether a stream has taken no bytes for too long.
fn is_full(error: &Error) -> bool {
    matches!(
        error,
        Error::Transport(belay_transport::Error::WriteTimeout { .. })
    )
}

#[cfg(test)]
mod tests {
    use super::{has_begun_anew, has_left_code};

    #[test]
    fn circuitpython_tells_that_the_raw_repl_has_an_interpreter_of_its_own() {
        let raw = "raw REPL; CTRL-B to exit\r\n>";
        let title = "\x1b]0;\u{1f40d}Done | 10.3.0\x1b\\";
        for (heard, expected) in [
            (format!("\r\n>>> \r\n{title}{raw}"), true),
            (format!("\r\n>>> \r\n{raw}"), false),
            (format!("\r\n>>> \r\n{title}{raw}OK\x04\x04>{raw}"), false),
            (
                format!("\r\n>>> \r\n\x1b]0;\u{1f40d}REPL | 10.3.0\x1b\\{raw}"),
                false,
            ),
            (title.to_owned(), false),
        ] {
            assert_eq!(has_begun_anew(heard.as_bytes()), expected, "{heard:?}");
        }
    }

    #[test]
    fn what_circuitpython_says_tells_whether_its_code_ran() {
        let banner = "\r\nAdafruit CircuitPython 10.3.0 on 2026-01-01; x\r\n>>> ";
        let raw = "\r\n\x1b]0;Done | 10.3.0\x1b\\raw REPL; CTRL-B to exit\r\n>";
        let key = "Press any key to enter the REPL. Use CTRL-D to reload.\r\n";
        for (heard, expected) in [
            (format!("{banner}{raw}"), true),
            (
                format!("Code done running.\r\n{key}{banner}print(1)\r\n1\r\n>>> {raw}"),
                true,
            ),
            (format!("\r\n>>> {raw}"), false),
            // What an earlier session has left to be read.
            (format!("{banner}\r\n>>> {raw}"), false),
            (String::new(), false),
        ] {
            assert_eq!(has_left_code(heard.as_bytes()), expected, "{heard:?}");
        }
    }
}
