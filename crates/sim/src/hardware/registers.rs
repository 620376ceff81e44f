//! A device that is a block of memory.

use super::{I2cDevice, SpiDevice};

/// A block of registers, as sensors, clocks and memories have it.
///
/// On I2C a write begins with the number of a register, in one byte or, most significant byte
/// first, in several; the bytes behind it go to that register and those that follow. A read
/// goes on where the last transfer ended. On SPI the first byte after the selection is the
/// number, with its highest bit set for reading. Numbers wrap at the end of the block.
///
/// To look at it while it is wired to a board, share it:
///
/// ```
/// use std::sync::{Arc, Mutex};
///
/// let sensor = Arc::new(Mutex::new(belay_sim::Registers::new(256)));
/// sensor.lock().unwrap().set(0xd0, &[0x60]);
/// // board.attach_i2c("0", 0x76, sensor.clone());
/// assert_eq!(sensor.lock().unwrap().get(0xd0), 0x60);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registers {
    memory: Vec<u8>,
    width: usize,
    pointer: usize,
    /// How many bytes of the number have come since the start.
    numbered: usize,
    /// Whether an SPI transfer reads.
    reads: bool,
}

impl Registers {
    /// That many registers, all zero, with numbers of one byte.
    ///
    /// # Panics
    /// When there are none.
    pub fn new(count: usize) -> Self {
        assert!(count > 0, "a device without registers");
        Self {
            memory: vec![0; count],
            width: 1,
            pointer: 0,
            numbered: 0,
            reads: false,
        }
    }

    /// Gives the registers numbers of this many bytes on I2C, as large memories have.
    ///
    /// # Panics
    /// When it is not from 1 to 4.
    #[must_use]
    pub fn number_width(mut self, bytes: usize) -> Self {
        assert!((1..=4).contains(&bytes), "a number of {bytes} bytes");
        self.width = bytes;
        self
    }

    /// Sets registers from `first` on; what goes beyond the end wraps.
    pub fn set(&mut self, first: usize, values: &[u8]) {
        for (offset, &value) in values.iter().enumerate() {
            let at = (first + offset) % self.memory.len();
            self.memory[at] = value;
        }
    }

    /// The value of a register; its number wraps.
    pub fn get(&self, register: usize) -> u8 {
        self.memory[register % self.memory.len()]
    }

    /// All registers.
    pub fn memory(&self) -> &[u8] {
        &self.memory
    }

    fn next(&mut self) -> usize {
        let at = self.pointer % self.memory.len();
        self.pointer = at + 1;
        at
    }
}

impl I2cDevice for Registers {
    fn start(&mut self, read: bool) -> bool {
        if !read {
            self.numbered = 0;
        }
        true
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        for &byte in bytes {
            if self.numbered < self.width {
                let high = if self.numbered == 0 {
                    0
                } else {
                    self.pointer << 8
                };
                self.pointer = high | usize::from(byte);
                self.numbered += 1;
            } else {
                let at = self.next();
                self.memory[at] = byte;
            }
        }
        bytes.len()
    }

    fn read(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            let at = self.next();
            *byte = self.memory[at];
        }
    }
}

impl SpiDevice for Registers {
    fn select(&mut self) {
        self.numbered = 0;
    }

    fn transfer(&mut self, written: &[u8], read: &mut [u8]) {
        for (&byte, answer) in written.iter().zip(read) {
            if self.numbered == 0 {
                self.numbered = 1;
                self.reads = byte & 0x80 != 0;
                self.pointer = usize::from(byte & 0x7f);
                continue;
            }
            let at = self.next();
            if self.reads {
                *answer = self.memory[at];
            } else {
                self.memory[at] = byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{I2cDevice, Registers, SpiDevice};

    #[test]
    fn i2c_writes_go_behind_the_number() {
        let mut registers = Registers::new(16);
        registers.start(false);
        assert_eq!(registers.write(&[14, 1, 2, 3]), 4);
        assert_eq!(registers.memory()[14..], [1, 2]);
        assert_eq!(registers.get(0), 3);
        registers.start(false);
        registers.write(&[14]);
        registers.start(true);
        let mut read = [0; 3];
        registers.read(&mut read);
        assert_eq!(read, [1, 2, 3]);
    }

    #[test]
    fn long_numbers_come_most_significant_first() {
        let mut registers = Registers::new(1024).number_width(2);
        registers.start(false);
        registers.write(&[1]);
        registers.write(&[2, 9]);
        assert_eq!(registers.get(0x102), 9);
    }

    #[test]
    fn spi_reads_with_the_highest_bit() {
        let mut registers = Registers::new(128);
        let mut none = [0xff; 3];
        registers.select();
        registers.transfer(&[5, 10, 11], &mut none);
        assert_eq!(none, [0xff; 3]);
        registers.select();
        registers.transfer(&[0x85], &mut [0xff]);
        let mut read = [0xff; 2];
        registers.transfer(&[0, 0], &mut read);
        assert_eq!(read, [10, 11]);
    }
}
