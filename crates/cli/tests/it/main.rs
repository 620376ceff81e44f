//! Whole commands, run against simulated boards.

mod help;
mod support;
mod usage;

#[cfg(all(unix, feature = "sim"))]
mod boards {
    // commands
    // failures
    // interrupts
    // output
    // simulator
}
