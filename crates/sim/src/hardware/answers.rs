//! A device that says what it has been told to say.

use std::collections::VecDeque;

use super::{I2cDevice, SpiDevice};

/// A device with answers prepared, for protocols that are no registers. What programs write to
/// it is kept.
///
/// On I2C each read takes the next answer, on SPI each selection. An answer that is too short
/// is filled up with 0xff, and so is the one that is missing; what is left of one that is too
/// long is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    queue: VecDeque<Vec<u8>>,
    current: VecDeque<u8>,
    written: Vec<u8>,
}

impl Answers {
    /// A device without answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer behind those there are.
    pub fn push(&mut self, answer: impl Into<Vec<u8>>) {
        self.queue.push_back(answer.into());
    }

    /// How many answers nobody has asked for yet.
    pub fn left(&self) -> usize {
        self.queue.len()
    }

    /// Takes what programs wrote since the last call.
    pub fn take_written(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.written)
    }

    fn turn(&mut self) {
        self.current = self.queue.pop_front().unwrap_or_default().into();
    }

    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.current.pop_front().unwrap_or(0xff);
        }
    }
}

impl I2cDevice for Answers {
    fn start(&mut self, read: bool) -> bool {
        if read {
            self.turn();
        }
        true
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        self.written.extend_from_slice(bytes);
        bytes.len()
    }

    fn read(&mut self, buffer: &mut [u8]) {
        self.fill(buffer);
    }
}

impl SpiDevice for Answers {
    fn select(&mut self) {
        self.turn();
    }

    fn transfer(&mut self, written: &[u8], read: &mut [u8]) {
        self.written.extend_from_slice(written);
        self.fill(read);
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, I2cDevice};

    #[test]
    fn each_read_takes_an_answer() {
        let mut answers = Answers::new();
        answers.push([1, 2]);
        answers.push([3, 4]);
        let mut read = [0; 3];
        for expected in [[1, 2, 0xff], [3, 4, 0xff], [0xff; 3]] {
            answers.start(true);
            answers.read(&mut read);
            assert_eq!(read, expected);
        }
        answers.start(false);
        answers.write(b"ab");
        assert_eq!(answers.take_written(), b"ab");
        assert_eq!(answers.take_written(), b"");
        assert_eq!(answers.left(), 0);
    }
}
