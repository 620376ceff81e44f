//! The login of a telnet server, by the prompts that it prints.
//!
//! The WiPy's server prints `Login as: `, then `Password: `, then `Login succeeded!` and a banner,
//! or `Invalid credentials, try again.` and the first prompt again.

use std::time::Instant;

use super::Telnet;
use crate::{Error, OpenOptions, write_all};

const USER_PROMPTS: &[&str] = &["login as:", "login:", "username:", "user:"];
const PASSWORD_PROMPTS: &[&str] = &["password:"];
const REFUSALS: &[&str] = &["invalid", "incorrect", "failed", "denied"];
const REPL_PROMPT: &str = ">>>";

/// A login prompt that comes later than this many bytes is output of a program.
const GREETING_LENGTH: usize = 256;

/// The first bytes of a connection, watched for a login prompt that nobody will answer.
#[derive(Debug, Default)]
pub(super) struct Greeting {
    text: Vec<u8>,
    is_over: bool,
    asks_for_login: bool,
}

impl Greeting {
    /// That of a server that asks for no login.
    pub(super) fn over() -> Self {
        Self {
            is_over: true,
            ..Self::default()
        }
    }

    pub(super) fn asks_for_login(&self) -> bool {
        self.asks_for_login
    }

    /// Takes the next bytes of the connection.
    pub(super) fn ends_in_login_prompt(&mut self, bytes: &[u8]) -> bool {
        if self.is_over {
            return false;
        }
        self.text.extend(bytes);
        self.asks_for_login = ends_in(&self.text, USER_PROMPTS);
        self.is_over = self.text.len() > GREETING_LENGTH || contains(&self.text, &[REPL_PROMPT]);
        self.asks_for_login
    }
}

impl Telnet {
    pub(super) fn login_required(&self) -> Error {
        Error::LoginRequired {
            port: self.wait.name().to_owned(),
        }
    }

    /// Answers the prompts for a user and a password. A server that shows the REPL's prompt instead
    /// asks for none.
    pub(super) fn log_in(
        &mut self,
        user: &str,
        options: &OpenOptions,
        deadline: Instant,
    ) -> Result<(), Error> {
        let password = options.password.as_deref().unwrap_or_default();
        self.greeting.is_over = true;
        let is_repl = |text: &[u8]| contains(text, &[REPL_PROMPT]);
        self.wait_for(deadline, options, |text| {
            is_repl(text) || ends_in(text, USER_PROMPTS)
        })?;
        if is_repl(&self.data) {
            return Ok(());
        }
        self.answer(user, deadline)?;
        self.wait_for(deadline, options, |text| ends_in(text, PASSWORD_PROMPTS))?;
        self.answer(password, deadline)?;
        self.wait_for(deadline, options, |text| is_repl(text) || has_line(text))?;
        if contains(&self.data, REFUSALS) || ends_in(&self.data, USER_PROMPTS) {
            return Err(Error::LoginRefused {
                port: self.wait.name().to_owned(),
                user: user.to_owned(),
            });
        }
        Ok(())
    }

    /// Forgets the prompt and sends a line.
    fn answer(&mut self, line: &str, deadline: Instant) -> Result<(), Error> {
        self.data.clear();
        write_all(self, format!("{line}\r\n").as_bytes(), deadline)
    }

    /// Collects what arrives in `data` until `is_enough`.
    fn wait_for(
        &mut self,
        deadline: Instant,
        options: &OpenOptions,
        is_enough: impl Fn(&[u8]) -> bool,
    ) -> Result<(), Error> {
        let mut text = Vec::new();
        loop {
            text.append(&mut self.data);
            if is_enough(&text) {
                self.data = text;
                return Ok(());
            }
            if Instant::now() >= deadline || !self.receive(deadline)? {
                options.cancel.check(self.wait.name())?;
                return Err(Error::ConnectTimeout {
                    port: self.wait.name().to_owned(),
                    limit: options.connect_timeout,
                });
            }
        }
    }
}

/// Whether a whole line that says something has arrived.
fn has_line(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.contains(&b'\n')
}

fn contains(text: &[u8], words: &[&str]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    words.iter().any(|word| text.contains(word))
}

fn ends_in(text: &[u8], prompts: &[&str]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    prompts
        .iter()
        .any(|prompt| text.trim_end().ends_with(prompt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_prompt_counts_at_the_start_of_a_connection_only() {
        let mut greeting = Greeting::default();
        assert!(!greeting.ends_in_login_prompt(b"Welcome\r\nLogin "));
        assert!(greeting.ends_in_login_prompt(b"as: "));
        assert!(greeting.asks_for_login());

        let mut greeting = Greeting::default();
        assert!(!greeting.ends_in_login_prompt(b"MicroPython v1.29\r\n>>> "));
        assert!(!greeting.ends_in_login_prompt(b"login: "));

        let mut greeting = Greeting::default();
        assert!(!greeting.ends_in_login_prompt(&[b'.'; GREETING_LENGTH + 1]));
        assert!(!greeting.ends_in_login_prompt(b"login: "));
    }
}
