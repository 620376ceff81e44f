//! What each call does.

use std::time::{Duration, Instant};

use super::i2c::{self, Direction};
use super::request::{Refusal, Request};
use super::spi;
use crate::hardware::{Bitstream, Hardware, Pwm, PwmEvent, Uart};
use crate::opcodes::{self, Call, Fact};

/// Does what a program asks for; the answer is what it gets.
pub(super) fn answer(
    hardware: &Hardware,
    call: Call,
    mut request: Request<'_>,
) -> Result<Vec<u8>, Refusal> {
    Ok(match call {
        Call::AdcRead => {
            let pin = request.text()?;
            let found = hardware.lock().analog.get(&pin).copied();
            found.unwrap_or(0).to_le_bytes().to_vec()
        }
        Call::Bitstream => return bitstream(hardware, request),
        Call::FilesTake => hardware.files.take(),
        Call::FilesAnswer => {
            let number = request.number()?;
            hardware.files.answer(number, request.bytes()?);
            Vec::new()
        }
        Call::I2cScan => i2c::scan(hardware, &request.bus()?),
        Call::I2cRead | Call::I2cWrite => {
            let bus = request.bus()?;
            let address = request.number()?;
            let direction = if call == Call::I2cRead {
                Direction::Read(request.number()?)
            } else {
                Direction::Write(request.bytes()?)
            };
            let stop = request.number::<u8>()? != 0;
            i2c::transfer(hardware, &bus, address, &direction, stop)?
        }
        Call::I2cStart => i2c::start(hardware, &request.bus()?),
        Call::I2cStop => i2c::stop(hardware, &request.bus()?)?,
        Call::I2cWriteBytes => {
            let bus = request.bus()?;
            number(i2c::write(hardware, &bus, request.bytes()?)?)
        }
        Call::I2cReadBytes => {
            let bus = request.bus()?;
            i2c::read(hardware, &bus, request.number()?)?
        }
        Call::IrqTake => hardware.pins.take_edges(),
        Call::PinState => hardware.pins.state(&request.text()?).to_vec(),
        Call::PinWatch => {
            let pin = request.text()?;
            let trigger = request.number()?;
            let follows = request.number::<u8>()? != 0;
            let idle = request.number()?;
            hardware.pins.watch(&pin, trigger, follows, idle);
            Vec::new()
        }
        Call::PwmSet => return pwm(hardware, request),
        Call::SpiTransfer => return spi::transfer(hardware, request),
        Call::UartAny => uart(hardware, request, |uart, _, _| number(uart.any()))?,
        Call::UartRead => uart(hardware, request, |uart, _, count| uart.read(count, false))?,
        Call::UartReadLine => uart(hardware, request, |uart, _, count| uart.read(count, true))?,
        Call::UartWrite => uart(hardware, request, |uart, data, _| {
            uart.write(data);
            Vec::new()
        })?,
        Call::UartBreak => uart(hardware, request, |uart, _, _| {
            uart.send_break();
            Vec::new()
        })?,
        Call::SupervisorGet => {
            let fact = fact(&mut request)?;
            vec![hardware.lock().supervisor.get(fact)]
        }
        Call::SupervisorSet => {
            let fact = fact(&mut request)?;
            let value = request.number()?;
            hardware.lock().supervisor.set(fact, value);
            hardware.announce();
            Vec::new()
        }
        Call::UniqueId => hardware.unique_id.clone(),
        Call::WatchdogFeed => {
            hardware.lock().watchdog.feed(Instant::now());
            Vec::new()
        }
        Call::WatchdogStart => {
            let timeout = Duration::from_millis(request.number()?);
            hardware.lock().watchdog.start(timeout, Instant::now());
            Vec::new()
        }
        // These have a connection of their own.
        Call::FilesListen | Call::IrqListen => return Err(Refusal::Invalid),
    })
}

fn bitstream(hardware: &Hardware, mut request: Request<'_>) -> Result<Vec<u8>, Refusal> {
    let pin = request.text()?;
    let mut timing = [0; 4];
    for time in &mut timing {
        *time = request.number()?;
    }
    let data = request.bytes()?.to_vec();
    let length = data.len();
    let stream = Bitstream {
        at: hardware.now(),
        timing,
        data,
    };
    let mut state = hardware.lock();
    state
        .bitstreams
        .entry(pin)
        .or_default()
        .push(stream, length);
    drop(state);
    hardware.announce();
    Ok(Vec::new())
}

fn pwm(hardware: &Hardware, mut request: Request<'_>) -> Result<Vec<u8>, Refusal> {
    let pin = request.text()?;
    let freq = request.number()?;
    let pwm = Pwm {
        freq,
        duty_u16: request.number()?,
        duty_ns: request.number()?,
        inverted: request.number::<u8>()? != 0,
    };
    // A generator without a frequency stands still.
    let event = PwmEvent {
        at: hardware.now(),
        pwm: (freq != 0).then_some(pwm),
    };
    let mut state = hardware.lock();
    let log = state.pwm.entry(pin).or_default();
    if log.last().and_then(|last| last.pwm) != event.pwm {
        log.push(event, 0);
    }
    drop(state);
    hardware.announce();
    Ok(Vec::new())
}

/// Does something with the UART that a request begins with; behind it come bytes and a count.
fn uart(
    hardware: &Hardware,
    mut request: Request<'_>,
    work: impl FnOnce(&mut Uart, &[u8], usize) -> Vec<u8>,
) -> Result<Vec<u8>, Refusal> {
    let id: usize = request.number()?;
    let data = request.bytes()?;
    let count = request.number()?;
    let mut state = hardware.lock();
    let uart = state.uarts.get_mut(id).ok_or(Refusal::Invalid)?;
    let answer = work(uart, data, count);
    drop(state);
    hardware.announce();
    Ok(answer)
}

/// A fact by its number.
fn fact(request: &mut Request<'_>) -> Result<Fact, Refusal> {
    opcodes::decode(Fact::ALL, request.number()?).ok_or(Refusal::Invalid)
}

/// A number as an answer.
fn number(number: usize) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}
