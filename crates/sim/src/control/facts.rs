//! What there is to tell, as JSON.

use serde_json::{Value, json};

use super::CONTROL_PROTOCOL;
use super::request::commands;
use crate::{
    Bitstream, Board, I2cTransfer, Level, PinEvent, PinMode, Pull, Pwm, PwmEvent, SpiTransfer,
};

/// Who answers, and where its board is.
pub(super) fn hello(board: &Board) -> Value {
    json!({
        "name": "belay-sim",
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": CONTROL_PROTOCOL,
        "path": board.path(),
        "stable_path": board.stable_path(),
        "tcp": board.tcp_address(),
        "commands": commands(),
    })
}

pub(super) fn status(board: &Board) -> Value {
    let failure = board.failure();
    json!({
        "running": failure.is_none(),
        "failure": failure,
        "plugged_in": board.is_plugged_in(),
        "powered": board.is_powered(),
        "path": board.current_path(),
    })
}

/// All of a list.
pub(super) fn each<T>(list: &[T], fact: impl Fn(&T) -> Value) -> Value {
    Value::Array(list.iter().map(fact).collect())
}

pub(super) fn pwm_event(event: &PwmEvent) -> Value {
    json!({"at": event.at.as_secs_f64(), "pwm": event.pwm.as_ref().map(pwm)})
}

pub(super) fn number(level: Level) -> u8 {
    match level {
        Level::Low => 0,
        Level::High => 1,
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn event(event: &PinEvent) -> Value {
    let mode = match event.mode {
        PinMode::Input => "in",
        PinMode::Output => "out",
        PinMode::OpenDrain => "open_drain",
    };
    let pull = match event.pull {
        Pull::None => None,
        Pull::Up => Some("up"),
        Pull::Down => Some("down"),
    };
    json!({
        "at": event.at.as_secs_f64(),
        "mode": mode,
        "pull": pull,
        "level": number(event.level),
    })
}

pub(super) fn pwm(pwm: &Pwm) -> Value {
    json!({
        "freq": pwm.freq,
        "duty_u16": pwm.duty_u16,
        "duty_ns": pwm.duty_ns,
        "inverted": pwm.inverted,
    })
}

pub(super) fn stream(stream: &Bitstream) -> Value {
    json!({
        "at": stream.at.as_secs_f64(),
        "timing": stream.timing,
        "data": hex(&stream.data),
    })
}

pub(super) fn i2c(transfer: &I2cTransfer) -> Value {
    json!({
        "at": transfer.at.as_secs_f64(),
        "bus": transfer.bus,
        "address": transfer.address,
        "read": transfer.read,
        "acknowledged": transfer.acknowledged,
        "data": hex(&transfer.data),
    })
}

pub(super) fn spi(transfer: &SpiTransfer) -> Value {
    json!({
        "at": transfer.at.as_secs_f64(),
        "bus": transfer.bus,
        "mode": transfer.mode,
        "select": transfer.select,
        "answered": transfer.answered,
        "written": hex(&transfer.written),
        "read": hex(&transfer.read),
    })
}
