//! Objects that stay on a board.
//!
//! `cargo run --example proxies -- /dev/ttyACM0`

use std::error::Error;
use std::io::Write;

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
    let math = device.import("math")?;
    let root: f64 = math.call_method(device, "sqrt", 16)?.value()?;
    writeln!(output, "the root is {root}")?;

    let list = device.object("[3, 1, 2]")?.proxy()?;
    list.call_method(device, "sort", ())?;
    list.call_method(device, "append", 4)?;
    writeln!(
        output,
        "{} has {} items",
        list.repr(device)?,
        list.len(device)?
    )?;
    for item in list.iter(device) {
        writeln!(output, "an item: {}", item?.value::<u32>()?)?;
    }
    Ok(())
}
