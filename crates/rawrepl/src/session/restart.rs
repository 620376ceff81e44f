//! How a session notices that the board restarted under a running program.
//!
//! After `machine.reset()`, a watchdog or a crash no end of the command will come: the board is at
//! its friendly prompt. There it has printed its banner, and is silent. A program may print the same,
//! so the board is asked: only the friendly REPL answers a command by echoing it.

use crate::Mark;

const PROMPT: &[u8] = b"\r\n>>> ";
const MICROPYTHON: &[u8] = b"Type \"help()\" for more information.";
const CIRCUITPYTHON: &[u8] = b"Adafruit CircuitPython ";

/// Whether the bytes end with a banner and a friendly prompt.
pub(super) fn ends_with_banner(seen: &[u8]) -> bool {
    let Some(before) = seen.strip_suffix(PROMPT) else {
        return false;
    };
    let line = before
        .rsplit(|&byte| byte == b'\n')
        .next()
        .unwrap_or(before);
    line == MICROPYTHON || line.starts_with(CIRCUITPYTHON)
}

/// Waits for the echo of a command.
#[derive(Debug)]
pub(super) struct Echo {
    expected: Vec<u8>,
    seen: Vec<u8>,
}

pub(super) enum Echoed {
    /// All of it has come: this is the friendly REPL.
    Yes,
    /// Not all of it has come yet.
    Partly,
    /// These bytes are something else.
    No(Vec<u8>),
}

impl Echo {
    pub(super) fn of(mark: &Mark) -> Self {
        let mut expected = mark.sure_command().into_bytes();
        // Ctrl-D behind text does nothing and is not echoed.
        expected.pop();
        Self {
            expected,
            seen: Vec::new(),
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) -> Echoed {
        self.seen.extend_from_slice(bytes);
        if self.seen.starts_with(&self.expected) {
            Echoed::Yes
        } else if self.expected.starts_with(&self.seen) {
            Echoed::Partly
        } else {
            Echoed::No(std::mem::take(&mut self.seen))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners_of_both_firmwares_are_known() {
        let yes = [
            "MicroPython v1.25.0 on 2025-04-15; Pico\r\nType \"help()\" for more information.\r\n>>> ",
            "\r\nAdafruit CircuitPython 9.2.1 on 2024-11-20; Pico with rp2040\r\n>>> ",
        ];
        for text in yes {
            assert!(ends_with_banner(text.as_bytes()), "{text:?}");
        }
        for text in [
            "",
            ">>> ",
            "\r\n>>> ",
            "hello\r\n>>> ",
            "Type \"help()\" for more information.",
        ] {
            assert!(!ends_with_banner(text.as_bytes()), "{text:?}");
        }
    }
}
