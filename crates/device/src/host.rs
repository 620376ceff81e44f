//! Functions of the host that code on the board calls.
//!
//! They stand in front of the session, between it and the byte stream: while a program waits for the
//! answer to a call, the session waits for the program. So a function of the host may itself work with
//! the board through [`HostCalls`], with code, objects and generators, as deep as [`MAX_DEPTH`]; what needs
//! the raw REPL, such as files and restarts, has to wait until the call has ended.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use belay_pylit::Value;
use belay_rawrepl::{Config, Mark, Nonce, RawRepl};
use belay_transport::{
    Error as LinkError, Properties, SerialControl, Transport, Waker, WebFiles, write_all,
};

use crate::board_code::{GENERATOR, HOST, NAMED, OBJECTS, prepare};
use crate::call::{CallOptions, Code};
use crate::check::Check;
use crate::device::parse_value;
use crate::driver::random;
use crate::exception::HELPER;
use crate::frames::{Frames, Piece};
use crate::output::Output;
use crate::proxy::{keep, read_object};
use crate::session::Handles;
use crate::{Device, Error, Exception, Generator, Object};

/// How many calls may be under way inside of each other, from the board to the host.
pub const MAX_DEPTH: usize = 8;

/// The longest call or answer, in bytes.
const LIMIT: usize = 64 << 20;
/// How long a link may take to accept an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a read lasts at most, to begin again.
const LONG: Duration = Duration::from_secs(3600);

/// A call of a function of the host.
#[derive(Debug, Clone, PartialEq)]
pub struct HostCall {
    /// The function's name.
    pub name: String,
    /// The arguments by position.
    pub arguments: Vec<Value>,
    /// The arguments by name.
    pub keywords: Vec<(String, Value)>,
}

/// What a function of the host gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostReply {
    /// The source text of a value.
    Value(String),
    /// Lines of ASCII without control characters. The caller gets the first as a text, checked, and reads the
    /// others from the board's standard input, each when it has room for it.
    Lines(Vec<String>),
}

/// Why a function of the host has no result: an exception that is raised on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFailure {
    /// The name of its class; one that the board does not have becomes a `RuntimeError`.
    pub kind: String,
    /// What it says.
    pub message: String,
}

/// What carries out calls.
type Handler = Arc<dyn Fn(HostCall) -> Result<HostReply, HostFailure> + Send + Sync>;

/// Whether somebody wants a wait to end.
type Interrupted = Arc<dyn Fn() -> bool + Send + Sync>;

/// The functions of the host that one board can call.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use belay_device::{ConnectOptions, Device, HostCalls};
/// use belay_transport::{OpenOptions, open};
///
/// let host = HostCalls::default();
/// let port = host.attach(open(&"/dev/ttyACM0".parse()?, &OpenOptions::default())?);
/// let mut device = Device::connect(port, ConnectOptions::default())?;
///
/// host.handle(|call| Ok(call.arguments.len().to_string()));
/// host.load(&mut device)?;
/// device.exec(&HostCalls::function("count")?)?;
/// let counted: usize = device.eval("count('a', 'b')")?;
/// assert_eq!(counted, 2);
/// # Ok(())
/// # }
/// ```
///
/// A clone is the same.
#[derive(Clone)]
pub struct HostCalls(Arc<Shared>);

struct Shared {
    mark: Mark,
    state: Mutex<State>,
    /// What carries out calls of these names.
    named: Mutex<HashMap<String, Handler>>,
    /// What carries out all others.
    handler: Mutex<Option<Handler>>,
    /// How the board checks texts.
    check: Mutex<Check>,
    /// Says whether what the host waits for is to end.
    interrupted: Mutex<Option<Interrupted>>,
    /// Whether the program that has called has been interrupted, and waits for no answer.
    given_up: AtomicBool,
    serving: Mutex<Serving>,
    /// Those of the session.
    handles: Mutex<Option<Handles>>,
    /// Where the session's events are in what the board says while a function works with it.
    events: Mutex<Option<(Mark, Frames)>>,
}

