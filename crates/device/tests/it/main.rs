//! Sessions with simulated boards, which run real MicroPython.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod backend;
mod batches;
mod calls;
mod checked;
mod circuitpython;
mod entering;
mod events;
mod examples;
mod faulty;
mod files;
#[cfg(target_os = "linux")]
mod firmware;
mod host;
mod hostile;
mod links;
#[cfg(feature = "macros")]
mod macros;
mod native;
mod output;
mod proxies;
mod reconnecting;
mod scripts;
#[cfg(target_os = "linux")]
#[path = "../../../transport/tests/it/ser2net.rs"]
mod ser2net;
#[expect(
    clippy::expect_fun_call,
    reason = "what a test says may cost something"
)]
mod shadowed;
mod startup;
mod support;
mod tasks;
mod timing;
