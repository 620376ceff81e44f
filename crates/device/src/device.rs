//! The session type.

use std::io::{self, Write};
use std::time::Duration;

use belay_pylit::{Options, Parsed, Value};
use belay_rawrepl::Config;
use belay_transport::Transport;
use serde::de::DeserializeOwned;

use crate::board_code::{self, FACTS, RUN, STDIN, prepare};
use crate::call::{CallOptions, Code};
use crate::driver::{Driver, Interrupter, World};
use crate::link::{Link, Program};
use crate::session::Session;
use crate::{Error, Exit, Implementation, Script, Startup};

/// How a session begins.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Restart the board's interpreter, so that its state is known. `boot.py` runs, `main.py` does
    /// not. Without it, what earlier code left in memory stays.
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
        };
        if device.options.reset {
            device.link.driver.soft_reset(device.options.timeout)?;
        }
        device.start_up()?;
        Ok(device)
    }

    /// Sends the output of code on the board to `output` from now on.
    pub fn set_output(&mut self, output: impl Write + Send + 'static) {
        self.output = Box::new(output);
    }

    /// A handle with which another thread stops what the session is waiting for.
    pub fn interrupter(&self) -> Interrupter {
        self.link.driver.interrupter()
    }

    /// Runs statements in the board's global name space. Takes one round trip.
    ///
    /// # Errors
    /// [`Error::Exception`] for an exception that the code does not catch, [`Error::Exited`] if it
    /// calls `sys.exit()`.
    pub fn exec(&mut self, code: &str) -> Result<(), Error> {
        self.exec_with(code, CallOptions::new())
    }

    /// As [`exec`](Self::exec), with options of its own.
    pub fn exec_with(&mut self, code: &str, options: CallOptions<'_>) -> Result<(), Error> {
        let recorded = !options.unrecorded;
        if recorded {
            self.admit()?;
        }
        self.statements(code, options)?;
        if recorded {
            let code = code.to_owned();
            self.record(|| Box::new(move |device| device.statements(&code, CallOptions::new())));
        }
        Ok(())
    }

    /// Runs statements that are not to be run again on a board that has come back.
    pub(crate) fn statements(&mut self, code: &str, options: CallOptions<'_>) -> Result<(), Error> {
        self.ready()?;
        self.check_size(code.len())?;
        self.call(&Code::Statements(code), options).map(drop)
    }

    /// Evaluates an expression and gives its value. Takes one round trip.
    ///
    /// # Errors
    /// As [`exec`](Self::exec); [`Error::NotALiteral`] and [`Error::WrongType`] for a value that is
    /// not one of `T`.
    pub fn eval<T: DeserializeOwned>(&mut self, expression: &str) -> Result<T, Error> {
        self.eval_with(expression, CallOptions::new())
    }

    /// As [`eval`](Self::eval), with options of its own.
    pub fn eval_with<T: DeserializeOwned>(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<T, Error> {
        let text = self.eval_repr_with(expression, options)?;
        self.parse_as(text)
    }

    /// Evaluates an expression and gives its value as Python has it, with its type.
    ///
    /// # Errors
    /// As [`exec`](Self::exec); [`Error::NotALiteral`] for one that has no literal.
    pub fn eval_value(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<Value, Error> {
        let text = self.eval_repr_with(expression, options)?;
        self.parse_value(&text)
    }

    /// Evaluates an expression and gives the repr of its value, which need not be a literal.
    pub fn eval_repr(&mut self, expression: &str) -> Result<String, Error> {
        self.eval_repr_with(expression, CallOptions::new())
    }

    /// As [`eval_repr`](Self::eval_repr), with options of its own.
    pub fn eval_repr_with(
        &mut self,
        expression: &str,
        options: CallOptions<'_>,
    ) -> Result<String, Error> {
        self.ready()?;
        self.check_size(expression.len())?;
        self.evaluate(expression, options)
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

    /// Runs a script under its own name, and tells how it ended.
    ///
    /// Tracebacks carry the script's name and lines. What `sys.exit()` is given is reported, and the
    /// interpreter lives on; only where the board's memory is too small to hold the script's text
    /// beside the compiled code does `sys.exit()` restart it, as on the bare raw REPL.
    ///
    /// # Errors
    /// [`Error::Exception`] for an exception that the script does not catch.
    pub fn run(&mut self, script: &Script) -> Result<Exit, Error> {
        self.run_with(script, CallOptions::new())
    }

    /// As [`run`](Self::run), with options of its own.
    pub fn run_with(&mut self, script: &Script, options: CallOptions<'_>) -> Result<Exit, Error> {
        self.ready()?;
        let mut text = script.text();
        if let Err(error @ Error::TooLarge { .. }) = self.check_size(text.len()) {
            // What only people read may be what does not fit; every line keeps its number.
            let smaller = belay_minify::minify(&text, &belay_minify::Options::default());
            match smaller {
                Ok(smaller) if self.check_size(smaller.len()).is_ok() => text = smaller,
                _ => return Err(error),
            }
        }
        let wrapped = text.len() <= Script::TINY || self.holds(text.len())?;
        let result = if wrapped {
            let mark = self.link.driver.repl().next_mark();
            let asks = match &mut self.link.driver.input {
                None => String::new(),
                Some(input) => {
                    input.begin(&mark);
                    mark.to_string()
                }
            };
            let mut helper = board_code::prepare(RUN, &[]);
            // What stands in the place of `sys` is no module, whose names could all be imported.
            if !asks.is_empty() && text.contains("stdin") && !text.contains("import *") {
                helper += &board_code::prepare(STDIN, &[]);
            }
            let mut arguments = vec![&*text, &*asks, &*script.name];
            arguments.extend(script.arguments.iter().map(|text| &**text));
            let result = self.call(&Code::Helper(&helper, &arguments), options);
            if let Some(input) = &mut self.link.driver.input {
                input.end();
            }
            result.map(Some)
        } else {
            if !script.arguments.is_empty() {
                let argv = format!("import sys\nsys.argv[:]={}", script.argv());
                self.statements(&argv, CallOptions::new())?;
            }
            self.call(&Code::Bare(&text), options).map(|_| None)
        };
        let arguments = match result {
            Err(Error::Exited) => return Ok(Exit::Restarted),
            Err(Error::Exception(exception)) => {
                return Err(Error::Exception(Box::new(script.locate(*exception))));
            }
            other => other?,
        };
        let Some(arguments) = arguments.filter(|arguments| arguments != "None") else {
            return Ok(Exit::Completed);
        };
        // Anything that is no literal is an argument other than a number: a failure.
        Ok(Exit::Exited(match belay_pylit::parse(&arguments) {
            Ok(Value::Tuple(arguments)) => arguments.into_iter().next().unwrap_or(Value::None),
            _ => Value::Ellipsis,
        }))
    }

    /// What runs on the board. Asked once, in one round trip.
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
    /// `main.py` does not.
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

    /// Whether the board has memory for a script's text of `length` bytes beside what compiling it
    /// takes, which is several times as much.
    pub(crate) fn holds(&mut self, length: usize) -> Result<bool, Error> {
        let free = self.implementation()?.free_memory;
        Ok(free.is_none_or(|free| free / 10 >= length as u64))
    }

    /// Refuses code that the board's memory cannot take in.
    ///
    /// Raw-paste mode compiles code as it comes and reports `MemoryError`. The plain raw REPL keeps
    /// the whole text first, in a buffer that doubles as it grows, and a board whose memory ends
    /// there stops for good (seen on a micro:bit).
    pub(crate) fn check_size(&mut self, length: usize) -> Result<(), Error> {
        if length <= Script::SMALL {
            return Ok(());
        }
        let free = self.implementation()?.free_memory.unwrap_or(u64::MAX);
        if self.link.driver.repl().raw_paste() == Some(false) && length as u64 > free / 4 {
            return Err(Error::TooLarge { length, free });
        }
        Ok(())
    }

    /// Does something with the link, at the board's prompt.
    pub(crate) fn on_link<T>(
        &mut self,
        work: impl FnOnce(&mut Link) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.ready()?;
        let result = work(&mut self.link);
        self.session.follow(self.link.generation());
        result.map_err(|error| self.explained(error))
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

    /// Lends out the writer for output beside the session.
    pub(crate) fn with_output<R>(
        &mut self,
        body: impl FnOnce(&mut Self, &mut dyn Write) -> R,
    ) -> R {
        let mut output = std::mem::replace(&mut self.output, Box::new(io::sink()));
        let result = body(self, &mut *output);
        self.output = output;
        result
    }
}

/// A session may move to another thread; one thread uses it at a time. What ends its waits may be used
/// from all.
const _: () = {
    const fn is_send<T: Send>() {}
    const fn is_shared<T: Send + Sync + Clone>() {}
    is_send::<Device>();
    is_send::<crate::Proxy>();
    is_send::<crate::Generator>();
    is_send::<crate::Batch>();
    is_shared::<crate::Task>();
    is_shared::<Interrupter>();
};

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
