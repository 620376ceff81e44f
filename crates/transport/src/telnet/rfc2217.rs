//! A serial port behind a server (RFC 2217).

use std::thread;
use std::time::{Duration, Instant};

use super::Telnet;
use super::com_port::{ComPort, Setting};
use super::login::Greeting;
use crate::serial::is_close;
use crate::tcp::connect;
use crate::{Error, OpenOptions, SerialControl, Specifier, Transport, Waker};

/// How long the server may take to tell a speed. One that does not is believed to have set it, as a driver
/// is that cannot say.
const ANSWER: Duration = Duration::from_secs(1);
/// How long the connection may take to take a setting.
const SENDING: Duration = Duration::from_secs(3);
/// How long a server is asked again that has another client: it may not have closed its port behind one of
/// ours yet. It is half of the time there is at most.
const BUSY: Duration = Duration::from_secs(1);
/// How long after each time.
const AGAIN: Duration = Duration::from_millis(50);
/// How many bytes are kept that arrive while nothing may be sent.
const UNREAD: usize = 1 << 16;

/// A serial port behind a server, such as ser2net, over telnet with the COM port control option.
///
/// The line runs at the speed of [`OpenOptions::baud_rate`] with eight data bits, no parity, one stop bit and no
/// flow control. DTR and RTS are asserted in this order, as those of a [`Serial`](crate::Serial) port are, and
/// the server is not waited for then: where a port has no such lines, a pty for instance, servers do not
/// answer. What the lines become at the end is the server's affair, which closes its port.
///
/// The bytes pass a UART, so [`Transport::properties`] are those of a line that may lose some.
pub struct Rfc2217 {
    telnet: Telnet,
}

impl Rfc2217 {
    /// Connects to `port` on `host`, and sets up the line.
    ///
    /// # Errors
    /// Those of [`Tcp::connect`](crate::Tcp::connect); [`Error::NotRfc2217`] when the server offers no settings
    /// within [`OpenOptions::connect_timeout`]; [`Error::PortBusy`] when it says that its port is in use;
    /// [`Error::BadBaudRate`].
    pub fn connect(host: &str, port: u16, options: &OpenOptions) -> Result<Self, Error> {
        let deadline = Instant::now() + options.connect_timeout;
        let name = Specifier::Rfc2217 {
            host: host.to_owned(),
            port,
        }
        .to_string();
        if options.baud_rate == 0 {
            return Err(Error::BadBaudRate {
                port: name,
                baud_rate: 0,
                actual: None,
            });
        }
        let patience = Instant::now() + BUSY.min(options.connect_timeout / 2);
        loop {
            match Self::open(&name, (host, port), options, deadline) {
                Err(Error::PortBusy { .. }) if Instant::now() + AGAIN < patience => {
                    options.cancel.check(&name)?;
                    thread::sleep(AGAIN);
                }
                result => return result,
            }
        }
    }

    fn open(
        name: &str,
        (host, port): (&str, u16),
        options: &OpenOptions,
        deadline: Instant,
    ) -> Result<Self, Error> {
        let stream = connect(name.to_owned(), host, port, options)?;
        let telnet = Telnet::over(stream, Greeting::over());
        let mut port = Self { telnet };
        let _on_cancel = options.cancel.on_cancel(port.waker());
        if let Err(error) = port.set_up(options, deadline) {
            // A write that fails comes in front of what the server has said before it closed.
            while matches!(error, Error::Disconnected { .. })
                && Instant::now() < deadline
                && port.telnet.data.len() <= UNREAD
                && matches!(port.telnet.take_in(deadline), Ok(true))
            {}
            return Err(why_it_ended(&port.telnet.data, error));
        }
        options.cancel.check(port.name())?;
        Ok(port)
    }

    fn set_up(&mut self, options: &OpenOptions, deadline: Instant) -> Result<(), Error> {
        self.negotiate(options, deadline)?;
        let pending = &mut self.telnet.pending;
        Setting::Frame.tell(pending);
        Setting::DataTerminalReady(true).tell(pending);
        Setting::RequestToSend(true).tell(pending);
        self.set_baud_rate(options.baud_rate)
    }

