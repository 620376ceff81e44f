//! Tests of the transports against real ptys, sockets and processes.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose other end cannot be set up must fail"
)]

mod conformance;
mod connect;
mod open;
mod tcp;
mod telnet;
mod webrepl;

#[cfg(unix)]
mod child;
#[cfg(target_os = "linux")]
mod rfc2217;
#[cfg(target_os = "linux")]
mod ser2net;
#[cfg(unix)]
mod serial;

use std::time::{Duration, Instant};

/// A deadline that only a fault lets pass.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// A deadline that is soon over.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(20)
}
