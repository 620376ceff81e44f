//! A WebREPL: the REPL of a board with a network, over a WebSocket.

mod address;
mod handshake;
mod login;
mod patience;
mod stream;
mod web_files;

use std::io::{self, Write as _};
use std::time::Instant;

use tungstenite::Bytes;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader, FrameSocket};

use crate::{Error, OpenOptions, Properties, Transport, Waker, WebFiles};

use address::Address;
use stream::Stream;
use web_files::HttpFiles;

/// The most that goes out in one frame. Boards end the connection over one of 64 KiB.
const LONGEST_FRAME: usize = 16 * 1024;
/// The most that a frame of a board may hold. Boards make none of 64 KiB.
const LONGEST_RECEIVED: usize = 1 << 20;

/// The REPL of a board by the WebREPL protocol, logged in.
///
/// Each write goes out in one frame and one segment, and frames of the board are taken as bytes: they
/// need not be UTF-8. No pings are sent or answered, since the board's server takes them for a part
/// of a file.
pub struct WebRepl {
    socket: FrameSocket<Stream>,
    waker: Waker,
    name: String,
    address: Address,
    options: OpenOptions,
    /// What has been received and nobody has read.
    data: Bytes,
    /// The rest of a header, which goes out before anything else.
    pending: Vec<u8>,
    /// How many bytes the frame that has begun still takes, and how its next byte is masked.
    open: usize,
    mask: [u8; 4],
    masked: usize,
    ended: bool,
}

impl WebRepl {
    /// Connects to `port` on `host`, encrypted if `secure`, asks for a WebSocket at `path` and logs in
    /// with the password of the options.
    ///
    /// # Errors
    /// Those of [`Tcp::connect`](crate::Tcp::connect); [`Error::BadPassword`] before anything is
    /// sent; [`Error::UntrustedCertificate`]; [`Error::Silent`] and [`Error::NotWebRepl`] when what is
    /// there is something else; [`Error::PortBusy`] when another client has the board;
    /// [`Error::PasswordRequired`] without a password and [`Error::WrongPassword`] with a wrong one.
    pub fn connect(
        secure: bool,
        host: &str,
        port: u16,
        path: &str,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        let address = Address {
            workflow: false,
            secure,
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        };
        login::connect(&address, options, Instant::now() + options.connect_timeout)
    }

    /// Connects to the console of CircuitPython's web workflow on `host`, with the password of the
    /// options. `circuitpython.local` is whichever board answers to it.
    ///
    /// # Errors
    /// Those of [`Tcp::connect`](crate::Tcp::connect); [`Error::PasswordRequired`] without a password and
    /// [`Error::WrongPassword`] with a wrong one; [`Error::WebWorkflowOff`] when the board has none;
    /// [`Error::Silent`] and [`Error::NotWebWorkflow`] when what is there is something else.
    pub fn connect_workflow(host: &str, port: u16, options: &OpenOptions) -> Result<Self, Error> {
        let address = Address {
            workflow: true,
            secure: false,
            host: host.to_owned(),
            port,
            path: "/cp/serial/".to_owned(),
        };
        login::connect(&address, options, Instant::now() + options.connect_timeout)
    }

    fn new(
        socket: FrameSocket<Stream>,
        waker: Waker,
        address: &Address,
        options: &OpenOptions,
    ) -> Self {
        Self {
            socket,
            waker,
            name: address.name(),
            address: address.clone(),
            options: options.clone(),
            data: Bytes::new(),
            pending: Vec::new(),
            open: 0,
            mask: [0; 4],
            masked: 0,
            ended: false,
        }
    }

    /// Receives until there are bytes to read; `false` when none came before the deadline or a waker
    /// ended the wait.
    fn receive(&mut self, deadline: Instant) -> Result<bool, Error> {
        while self.data.is_empty() {
            if self.ended {
                return Err(self.disconnected());
            }
            self.socket.get_mut().set_deadline(deadline);
            match self.socket.read(Some(LONGEST_RECEIVED)) {
                Ok(Some(frame)) => self.take(frame),
                Ok(None) => self.ended = true,
                Err(tungstenite::Error::Io(error)) => match error.kind() {
                    io::ErrorKind::WouldBlock => return Ok(false),
                    _ => return Err(self.failed(error)),
                },
                Err(error) => {
                    let error = io::Error::new(io::ErrorKind::InvalidData, error.to_string());
                    return Err(self.failed(error));
                }
            }
        }
        Ok(true)
    }

