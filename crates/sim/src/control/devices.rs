//! Devices that clients have made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::request;
use crate::{Answers, Board, Registers};

/// All devices, by the numbers that clients know them by.
#[derive(Debug, Default)]
pub(super) struct Devices(Mutex<Vec<Device>>);

#[derive(Debug, Clone)]
enum Device {
    Registers(Arc<Mutex<Registers>>),
    Answers(Arc<Mutex<Answers>>),
}

/// Where a device is wired to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    I2c {
        bus: &'a str,
        address: u8,
    },
    Spi {
        bus: &'a str,
        select: Option<&'a str>,
    },
}

impl Devices {
    /// Makes a device and wires it; its number.
    pub(super) fn attach(&self, board: &Board, place: Place<'_>, device: request::Device) -> usize {
        let device = match device {
            request::Device::Registers {
                count,
                number_width,
                data,
            } => {
                let mut registers = Registers::new(count.0).number_width(number_width.0);
                registers.set(0, &data.0);
                Device::Registers(Arc::new(Mutex::new(registers)))
            }
            request::Device::Answers { answers: prepared } => {
                let mut answers = Answers::new();
                for answer in prepared {
                    answers.push(answer.0);
                }
                Device::Answers(Arc::new(Mutex::new(answers)))
            }
        };
        match (&device, place) {
            (Device::Registers(registers), Place::I2c { bus, address }) => {
                board.attach_i2c(bus, address, Arc::clone(registers));
            }
            (Device::Registers(registers), Place::Spi { bus, select }) => {
                board.attach_spi(bus, select, Arc::clone(registers));
            }
            (Device::Answers(answers), Place::I2c { bus, address }) => {
                board.attach_i2c(bus, address, Arc::clone(answers));
            }
            (Device::Answers(answers), Place::Spi { bus, select }) => {
                board.attach_spi(bus, select, Arc::clone(answers));
            }
        }
        let mut all = self.lock();
        all.push(device);
        all.len() - 1
    }

    /// Does something with the registers of a device; `None` when it has none.
    pub(super) fn with_registers<T>(
        &self,
        number: usize,
        work: impl FnOnce(&mut Registers) -> T,
    ) -> Option<T> {
        match self.lock().get(number).cloned()? {
            Device::Registers(registers) => Some(work(&mut lock(&registers))),
            Device::Answers(_) => None,
        }
    }

    /// Does something with the answers of a device; `None` when it has none.
    pub(super) fn with_answers<T>(
        &self,
        number: usize,
        work: impl FnOnce(&mut Answers) -> T,
    ) -> Option<T> {
        match self.lock().get(number).cloned()? {
            Device::Answers(answers) => Some(work(&mut lock(&answers))),
            Device::Registers(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Device>> {
        lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
