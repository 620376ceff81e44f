//! Calls of I2C.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use super::request::Refusal;
use crate::hardware::{BusName, Hardware, I2cDevice, I2cTransfer, Open, SharedI2cDevice};

/// The longest read, in bytes; more does not fit a board's memory.
const READ: usize = 1 << 20;

/// Calls of one device do not hold up those who look at the others.
fn on<T>(
    device: &SharedI2cDevice,
    call: impl FnOnce(&mut (dyn I2cDevice + 'static)) -> T,
) -> Result<T, Refusal> {
    let mut device = device.lock().unwrap_or_else(PoisonError::into_inner);
    catch_unwind(AssertUnwindSafe(|| call(&mut *device))).map_err(|_| Refusal::Failed)
}

fn check(count: usize) -> Result<(), Refusal> {
    (count <= READ).then_some(()).ok_or(Refusal::Invalid)
}

/// Asks whoever is there for an acknowledgement, without a byte behind it.
pub(super) fn scan(hardware: &Hardware, bus: &BusName) -> Vec<u8> {
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

/// What a transfer does, and how much.
pub(super) enum Direction<'a> {
    Write(&'a [u8]),
    Read(usize),
}

/// A whole transfer; the answer is what was read, or how much was acknowledged.
pub(super) fn transfer(
    hardware: &Hardware,
    bus: &BusName,
    address: i64,
    direction: &Direction<'_>,
    stop: bool,
) -> Result<Vec<u8>, Refusal> {
    let address = u8::try_from(address).map_err(|_| Refusal::NoDevice)?;
    if let Direction::Read(count) = *direction {
        check(count)?;
    }
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
                    (bytes[..count].to_vec(), count.to_le_bytes().to_vec())
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

/// A start condition.
pub(super) fn start(hardware: &Hardware, bus: &BusName) -> Vec<u8> {
    let name = bus.text().to_owned();
    hardware.lock().i2c.open.insert(name, Open::Started);
    Vec::new()
}

/// A stop condition.
pub(super) fn stop(hardware: &Hardware, bus: &BusName) -> Result<Vec<u8>, Refusal> {
    let open = hardware.lock().i2c.open.remove(bus.text());
    if let Some(Open::Addressed(_, device, _)) = open {
        on(&device, I2cDevice::stop)?;
    }
    Ok(Vec::new())
}

/// Reads bytes from the device that is addressed. Lines that nobody pulls down read as ones.
pub(super) fn read(hardware: &Hardware, bus: &BusName, count: usize) -> Result<Vec<u8>, Refusal> {
    check(count)?;
    let mut buffer = vec![0xff; count];
    let open = hardware.lock().i2c.open.get(bus.text()).cloned();
    if let Some(Open::Addressed(address, device, true)) = open {
        on(&device, |device| device.read(&mut buffer))?;
        log(hardware, bus, address, true, true, buffer.clone());
    }
    Ok(buffer)
}

/// Writes bytes of which the first may be an address; how many were acknowledged.
pub(super) fn write(hardware: &Hardware, bus: &BusName, data: &[u8]) -> Result<usize, Refusal> {
    let open = hardware.lock().i2c.open.get(bus.text()).cloned();
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
            hardware.lock().i2c.open.insert(name, open);
            Ok(1 + write(hardware, bus, rest)?)
        }
        Some(Open::Addressed(address, device, false)) => {
            let count = on(&device, |device| device.write(data))?.min(data.len());
            log(hardware, bus, address, false, true, data[..count].to_vec());
            Ok(count)
        }
        _ => Ok(0),
    }
}