    /// Asks for the settings, and waits for the answer.
    fn negotiate(&mut self, options: &OpenOptions, deadline: Instant) -> Result<(), Error> {
        let telnet = &mut self.telnet;
        telnet.codec.ask_for_com_port(&mut telnet.pending);
        telnet.send_pending(deadline)?;
        let agreed = loop {
            if let Some(answer) = telnet.codec.has_com_port() {
                break answer;
            }
            let too_late = telnet.data.len() > UNREAD || Instant::now() >= deadline;
            if too_late || !telnet.take_in(deadline)? {
                break false;
            }
        };
        options.cancel.check(telnet.name())?;
        if agreed {
            return Ok(());
        }
        let port = telnet.name().to_owned();
        Err(Error::NotRfc2217 { port })
    }

    /// Waits until the server has said this about its port; `false` when it has not by the deadline. A wake is
    /// left for the next read.
    fn wait_for(
        &mut self,
        deadline: Instant,
        said: impl Fn(&ComPort) -> bool,
    ) -> Result<bool, Error> {
        let mut woken = false;
        let heard = loop {
            if said(self.telnet.codec.com_port()) {
                break true;
            }
            if self.telnet.data.len() > UNREAD {
                break false;
            }
            if !self.telnet.take_in(deadline)? {
                if Instant::now() >= deadline {
                    break false;
                }
                woken = true;
            }
        };
        if woken {
            self.waker().wake();
        }
        Ok(heard)
    }

    /// Tells the server a setting.
    fn tell(&mut self, setting: Setting) -> Result<(), Error> {
        setting.tell(&mut self.telnet.pending);
        if self.telnet.send_pending(Instant::now() + SENDING)? {
            return Ok(());
        }
        Err(Error::WriteTimeout {
            port: self.name().to_owned(),
            unsent: self.telnet.pending.len(),
        })
    }
}

/// What ended the connection: a server may say so before it closes.
fn why_it_ended(said: &[u8], error: Error) -> Error {
    match error {
        // ser2net: "Port already in use".
        Error::Disconnected { port } if String::from_utf8_lossy(said).contains("in use") => {
            Error::PortBusy { port, holder: None }
        }
        other => other,
    }
}

impl Transport for Rfc2217 {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.telnet.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        if !self.wait_for(deadline, |port| !port.is_suspended)? {
            return Ok(0);
        }
        self.telnet.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.telnet.waker()
    }

    fn name(&self) -> &str {
        self.telnet.name()
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        Some(self)
    }
}

impl SerialControl for Rfc2217 {
    fn set_baud_rate(&mut self, bits_per_second: u32) -> Result<(), Error> {
        let bad = |port: &Self, actual| Error::BadBaudRate {
            port: port.name().to_owned(),
            baud_rate: bits_per_second,
            actual,
        };
        // To a server, a speed of zero is the question for the one there is.
        if bits_per_second == 0 {
            return Err(bad(self, None));
        }
        self.telnet.codec.com_port().baud_rate = None;
        self.tell(Setting::BaudRate(bits_per_second))?;
        self.wait_for(Instant::now() + ANSWER, |port| port.baud_rate.is_some())?;
        let told = self.telnet.codec.com_port().baud_rate;
        let actual = told.unwrap_or(bits_per_second);
        if is_close(bits_per_second, actual) {
            Ok(())
        } else {
            Err(bad(self, Some(actual)))
        }
    }

    fn set_data_terminal_ready(&mut self, asserted: bool) -> Result<(), Error> {
        self.tell(Setting::DataTerminalReady(asserted))
    }

    fn set_request_to_send(&mut self, asserted: bool) -> Result<(), Error> {
        self.tell(Setting::RequestToSend(asserted))
    }
}

impl std::fmt::Debug for Rfc2217 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rfc2217")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
