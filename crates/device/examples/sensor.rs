//! Reads a sensor through the functions of a Python file, typed in Rust.
//!
//! `cargo run --example sensor -- /dev/ttyACM0`

use std::error::Error;
use std::io::Write;

use belay_device::{ConnectOptions, Device, board};
use belay_transport::OpenOptions;

#[board("examples/board/sensor.py")]
struct Sensor;

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args()
        .nth(1)
        .ok_or("the board's port is missing")?;
    let transport = belay_transport::open(&port.parse()?, &OpenOptions::default())?;
    let mut device = Device::connect(transport, ConnectOptions::default())?;
    run(&mut device, &mut std::io::stdout())
}

/// What the example does with a board.
pub(crate) fn run(device: &mut Device, output: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let sensor = Sensor::new(device)?;
    writeln!(output, "mean: {:.2} V", sensor.volts(device, 26, None)?)?;
    for reading in sensor.readings(device, 26, 3)? {
        let (number, volts) = reading?;
        writeln!(output, "{number}: {volts:.2} V")?;
    }
    Ok(())
}
