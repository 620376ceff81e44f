//! Functions and a generator that live on a board, and many calls at once.
//!
//! `cargo run --example tasks -- /dev/ttyACM0`

use std::error::Error;
use std::io::Write;

use belay_device::{Batch, ConnectOptions, Device};
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
    let mean = device.task("def mean(values):\n    return sum(values) / len(values)\n")?;
    let result: f64 = mean.call(device, vec![1, 2, 6])?;
    writeln!(output, "the mean is {result}")?;

    let squares = device.task("def squares(n):\n    for i in range(n):\n        yield i * i\n")?;
    let generator = squares.generate(device, 5)?;
    for square in generator.iter::<u32>(device).prefetch(5) {
        writeln!(output, "a square: {}", square?)?;
    }

    let mut batch = Batch::new();
    for divisor in [2, 1, 0] {
        batch.eval(format!("6 // {divisor}"));
    }
    for result in device.run_batch(&batch) {
        match result {
            Ok(value) => writeln!(output, "a result: {value}")?,
            Err(error) => writeln!(output, "an error: {error}")?,
        }
    }
    device.teardown("print('cleaned up')", ())?;
    Ok(())
}
