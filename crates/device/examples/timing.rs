//! Values with the time when a board had them.
//!
//! `cargo run --example timing -- /dev/ttyACM0`

use std::error::Error;
use std::io::Write;
use std::time::Instant;

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
    let begin = Instant::now();
    for _ in 0..3 {
        let timed = device.eval_timed::<u32>("6 * 7")?;
        let since = timed.at.saturating_duration_since(begin);
        writeln!(
            output,
            "{} after {since:?}, give or take {:?}",
            timed.value, timed.uncertainty
        )?;
    }
    device.sync_time()?;
    let drift = device.clock_drift().unwrap_or_default();
    writeln!(
        output,
        "the board's clock is fast by {drift:.0} parts in a million"
    )?;
    Ok(())
}
