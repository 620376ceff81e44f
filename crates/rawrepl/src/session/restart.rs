//! How a session notices that the board restarted under a running program.
//!
//! After `machine.reset()`, a watchdog or a crash no end of the command will come: the board is at
//! its friendly prompt. There it has printed its banner, and is silent. A program may print the same,
//! so the board is asked: only the friendly REPL answers a command by echoing it.

use crate::Mark;
use crate::search::{Starts, starts};

/// How the banners begin, and what stands behind their first line.
const BANNERS: [(&[u8], &[u8]); 2] = [
    (
        b"MicroPython v",
        b"Type \"help()\" for more information.\r\n>>> ",
    ),
    (b"Adafruit CircuitPython ", b">>> "),
];
/// The longest first line that is one of a banner.
const LONGEST_LINE: usize = 250;

/// The end of a program's output that may be a banner and a prompt.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
}

impl Tail {
    /// Takes more output, and gives what is no banner.
    pub(super) fn receive(&mut self, output: &[u8]) -> Vec<u8> {
        self.bytes.extend_from_slice(output);
        let mut begins = memchr::memchr2_iter(b'M', b'A', &self.bytes);
        let begin = begins.find(|&at| may_be_banner(&self.bytes[at..]));
        let free = begin.unwrap_or(self.bytes.len());
        self.bytes.drain(..free).collect()
    }

    /// Whether something is held back.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether a whole banner and a prompt stand there.
    pub(super) fn is_whole(&self) -> bool {
        self.bytes.ends_with(b"\r\n>>> ")
    }

    /// What is held back, if it is the program's after all.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Whether all of `bytes` is a banner and a prompt, or the beginning of them.
fn may_be_banner(bytes: &[u8]) -> bool {
    BANNERS
        .iter()
        .any(|(name, rest)| match starts(bytes, name) {
            Starts::Yes => match memchr::memchr(b'\n', bytes) {
                Some(end) => rest.starts_with(&bytes[end + 1..]),
                None => bytes.len() < LONGEST_LINE,
            },
            Starts::Partly => true,
            Starts::No => false,
        })
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
    fn banners_of_both_firmwares_are_held_back() {
        let banners = [
            "MicroPython v1.25.0 on 2025-04-15; Pico\r\nType \"help()\" for more information.\r\n>>> ",
            "Adafruit CircuitPython 9.2.1 on 2024-11-20; Pico with rp2040\r\n>>> ",
        ];
        for banner in banners {
            for before in ["", "bye", "bye\r\n", "MM", "Adafruit Circuit"] {
                let text = format!("{before}{banner}");
                let mut tail = Tail::default();
                let mut shown: Vec<u8> = Vec::new();
                for byte in text.bytes() {
                    shown.extend(tail.receive(&[byte]));
                }
                assert!(tail.is_whole(), "{text:?}");
                assert_eq!(shown, before.as_bytes());
                assert_eq!(Tail::default().receive(text.as_bytes()), before.as_bytes());
                assert_eq!(tail.receive(b"x"), [banner.as_bytes(), b"x"].concat());
            }
        }
        for text in [
            "",
            ">>> ",
            "hello\r\n>>> ",
            "MicroPython is",
            "Type \"help()\"",
        ] {
            let mut tail = Tail::default();
            assert_eq!(tail.receive(text.as_bytes()), text.as_bytes(), "{text:?}");
        }
    }
}