/// Whose calls are being carried out.
#[derive(Default)]
struct Serving {
    thread: Option<ThreadId>,
    depth: usize,
}

struct State {
    /// Whether the board can call: without that, nothing is looked for.
    active: bool,
    stream: Option<Box<dyn Transport>>,
    frames: Frames,
    /// What is output and has not been passed on.
    output: VecDeque<u8>,
    /// Events for the session, which it gets when no function of the host works any more.
    events: VecDeque<u8>,
    /// Frames in the order in which they came; they wait until the output in front has been passed on.
    found: VecDeque<Vec<u8>>,
    buffer: Vec<u8>,
}

/// A byte stream in which calls of the board are noticed.
struct Attached {
    shared: Arc<Shared>,
    name: String,
    waker: Waker,
    properties: Properties,
}

impl Default for HostCalls {
    fn default() -> Self {
        let mark = RawRepl::new(Nonce::new(random()), Config::default()).next_mark();
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                active: false,
                stream: None,
                frames: Frames::of_lines(&mark, LIMIT),
                output: VecDeque::new(),
                events: VecDeque::new(),
                found: VecDeque::new(),
                buffer: vec![0; 16 * 1024],
            }),
            mark,
            named: Mutex::default(),
            handler: Mutex::default(),
            check: Mutex::new(Check::Crc32),
            interrupted: Mutex::default(),
            given_up: AtomicBool::new(false),
            serving: Mutex::default(),
            handles: Mutex::default(),
            events: Mutex::default(),
        }))
    }
}

impl HostCalls {
    /// The stream with calls taken out, for the session. It takes the place of an earlier one.
    pub fn attach(&self, stream: Box<dyn Transport>) -> Box<dyn Transport> {
        let attached = Attached {
            shared: Arc::clone(&self.0),
            name: stream.name().to_owned(),
            waker: stream.waker(),
            properties: stream.properties(),
        };
        let mut state = lock(&self.0.state);
        state.stream = Some(stream);
        state.frames.end();
        state.output.clear();
        state.events.clear();
        state.found.clear();
        drop(state);
        Box::new(attached)
    }

    /// Carries out calls with `handler` from now on, whose result is the source text of a value, on the
    /// thread whose own call to the board is under way. Calls of names that have an
    /// [answer](Self::answer) of their own are no concern of it.
    pub fn handle(
        &self,
        handler: impl Fn(HostCall) -> Result<String, HostFailure> + Send + Sync + 'static,
    ) {
        *lock(&self.0.handler) = Some(Arc::new(move |call| handler(call).map(HostReply::Value)));
    }

    /// Carries out calls of this name with `handler` from now on. A [`HostFailure`] is raised on the board.
    pub fn answer(
        &self,
        name: &str,
        handler: impl Fn(HostCall) -> Result<HostReply, HostFailure> + Send + Sync + 'static,
    ) {
        lock(&self.0.named).insert(name.to_owned(), Arc::new(handler));
    }

    /// Asks `interrupted` now and then, while a function of the host waits for the board, whether it
    /// should wait on. The program on the board is interrupted where not.
    pub fn interrupted_by(&self, interrupted: impl Fn() -> bool + Send + Sync + 'static) {
        *lock(&self.0.interrupted) = Some(Arc::new(interrupted));
    }

    /// Gives the board what it needs to call the host, once after each start.
    ///
    /// # Errors
    /// As [`Device::exec`].
    pub fn load(&self, device: &mut Device) -> Result<(), Error> {
        // What cannot be sent while a call is carried out.
        device.load(OBJECTS)?;
        device.load(GENERATOR)?;
        *lock(&self.0.handles) = Some(device.session.handles.clone());
        self.run(device, "", &[]).map(drop)
    }

