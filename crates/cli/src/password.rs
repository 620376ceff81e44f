//! A password that is never shown.

use std::convert::Infallible;
use std::io::{self, IsTerminal as _};
use std::sync::mpsc;
use std::thread;

use belay_transport::{Cancel, Waker};
use std::fmt;
use std::str::FromStr;

/// A password. It can be used, and not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Asks for the password of `port` at the terminal, without showing what is typed. There is none without a
/// terminal, and none when it is cancelled.
pub(crate) fn ask(port: &str, cancel: &Cancel) -> Option<String> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    #[cfg(unix)]
    let settings = rustix::termios::tcgetattr(io::stdin()).ok();
    let (answer, answers) = mpsc::channel();
    let cancelled = answer.clone();
    let _on_cancel = cancel.on_cancel(Waker::new(move || {
        let _ = cancelled.send(None);
    }));
    let question = format!("password of {port}: ");
    // Reading from a terminal knows no waker, so it is left behind when it is cancelled.
    thread::spawn(move || {
        let _ = answer.send(rpassword::prompt_password(question).ok());
    });
    let password = answers.recv().ok().flatten();
    #[cfg(unix)]
    if let Some(settings) = settings.filter(|_| password.is_none()) {
        let now = rustix::termios::OptionalActions::Now;
        let _ = rustix::termios::tcsetattr(io::stdin(), now, &settings);
    }
    password
}

impl FromStr for Password {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}
