//! A REPL over telnet.

use std::net::TcpStream;
use std::time::Instant;

use crate::tcp::connect;
use crate::wait::Wait;
use crate::{Error, OpenOptions, Properties, Transport, Waker};

mod codec;
mod com_port;
mod login;
mod rfc2217;

pub use rfc2217::Rfc2217;

use codec::{Codec, IAC};
use login::Greeting;

/// The port of telnet servers.
pub(crate) const TELNET_PORT: u16 = 23;
/// How many bytes are read at once, and how many are sent at once at least when some need escapes.
const CHUNK: usize = 4096;

/// A telnet connection, as the REPLs of the WiPy and of some other networked boards have it.
///
/// Options are negotiated as RFC 854 and RFC 1143 say: binary transmission is asked for once the
/// server has shown that it speaks telnet, the server may echo and leave out go-aheads, and all
/// else is refused. Against a server that does not negotiate, the connection is plain TCP except for
/// the escape of byte 255.
pub struct Telnet {
    wait: Wait<TcpStream>,
    codec: Codec,
    greeting: Greeting,
    /// Decoded bytes that nobody has read yet.
    data: Vec<u8>,
    /// How many of them have been read.
    read: usize,
    /// What must go out before anything else: answers of the negotiation, the second half of an
    /// escape.
    pending: Vec<u8>,
}

impl Telnet {
    /// Connects to `port` on `host`, and logs in when the options name a user.
    ///
    /// # Errors
    /// Those of [`Tcp::connect`](crate::Tcp::connect), and [`Error::LoginRefused`]. When no user is
    /// given and the server asks for one, reading fails with [`Error::LoginRequired`].
    pub fn connect(host: &str, port: u16, options: &OpenOptions) -> Result<Self, Error> {
        let deadline = Instant::now() + options.connect_timeout;
        let name = if port == TELNET_PORT {
            host.to_owned()
        } else {
            format!("{host}:{port}")
        };
        let wait = connect(name, host, port, options)?;
        let mut telnet = Self::over(wait, Greeting::default());
        if let Some(user) = &options.user {
            let _on_cancel = options.cancel.on_cancel(telnet.waker());
            telnet.log_in(user, options, deadline)?;
        }
        Ok(telnet)
    }

    fn over(wait: Wait<TcpStream>, greeting: Greeting) -> Self {
        Self {
            wait,
            codec: Codec::default(),
            greeting,
            data: Vec::new(),
            read: 0,
            pending: Vec::new(),
        }
    }

    /// Receives until there are bytes to read; `false` when none came before the deadline or a
    /// waker ended the wait.
    fn receive(&mut self, deadline: Instant) -> Result<bool, Error> {
        if self.read == self.data.len() {
            self.data.clear();
            self.read = 0;
        }
        while self.data.is_empty() {
            if !self.take_in(deadline)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes what arrives next, bytes to read or a part of the negotiation; `false` when nothing came
    /// before the deadline or a waker ended the wait.
    fn take_in(&mut self, deadline: Instant) -> Result<bool, Error> {
        let mut raw = [0; CHUNK];
        let length = self.wait.read(&mut raw, deadline)?;
        self.codec
            .decode(&raw[..length], &mut self.data, &mut self.pending);
        // A failure shows in the next read, after what has arrived.
        let _ = self.send_pending(Instant::now());
        Ok(length > 0)
    }

    /// Sends what must go out first; `false` when the deadline came before its end.
    fn send_pending(&mut self, deadline: Instant) -> Result<bool, Error> {
        while !self.pending.is_empty() {
            match self.wait.write(&self.pending, deadline)? {
                0 => return Ok(false),
                length => self.pending.drain(..length),
            };
        }
        Ok(true)
    }
}

impl Transport for Telnet {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        if self.greeting.asks_for_login() {
            return Err(self.login_required());
        }
        let _ = self.send_pending(Instant::now());
        if buffer.is_empty() || (self.read == self.data.len() && !self.receive(deadline)?) {
            return Ok(0);
        }
        let unread = &self.data[self.read..];
        if self.codec.is_telnet() && self.greeting.ends_in_login_prompt(unread) {
            return Err(self.login_required());
        }
        let length = unread.len().min(buffer.len());
        buffer[..length].copy_from_slice(&unread[..length]);
        self.read += length;
        Ok(length)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        if !self.send_pending(deadline)? {
            return Ok(0);
        }
        if !bytes.contains(&IAC) {
            return self.wait.write(bytes, deadline);
        }
        let bytes = &bytes[..bytes.len().min(CHUNK)];
        let mut escaped = Vec::with_capacity(2 * bytes.len());
        codec::escape(bytes, &mut escaped);
        let sent = self.wait.write(&escaped, deadline)?;
        let (taken, is_half) = codec::unescaped_length(bytes, sent);
        if is_half {
            self.pending.push(IAC);
            let _ = self.send_pending(Instant::now());
        }
        Ok(taken)
    }

    fn waker(&self) -> Waker {
        self.wait.waker()
    }

    fn name(&self) -> &str {
        self.wait.name()
    }

    fn properties(&self) -> Properties {
        Properties::RELIABLE
    }
}

impl std::fmt::Debug for Telnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telnet")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
