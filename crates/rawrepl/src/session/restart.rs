//! How a session notices that the board restarted under a running program.
//!
//! After `machine.reset()`, a watchdog or a crash no end of the command will come: the board is at
//! its friendly prompt. There it has printed its banner, and is silent. A program may print the same,
//! so the board is asked: only the friendly REPL answers a command by echoing it.

use crate::Mark;
use crate::search::{Starts, starts};

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
}

impl Echo {
    pub(super) fn of(mark: &Mark) -> Self {
        let mut expected = mark.sure_command().into_bytes();
        // Ctrl-D behind text does nothing and is not echoed.
        expected.pop();
        Self { expected }
    }

    /// Whether `input` begins with all of the echo, which is then taken out of it.
    pub(super) fn take(&self, input: &mut Vec<u8>) -> Starts {
        let found = starts(input, &self.expected);
        if found == Starts::Yes {
            input.drain(..self.expected.len());
        }
        found
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
