//! What is wired to a board.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::Board;
use crate::Drive;
use crate::hardware::{
    ADC_FULL_SCALE, Bitstream, I2cDevice, I2cTransfer, Log, Pwm, PwmEvent, SpiDevice, SpiTransfer,
};
use crate::pins::Level;

impl Board {
    /// The level that [`Board::set_pin`] drives a pin to; `None` when nothing does.
    pub fn driven(&self, pin: &str) -> Option<Level> {
        self.shared.hardware.pins.driven(pin)
    }

    /// Sets the voltage that `machine.ADC` finds on a pin, in microvolts. Above
    /// [`ADC_FULL_SCALE`] it reads as that. A pin that nothing was set for is at 0 V.
    pub fn set_analog(&self, pin: &str, microvolts: u32) {
        let microvolts = microvolts.min(ADC_FULL_SCALE);
        let mut state = self.shared.hardware.lock();
        state.analog.insert(pin.to_owned(), microvolts);
    }

    /// What the PWM of a pin puts out; `None` when it is off.
    pub fn pwm(&self, pin: &str) -> Option<Pwm> {
        let state = self.shared.hardware.lock();
        state.pwm.get(pin)?.last()?.pwm
    }

    /// Every change of a pin's PWM since the board was made, the oldest first, up to
    /// [`crate::PERIPHERAL_HISTORY`].
    pub fn pwm_history(&self, pin: &str) -> Vec<PwmEvent> {
        let state = self.shared.hardware.lock();
        state.pwm.get(pin).map(Log::to_vec).unwrap_or_default()
    }

    /// Every stream of bits on a pin since the board was made, such as what NeoPixels were
    /// sent, the oldest first, up to [`crate::PERIPHERAL_HISTORY`].
    pub fn bitstreams(&self, pin: &str) -> Vec<Bitstream> {
        let state = self.shared.hardware.lock();
        let streams = state.bitstreams.get(pin);
        streams.map(Log::to_vec).unwrap_or_default()
    }

    /// What the NeoPixels on a pin show: red, green and blue of each. Empty before the first
    /// `write`.
    pub fn pixels(&self, pin: &str) -> Vec<[u8; 3]> {
        let state = self.shared.hardware.lock();
        let last = state.bitstreams.get(pin).and_then(|log| log.last());
        last.map(Bitstream::pixels).unwrap_or_default()
    }

    /// What the computer at the board's USB sees of the drive `CIRCUITPY`; a board with MicroPython has
    /// none.
    pub fn drive(&self) -> Drive {
        self.shared.hardware.lock().supervisor.drive()
    }

    /// Mounts the drive in the computer, ejects it, or takes the computer away. Programs may write to it
    /// afterwards only if they say so with `storage.remount`, or if they could before.
    pub fn set_drive(&self, drive: Drive) {
        self.shared.hardware.lock().supervisor.set_drive(drive);
        self.shared.hardware.announce();
    }

    /// Wires a device to an I2C bus, in place of what has that address there.
    ///
    /// The bus goes by its number, as in `I2C(0)`, or by its lines, `"SCL/SDA"`: `"5/4"` is
    /// `SoftI2C(Pin(5), Pin(4))`. `I2C(0, scl=Pin(5), sda=Pin(4))` reaches the devices of both.
    pub fn attach_i2c(&self, bus: &str, address: u8, device: impl I2cDevice + 'static) {
        let device = Arc::new(Mutex::new(device));
        let mut state = self.shared.hardware.lock();
        state.i2c.attach(bus, address, device);
    }

    /// Takes a device off an I2C bus; whether there was one.
    pub fn detach_i2c(&self, bus: &str, address: u8) -> bool {
        self.shared.hardware.lock().i2c.detach(bus, address)
    }

    /// Every transfer on the I2C buses since the board was made, the oldest first, up to
    /// [`crate::PERIPHERAL_HISTORY`]. Scans do not count.
    pub fn i2c_log(&self) -> Vec<I2cTransfer> {
        self.shared.hardware.lock().i2c.log.to_vec()
    }

    /// Wires a device to an SPI bus, in place of what is selected in the same way there.
    ///
    /// The bus goes by its number, as in `SPI(0)`, or by its lines, `"SCK/MOSI/MISO"`, with
    /// nothing for a line that is not used. The device answers while the pin `select` is an
    /// output and low, or always without one; where several would answer, only one with a pin
    /// does.
    pub fn attach_spi(&self, bus: &str, select: Option<&str>, device: impl SpiDevice + 'static) {
        let device = Arc::new(Mutex::new(device));
        let mut state = self.shared.hardware.lock();
        state.spi.attach(bus, select, device);
    }

    /// Takes a device off an SPI bus; whether there was one.
    pub fn detach_spi(&self, bus: &str, select: Option<&str>) -> bool {
        self.shared.hardware.lock().spi.detach(bus, select)
    }

    /// Every transfer on the SPI buses since the board was made, the oldest first, up to
    /// [`crate::PERIPHERAL_HISTORY`].
    pub fn spi_log(&self) -> Vec<SpiTransfer> {
        self.shared.hardware.lock().spi.log.to_vec()
    }

    /// Sends bytes to `machine.UART(id)`. They wait until a program reads them; none is lost,
    /// whatever the size of its buffer.
    ///
    /// # Panics
    /// When there is no such UART: there are 0 and 1.
    pub fn uart_send(&self, id: usize, bytes: &[u8]) {
        check_uart(id);
        self.shared.hardware.lock().uarts[id].send(bytes);
    }

    /// Takes what programs have sent on `machine.UART(id)` since the last call, at most the
    /// last MiB.
    ///
    /// # Panics
    /// As [`Board::uart_send`].
    pub fn uart_take(&self, id: usize) -> Vec<u8> {
        check_uart(id);
        self.shared.hardware.lock().uarts[id].take()
    }

    /// Waits until programs have sent `end` on `machine.UART(id)`, and takes everything up to
    /// and with it; `None`, and nothing is taken, when the deadline comes or the board stops.
    ///
    /// # Panics
    /// As [`Board::uart_send`].
    pub fn uart_wait(&self, id: usize, end: &[u8], deadline: Instant) -> Option<Vec<u8>> {
        check_uart(id);
        let look = |state: &mut crate::hardware::State| state.uarts[id].take_until(end);
        self.shared.hardware.wait(deadline, look)
    }

    /// How many breaks programs have sent on `machine.UART(id)`.
    ///
    /// # Panics
    /// As [`Board::uart_send`].
    pub fn uart_breaks(&self, id: usize) -> u64 {
        check_uart(id);
        self.shared.hardware.lock().uarts[id].breaks()
    }
}

fn check_uart(id: usize) {
    assert!(id < 2, "a board has no UART {id}");
}