    fn take(&mut self, frame: Frame) {
        match frame.header().opcode {
            OpCode::Data(Data::Text | Data::Binary | Data::Continue) => {
                self.data = frame.into_payload();
            }
            // The board's end stays open until this one is closed.
            OpCode::Control(Control::Close) => self.ended = true,
            OpCode::Control(_) | OpCode::Data(_) => {}
        }
    }

    /// Sends what is left of a header, then as much as the frame that has begun takes.
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = std::mem::take(&mut self.pending);
        let header = out.len();
        let count = bytes.len().min(self.open);
        let mask = self.mask.iter().cycle().skip(self.masked % 4);
        out.extend(
            bytes[..count]
                .iter()
                .zip(mask)
                .map(|(byte, mask)| byte ^ mask),
        );
        let sent = match self.socket.get_mut().write(&out) {
            Ok(sent) => sent,
            Err(error) => {
                out.truncate(header);
                self.pending = out;
                return Err(error);
            }
        };
        if sent < header {
            out.truncate(header);
            out.drain(..sent);
            self.pending = out;
            return Ok(0);
        }
        let taken = sent - header;
        self.open -= taken;
        self.masked += taken;
        Ok(taken)
    }

    /// Begins a frame for so many bytes.
    fn begin(&mut self, length: usize) {
        self.open = length.min(LONGEST_FRAME);
        self.masked = 0;
        self.mask = mask();
        let header = FrameHeader {
            opcode: OpCode::Data(Data::Text),
            mask: Some(self.mask),
            ..FrameHeader::default()
        };
        // Writing to memory does not fail.
        let _ = header.format(self.open as u64, &mut self.pending);
    }

    fn disconnected(&self) -> Error {
        Error::Disconnected {
            port: self.name.clone(),
        }
    }

    fn failed(&mut self, error: io::Error) -> Error {
        if crate::wait::is_gone(&error) {
            self.ended = true;
            return self.disconnected();
        }
        Error::Io {
            port: self.name.clone(),
            source: error,
        }
    }
}

impl Transport for WebRepl {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        if buffer.is_empty() || !self.receive(deadline)? {
            return Ok(0);
        }
        let length = self.data.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.data.split_to(length));
        Ok(length)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        if self.ended {
            return Err(self.disconnected());
        }
        if bytes.is_empty() {
            return Ok(0);
        }
        self.socket.get_mut().set_deadline(deadline);
        loop {
            // What a frame is made of is no matter: the next bytes may as well be the rest of it.
            if self.open == 0 {
                self.begin(bytes.len());
            }
            match self.send(bytes) {
                Ok(0) => {}
                Ok(taken) => return Ok(taken),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) => {
                    // What arrived before the end can still be read.
                    let ended = self.ended;
                    let error = self.failed(error);
                    self.ended = ended;
                    return Err(error);
                }
            }
        }
    }

    fn waker(&self) -> Waker {
        self.waker.clone()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn properties(&self) -> Properties {
        Properties {
            damages: false,
            // The board reads whatever comes: what its input buffer has no room for is lost.
            largest_write: 0,
            unacknowledged: 0,
            ends_with_restart: !self.address.workflow,
        }
    }

    fn web_files(&self) -> Option<Box<dyn WebFiles>> {
        let files = || Box::new(HttpFiles::new(&self.address, &self.options)) as _;
        self.address.workflow.then(files)
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), Error> {
        // A board that has not noticed the end of its client serves no other.
        self.socket.get_mut().close();
        self.ended = true;
        *self = login::connect_again(&self.address, &self.options, deadline)?;
        Ok(())
    }
}

impl std::fmt::Debug for WebRepl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebRepl")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Bits that nobody foresees, so that no frame looks to a proxy like something else. The standard
/// library seeds its hash maps from the system.
fn mask() -> [u8; 4] {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    let bits = RandomState::new().build_hasher().finish().to_le_bytes();
    [bits[0], bits[1], bits[2], bits[3]]
}