    /// Runs a helper of the caller's own, which may call the host, and gives the repr of its value.
    ///
    /// The code runs apart from the programs' names, which are in `main`: `find` gives a module of the
    /// firmware, `_belay_host(NAME, ARGUMENTS, KEYWORDS)` calls what [`answer`](Self::answer) was given for
    /// a name. It leaves in `_belay_v` a function, which is called with `arguments` if there are any.
    /// Lines of comments are not sent, and names inside its functions get shorter. It has no three double
    /// quotes in a row. Tracebacks of programs that call it end where they do.
    ///
    /// # Errors
    /// As [`Device::exec`].
    pub fn run(
        &self,
        device: &mut Device,
        code: &str,
        arguments: &[&str],
    ) -> Result<String, Error> {
        device.ready()?;
        *lock(&self.0.check) = device.link.check()?;
        lock(&self.0.state).active = true;
        let mut helper = prepare(HOST, &[("$MARK", self.0.mark.as_str())]);
        if !code.is_empty() {
            let code = prepare(code, &[]);
            helper += &prepare(NAMED, &[("$NAME", HELPER), ("$CODE", &code)]);
        }
        device.call(&Code::Helper(&helper, arguments), CallOptions::new())
    }

    /// Hands events that come while a function of the host works with the board to the session, behind that
    /// call. To be called after [`Device::events`].
    pub fn pass_events_on(&self, device: &Device) {
        let mark = device.link.driver.inbox.as_ref().map(|inbox| &inbox.mark);
        let events = mark.map(|mark| (mark.clone(), Frames::of_lines(mark, LIMIT)));
        *lock(&self.0.events) = events;
    }

    /// Code that gives the board a function of this name that is one of the host.
    ///
    /// # Errors
    /// [`Error::ReservedName`] and [`Error::NotAName`] for names that it cannot have.
    pub fn function(name: &str) -> Result<String, Error> {
        crate::source::check_name(name)?;
        Ok(format!(
            "def {name}(*arguments,**keywords):\n return _belay_host('{name}',arguments,keywords)"
        ))
    }

    /// Whether this thread carries out a call of the board now, so that it works with the board through
    /// [`eval`](Self::eval) and [`exec`](Self::exec) and not through its session.
    pub fn is_serving(&self) -> bool {
        lock(&self.0.serving).thread == Some(std::thread::current().id())
    }

    /// Evaluates an expression while a call of the board is carried out, and gives the repr of its
    /// value.
    ///
    /// # Errors
    /// [`Error::Exception`]; those of the link; [`Error::NoResult`] outside of a call.
    pub fn eval(&self, expression: &str, output: &mut dyn Write) -> Result<String, Error> {
        self.ask('Q', expression.trim(), output)
    }

    /// Runs statements while a call of the board is carried out.
    ///
    /// # Errors
    /// As [`eval`](Self::eval).
    pub fn exec(&self, code: &str, output: &mut dyn Write) -> Result<(), Error> {
        self.ask('X', code, output).map(|_| ())
    }

    /// As [`Device::object`], while a call of the board is carried out.
    ///
    /// # Errors
    /// As [`eval`](Self::eval).
    pub fn object(&self, expression: &str, output: &mut dyn Write) -> Result<Object, Error> {
        let handle = self.handles()?.object();
        let text = self.eval(&keep(expression, &handle), output)?;
        read_object(parse_value(&text, LIMIT)?, handle)
    }

    /// A generator that a call makes, for [`Generator::send`] and its like and for
    /// [`send`](Self::send).
    ///
    /// # Errors
    /// [`Error::NoResult`] if the board cannot call the host yet.
    pub fn generate(&self, call: impl Into<String>) -> Result<Generator, Error> {
        Ok(Generator::of_call(&self.handles()?, call.into()))
    }

