//! Calls of SPI.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use super::request::{Refusal, Request};
use crate::hardware::{Hardware, SpiTransfer};

/// A transfer; the answer is what came back.
pub(super) fn transfer(hardware: &Hardware, mut request: Request<'_>) -> Result<Vec<u8>, Refusal> {
    let bus = request.bus()?;
    let mode = request.number()?;
    let written = request.bytes()?.to_vec();
    let low = low(&request.text()?);
    let found = hardware.lock().spi.find(&bus, &low);
    // A line that nobody drives reads as ones.
    let mut read = vec![0xff; written.len()];
    let mut transfer = SpiTransfer {
        at: hardware.now(),
        bus: bus.text().to_owned(),
        mode,
        select: None,
        answered: false,
        written,
        read: Vec::new(),
    };
    if let Some(found) = found {
        let mut device = found.device.lock().unwrap_or_else(PoisonError::into_inner);
        let done = catch_unwind(AssertUnwindSafe(|| {
            if found.anew {
                device.select();
            }
            device.transfer(&transfer.written, &mut read);
        }));
        if done.is_err() {
            read.fill(0xff);
        }
        drop(device);
        transfer.answered = done.is_ok();
        transfer.select = found.select;
    }
    transfer.read.clone_from(&read);
    hardware.lock().spi.log.push(transfer, 2 * read.len());
    hardware.announce();
    Ok(read)
}

/// The pins that are low, and how often they have gone there: both in turn, zero bytes between.
fn low(text: &str) -> Vec<(String, u64)> {
    let parts: Vec<&str> = text.split('\0').collect();
    let (pairs, _) = parts.as_chunks();
    pairs
        .iter()
        .filter_map(|&[pin, falls]| Some((pin.to_owned(), falls.parse().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::low;

    #[test]
    fn pins_come_with_their_counts() {
        assert_eq!(low(""), []);
        assert_eq!(
            low("17\x003\0CS\x001"),
            [("17".to_owned(), 3), ("CS".to_owned(), 1)]
        );
    }
}
