//! Calls of I2C.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use super::perform::number;
use super::request::{Refusal, Request};
use crate::hardware::{BusName, Hardware, I2cDevice, I2cTransfer, Open, SharedI2cDevice};

/// The longest read, in bytes; more does not fit a board's memory.
const READ: usize = 1 << 20;

pub(super) fn perform(
    hardware: &Hardware,
    kind: u8,
    mut request: Request<'_>,
) -> Result<Vec<u8>, Refusal> {
    let bus = BusName {
        number: request.text()?,
        lines: request.text()?,
    };
    match kind {
        b'c' => Ok(scan(hardware, &bus)),
        b's' => step(hardware, &bus, request),
        _ => {
            let address: i64 = request.number()?;
            let direction = if kind == b'w' {
                Direction::Write(request.bytes()?)
            } else {
                Direction::Read(length(request.number()?)?)
            };
            let stop = request.number::<u8>()? != 0;
            transfer(hardware, &bus, address, &direction, stop)
        }
    }
}

/// Calls of one device do not hold up those who look at the others.
fn on<T>(
    device: &SharedI2cDevice,
    call: impl FnOnce(&mut (dyn I2cDevice + 'static)) -> T,
) -> Result<T, Refusal> {
    let mut device = device.lock().unwrap_or_else(PoisonError::into_inner);
    catch_unwind(AssertUnwindSafe(|| call(&mut *device))).map_err(|_| Refusal::Failed)
}

fn length(count: usize) -> Result<usize, Refusal> {
    (count <= READ).then_some(count).ok_or(Refusal::Invalid)
}

/// Asks whoever is there for an acknowledgement, without a byte behind it.
fn scan(hardware: &Hardware, bus: &BusName) -> Vec<u8> {
    let addresses = hardware.lock().i2c.addresses(bus);
    let answers = |address: &u8| {
        let found = hardware.lock().i2c.find(bus, *address);
        found.is_some_and(|device| {
            let acknowledged = on(&device, |device| {
                let acknowledged = device.start(false);
                device.stop();
                acknowledged
            });
            acknowledged.unwrap_or(false)
        })
    };
    addresses
        .into_iter()
        .filter(|address| (0x08..=0x77).contains(address))
        .filter(answers)
        .collect()
}

enum Direction<'a> {
    Write(&'a [u8]),
    Read(usize),
}

fn transfer(
    hardware: &Hardware,
    bus: &BusName,
    address: i64,
    direction: &Direction<'_>,
    stop: bool,
) -> Result<Vec<u8>, Refusal> {
    let address = u8::try_from(address).map_err(|_| Refusal::NoDevice)?;
    let device = hardware.lock().i2c.find(bus, address);
    let read = matches!(direction, Direction::Read(_));
    let done = device.ok_or(Refusal::NoDevice).and_then(|device| {
        on(&device, |device| {
            if !device.start(read) {
                return Err(Refusal::NoDevice);
            }
            let result = match *direction {
                Direction::Write(bytes) => {
                    let count = device.write(bytes).min(bytes.len());
                    (bytes[..count].to_vec(), number(count))
                }
                Direction::Read(count) => {
                    let mut buffer = vec![0xff; count];
                    device.read(&mut buffer);
                    (buffer.clone(), buffer)
                }
            };
            if stop {
                device.stop();
            }
            Ok(result)
        })?
    });
    let (data, answer) = match done {
        Ok((data, answer)) => (data, Ok(answer)),
        Err(refusal) => (Vec::new(), Err(refusal)),
    };
    log(hardware, bus, address, read, answer.is_ok(), data);
    answer
}

fn log(
    hardware: &Hardware,
    bus: &BusName,
    address: u8,
    read: bool,
    acknowledged: bool,
    data: Vec<u8>,
) {
    let length = data.len();
    let transfer = I2cTransfer {
        at: hardware.now(),
        bus: bus.text().to_owned(),
        address,
        read,
        acknowledged,
        data,
    };
    hardware.lock().i2c.log.push(transfer, length);
    hardware.announce();
}

/// One of the primitive operations.
fn step(hardware: &Hardware, bus: &BusName, mut request: Request<'_>) -> Result<Vec<u8>, Refusal> {
    let step: u8 = request.number()?;
    let data = request.bytes()?;
    let count = length(request.number()?)?;
    let open = hardware.lock().i2c.open.get(bus.text()).cloned();
    match step {
        0 => {
            hardware
                .lock()
                .i2c
                .open
                .insert(bus.text().to_owned(), Open::Started);
            Ok(Vec::new())
        }
        1 => {
            hardware.lock().i2c.open.remove(bus.text());
            if let Some(Open::Addressed(_, device, _)) = open {
                on(&device, I2cDevice::stop)?;
            }
            Ok(Vec::new())
        }
        2 => write(hardware, bus, open, data).map(number),
        3 => {
            // Lines that nobody pulls down read as ones.
            let mut buffer = vec![0xff; count];
            if let Some(Open::Addressed(address, device, true)) = open {
                on(&device, |device| device.read(&mut buffer))?;
                log(hardware, bus, address, true, true, buffer.clone());
            }
            Ok(buffer)
        }
        _ => Err(Refusal::Invalid),
    }
}

/// Writes bytes of which the first may be an address; how many were acknowledged.
fn write(
    hardware: &Hardware,
    bus: &BusName,
    open: Option<Open>,
    data: &[u8],
) -> Result<usize, Refusal> {
    let Some((&first, rest)) = data.split_first() else {
        return Ok(0);
    };
    match open {
        Some(Open::Started) => {
            let (address, read) = (first >> 1, first & 1 == 1);
            let device = hardware.lock().i2c.find(bus, address);
            let mut found = None;
            if let Some(device) = device
                && on(&device, |device| device.start(read))?
            {
                found = Some(device);
            }
            let Some(device) = found else {
                let name = bus.text().to_owned();
                hardware.lock().i2c.open.insert(name, Open::Ignored);
                log(hardware, bus, address, read, false, Vec::new());
                return Ok(0);
            };
            let open = Open::Addressed(address, device, read);
            let name = bus.text().to_owned();
            hardware.lock().i2c.open.insert(name, open.clone());
            Ok(1 + write(hardware, bus, Some(open), rest)?)
        }
        Some(Open::Addressed(address, device, false)) => {
            let count = on(&device, |device| device.write(data))?.min(data.len());
            log(hardware, bus, address, false, true, data[..count].to_vec());
            Ok(count)
        }
        _ => Ok(0),
    }
}