    /// As [`Generator::send`], while a call of the board is carried out.
    ///
    /// # Errors
    /// As [`eval`](Self::eval).
    pub fn send(
        &self,
        generator: &mut Generator,
        value: &Value,
        output: &mut dyn Write,
    ) -> Result<Option<Value>, Error> {
        if generator.is_ended() {
            return Ok(None);
        }
        let code = generator.request(&self.handles()?, 1, &value.to_string())?;
        let text = generator.answered(self.eval(&code, output))?;
        let values = generator.take_values(parse_value(&text, LIMIT)?)?;
        Ok(values.into_iter().next())
    }

    /// As [`Generator::close`], while a call of the board is carried out.
    ///
    /// # Errors
    /// As [`exec`](Self::exec).
    pub fn close(&self, mut generator: Generator, output: &mut dyn Write) -> Result<(), Error> {
        match generator.closing() {
            Some(code) => self.exec(&code, output),
            None => Ok(()),
        }
    }

    fn handles(&self) -> Result<Handles, Error> {
        lock(&self.0.handles).clone().ok_or(Error::NoResult)
    }

    fn ask(&self, kind: char, code: &str, output: &mut dyn Write) -> Result<String, Error> {
        if !self.is_serving() {
            return Err(Error::NoResult);
        }
        self.0
            .send(kind, &Value::Str(code.to_owned()).to_string())?;
        let mut output = Output::new(output, false);
        let answer = loop {
            let (bytes, frame) = {
                let mut state = lock(&self.0.state);
                let bytes: Vec<u8> = state.output.drain(..).collect();
                (bytes, state.found.pop_front())
            };
            output.write(&self.0.without_events(&bytes))?;
            let Some(frame) = frame else {
                let count = self.0.receive(Instant::now() + LONG)?;
                if count == 0 && self.0.is_interrupted() {
                    self.0.give_up()?;
                    return Err(Error::Abandoned);
                }
                continue;
            };
            let text = String::from_utf8_lossy(&frame).into_owned();
            match text.split_at_checked(1) {
                Some(("C", call)) => self.0.serve(call)?,
                Some(("K", typed)) => self.0.type_again(typed)?,
                Some((kind @ ("V" | "E"), answer)) => break (kind == "V", answer.to_owned()),
                _ => return Err(Error::NoResult),
            }
        };
        // What looked like the beginning of an event is none: the answer comes last.
        let rest = lock(&self.0.events)
            .as_mut()
            .map(|(_, frames)| frames.end());
        output.write(&rest.unwrap_or_default())?;
        output.end()?;
        match answer {
            (true, text) => Ok(text),
            (false, text) => match belay_pylit::parse(&text) {
                Ok(Value::Str(text)) => {
                    let mut exception = Exception::parse(text.as_bytes());
                    exception.drop_helpers();
                    Err(Error::Exception(Box::new(exception)))
                }
                _ => Err(Error::NoResult),
            },
        }
    }
}

impl std::fmt::Debug for HostCalls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostCalls").finish_non_exhaustive()
    }
}

impl Shared {
    /// Takes in what comes before `deadline`.
    fn receive(&self, deadline: Instant) -> Result<usize, LinkError> {
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        let Some(stream) = &mut state.stream else {
            return Err(LinkError::Disconnected {
                port: "the device".to_owned(),
            });
        };
        let count = stream.read(&mut state.buffer, deadline)?;
        for piece in state.frames.receive(&state.buffer[..count]) {
            match piece {
                // Output behind a frame waits for the next read, as there is none: the program waits.
                Piece::Output(bytes) | Piece::Broken(bytes) => state.output.extend(bytes),
                Piece::Frame(bytes) => state.found.push_back(bytes),
                Piece::TooLong(_) => {}
            }
        }
        // What never ends is no call.
        if state.frames.pending() > LIMIT {
            state.output.extend(state.frames.end());
        }
        Ok(count)
    }

