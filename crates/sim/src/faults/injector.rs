//! One direction of the link, with its faults.

use super::{CERTAIN, DirectionFaults, KINDS, LinkFault, Newlines};

/// Bytes of a USB packet at full speed.
const PACKET: usize = 64;

/// Bytes go in, and what becomes of them comes out. Nothing depends on how the bytes are cut
/// into pieces.
#[derive(Debug)]
pub(crate) struct Injector {
    faults: DirectionFaults,
    /// Bytes that have come.
    position: u64,
    /// How many entries of `faults.at` lie behind.
    passed: usize,
    chance: u64,
    /// The byte that came last.
    last: u8,
    /// A byte that changes places with the next one.
    swapped: Option<u8>,
    /// How many bytes of a lost packet are still to come.
    lost: usize,
    /// The packet that is repeated when it is whole.
    repeated: Option<Vec<u8>>,
}

impl Injector {
    pub(super) fn new(faults: DirectionFaults, seed: u64) -> Self {
        Self {
            faults,
            position: 0,
            passed: 0,
            chance: seed,
            last: 0,
            swapped: None,
            lost: 0,
            repeated: None,
        }
    }

    /// Whether bytes come out as they go in.
    pub(crate) fn is_clean(&self) -> bool {
        !self.faults.has_rates()
            && self.faults.at.len() == self.passed
            && self.faults.cut_after.is_none()
            && self.faults.newlines.is_none()
            && self.swapped.is_none()
            && self.lost == 0
            && self.repeated.is_none()
    }

