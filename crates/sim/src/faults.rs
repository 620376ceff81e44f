//! What can be made to go wrong, for tests of how a client copes.

mod injector;

use std::time::Duration;

pub(crate) use injector::Injector;

/// A way of the link that faults strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the host to the board.
    ToBoard,
    /// From the board to the host.
    ToHost,
}

/// What happens to bytes on the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkFault {
    /// The byte is lost.
    Drop,
    /// One bit of the byte is inverted.
    Flip,
    /// The byte comes twice.
    Duplicate,
    /// The byte changes places with the next one. It waits until that one comes.
    Swap,
    /// The 64 bytes that begin here are lost and the next 64 come twice, as USB packets have
    /// been seen to: the number of bytes stays the same. As long as fewer than 64 more bytes
    /// have come, there is nothing to repeat.
    Packet,
}

/// Every kind of fault, in the order in which chance looks at them.
pub(crate) const KINDS: [LinkFault; 5] = [
    LinkFault::Drop,
    LinkFault::Flip,
    LinkFault::Duplicate,
    LinkFault::Swap,
    LinkFault::Packet,
];

/// A probability of 1. Floating-point numbers below 1 have as many bits.
pub(crate) const CERTAIN: u64 = 1 << 53;

/// What something between the board and the host, such as a server or a terminal, makes of the
/// ends of lines, also inside binary data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Newlines {
    /// A line feed gets a carriage return in front of it, unless it has one.
    CrLf,
    /// Every line feed gets one, so `\r\n` becomes `\r\r\n`.
    CrCrLf,
}

/// What goes wrong on the link. The default is nothing.
///
/// Bytes are counted for each direction, from the moment when the faults are set: the first is
/// number 0. The same faults, the same seed and the same bytes always give the same result,
/// however the bytes come in pieces.
///
/// ```
/// use belay_sim::{Direction, LinkFault, LinkFaults};
///
/// let noisy = LinkFaults::default()
///     .seed(7)
///     .rate(Direction::ToBoard, LinkFault::Drop, 0.001)
///     .rate(Direction::ToHost, LinkFault::Flip, 0.001);
/// let unplugged = LinkFaults::default().cut_after(Direction::ToBoard, 500);
/// # let _ = (noisy, unplugged);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFaults {
    seed: u64,
    to_board: DirectionFaults,
    to_host: DirectionFaults,
}

/// The faults of one direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DirectionFaults {
    /// How probable each fault is at each byte, in the order of [`KINDS`], in units of
    /// 1/[`CERTAIN`].
    rates: [u64; KINDS.len()],
    /// Positions in rising order.
    at: Vec<(u64, LinkFault)>,
    cut_after: Option<u64>,
    newlines: Option<Newlines>,
}

impl DirectionFaults {
    fn has_rates(&self) -> bool {
        self.rates.iter().any(|&rate| rate > 0)
    }
}

impl LinkFaults {
    /// Sets what chance begins with; 0 unless set.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Lets a fault strike each byte with this probability.
    ///
    /// # Panics
    /// When the rate is not from 0 to 1.
    #[must_use]
    pub fn rate(mut self, direction: Direction, fault: LinkFault, rate: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&rate),
            "a rate of {rate} is no probability"
        );
        if let Some(at) = KINDS.iter().position(|&kind| kind == fault) {
            #[expect(clippy::cast_sign_loss, reason = "it is positive")]
            #[expect(clippy::cast_precision_loss, reason = "it is a power of two")]
            let rate = (rate * CERTAIN as f64) as u64;
            self.line_mut(direction).rates[at] = rate;
        }
        self
    }

    /// Lets a fault strike the byte at this position. One byte takes one fault: the last that
    /// was set.
    #[must_use]
    pub fn at(mut self, direction: Direction, fault: LinkFault, position: u64) -> Self {
        let at = &mut self.line_mut(direction).at;
        match at.binary_search_by_key(&position, |&(position, _)| position) {
            Ok(index) => at[index].1 = fault,
            Err(index) => at.insert(index, (position, fault)),
        }
        self
    }

    /// Cuts the link when so many bytes have arrived at the end of that direction, as
    /// [`crate::Board::unplug`] does. The board runs on.
    #[must_use]
    pub fn cut_after(mut self, direction: Direction, bytes: u64) -> Self {
        self.line_mut(direction).cut_after = Some(bytes);
        self
    }

    /// Changes the ends of lines in what the board says, every time in the same way.
    #[must_use]
    pub fn newlines(mut self, newlines: Newlines) -> Self {
        self.to_host.newlines = Some(newlines);
        self
    }

    /// The state of a direction before its first byte.
    pub(crate) fn line(&self, direction: Direction) -> Injector {
        match direction {
            Direction::ToBoard => Injector::new(self.to_board.clone(), self.seed),
            Direction::ToHost => Injector::new(self.to_host.clone(), !self.seed),
        }
    }

    fn line_mut(&mut self, direction: Direction) -> &mut DirectionFaults {
        match direction {
            Direction::ToBoard => &mut self.to_board,
            Direction::ToHost => &mut self.to_host,
        }
    }
}

/// How far the operation gets at which power fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PowerCut {
    /// It does not happen.
    #[default]
    Before,
    /// The first half of its bytes are programmed.
    Halfway,
}

/// What goes wrong in the flash. The default is nothing.
///
/// Operations are counted from the moment when the faults are set. Faults stay through resets,
/// except that a power cut happens once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlashFaults {
    /// Power fails at this program operation, of which the first is number 1. The board is off
    /// then, and its link gone, until [`crate::Board::power_on`].
    pub power_cut: Option<(u64, PowerCut)>,
    /// After so many erased blocks there is no free one: every further erase fails with
    /// `ENOSPC`.
    pub full_after: Option<u64>,
    /// How long the erase of a block takes in addition; microseconds count.
    pub erase_time: Duration,
    /// How long a program operation takes in addition; microseconds count.
    pub program_time: Duration,
}

impl FlashFaults {
    /// Power fails at this program operation, of which the first is number 1.
    pub fn cut_power_at(operation: u64, how: PowerCut) -> Self {
        Self {
            power_cut: Some((operation, how)),
            ..Self::default()
        }
    }

    /// There is no free block after so many erases.
    pub fn full_after(erases: u64) -> Self {
        Self {
            full_after: Some(erases),
            ..Self::default()
        }
    }

    /// Every erase and every program operation takes so much longer.
    pub fn slow(erase: Duration, program: Duration) -> Self {
        Self {
            erase_time: erase,
            program_time: program,
            ..Self::default()
        }
    }

    /// The words that `board/flash.py` reads: the number of the program operation that meets a
    /// power cut, how it is cut, the number of erases there are, and the times in microseconds.
    /// Numbers count from when the board was made, of which `programs` and `erases` are past.
    pub(crate) fn words(&self, programs: u64, erases: u64) -> [u8; 40] {
        let never = u64::from(u32::MAX);
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(never).min(never);
        let cut = self.power_cut.map_or(0, |(at, _)| programs + at.max(1));
        let how = u64::from(
            self.power_cut
                .is_some_and(|(_, how)| how == PowerCut::Halfway),
        );
        let erases = self.full_after.map_or(1 << 60, |count| erases + count);
        let mut bytes = [0; 40];
        let words = [
            cut,
            how,
            erases,
            micros(self.erase_time),
            micros(self.program_time),
        ];
        for (at, word) in bytes.chunks_exact_mut(8).zip(words) {
            at.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}