    /// Output without events, which are left for the session.
    fn without_events(&self, bytes: &[u8]) -> Vec<u8> {
        let mut events = lock(&self.events);
        let Some((mark, frames)) = &mut *events else {
            return bytes.to_vec();
        };
        let mut output = Vec::new();
        for piece in frames.receive(bytes) {
            match piece {
                Piece::Output(bytes) | Piece::Broken(bytes) => output.extend(bytes),
                Piece::Frame(event) => {
                    let mark = mark.as_str().as_bytes();
                    let line = [mark, b" ", &event, b" ", mark, b"\r\n"].concat();
                    lock(&self.state).events.extend(line);
                }
                Piece::TooLong(_) => {}
            }
        }
        if frames.pending() > LIMIT {
            output.append(&mut frames.end());
        }
        output
    }

    fn is_interrupted(&self) -> bool {
        let interrupted = lock(&self.interrupted).clone();
        interrupted.is_some_and(|interrupted| interrupted())
    }

    /// Interrupts the program that has called; it waits for no answer any more.
    fn give_up(&self) -> Result<(), LinkError> {
        if self.given_up.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        self.write(b"\x03")
    }

    /// Carries out a call and answers it.
    fn serve(&self, call: &str) -> Result<(), LinkError> {
        let me = std::thread::current().id();
        let depth = {
            let mut serving = lock(&self.serving);
            serving.thread = Some(me);
            serving.depth += 1;
            serving.depth
        };
        let result = if depth > MAX_DEPTH {
            Err(HostFailure {
                kind: "RuntimeError".to_owned(),
                message: format!("more than {MAX_DEPTH} calls of the host inside of each other"),
            })
        } else {
            self.carry_out(call)
        };
        {
            let mut serving = lock(&self.serving);
            serving.depth -= 1;
            if serving.depth == 0 {
                serving.thread = None;
            }
        }
        if self.given_up.load(Ordering::SeqCst) {
            if depth == 1 {
                self.given_up.store(false, Ordering::SeqCst);
            }
            return Ok(());
        }
        match result {
            Ok(HostReply::Value(text)) => self.send('V', &text),
            Ok(HostReply::Lines(lines)) => self.send_lines(&lines),
            Err(HostFailure { kind, .. }) if kind == "KeyboardInterrupt" => {
                let sent = self.give_up();
                if depth == 1 {
                    self.given_up.store(false, Ordering::SeqCst);
                }
                sent
            }
            Err(HostFailure { kind, message }) => {
                let parts = Value::Tuple(vec![Value::Str(kind), Value::Str(message)]);
                self.send('E', &parts.to_string())
            }
        }
    }

    fn carry_out(&self, call: &str) -> Result<HostReply, HostFailure> {
        let refused = |message: String| HostFailure {
            kind: "TypeError".to_owned(),
            message,
        };
        let call = belay_pylit::parse(call)
            .ok()
            .and_then(read_call)
            .ok_or_else(|| refused("an argument has no literal for the host".to_owned()))?;
        let handler = lock(&self.named).get(&call.name).cloned();
        let handler = handler.or_else(|| lock(&self.handler).clone());
        let handler =
            handler.ok_or_else(|| refused(format!("the host has no function {}", call.name)))?;
        handler(call)
    }

    /// Sends what was typed in front of an answer again, for whoever reads next. The board has made line ends
    /// of it.
    fn type_again(&self, typed: &str) -> Result<(), LinkError> {
        match belay_pylit::parse(typed) {
            Ok(Value::Str(text)) => self.write(text.replace('\n', "\r").as_bytes()),
            _ => Ok(()),
        }
    }

