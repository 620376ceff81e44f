//! Looks at Python text just closely enough to know whether more has to come.

/// The open quotes and brackets at some point of a text.
#[derive(Debug, Default, Clone, Copy)]
struct Open {
    /// The quote of the string, and whether it is a triple one.
    string: Option<(u8, bool)>,
    brackets: i32,
}

/// Walks over a text; calls `line` with the position behind each line feed and what is open.
fn walk(text: &[u8], mut line: impl FnMut(usize, Open)) -> Open {
    let mut open = Open::default();
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        let mut length = 1;
        match open.string {
            Some((quote, triple)) => {
                let end = if triple {
                    &[quote; 3][..]
                } else {
                    &[quote][..]
                };
                if byte == b'\\' {
                    length = 2;
                } else if text[at..].starts_with(end) {
                    open.string = None;
                    length = end.len();
                }
            }
            None => match byte {
                b'\'' | b'"' => {
                    let triple = text[at..].starts_with(&[byte; 3]);
                    open.string = Some((byte, triple));
                    length = if triple { 3 } else { 1 };
                }
                b'(' | b'[' | b'{' => open.brackets += 1,
                b')' | b']' | b'}' => open.brackets -= 1,
                b'#' => {
                    let rest = &text[at..];
                    length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
                }
                _ => {}
            },
        }
        // A line feed ends a string of one line, whether it was closed or not.
        if byte == b'\n' {
            if matches!(open.string, Some((_, false))) {
                open.string = None;
            }
            line(at + 1, open);
        }
        at += length;
    }
    open
}

/// Whether a line at the prompt, or several joined by line feeds, asks for another.
pub(super) fn continues(text: &[u8]) -> bool {
    const OPENING: [&[u8]; 8] = [
        b"if", b"while", b"for", b"try", b"with", b"def", b"class", b"async",
    ];
    let open = walk(text, |_, _| {});
    if matches!(open.string, Some((_, true))) {
        return true;
    }
    if open.string.is_none() && open.brackets > 0 || text.ends_with(b"\\") {
        return true;
    }
    let compound = text.first() == Some(&b'@')
        || OPENING.iter().any(|word| {
            text.strip_prefix(*word).is_some_and(|rest| {
                !rest
                    .first()
                    .is_some_and(|&b| b.is_ascii_alphanumeric() || b == b'_')
            })
        });
    compound && !text.ends_with(b"\n")
}

/// The length of the part of a text whose lines are whole statements or headers of them, as
/// far as quotes, brackets and backslashes tell. The first `known` bytes are such a part.
pub(super) fn complete_lines(text: &[u8], known: usize) -> usize {
    let rest = &text[known..];
    let mut complete = 0;
    walk(rest, |end, open| {
        let joined = rest[..end - 1].ends_with(b"\\");
        if open.string.is_none() && open.brackets <= 0 && !joined {
            complete = end;
        }
    });
    known + complete
}

/// The line that a parse error names; `None` for errors found later than in parsing, which
/// name a place `in <module>`, too.
pub(super) fn error_line(traceback: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(traceback).ok()?;
    let (_, rest) = text.split_once("File \"<stdin>\", line ")?;
    rest.lines().next()?.parse().ok()
}

/// Where an exception was raised, and its type, as CircuitPython has it in a title:
/// `2@code.py ValueError`.
pub(super) fn place(traceback: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(traceback).ok()?;
    let (_, rest) = text.rsplit_once("  File \"")?;
    let (file, rest) = rest.split_once("\", line ")?;
    let line: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let (_, error) = rest.split_once('\n')?;
    let name = error.split([':', '\n']).next()?;
    Some(format!("{line}@{file} {name}"))
}

#[cfg(test)]
mod tests {
    use super::{complete_lines, continues, error_line, place};

    #[test]
    fn exceptions_have_a_place() {
        let text =
            b"Traceback (most recent call last):\n  File \"code.py\", line 3, in <module>\n  \
            File \"lib/a.py\", line 12, in f\nValueError: boom\n";
        assert_eq!(place(text).as_deref(), Some("12@lib/a.py ValueError"));
        assert_eq!(place(b"KeyboardInterrupt: \n"), None);
    }

    #[test]
    fn prompts_continue_where_micropython_does() {
        for text in [
            "if 1:",
            "for x in y:",
            "@decorator",
            "def f():\n    pass",
            "(1,",
            "{",
            "[[1]",
            "'''text",
            "\"\"\"a'''",
            "1 + \\",
            "async def f():",
            "try:",
            "class A:",
            "with(x):",
        ] {
            assert!(continues(text.as_bytes()), "{text:?}");
        }
        for text in [
            "x = 1",
            "iffy = 1",
            "if 1:\n    pass\n",
            "'(",
            "(')')",
            "# (",
            "'''a'''",
            "\"'''\"",
            "'\\''",
            "}",
            "format('x')",
        ] {
            assert!(!continues(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn only_whole_lines_are_parsed() {
        let cut = |text: &str| text[..complete_lines(text.as_bytes(), 0)].to_owned();
        assert_eq!(cut("x = 1\ny = "), "x = 1\n");
        assert_eq!(cut("x = 1\ny = (\n2,\n"), "x = 1\n");
        assert_eq!(cut("x = 1\ny = '''\na\n"), "x = 1\n");
        assert_eq!(cut("x = 1 + \\\n 2"), "");
        assert_eq!(cut("x = 'abc\ny = 1\n"), "x = 'abc\ny = 1\n");
        assert_eq!(cut("# it's\nx\n"), "# it's\nx\n");
    }

    #[test]
    fn parse_errors_have_a_line() {
        let parse = b"Traceback (most recent call last):\n  File \"<stdin>\", line 12\nSyntaxError: invalid syntax\n";
        assert_eq!(error_line(parse), Some(12));
        let compile = b"Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\nSyntaxError: x\n";
        assert_eq!(error_line(compile), None);
    }
}
