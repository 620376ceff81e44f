//! From a WebSocket to the board's REPL.

use std::thread;
use std::time::{Duration, Instant};

use super::WebRepl;
use super::address::Address;
use super::handshake::{Refusal, open};
use super::patience::not_webrepl;
use crate::{Error, OpenOptions, Transport as _, write_all};

const PROMPT: &[u8] = b"Password: ";
const WELCOME: &[u8] = b"\r\nWebREPL connected\r\n>>> ";
const DENIED: &[u8] = b"\r\nAccess denied\r\n";

/// How many bytes of a password a board can keep.
const LONGEST_PASSWORD: usize = 9;

/// How often a workflow may say that its board is elsewhere.
const REDIRECTIONS: usize = 3;

/// How long a board that has another client is asked again: it may not have noticed that one of ours
/// is gone. It is half of the time there is at most, so that the last answer is not cut off.
const BUSY: Duration = Duration::from_secs(1);
/// How long after each time.
const AGAIN: Duration = Duration::from_millis(50);

/// Connects and logs in.
pub(super) fn connect(
    address: &Address,
    options: &OpenOptions,
    deadline: Instant,
) -> Result<WebRepl, Error> {
    if address.workflow {
        return follow(address, options, deadline);
    }
    let port = address.name();
    let password = options.password.as_deref().unwrap_or_default();
    if password.len() > LONGEST_PASSWORD || password.contains(['\r', '\n']) {
        let longest = LONGEST_PASSWORD;
        return Err(Error::BadPassword { port, longest });
    }
    let now = Instant::now();
    let patience = now + BUSY.min(deadline.saturating_duration_since(now) / 2);
    loop {
        let mut webrepl = open(address, options, deadline).map_err(Refusal::into_error)?;
        match webrepl.log_in(deadline) {
            Err(Error::PortBusy { .. }) if Instant::now() + AGAIN < patience => {
                options.cancel.check(&port)?;
                thread::sleep(AGAIN);
            }
            result => return result.map(|()| webrepl),
        }
    }
}

/// Connects to a web workflow, or to where it says the board is: all boards answer to one name.
fn follow(address: &Address, options: &OpenOptions, deadline: Instant) -> Result<WebRepl, Error> {
    let mut place = address.clone();
    for _ in 0..REDIRECTIONS {
        match open(&place, options, deadline) {
            Err(Refusal::Elsewhere { host, port, .. }) => {
                place = Address {
                    host,
                    port,
                    ..place
                };
            }
            result => return result.map_err(Refusal::into_error),
        }
    }
    open(&place, options, deadline).map_err(Refusal::into_error)
}

/// Connects to a board that is restarting, and whose server comes back when its files have run.
pub(super) fn connect_again(
    address: &Address,
    options: &OpenOptions,
    deadline: Instant,
) -> Result<WebRepl, Error> {
    loop {
        let result = connect(address, options, deadline);
        let comes_back = matches!(
            result,
            Err(Error::ConnectionRefused { .. }
                | Error::Disconnected { .. }
                | Error::PortBusy { .. })
        );
        if !comes_back || Instant::now() + AGAIN > deadline {
            return result;
        }
        options.cancel.check(&address.name())?;
        thread::sleep(AGAIN);
    }
}

impl WebRepl {
    fn log_in(&mut self, deadline: Instant) -> Result<(), Error> {
        let _on_cancel = self.options.cancel.on_cancel(self.waker());
        let port = self.name.clone();
        let mut text = Vec::new();
        match self.wait_for(&mut text, &[PROMPT], deadline) {
            // A board answers a second client's request, and hangs up.
            Err(Error::Disconnected { .. }) if text.is_empty() => {
                return Err(Error::PortBusy { port, holder: None });
            }
            result => result?,
        };
        let Some(password) = &self.options.password else {
            return Err(Error::PasswordRequired { port });
        };
        text.clear();
        let line = [password.as_bytes(), b"\r"].concat();
        write_all(self, &line, deadline)?;
        match self.wait_for(&mut text, &[WELCOME, DENIED], deadline)? {
            0 => Ok(()),
            _ => Err(Error::WrongPassword { port }),
        }
    }

    /// Collects what arrives until it ends in one of `ends`; which one that is.
    fn wait_for(
        &mut self,
        text: &mut Vec<u8>,
        ends: &[&[u8]],
        deadline: Instant,
    ) -> Result<usize, Error> {
        let longest = ends.iter().map(|end| end.len()).max().unwrap_or(0);
        loop {
            if !self.receive(deadline)? {
                self.options.cancel.check(&self.name)?;
                if Instant::now() >= deadline {
                    return Err(Error::Silent {
                        port: self.name.clone(),
                        limit: self.options.connect_timeout,
                    });
                }
                continue;
            }
            // Byte by byte: what follows is the REPL's.
            text.extend(self.data.split_to(1));
            if let Some(which) = ends.iter().position(|end| text.ends_with(end)) {
                return Ok(which);
            }
            if text.len() > 2 * longest {
                return Err(not_webrepl(&self.name, text));
            }
        }
    }
}
