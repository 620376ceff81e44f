//! Command lines as a person would type them.

/// The words as one line for a POSIX shell.
pub(crate) fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The word as a POSIX shell must be given it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_when_a_shell_would_change_them() {
        let check = |word, expected| assert_eq!(quoted(word), expected);
        check("examples/blink.py", "examples/blink.py");
        check("sim:", "sim:");
        check("sim:demo?fresh", "'sim:demo?fresh'");
        check("a b", "'a b'");
        check("", "''");
        check("it's", r"'it'\''s'");
        assert_eq!(line(["belay", "exec", "print(1)"]), "belay exec 'print(1)'");
    }
}
