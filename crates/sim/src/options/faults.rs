//! The faults among the options of a board.

use super::{duration, size};
use crate::error::OptionsError;
use crate::faults::{Direction, FlashFaults, LinkFault, LinkFaults, Newlines, PowerCut};

/// The words about faults, which belong together when all have been read.
#[derive(Debug, Default)]
pub(super) struct FaultWords {
    direction: Option<Direction>,
    seed: u64,
    rates: Vec<(LinkFault, f64)>,
    cut_after: Option<u64>,
    newlines: Option<Newlines>,
    flash: FlashFaults,
}

const PROBABILITY: &str = "a probability from 0 to 1, such as 0.001";
const NUMBER: &str = "a number such as 7";
const TIME: &str = "a time such as 2ms, 500us or 0.1s";

impl FaultWords {
    /// Takes an option; whether it is one about faults.
    pub(super) fn set(&mut self, key: &'static str, value: &str) -> Result<bool, OptionsError> {
        let bad = |expected| OptionsError::BadValue {
            key,
            value: value.to_owned(),
            expected,
        };
        let number = || value.parse::<u64>().map_err(|_| bad(NUMBER));
        let positive = || match number() {
            Ok(0) | Err(_) => Err(bad(NUMBER)),
            number => number,
        };
        let time = || duration(value).ok_or_else(|| bad(TIME));
        let fault = match key {
            "drop" => LinkFault::Drop,
            "flip" => LinkFault::Flip,
            "duplicate" => LinkFault::Duplicate,
            "swap" => LinkFault::Swap,
            "packet" => LinkFault::Packet,
            _ => {
                match key {
                    "direction" => {
                        self.direction = Some(match value {
                            "to_board" => Direction::ToBoard,
                            "to_host" => Direction::ToHost,
                            _ => return Err(bad("to_board or to_host")),
                        });
                    }
                    "seed" => self.seed = number()?,
                    "cut_after" => {
                        let bytes = size(value).ok_or_else(|| bad("a number of bytes"))?;
                        self.cut_after = Some(bytes as u64);
                    }
                    "newlines" => {
                        self.newlines = Some(match value {
                            "crlf" => Newlines::CrLf,
                            "crcrlf" => Newlines::CrCrLf,
                            _ => return Err(bad("crlf or crcrlf")),
                        });
                    }
                    "power_cut" => {
                        self.flash.power_cut = Some((positive()?, PowerCut::Before));
                    }
                    "full_after" => self.flash.full_after = Some(number()?),
                    "erase_time" => self.flash.erase_time = time()?,
                    "program_time" => self.flash.program_time = time()?,
                    _ => return Ok(false),
                }
                return Ok(true);
            }
        };
        let rate = value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
        self.rates
            .push((fault, rate.ok_or_else(|| bad(PROBABILITY))?));
        Ok(true)
    }

    /// What the words mean together. Without a direction, both have the faults.
    pub(super) fn finish(self) -> (LinkFaults, FlashFaults) {
        let mut faults = LinkFaults::default().seed(self.seed);
        for direction in [Direction::ToBoard, Direction::ToHost] {
            if self.direction.is_some_and(|only| only != direction) {
                continue;
            }
            for &(fault, rate) in &self.rates {
                faults = faults.rate(direction, fault, rate);
            }
            if let Some(bytes) = self.cut_after {
                faults = faults.cut_after(direction, bytes);
            }
        }
        if let Some(newlines) = self.newlines {
            faults = faults.newlines(newlines);
        }
        (faults, self.flash)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Direction, FlashFaults, LinkFault, LinkFaults, PowerCut, SimOptions};

    #[test]
    fn words_about_faults_belong_together() {
        let options: SimOptions = "?drop=0.001&seed=7&direction=to_host&cut_after=2k"
            .parse()
            .unwrap();
        let expected = LinkFaults::default()
            .seed(7)
            .rate(Direction::ToHost, LinkFault::Drop, 0.001)
            .cut_after(Direction::ToHost, 2048);
        assert_eq!(options.link_faults, expected);
        let options: SimOptions = "?packet=1".parse().unwrap();
        let expected = LinkFaults::default()
            .rate(Direction::ToBoard, LinkFault::Packet, 1.0)
            .rate(Direction::ToHost, LinkFault::Packet, 1.0);
        assert_eq!(options.link_faults, expected);
        let options: SimOptions = "?power_cut=3&full_after=0&erase_time=40ms&program_time=1ms"
            .parse()
            .unwrap();
        let flash = options.flash_faults;
        assert_eq!(flash.power_cut, Some((3, PowerCut::Before)));
        assert_eq!(flash.full_after, Some(0));
        assert_eq!(flash.erase_time, Duration::from_millis(40));
        assert_eq!(flash.program_time, Duration::from_millis(1));
        let options: SimOptions = "".parse().unwrap();
        assert_eq!(options.link_faults, LinkFaults::default());
        assert_eq!(options.flash_faults, FlashFaults::default());
    }

    #[test]
    fn mistakes_about_faults_are_named() {
        for (text, expected) in [
            ("?drop=2", "a probability"),
            ("?flip=nan", "a probability"),
            ("?swap", "a probability"),
            ("?seed=x", "a number"),
            ("?direction=up", "to_board or to_host"),
            ("?cut_after=", "a number of bytes"),
            ("?power_cut=0", "a number"),
            ("?erase_time=5", "a time"),
        ] {
            let error = text.parse::<SimOptions>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
