//! Checks of what a board says: how it makes them, and what passes them.

use std::collections::BTreeMap;

/// How a board computes a check that is begun with a number, as `board/core.py` does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// CRC-32, where the firmware has `binascii.crc32`.
    Crc32,
    /// A sum that interpreted code computes without a module.
    Sum,
}

impl Check {
    /// The check of `bytes`, begun with `seed`.
    pub(crate) fn of(self, seed: u32, bytes: &[u8]) -> u32 {
        match self {
            Self::Crc32 => crc32(seed, bytes),
            Self::Sum => bytes.iter().fold(seed, |sum, &byte| {
                sum.wrapping_mul(33).wrapping_add(u32::from(byte)) & 0xff_ffff
            }),
        }
    }

    /// The text of `TEXT CHECK`, if it passes a check that is begun with `seed`.
    pub(crate) fn text(self, payload: &[u8], seed: u32) -> Option<String> {
        let text = std::str::from_utf8(payload).ok()?;
        let (text, check) = text.rsplit_once(' ')?;
        (check.parse() == Ok(self.of(seed, text.as_bytes()))).then(|| text.to_owned())
    }

    /// The first of `numbers` with which a text passes its check, and the text: what was lost in front
    /// of it shows in the number.
    pub(crate) fn numbered(
        self,
        payload: &[u8],
        mut numbers: impl Iterator<Item = u32>,
    ) -> Option<(u32, String)> {
        numbers.find_map(|number| Some((number, self.text(payload, number)?)))
    }

    /// The number and the fact of a line `NUMBER!FACT!CHECK`; `None` if it is none or is damaged.
    pub(crate) fn fact(self, line: &[u8]) -> Option<(u64, String)> {
        let line = std::str::from_utf8(line).ok()?.trim_end_matches('\r');
        let (checked, check) = line.rsplit_once('!')?;
        let (number, fact) = checked.split_once('!')?;
        if check.parse() != Ok(self.of(0, checked.as_bytes())) {
            return None;
        }
        Some((number.parse().ok()?, fact.to_owned()))
    }

    /// The facts in `output`, by number. What is damaged counts as missing, to be asked for again.
    pub(crate) fn facts(self, output: &[u8]) -> BTreeMap<u64, String> {
        let lines = output.split(|&byte| byte == b'\n');
        lines.filter_map(|line| self.fact(line)).collect()
    }
}

/// The CRC-32 of `bytes`, begun with `seed` as `binascii.crc32(bytes, seed)` does.
pub(crate) fn crc32(seed: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(seed);
    hasher.update(bytes);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_lines_are_left_out() {
        for check in [Check::Crc32, Check::Sum] {
            let line = |text: &str, of: &str| format!("{text}!{}\r\n", check.of(0, of.as_bytes()));
            let good = line("0!('/a!b', 3)", "0!('/a!b', 3)");
            let bad = line("1!('/c', 4)", "1!('/c', 5)");
            let misplaced = line("3!('/d', 4)", "2!('/d', 4)");
            let found = check.facts((good + "!!\nx\n" + &bad + &misplaced).as_bytes());
            assert_eq!(found, BTreeMap::from([(0, "('/a!b', 3)".to_owned())]));
        }
    }

    #[test]
    fn what_was_lost_shows_in_the_number() {
        let third = format!("[7] {}", Check::Sum.of(3, b"[7]"));
        let found = Check::Sum.numbered(third.as_bytes(), 1..9);
        assert_eq!(found, Some((3, "[7]".to_owned())));
        assert_eq!(Check::Sum.numbered(b"[7] 1", 1..9), None);
    }
}
