//! Lines with which a board reports facts: `NUMBER!FACT!CHECK`, with a check of all in front of it.
//!
//! A damaged line does not pass its check and counts as missing. What is missing is asked for again.

use std::collections::BTreeMap;

/// The facts in `output`, by number.
pub(super) fn facts(output: &[u8], into: &mut BTreeMap<u64, String>) {
    for line in output.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some((number, fact)) = fact(line) {
            into.insert(number, fact);
        }
    }
}

/// The number and the fact of one line; `None` if it is none.
pub(super) fn fact(line: &[u8]) -> Option<(u64, String)> {
    let line = std::str::from_utf8(line).ok()?;
    let (checked, check) = line.rsplit_once('!')?;
    let (number, fact) = checked.split_once('!')?;
    let expected = checked.bytes().fold(0, |check: u32, byte| {
        check.wrapping_mul(33).wrapping_add(u32::from(byte)) & 0xff_ffff
    });
    if check.parse() != Ok(expected) {
        return None;
    }
    Some((number.parse().ok()?, fact.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_lines_are_left_out() {
        let mut found = BTreeMap::new();
        let check = |text: &str| {
            text.bytes().fold(0_u32, |check, byte| {
                (check * 33 + u32::from(byte)) & 0xff_ffff
            })
        };
        let good = format!("0!('/a!b', 3)!{}\r\n", check("0!('/a!b', 3)"));
        let bad = format!("1!('/c', 4)!{}\n", check("1!('/c', 5)"));
        let misplaced = format!("3!('/d', 4)!{}\n", check("2!('/d', 4)"));
        facts(
            (good + "!!\nx\n" + &bad + &misplaced).as_bytes(),
            &mut found,
        );
        assert_eq!(found, BTreeMap::from([(0, "('/a!b', 3)".to_owned())]));
    }
}
