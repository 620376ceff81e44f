//! What each kind of call does.

use std::time::{Duration, Instant};

use super::request::{Refusal, Request};
use super::{i2c, spi};
use crate::hardware::{Bitstream, Pwm, PwmEvent};
use crate::worker::Shared;

/// Does what a program asks for; the answer is what it gets.
pub(super) fn perform(
    shared: &Shared,
    kind: u8,
    mut request: Request<'_>,
) -> Result<Vec<u8>, Refusal> {
    let hardware = &shared.hardware;
    match kind {
        b'a' => {
            let pin = request.text()?;
            let found = hardware.lock().analog.get(&pin).copied();
            Ok(found.unwrap_or(0).to_le_bytes().to_vec())
        }
        b'b' => bitstream(shared, request),
        b'c' | b'r' | b's' | b'w' => i2c::perform(hardware, kind, request),
        b'd' => {
            let timeout = Duration::from_millis(request.number()?);
            hardware.lock().watchdog.start(timeout, Instant::now());
            Ok(Vec::new())
        }
        b'e' => Ok(shared.pins.take_edges()),
        b'f' => {
            hardware.lock().watchdog.feed(Instant::now());
            Ok(Vec::new())
        }
        b'n' => Ok(shared.unique_id.clone()),
        b'p' => pwm(shared, request),
        b'q' => {
            let pin = request.text()?;
            let trigger = request.number()?;
            let follows = request.number::<u8>()? != 0;
            let idle = request.number()?;
            shared.pins.watch(&pin, trigger, follows, idle);
            Ok(Vec::new())
        }
        b'u' => uart(shared, request),
        b'v' => Ok(shared.pins.state(&request.text()?).to_vec()),
        b'x' => spi::perform(hardware, request),
        _ => Err(Refusal::Invalid),
    }
}

fn bitstream(shared: &Shared, mut request: Request<'_>) -> Result<Vec<u8>, Refusal> {
    let pin = request.text()?;
    let mut timing = [0; 4];
    for time in &mut timing {
        *time = request.number()?;
    }
    let data = request.bytes()?.to_vec();
    let length = data.len();
    let stream = Bitstream {
        at: shared.hardware.now(),
        timing,
        data,
    };
    shared
        .hardware
        .lock()
        .bitstreams
        .entry(pin)
        .or_default()
        .push(stream, length);
    shared.hardware.announce();
    Ok(Vec::new())
}

fn pwm(shared: &Shared, mut request: Request<'_>) -> Result<Vec<u8>, Refusal> {
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
        at: shared.hardware.now(),
        pwm: (freq != 0).then_some(pwm),
    };
    let mut state = shared.hardware.lock();
    let log = state.pwm.entry(pin).or_default();
    if log.last().and_then(|last| last.pwm) != event.pwm {
        log.push(event, 0);
    }
    drop(state);
    shared.hardware.announce();
    Ok(Vec::new())
}

fn uart(shared: &Shared, mut request: Request<'_>) -> Result<Vec<u8>, Refusal> {
    let id: usize = request.number()?;
    let step: u8 = request.number()?;
    let data = request.bytes()?;
    let count = request.number()?;
    let mut state = shared.hardware.lock();
    let uart = state.uarts.get_mut(id).ok_or(Refusal::Invalid)?;
    let answer = match step {
        0 => number(uart.any()),
        1 => uart.read(count, false),
        2 => uart.read(count, true),
        3 => {
            uart.write(data);
            Vec::new()
        }
        4 => {
            uart.send_break();
            Vec::new()
        }
        _ => return Err(Refusal::Invalid),
    };
    drop(state);
    shared.hardware.announce();
    Ok(answer)
}

/// A number as an answer.
pub(super) fn number(number: usize) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}
