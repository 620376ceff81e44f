//! A simulated MicroPython board for tests: the real interpreter behind a pty or TCP port, with
//! flash, pins, peripherals and a link that can be slow.
//!
//! The board runs the unix port of MicroPython, in a process of its own, and shows it only what
//! a board has: a LittleFS on a flash image, a console, `machine` with its peripherals. The REPL
//! is that of a firmware, byte for byte; see `tests/data` for the recordings it is held against.
//! [`Firmware::circuitpython`] makes it a board with CircuitPython.
//!
//! The peripherals are wired to what a test makes of them: [`Board`] drives pins, sets voltages,
//! attaches devices to I2C and SPI ([`I2cDevice`], [`SpiDevice`], [`Registers`], [`Answers`]) and
//! shows what the program did. [`ControlServer`] gives programs in other languages the same.
//!
//! It is not for measuring how fast a program is on a chip, nor for what depends on registers or
//! exact times.

mod board;
mod bus;
mod clock;
mod control;
mod drive;
mod engine;
mod error;
mod faults;
mod files;
mod firmware;
mod flash;
mod frames;
mod hardware;
mod home;
mod interpreter;
mod named;
mod opcodes;
mod options;
mod output;
mod pins;
mod port;
mod power;
mod readable;
mod repl;
mod running;
mod web;
mod webrepl;
mod wire;
mod worker;

pub use board::{Board, Builder, DEFAULT_HEAP, DEFAULT_INPUT_BUFFER};
pub use control::{AddressError, CONTROL_PROTOCOL, ControlAddress, ControlServer};
pub use engine::{ENGINE_VARIABLE, Engine};
pub use error::{Error, OptionsError};
pub use faults::{Direction, FlashFaults, LinkFault, LinkFaults, Newlines, PowerCut};
pub use firmware::{CircuitPython, Drive, Firmware, RawPaste};
pub use flash::{Flash, FlashCounters};
pub use hardware::{
    ADC_FULL_SCALE, Answers, Bitstream, I2cDevice, I2cTransfer, PERIPHERAL_HISTORY, Pwm, PwmEvent,
    Registers, SpiDevice, SpiTransfer,
};
pub use named::NamedBoard;
pub use options::SimOptions;
pub use pins::{Level, PIN_HISTORY, PinEvent, PinMode, Pull};
pub use running::RunningBoard;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/simulator.md")]
struct Guide;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
