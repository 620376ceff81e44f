//! The session type.

use std::io::{self, Write};
use std::time::Duration;

use belay_pylit::{Options, Parsed, Value};
use belay_rawrepl::Config;
use belay_transport::Transport;
use serde::de::DeserializeOwned;

use crate::board_code::{FACTS, prepare};
use crate::driver::{Driver, Interrupter, World};
use crate::input::Input;
use crate::link::{Link, Program};
use crate::session::Session;
use crate::{Error, FileWriter, Implementation};

/// How a session begins.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Restart the board's interpreter, so that its state is known. `boot.py` runs, `main.py` does
    /// not. Without it, what earlier code left in memory stays. CircuitPython, which begins a new interpreter for the
    /// raw REPL, is not restarted once more.
    pub reset: bool,
    /// What runs on the board first, one command. [`Device::soft_reset`] does not run it again.
    pub startup: Startup,
    /// How long the board may take to come to the raw REPL, whatever it is doing now. A program that runs is
    /// interrupted once, and has half of it to end in its own way before it is interrupted again.
    pub timeout: Duration,
    /// The longest result that is kept, in bytes.
    pub max_result: usize,
    /// How long a call may take, from its first byte to its last. A program that takes longer is
    /// interrupted, and its call fails with [`Error::Timeout`]. `None` for as long as it takes.
    pub call_timeout: Option<Duration>,
    /// Whether calls and their values carry checks, for links that lose or change bytes. Code
    /// that was damaged on its way does not run and is sent again; a damaged value is
    /// [`Error::DamagedAnswer`].
    ///
    /// Costs one more command in each session, some twenty bytes in each call, and memory on the board
    /// for the text of the code and of the value; code of more than 2,048 bytes for which the board
    /// has too little goes without, and so does all that runs on a board with a flat file system. What
    /// programs print and the texts of exceptions have none. `None` has checks where nothing below
    /// the link is known to see to its bytes, as behind a UART.
    pub checked: Option<bool>,
}

impl Default for ConnectOptions {
    /// With a restart, without code to begin with, ten seconds to connect, results of up to 64 MiB, no limit for
    /// calls, and checks where the link needs them.
    fn default() -> Self {
        Self {
            reset: true,
            startup: Startup::Nothing,
            timeout: Duration::from_secs(10),
            max_result: 64 << 20,
            call_timeout: None,
            checked: None,
        }
    }
}

/// Code that runs on the board when a session begins, and again when it has come back to its board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Startup {
    /// None.
    #[default]
    Nothing,
    /// Imports that most programs need, as far as the board has them: `os`, `sys`, `time`, `sleep` and
    /// `const`; with MicroPython `machine` and its `Pin`, `Timer`, `PWM`, `I2C`, `SPI` and `ADC`; with
    /// CircuitPython `board`, `digitalio`, `analogio`, and `I2C` and `SPI` of `busio`.
    Imports,
    /// The caller's own.
    Code(String),
}

/// A session with one board.
///
/// What code on the board prints goes to the host's standard output, or to the writer given to
/// [`set_output`](Self::set_output), while it runs.
///
/// Dropping a session runs what [`teardown`](Self::teardown) has kept, for as long as a call may take,
/// and leaves the board at the raw REPL's prompt; without such code it sends nothing and does not wait.
/// [`close`](Self::close) takes the board back to the friendly prompt and reports what went wrong.
pub struct Device {
    pub(crate) link: Link,
    pub(crate) options: ConnectOptions,
    pub(crate) output: Box<dyn Write + Send>,
    pub(crate) session: Session,
    /// Who changes files in the board's place.
    pub(crate) writer: Option<Box<dyn FileWriter>>,
}

impl Device {
    /// Takes over the board at the other end of `transport`: interrupts what runs there, and
    /// restarts its interpreter unless the options say otherwise.
    ///
    /// Takes one round trip, one more with a reset, and those of what it begins with.
    ///
    /// # Errors
    /// [`Error::Timeout`] if no raw REPL answers in time; [`Error::NoMemory`] if a program has filled the
    /// board's memory and the options do not allow a reset; an exception of the
    /// [`startup`](ConnectOptions::startup) code.
    pub fn connect(transport: Box<dyn Transport>, options: ConnectOptions) -> Result<Self, Error> {
        Self::connect_in(World::real(), transport, options)
    }

    /// As [`connect`](Self::connect), with another clock.
    pub(crate) fn connect_in(
        world: World,
        transport: Box<dyn Transport>,
        options: ConnectOptions,
    ) -> Result<Self, Error> {
        let config = config(transport.as_ref(), &options);
        let mut driver = Driver::new(transport, world, config);
        match driver.enter(options.timeout) {
            // The soft reset to come empties the memory.
            Err(Error::NoMemory) if options.reset => {}
            other => other?,
        }
        let output = Box::new(io::stdout());
        let mut device = Self {
            link: Link::new(driver, options.timeout, options.max_result),
            options,
            output,
            session: Session::default(),
            writer: None,
        };
        if device.options.reset && !device.link.driver.found().begun_anew {
            device.link.driver.soft_reset(device.options.timeout)?;
        }
        device.start_up()?;
        Ok(device)
    }

    /// Sends the output of code on the board to `output` from now on.
    pub fn set_output(&mut self, output: impl Write + Send + 'static) {
        self.output = Box::new(output);
    }

