//! Code for MicroPython and CircuitPython boards in one program.
//!
//! `cargo run --example implementations -- /dev/ttyACM0`

use std::error::Error;
use std::io::Write;

use belay_device::{ConnectOptions, Device, Source, Startup};
use belay_transport::OpenOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args()
        .nth(1)
        .ok_or("the board's port is missing")?;
    let transport = belay_transport::open(&port.parse()?, &OpenOptions::default())?;
    let options = ConnectOptions {
        startup: Startup::Imports,
        ..ConnectOptions::default()
    };
    let mut device = Device::connect(transport, options)?;
    run(&mut device, &mut std::io::stdout())?;
    device.close()?;
    Ok(())
}

const MICROPYTHON: &str = "
def seconds():
    return time.ticks_ms() // 1000
";
const CIRCUITPYTHON: &str = "
def seconds():
    return int(time.monotonic())
";

/// What the example does with a board that has imported what most programs need.
pub(crate) fn run(device: &mut Device, output: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let seconds = device.task_of([
        Source::from(MICROPYTHON).only_for("micropython"),
        Source::from(CIRCUITPYTHON).only_for("circuitpython"),
    ])?;
    let running: u64 = seconds.call(device, ())?;
    let name = &device.implementation()?.name;
    writeln!(output, "{name} has been running for {running} s")?;
    Ok(())
}
