//! A session that outlives its link: pull the cable while it runs, and plug it in again.
//!
//! `cargo run --example reconnecting -- /dev/ttyACM0`

use std::error::Error;
use std::io::Write;

use belay_device::{ConnectOptions, Device, Error as DeviceError, Reconnect};
use belay_transport::OpenOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args()
        .nth(1)
        .ok_or("the board's port is missing")?;
    let specifier = port.parse()?;
    let transport = belay_transport::open(&specifier, &OpenOptions::default())?;
    let mut device = Device::connect(transport, ConnectOptions::default())?;
    device.set_reconnect(Reconnect::to(-1, &specifier, OpenOptions::default()));
    run(&mut device, &mut std::io::stdout())?;
    device.close()?;
    Ok(())
}

/// What the example does with a board to which the session knows a way back.
pub(crate) fn run(device: &mut Device, output: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    device.setup("import time\nbegin = 100", ())?;
    let count = device.task(
        "def count():\n    global begin\n    time.sleep_ms(10)\n    begin += 1\n    return begin\n",
    )?;
    for _ in 0..5 {
        match count.call::<u32>(device, ()) {
            Ok(number) => writeln!(output, "the board counts {number}")?,
            // Whether it has counted is not known. The next call connects anew, and the board begins
            // as it did the first time.
            Err(DeviceError::ConnectionLost { .. }) => writeln!(output, "the link broke")?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
