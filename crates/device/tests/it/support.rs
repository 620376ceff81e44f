//! A simulated board to talk to, and a byte stream that counts.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device};
use belay_sim::{Board, Builder, Engine};
use belay_sync::{Ignore, LocalTree, PlanOptions, RemotePath, Summary, apply, plan};
use belay_transport::{Error, Properties, Transport, Waker, write_all};
use serde::de::DeserializeOwned;

use crate::backend::Backend;

/// Where no answer at all is expected to take longer, even on a machine that does much else.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// Does a test for each case on a thread of its own: most of their time they wait.
pub(crate) fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || test(case));
        }
    });
}

pub(crate) fn builder() -> Builder {
    let engine =
        Engine::find().unwrap_or_else(|error| panic!("these tests need MicroPython: {error}"));
    Backend::get().prepare(Board::builder().engine(engine))
}

pub(crate) fn board() -> Board {
    builder().start().unwrap()
}

pub(crate) fn open(board: &Board) -> Box<dyn Transport> {
    Backend::get().open(board)
}

/// Bytes that do not compress, always the same.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A session that keeps the board's state, and what the board prints.
pub(crate) fn connect(board: &Board) -> (Device, Output) {
    connect_with(
        open(board),
        ConnectOptions {
            reset: false,
            timeout: LIMIT,
            ..ConnectOptions::default()
        },
    )
}

pub(crate) fn connect_with(
    transport: Box<dyn Transport>,
    options: ConnectOptions,
) -> (Device, Output) {
    let mut device = Device::connect(transport, options).unwrap();
    let output = Output::default();
    device.set_output(output.clone());
    (device, output)
}

/// Makes a folder of the board hold what a local one holds.
pub(crate) fn mirror(
    device: &mut Device,
    folder: &Path,
    destination: &str,
) -> Result<Summary, Box<dyn std::error::Error + Send + Sync>> {
    let wanted = LocalTree::scan(folder, &Ignore::default())?.load(&mut Ok)?;
    let options = PlanOptions {
        destination: RemotePath::new(destination)?,
        ..PlanOptions::default()
    };
    let plan = plan(wanted, &mut device.files(), &options)?;
    Ok(apply(&plan, &mut device.files(), &mut |_| {
        ControlFlow::Continue(())
    })?)
}

/// Evaluates an expression in a session whose calls have a short time-out, as often as only that ends
/// it: a machine that does much else may take longer.
pub(crate) fn patiently<T: DeserializeOwned>(
    device: &mut Device,
    expression: &str,
) -> Result<T, belay_device::Error> {
    let deadline = Instant::now() + LIMIT;
    loop {
        match device.eval(expression) {
            Err(belay_device::Error::Timeout { .. }) if Instant::now() < deadline => {}
            other => return other,
        }
    }
}

/// A writer that several hold, to see what was written.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub(crate) fn take_text(&self) -> String {
        String::from_utf8(self.take()).unwrap()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Talks to the board as a person at a terminal would, to put it into a state.
pub(crate) struct Terminal {
    port: Box<dyn Transport>,
    seen: Vec<u8>,
}

impl Terminal {
    pub(crate) fn new(board: &Board) -> Self {
        Self::over(open(board))
    }

    pub(crate) fn over(port: Box<dyn Transport>) -> Self {
        Self {
            port,
            seen: Vec::new(),
        }
    }

    /// Sends `text`, then waits until the board has printed `answer`.
    pub(crate) fn say(&mut self, text: &str, answer: &str) {
        let deadline = Instant::now() + LIMIT;
        self.seen.clear();
        write_all(self.port.as_mut(), text.as_bytes(), deadline).unwrap();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&self.seen).contains(answer) {
            let count = self.port.read(&mut buffer, deadline).unwrap();
            assert_ne!(
                count,
                0,
                "{answer:?} did not come after {text:?}: {:?}",
                self.text()
            );
            self.seen.extend_from_slice(&buffer[..count]);
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    pub(crate) fn into_port(self) -> Box<dyn Transport> {
        self.port
    }
}

/// A byte stream that counts round trips: the times something is sent after something was received.
pub(crate) struct Counting {
    port: Box<dyn Transport>,
    trips: Arc<AtomicU32>,
    heard: Arc<AtomicU32>,
    asked: Arc<AtomicU32>,
    received: bool,
}

impl Counting {
    pub(crate) fn new(port: Box<dyn Transport>) -> (Self, Arc<AtomicU32>) {
        let trips = Arc::<AtomicU32>::default();
        (
            Self {
                port,
                trips: Arc::clone(&trips),
                heard: Arc::default(),
                asked: Arc::default(),
                received: true,
            },
            trips,
        )
    }

    /// How often the raw REPL has been asked for: more than once, if the board was slow to answer.
    pub(crate) fn asked(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.asked)
    }

    /// How many bytes have come.
    pub(crate) fn heard(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.heard)
    }
}

impl Transport for Counting {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        let count = self.port.read(buffer, deadline)?;
        self.received |= count > 0;
        self.heard
            .fetch_add(u32::try_from(count).unwrap(), Ordering::SeqCst);
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        if std::mem::take(&mut self.received) {
            self.trips.fetch_add(1, Ordering::SeqCst);
        }
        let count = self.port.write(bytes, deadline)?;
        if bytes.starts_with(b"\x03\x01") || bytes.starts_with(b"\r\x01") {
            self.asked.fetch_add(1, Ordering::SeqCst);
        }
        Ok(count)
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), Error> {
        self.port.reopen(deadline)
    }

    fn properties(&self) -> Properties {
        self.port.properties()
    }

    fn name(&self) -> &str {
        self.port.name()
    }
}

/// A port of which nothing is known: it is treated as a UART.
pub(crate) struct Unknown(pub(crate) Box<dyn Transport>);

impl Transport for Unknown {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.0.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.0.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.0.waker()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn properties(&self) -> Properties {
        Properties {
            ends_with_restart: self.0.properties().ends_with_restart,
            ..Properties::LOSSY
        }
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), Error> {
        self.0.reopen(deadline)
    }
}
