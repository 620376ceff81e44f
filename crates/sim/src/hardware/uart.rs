//! The far end of the board's UARTs.

use std::collections::VecDeque;

/// How much of what a program sent is kept, in bytes; older bytes are lost.
const SENT: usize = 1 << 20;

/// What is on its way in both directions.
#[derive(Debug, Default)]
pub(crate) struct Uart {
    /// For the board. It waits outside until a program reads it.
    incoming: VecDeque<u8>,
    /// From the board, until somebody takes it.
    sent: VecDeque<u8>,
    breaks: u64,
}

impl Uart {
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.incoming.extend(bytes);
    }

    /// How much a program could read.
    pub(crate) fn any(&self) -> usize {
        self.incoming.len()
    }

    /// Hands a program up to `count` bytes, and none behind the end of a line if it reads one.
    pub(crate) fn read(&mut self, count: usize, line: bool) -> Vec<u8> {
        let mut count = count.min(self.incoming.len());
        if line && let Some(end) = self.incoming.iter().position(|&byte| byte == b'\n') {
            count = count.min(end + 1);
        }
        self.incoming.drain(..count).collect()
    }

    /// Takes what a program sends.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.sent.extend(bytes);
        let over = self.sent.len().saturating_sub(SENT);
        self.sent.drain(..over);
    }

    pub(crate) fn send_break(&mut self) {
        self.breaks += 1;
    }

    pub(crate) fn breaks(&self) -> u64 {
        self.breaks
    }

    /// Takes all that programs sent.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.sent.drain(..).collect()
    }

    /// Takes what programs sent up to and with `end`, once it is there.
    pub(crate) fn take_until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let at = memchr::memmem::find(self.sent.make_contiguous(), end)?;
        Some(self.sent.drain(..at + end.len()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{SENT, Uart};

    #[test]
    fn a_line_ends_a_read() {
        let mut uart = Uart::default();
        uart.send(b"one\ntwo");
        assert_eq!(uart.any(), 7);
        assert_eq!(uart.read(2, true), b"on");
        assert_eq!(uart.read(100, true), b"e\n");
        assert_eq!(uart.read(100, true), b"two");
        assert_eq!(uart.read(100, false), b"");
    }

    #[test]
    fn what_was_sent_is_taken_in_pieces_and_bounded() {
        let mut uart = Uart::default();
        uart.write(b"AT\r\nOK");
        assert_eq!(uart.take_until(b"x"), None);
        assert_eq!(uart.take_until(b"\r\n").as_deref(), Some(&b"AT\r\n"[..]));
        assert_eq!(uart.take(), b"OK");
        uart.write(b"lost");
        uart.write(&vec![7; SENT]);
        assert_eq!(uart.take(), vec![7; SENT]);
    }
}
