//! A board that speaks first.
//!
//! `cargo run --example events -- /dev/ttyACM0`

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use belay_device::{ConnectOptions, Device};
use belay_transport::OpenOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args()
        .nth(1)
        .ok_or("the board's port is missing")?;
    let transport = belay_transport::open(&port.parse()?, &OpenOptions::default())?;
    let mut device = Device::connect(transport, ConnectOptions::default())?;
    run(&mut device, &mut std::io::stdout())?;
    device.close()?;
    Ok(())
}

/// What the example does with a board.
pub(crate) fn run(device: &mut Device, output: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let events = device.events()?;
    let watch = device.task(
        "def watch(n):\n    for i in range(n):\n        belay_emit('level', i)\n    return n\n",
    )?;
    let told: usize = watch.call(device, 3)?;
    while device.listen(Duration::ZERO)? {}
    for event in events.try_iter().take(told) {
        writeln!(output, "{} {}", event.name, event.value::<u32>()?)?;
    }
    Ok(())
}
