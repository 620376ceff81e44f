//! Faults as clients write them.

use serde::Deserialize;

use super::request::Seconds;
use crate::{Direction, FlashFaults, LinkFault, LinkFaults, PowerCut};

/// What is to go wrong on the link.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    faults: Vec<Strike>,
    #[serde(default)]
    cut_after: CutAfter,
}

/// A fault of one direction: how probable it is at each byte, or which byte it strikes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strike {
    direction: Way,
    fault: Kind,
    rate: Option<Probability>,
    at: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    ToBoard,
    ToHost,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Drop,
    Flip,
    Duplicate,
    Swap,
    Packet,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
struct Probability(f64);

impl TryFrom<f64> for Probability {
    type Error = String;

    fn try_from(rate: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&rate) {
            return Ok(Self(rate));
        }
        Err(format!("a rate of {rate} is not from 0 to 1"))
    }
}

/// How many bytes may arrive before the link is cut.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CutAfter {
    to_board: Option<u64>,
    to_host: Option<u64>,
}

impl Link {
    /// The faults; an error is what is wrong with them.
    pub(super) fn faults(&self) -> Result<LinkFaults, String> {
        let mut faults = LinkFaults::default().seed(self.seed);
        for fault in &self.faults {
            let direction = match fault.direction {
                Way::ToBoard => Direction::ToBoard,
                Way::ToHost => Direction::ToHost,
            };
            let kind = match fault.fault {
                Kind::Drop => LinkFault::Drop,
                Kind::Flip => LinkFault::Flip,
                Kind::Duplicate => LinkFault::Duplicate,
                Kind::Swap => LinkFault::Swap,
                Kind::Packet => LinkFault::Packet,
            };
            faults = match (fault.rate, fault.at) {
                (Some(Probability(rate)), None) => faults.rate(direction, kind, rate),
                (None, Some(at)) => faults.at(direction, kind, at),
                _ => return Err("a fault has a \"rate\" or is \"at\" a byte".to_owned()),
            };
        }
        let ways = [
            (Direction::ToBoard, self.cut_after.to_board),
            (Direction::ToHost, self.cut_after.to_host),
        ];
        for (direction, bytes) in ways {
            if let Some(bytes) = bytes {
                faults = faults.cut_after(direction, bytes);
            }
        }
        Ok(faults)
    }
}

/// What is to go wrong in the flash.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flash {
    /// The number of a program operation, from 1.
    power_cut: Option<std::num::NonZeroU32>,
    /// Whether half of it still happens.
    #[serde(default)]
    halfway: bool,
    full_after: Option<u32>,
    #[serde(default)]
    erase_time: Option<Seconds>,
    #[serde(default)]
    program_time: Option<Seconds>,
}

impl Flash {
    pub(super) fn faults(self) -> FlashFaults {
        let how = if self.halfway {
            PowerCut::Halfway
        } else {
            PowerCut::Before
        };
        let time = |seconds: Option<Seconds>| seconds.map(|seconds| seconds.0).unwrap_or_default();
        FlashFaults {
            power_cut: self.power_cut.map(|at| (at.get().into(), how)),
            full_after: self.full_after.map(u64::from),
            erase_time: time(self.erase_time),
            program_time: time(self.program_time),
        }
    }
}
