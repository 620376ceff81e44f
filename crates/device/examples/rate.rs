//! Times what a session does, for `cargo xtask bench`.
//!
//! Arguments: a port; `call`, `task`, `proxy`, `batch` or `ready`; how often. Prints nanoseconds as a JSON
//! list: for an expression, for a call of a task, for reading an attribute of an object on the board, for a batch of a hundred
//! calls, or for beginning a session with imports and the firmware's facts.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use belay_device::{Batch, ConnectOptions, Device, Startup};
use belay_transport::OpenOptions;

/// Calls in a batch.
const BATCH: u32 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, subject, count] = &arguments[..] else {
        return Err("usage: rate PORT call|task|proxy|batch|ready COUNT".into());
    };
    let specifier = port.parse()?;
    let open = || belay_transport::open(&specifier, &OpenOptions::default());
    let options = ConnectOptions {
        startup: Startup::Imports,
        ..ConnectOptions::default()
    };
    let count: usize = count.parse()?;
    let mut times = Vec::with_capacity(count);
    if subject == "ready" {
        for _ in 0..count {
            let start = Instant::now();
            let mut device = Device::connect(open()?, options.clone())?;
            let name = device.implementation()?.name.clone();
            times.push(start.elapsed().as_nanos());
            expect(name == "micropython")?;
        }
    } else {
        let mut device = Device::connect(open()?, options)?;
        let mut call = call(&mut device, subject)?;
        // The first call is not counted: what is slow only once is not a call's time.
        for _ in 0..=count {
            let start = Instant::now();
            call(&mut device)?;
            times.push(start.elapsed().as_nanos());
        }
        times.remove(0);
        device.close()?;
    }
    writeln!(std::io::stdout(), "{times:?}")?;
    Ok(())
}

type Call = Box<dyn FnMut(&mut Device) -> Result<(), Box<dyn Error>>>;

/// What is to be timed.
fn call(device: &mut Device, subject: &str) -> Result<Call, Box<dyn Error>> {
    Ok(match subject {
        "call" => Box::new(|device| expect(device.eval_repr("0")? == "0")),
        "task" => {
            let add = device.task("def add(a, b):\n    return a + b\n")?;
            Box::new(move |device| {
                let sum: u32 = add.call(device, (1, 2))?;
                expect(sum == 3)
            })
        }
        "proxy" => {
            device.exec("class Thing:\n    level = 7\nthing = Thing()")?;
            let thing = device.object("thing")?.proxy()?;
            Box::new(move |device| {
                let level: u32 = thing.attribute(device, "level")?.value()?;
                expect(level == 7)
            })
        }
        "batch" => {
            let mut batch = Batch::new();
            for number in 0..BATCH {
                batch.eval(number.to_string());
            }
            Box::new(move |device| {
                for (number, result) in (0..BATCH).zip(device.run_batch(&batch)) {
                    expect(result?.to_string() == number.to_string())?;
                }
                Ok(())
            })
        }
        other => return Err(format!("nothing is called {other}").into()),
    })
}

fn expect(right: bool) -> Result<(), Box<dyn Error>> {
    right.then_some(()).ok_or_else(|| "a wrong result".into())
}