    /// Sends a line: a letter and a literal in ASCII.
    fn send(&self, kind: char, literal: &str) -> Result<(), LinkError> {
        let mut line = String::with_capacity(literal.len() + 2);
        line.push(kind);
        for c in literal.chars() {
            // Writing to a string does not fail.
            let _ = match c {
                '\0'..='\x7f' => write!(line, "{c}"),
                '\u{80}'..='\u{ff}' => write!(line, "\\x{:02x}", u32::from(c)),
                '\u{100}'..='\u{ffff}' => write!(line, "\\u{:04x}", u32::from(c)),
                _ => write!(line, "\\U{:08x}", u32::from(c)),
            };
        }
        line.push('\n');
        self.write(line.as_bytes())
    }

    /// Sends the first line with its check, and the others behind it. What was typed in front of an answer,
    /// and not read, is a line of its own.
    fn send_lines(&self, lines: &[String]) -> Result<(), LinkError> {
        let (first, rest) = lines
            .split_first()
            .map_or(("", [].as_slice()), |(first, rest)| (first, rest));
        let sum = lock(&self.check).of(0, first.as_bytes());
        let mut text = format!("\nT{sum} {first}\n");
        for line in rest {
            text.push_str(line);
            text.push('\n');
        }
        self.write(text.as_bytes())
    }

    fn write(&self, bytes: &[u8]) -> Result<(), LinkError> {
        let mut state = lock(&self.state);
        let Some(stream) = &mut state.stream else {
            return Err(LinkError::Disconnected {
                port: "the device".to_owned(),
            });
        };
        write_all(stream.as_mut(), bytes, Instant::now() + WRITE_TIMEOUT)
    }
}

/// A call from what the board has told of it.
fn read_call(value: Value) -> Option<HostCall> {
    let Value::Tuple(parts) = value else {
        return None;
    };
    let [
        Value::Str(name),
        Value::Tuple(arguments),
        Value::Dict(keywords),
    ]: [Value; 3] = parts.try_into().ok()?
    else {
        return None;
    };
    let keywords = keywords.into_iter().map(|(key, value)| match key {
        Value::Str(key) => Some((key, value)),
        _ => None,
    });
    Some(HostCall {
        name,
        arguments,
        keywords: keywords.collect::<Option<_>>()?,
    })
}

impl Transport for Attached {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, LinkError> {
        let mut waited = false;
        loop {
            let call = {
                let mut state = lock(&self.shared.state);
                if !state.active
                    && let Some(stream) = &mut state.stream
                {
                    return stream.read(buffer, deadline);
                }
                let events = std::mem::take(&mut state.events);
                for byte in events.into_iter().rev() {
                    state.output.push_front(byte);
                }
                let count = state.output.len().min(buffer.len());
                if count > 0 {
                    for (place, byte) in buffer.iter_mut().zip(state.output.drain(..count)) {
                        *place = byte;
                    }
                    return Ok(count);
                }
                state.found.pop_front()
            };
            match call {
                Some(call) => {
                    let text = String::from_utf8_lossy(&call);
                    match text.split_at_checked(1) {
                        Some(("C", call)) => self.shared.serve(call)?,
                        Some(("K", typed)) => self.shared.type_again(typed)?,
                        _ => {}
                    }
                }
                None if waited => return Ok(0),
                None => {
                    waited = self.shared.receive(deadline)? == 0;
                }
            }
        }
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, LinkError> {
        match &mut lock(&self.shared.state).stream {
            Some(stream) => stream.write(bytes, deadline),
            None => Err(LinkError::Disconnected {
                port: self.name.clone(),
            }),
        }
    }

    fn waker(&self) -> Waker {
        self.waker.clone()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn properties(&self) -> Properties {
        self.properties
    }

    fn web_files(&self) -> Option<Box<dyn WebFiles>> {
        let state = lock(&self.shared.state);
        state.stream.as_ref().and_then(Transport::web_files)
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), LinkError> {
        if let Some(stream) = &mut lock(&self.shared.state).stream {
            stream.reopen(deadline)?;
            self.waker = stream.waker();
        }
        Ok(())
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        None
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        // The port is closed with the session's end of the stream.
        drop(lock(&self.shared.state).stream.take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
