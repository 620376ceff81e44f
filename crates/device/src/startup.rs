//! What a session begins with.

use crate::board_code::{IMPORTS, prepare};
use crate::call::{CallOptions, Code};
use crate::{Device, Error};

/// Code that runs on the board when a session begins, and again when it has come back to its board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Startup {
    /// None.
    #[default]
    Nothing,
    /// Imports that most programs need, as far as the board has them: `os`, `sys`, `time`, `sleep` and
    /// `const`; with MicroPython `machine` and its `Pin`, `Timer`, `PWM`, `I2C`, `SPI` and `ADC`; with
    /// CircuitPython `board`, `digitalio`, `analogio`, and `I2C` and `SPI` of `busio`.
    Imports,
    /// The caller's own.
    Code(String),
}

impl Device {
    /// Runs what a session begins with.
    pub(crate) fn start_up(&mut self) -> Result<(), Error> {
        match self.options.startup.clone() {
            Startup::Nothing => Ok(()),
            Startup::Imports => {
                let code = prepare(IMPORTS, &[]);
                self.call(&Code::Helper(&code, &[]), CallOptions::new())
                    .map(drop)
            }
            Startup::Code(code) => self.statements(&code, CallOptions::new()),
        }
    }
}