    /// Takes what scripts read from `source`, which is called on a thread of its own when a script asks
    /// and nothing is left: it waits for bytes and gives those that there are, `None` at their end.
    ///
    /// Holds for [`run`](Self::run) on boards that have `sys.stdin.readline`: for `input()`, and for
    /// `sys.stdin` in scripts whose text names it. What programs read in another way, or without this,
    /// comes from the board's own standard input, to which nothing is sent.
    pub fn set_input(&mut self, source: impl FnMut() -> Option<Vec<u8>> + Send + 'static) {
        self.link.driver.input = Some(Input::new(source));
    }

    /// A handle with which another thread stops what the session is waiting for.
    pub fn interrupter(&self) -> Interrupter {
        self.link.driver.interrupter()
    }

    /// The value that a board's repr stands for.
    pub(crate) fn parse_as<T: DeserializeOwned>(&self, text: String) -> Result<T, Error> {
        belay_pylit::from_value(self.parse_value(&text)?)
            .map_err(|source| Error::WrongType { text, source })
    }

    /// The value that a board's repr stands for, if it is a literal.
    pub(crate) fn parse_value(&self, text: &str) -> Result<Value, Error> {
        parse_value(text, self.options.max_result)
    }

    /// What runs on the board. Asked once, in one round trip.
    ///
    /// # Errors
    /// As [`eval`](Self::eval). What the firmware does not tell is no error, and left empty.
    pub fn implementation(&mut self) -> Result<&Implementation, Error> {
        self.ready()?;
        if self.session.implementation.is_none() {
            let code = prepare(FACTS, &[]);
            let found = match self.link.ask_riding(&code)? {
                Some(report) => Implementation::from_report(&report),
                None if self.link.is_flat()? => crate::files::flat_implementation(&mut self.link)?,
                None => Implementation::from_report(&self.link.ask(&Program::helper(&code))?),
            };
            self.session.follow(self.link.generation());
            self.session.implementation = Some(found);
        }
        self.session.implementation.as_ref().ok_or(Error::NoResult)
    }

    /// Restarts the board's interpreter: all that is in its memory is gone. `boot.py` runs,
    /// `main.py` does not. Tasks, proxies and generators from before fail with [`Error::Gone`].
    ///
    /// # Errors
    /// [`Error::Timeout`] if the board is not back at the raw REPL within the time that
    /// [`ConnectOptions::timeout`] says.
    pub fn soft_reset(&mut self) -> Result<(), Error> {
        match self.ready() {
            // There is room for a soft reset.
            Err(Error::NoMemory) => {}
            other => other?,
        }
        self.restarted();
        self.link.driver.soft_reset(self.options.timeout)
    }

    /// Runs what [`teardown`](Self::teardown) has kept, takes the board back to the friendly REPL
    /// and gives up the session.
    ///
    /// # Errors
    /// The first exception of the code that was kept, when all of it has run and the board is at its
    /// friendly prompt.
    pub fn close(mut self) -> Result<Box<dyn Transport>, Error> {
        let finished = self.finish();
        if self.link.driver.repl().is_ready() {
            self.link.driver.leave()?;
        }
        finished?;
        Ok(self.link.driver.take_transport())
    }

    /// As [`close`](Self::close), but does not wait for the friendly REPL's prompt, and closes the port.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    pub fn hang_up(mut self) -> Result<(), Error> {
        let finished = self.finish();
        if self.link.driver.repl().is_ready() {
            self.link.driver.hang_up()?;
        }
        finished
    }

    /// Makes sure that the board is at the raw REPL's prompt.
    pub(crate) fn ready(&mut self) -> Result<(), Error> {
        if self.link.driver.broken && self.session.revival.is_some() {
            self.reconnect()?;
        }
        self.link.ready()?;
        self.session.follow(self.link.generation());
        Ok(())
    }

    /// Goes on with another byte stream.
    pub(crate) fn renew(&mut self, transport: Box<dyn Transport>) {
        let config = config(transport.as_ref(), &self.options);
        self.link.driver.renew(transport, config);
    }

    /// Does something with the link, at the board's prompt.
    pub(crate) fn on_link<T>(
        &mut self,
        work: impl FnOnce(&mut Link) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.ready()?;
        let result = work(&mut self.link);
        self.settled(result)
    }

    /// The board's memory is empty again.
    pub(crate) fn restarted(&mut self) {
        self.link.restarted();
        self.session.follow(self.link.generation());
    }

    /// Says of an error what the session knows of it.
    pub(crate) fn explained(&mut self, error: Error) -> Error {
        let mut exception = match error {
            Error::Exception(exception) => exception,
            error => return self.lost(error),
        };
        self.session.sources.locate(&mut exception);
        if exception.kind == "NameError" && exception.message.contains("'_belay_") {
            // The board has restarted while nobody was looking.
            self.restarted();
            let what = "what the session kept on the board".to_owned();
            return Error::Gone { what };
        }
        Error::Exception(exception)
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The settings of the protocol for a byte stream.
fn config(transport: &dyn Transport, options: &ConnectOptions) -> Config {
    let properties = transport.properties();
    Config {
        max_payload: options.max_result,
        largest_write: properties.largest_write,
        unacknowledged: properties.unacknowledged,
        ..Config::default()
    }
}

/// The value that a repr of at most `max_bytes` stands for, if it is a literal.
pub(crate) fn parse_value(text: &str, max_bytes: usize) -> Result<Value, Error> {
    let options = Options {
        max_bytes,
        ..Options::default()
    };
    match belay_pylit::parse_or_text(text, &options) {
        Ok(Parsed::Literal(value)) => Ok(value),
        Ok(Parsed::Unparsed(text)) => Err(Error::NotALiteral { text }),
        Err(source) => Err(Error::WrongType {
            text: text.to_owned(),
            source,
        }),
    }
}
