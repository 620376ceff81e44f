//! Rust source with comments and literals blanked out, so that a search finds code.

/// Replaces each character of comments, strings and character literals by a
/// space. Line breaks stay, so line numbers do too.
pub(super) fn mask(source: &str) -> String {
    let mut masked = String::with_capacity(source.len());
    let mut rest = source;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let length = literal_length(rest, in_word);
        if length == 0 {
            masked.push(first);
            in_word = first.is_alphanumeric() || first == '_';
            rest = &rest[first.len_utf8()..];
        } else {
            let blanks = rest[..length].chars();
            masked.extend(blanks.map(|c| if c == '\n' { '\n' } else { ' ' }));
            in_word = false;
            rest = &rest[length..];
        }
    }
    masked
}

/// The length in bytes of the comment or literal at the start, or 0.
fn literal_length(text: &str, in_word: bool) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment_length(text);
    }
    if text.starts_with('\'') {
        return character_length(text);
    }
    // `r"…"`, `br#"…"#`, `b"…"`, `c"…"`: a prefix counts only where a word begins.
    let prefix = if in_word {
        0
    } else {
        text.len() - text.trim_start_matches(['b', 'c', 'r']).len()
    };
    let body = &text[prefix..];
    if prefix <= 2 && text[..prefix].contains('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        if let Some(content) = body[hashes..].strip_prefix('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let length = content
                .find(&end)
                .map_or(content.len(), |at| at + end.len());
            return prefix + hashes + 1 + length;
        }
        return 0;
    }
    match body.strip_prefix('"') {
        Some(content) if prefix <= 1 => prefix + 1 + escaped_length(content, '"'),
        _ => 0,
    }
}

/// Block comments nest.
fn block_comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// A character literal's length, or 0 for a lifetime such as `'a`.
fn character_length(text: &str) -> usize {
    let content = &text[1..];
    let mut characters = content.chars();
    match (characters.next(), characters.next()) {
        (Some('\\'), _) => 1 + escaped_length(content, '\''),
        (Some(first), Some('\'')) => 2 + first.len_utf8(),
        _ => 0,
    }
}

/// How many bytes up to and including the closing quote.
fn escaped_length(content: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in content.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    content.len()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn only_code_is_left() {
        let check = |source: &str, expected: &str| {
            let masked = mask(source);
            assert_eq!(
                masked.split_whitespace().collect::<Vec<_>>().join(" "),
                expected
            );
            assert_eq!(masked.lines().count(), source.lines().count(), "{source}");
        };
        check("a // b\nc", "a c");
        check("a /* b /* c */ d\n */ e", "a e");
        check("f(\"dbg!(\\\" \", x)", "f( , x)");
        check("f(r\"\\\", x)", "f( , x)");
        check("f(br##\"a\"# \"##, x)", "f( , x)");
        check("f(b\"\\\"\", x)", "f( , x)");
        check(
            "x == '\"' && y == '\\'' && z == b'\"'",
            "x == && y == && z == b",
        );
        check(
            "fn f<'a>(x: &'a str, y: 'static)",
            "fn f<'a>(x: &'a str, y: 'static)",
        );
        check("let r#type = bcr; crab(\"x\")", "let r#type = bcr; crab( )");
        check("'é' \"é\nü\" ß", "ß");
        check("\"never closed", "");
    }
}
