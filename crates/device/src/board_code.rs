//! The code that runs on the board, made ready to be sent.

/// The board's side of [`Device::implementation`](crate::Device::implementation).
pub(crate) const FACTS: &str = include_str!("../board/facts.py");
/// The board's side of [`Device::run`](crate::Device::run).
pub(crate) const RUN: &str = include_str!("../board/run.py");

/// `code` without the lines that only people read, and with each `$NAME` filled in.
///
/// The values are put in one after the other; the one that may hold anything comes last.
pub(crate) fn prepare(code: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(code.len());
    for line in code.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = (line.len() - trimmed.len()) / 4;
        text.extend(std::iter::repeat_n(' ', indent));
        text.push_str(trimmed);
        text.push('\n');
    }
    for (name, value) in values {
        text = text.replace(name, value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_s_lines_go_and_names_are_filled_in() {
        let code = "# why\ndef f():\n    # how\n    if 1:\n\n        return $X\n";
        assert_eq!(
            prepare(code, &[("$X", "5")]),
            "def f():\n if 1:\n  return 5\n"
        );
    }

    #[test]
    fn what_is_filled_in_last_is_not_searched() {
        let text = prepare(
            "f($SOURCE, $MARK)",
            &[("$MARK", "m"), ("$SOURCE", "'$MARK'")],
        );
        assert_eq!(text, "f('$MARK', m)\n");
    }
}
