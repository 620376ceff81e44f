//! The trait that every byte stream to a board implements.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::{Error, Properties, WebFiles};

/// A byte stream to one board.
///
/// The stream is ordered and, apart from what a UART may lose, reliable. It has no framing: a read
/// returns whatever has arrived. All waiting is bounded by a deadline that the caller gives; a
/// deadline in the past makes a call return at once with what is there.
pub trait Transport: Send {
    /// Reads the bytes that are there, or waits until `deadline` for the first of them.
    ///
    /// Returns how many bytes were put into `buffer`. `Ok(0)` means that none arrived before the
    /// deadline or that a [`Waker`] ended the wait; it never means the end of the stream.
    ///
    /// # Errors
    /// [`Error::Disconnected`] at the end of the stream, now and on every later call. Bytes that
    /// arrived before the end are returned first.
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error>;

    /// Sends as many of `bytes` as the stream takes before `deadline`.
    ///
    /// Returns how many were taken; `Ok(0)` means none before the deadline. Taken bytes are on their
    /// way: there is nothing to flush.
    ///
    /// # Errors
    /// [`Error::Disconnected`] when the other end is gone.
    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error>;

    /// A handle with which any thread ends a waiting [`read`](Self::read) early.
    fn waker(&self) -> Waker;

    /// The port as the user would name it, for messages: `/dev/ttyACM0`, `tcp://10.0.0.7:4000`.
    fn name(&self) -> &str;

    /// What the stream bears. Whoever uses it decides by this and not by the kind of stream.
    fn properties(&self) -> Properties {
        Properties::LOSSY
    }

    /// Opens the same stream anew after the board's restart has ended it, by `deadline`. Its
    /// [`waker`](Self::waker) may be another one afterwards.
    ///
    /// # Errors
    /// [`Error::Disconnected`] where a stream that has ended stays so.
    fn reopen(&mut self, _deadline: Instant) -> Result<(), Error> {
        Err(Error::Disconnected {
            port: self.name().to_owned(),
        })
    }

    /// The modem lines and line settings, where the stream has them.
    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        None
    }

    /// The board's files, where the stream comes from a web workflow, which serves them too.
    fn web_files(&self) -> Option<Box<dyn WebFiles>> {
        None
    }
}

/// What a serial port can do besides moving bytes.
pub trait SerialControl {
    /// Sets the line speed, in bits per second.
    fn set_baud_rate(&mut self, bits_per_second: u32) -> Result<(), Error>;
    /// Sets the DTR line; `true` is asserted (logic low on the wire).
    fn set_data_terminal_ready(&mut self, asserted: bool) -> Result<(), Error>;
    /// Sets the RTS line; `true` is asserted (logic low on the wire).
    fn set_request_to_send(&mut self, asserted: bool) -> Result<(), Error>;
}

/// Ends a waiting [`Transport::read`] early, from any thread.
///
/// A wake that comes while nobody reads is remembered: the next read returns at once. Several wakes
/// may count as one.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Waker {
    /// A waker that calls `wake`.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// Ends the wait of the stream's reader, or of its next read.
    pub fn wake(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        (**self).read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        (**self).write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        (**self).waker()
    }

    fn name(&self) -> &str {
        (**self).name()
    }

    fn properties(&self) -> Properties {
        (**self).properties()
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), Error> {
        (**self).reopen(deadline)
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        (**self).serial()
    }

    fn web_files(&self) -> Option<Box<dyn WebFiles>> {
        (**self).web_files()
    }
}

/// Sends all of `bytes`.
///
/// # Errors
/// [`Error::WriteTimeout`] when the stream has not taken all of them by `deadline`.
pub fn write_all(
    transport: &mut (impl Transport + ?Sized),
    mut bytes: &[u8],
    deadline: Instant,
) -> Result<(), Error> {
    while !bytes.is_empty() {
        match transport.write(bytes, deadline)? {
            0 => {
                return Err(Error::WriteTimeout {
                    port: transport.name().to_owned(),
                    unsent: bytes.len(),
                });
            }
            taken => bytes = &bytes[taken..],
        }
    }
    Ok(())
}