    /// Takes bytes, and appends to `out` what arrives. It is false when the link is cut: what
    /// has not been taken by then does not arrive. A cut happens once.
    pub(crate) fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        if self.is_clean() {
            out.extend_from_slice(bytes);
            return true;
        }
        for &byte in bytes {
            if self.is_cut() {
                return false;
            }
            let more = match self.faults.newlines {
                Some(Newlines::CrLf) => byte == b'\n' && self.last != b'\r',
                Some(Newlines::CrCrLf) => byte == b'\n',
                None => false,
            };
            if more {
                self.take(b'\r', out);
            }
            self.last = byte;
            self.take(byte, out);
        }
        !self.is_cut()
    }

    fn is_cut(&mut self) -> bool {
        let cut = self
            .faults
            .cut_after
            .is_some_and(|bytes| self.position >= bytes);
        if cut {
            self.faults.cut_after = None;
        }
        cut
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        let fault = self.fault();
        self.position += 1;
        if self.lost > 0 {
            self.lost -= 1;
            if self.lost == 0 {
                self.repeated = Some(Vec::with_capacity(PACKET));
            }
            return;
        }
        match fault {
            Some(LinkFault::Drop) => {}
            Some(LinkFault::Flip) => {
                let bit = 1 << (self.random() & 7);
                self.put(byte ^ bit, out);
            }
            Some(LinkFault::Duplicate) => {
                self.put(byte, out);
                self.put(byte, out);
            }
            Some(LinkFault::Swap) if self.swapped.is_none() => self.swapped = Some(byte),
            Some(LinkFault::Packet) if self.repeated.is_none() => self.lost = PACKET - 1,
            _ => self.put(byte, out),
        }
    }

    fn put(&mut self, byte: u8, out: &mut Vec<u8>) {
        out.push(byte);
        out.extend(self.swapped.take());
        if let Some(packet) = &mut self.repeated {
            packet.push(byte);
            if packet.len() == PACKET {
                out.append(packet);
                self.repeated = None;
            }
        }
    }

    /// What strikes the byte that comes now.
    fn fault(&mut self) -> Option<LinkFault> {
        let mut fault = None;
        if self.faults.has_rates() {
            let mut draw = self.random() % CERTAIN;
            for (&kind, &rate) in KINDS.iter().zip(&self.faults.rates) {
                if draw < rate {
                    fault = Some(kind);
                    break;
                }
                draw -= rate;
            }
        }
        while let Some(&(position, kind)) = self.faults.at.get(self.passed) {
            if position > self.position {
                break;
            }
            self.passed += 1;
            if position == self.position {
                fault = Some(kind);
            }
        }
        fault
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Direction, LinkFault, LinkFaults, Newlines};

    /// What arrives of the bytes in pieces of each size, which must be the same, and whether
    /// the link is cut.
    fn pass(faults: &LinkFaults, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut results: Vec<_> = [1, 3, 64, bytes.len().max(1)]
            .into_iter()
            .map(|size| {
                let mut line = faults.line(Direction::ToBoard);
                let mut out = Vec::new();
                let cut = bytes.chunks(size).any(|piece| !line.pass(piece, &mut out));
                (out, cut)
            })
            .collect();
        let last = results.pop().unwrap();
        for result in results {
            assert_eq!(result, last);
        }
        last
    }

    fn at(fault: LinkFault, position: u64) -> LinkFaults {
        LinkFaults::default().at(Direction::ToBoard, fault, position)
    }

    #[test]
    fn each_fault_does_what_it_says() {
        let check = |fault, position, expected: &[u8]| {
            let (out, cut) = pass(&at(fault, position), b"abcd");
            assert_eq!(out, expected, "{fault:?} at {position}");
            assert!(!cut);
        };
        check(LinkFault::Drop, 1, b"acd");
        check(LinkFault::Duplicate, 3, b"abcdd");
        check(LinkFault::Swap, 0, b"bacd");
        check(LinkFault::Swap, 3, b"abc");
        check(LinkFault::Drop, 4, b"abcd");
        let (out, _) = pass(&at(LinkFault::Flip, 2), b"abcd");
        assert_eq!((out[0], out[1], out[3], out.len()), (b'a', b'b', b'd', 4));
        assert_eq!((out[2] ^ b'c').count_ones(), 1);
    }

    #[test]
    fn a_packet_is_lost_and_the_next_repeated() {
        let bytes: Vec<u8> = (0..=255).collect();
        let (out, _) = pass(&at(LinkFault::Packet, 64), &bytes);
        let expected = [&bytes[..64], &bytes[128..192], &bytes[128..]].concat();
        assert_eq!(out, expected);
        assert_eq!(out.len(), bytes.len());
    }

    #[test]
    fn the_cut_is_behind_the_last_byte() {
        let cut = |bytes| LinkFaults::default().cut_after(Direction::ToBoard, bytes);
        assert_eq!(pass(&cut(0), b"abc"), (vec![], true));
        assert_eq!(pass(&cut(2), b"abc"), (b"ab".to_vec(), true));
        assert_eq!(pass(&cut(3), b"abc"), (b"abc".to_vec(), true));
        assert_eq!(pass(&cut(4), b"abc"), (b"abc".to_vec(), false));
    }

    #[test]
    fn ends_of_lines_are_changed_alike_in_any_pieces() {
        for (newlines, expected) in [
            (Newlines::CrLf, &b"\r\na\r\n\r\r\nb"[..]),
            (Newlines::CrCrLf, b"\r\na\r\r\n\r\r\r\nb"),
        ] {
            let faults = LinkFaults::default().newlines(newlines);
            for size in 1..8 {
                let mut line = faults.line(Direction::ToHost);
                let mut out = Vec::new();
                for piece in b"\na\r\n\r\r\nb".chunks(size) {
                    assert!(line.pass(piece, &mut out));
                }
                assert_eq!(out, expected, "{newlines:?} in pieces of {size}");
            }
            assert!(faults.line(Direction::ToBoard).is_clean());
        }
    }

    #[test]
    fn rates_are_kept_and_repeat_with_the_seed() {
        let bytes = vec![0; 100_000];
        let faults = |seed| {
            LinkFaults::default()
                .seed(seed)
                .rate(Direction::ToBoard, LinkFault::Flip, 0.01)
        };
        let (first, _) = pass(&faults(1), &bytes);
        assert_eq!(pass(&faults(1), &bytes).0, first);
        assert_ne!(pass(&faults(2), &bytes).0, first);
        let flipped = first.iter().filter(|&&byte| byte != 0).count();
        assert!((900..1100).contains(&flipped), "{flipped}");
        // The other direction has faults of its own, here none.
        let mut out = Vec::new();
        assert!(faults(1).line(Direction::ToHost).pass(&bytes, &mut out));
        assert_eq!(out, bytes);
    }
}
