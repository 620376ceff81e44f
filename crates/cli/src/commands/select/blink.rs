//! A pin of a board that blinks, to recognise it.

use std::time::Duration;

use belay_device::{ConnectOptions, Device};
use belay_transport::open;

use crate::Error;
use crate::candidates::Candidate;
use crate::context::Context;
use crate::diagnosis::Explanation;

const BLINK: &str = include_str!("../../../board/blink.py");

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Blinks `pin`, the text that a person has typed; an error is what to say about it.
pub(super) fn blink(candidate: &Candidate, pin: &str, context: &Context) -> Result<(), String> {
    let (name, pixel) = match pin.trim().split_once(' ') {
        Some(("neopixel", name)) => (name.trim(), "True"),
        _ => (pin.trim(), "False"),
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!("{pin} is no pin; one is LED, 25 or neopixel 16"));
    }
    let said = |error: Error| match crate::diagnose(&error).explanation {
        Explanation::Failure { message, .. } | Explanation::Board(message) => message,
        Explanation::Nothing => String::new(),
    };
    let options = context.settings.open_options();
    let port = candidate.specifier.to_string();
    let transport =
        open(&candidate.specifier, &options).map_err(|error| said(Error::Open(error)))?;
    let failed = |source: belay_device::Error| match source {
        belay_device::Error::Exception(exception) => {
            format!("{}: {}", exception.kind, exception.message)
        }
        source => said(Error::Connect {
            port: port.clone(),
            source,
        }),
    };
    let connect = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        call_timeout: Some(LIMIT),
        ..ConnectOptions::default()
    };
    let mut device = Device::connect(transport, connect).map_err(failed)?;
    device
        .exec(&format!("{BLINK}\nblink('{name}', {pixel})\n"))
        .map_err(failed)?;
    let _ = device.close();
    Ok(())
}
