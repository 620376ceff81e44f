//! Operators and delimiters.

/// How long the operator is that these bytes begin with; `None` if it is none.
pub(super) fn length(first: u8, second: u8, third: u8) -> Option<usize> {
    let length = match (first, second) {
        (b'*' | b'/' | b'<' | b'>', _) if second == first => {
            if third == b'=' {
                3
            } else {
                2
            }
        }
        (b'.', b'.') if third == b'.' => 3,
        (
            b'!' | b'%' | b'&' | b'*' | b'+' | b'-' | b'/' | b':' | b'<' | b'=' | b'>' | b'@'
            | b'^' | b'|',
            b'=',
        )
        | (b'-' | b'<', b'>') => 2,
        (b'!', _) => return None,
        _ => 1,
    };
    Some(length)
}

/// Whether an operator other than a dot, and the first byte of the one that follows, would be another
/// operator without a space between them.
pub(crate) fn merges(operator: &[u8], next: u8) -> bool {
    match next {
        b'=' => !matches!(operator, b"," | b"..." | b"." | b"~" | b";"),
        b'*' | b'/' | b'<' => operator == [next],
        b'>' => matches!(operator, b"<" | b">" | b"-"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operator that [`length`] knows.
    const OPERATORS: [&str; 46] = [
        "!=", "%", "%=", "&", "&=", "*", "**", "**=", "*=", "+", "+=", ",", "-", "-=", "->", ".",
        "...", "/", "//", "//=", "/=", ":", ":=", ";", "<", "<<", "<<=", "<=", "<>", "=", "==",
        ">", ">=", ">>", ">>=", "@", "@=", "^", "^=", "|", "|=", "~", "(", ")", "[", "]",
    ];

    fn first(text: &str) -> &str {
        let byte = |index| text.as_bytes().get(index).copied().unwrap_or(0);
        &text[..length(byte(0), byte(1), byte(2)).unwrap()]
    }

    #[test]
    fn operators_are_as_long_as_they_can_be() {
        for operator in OPERATORS {
            assert_eq!(first(operator), operator);
            assert_eq!(first(&format!("{operator}x")), operator);
        }
        assert_eq!(length(b'!', b'r', b'}'), None);
    }

    #[test]
    fn what_would_merge_is_known() {
        for left in &OPERATORS[..42] {
            for right in &OPERATORS {
                let together = format!("{left}{right}");
                if first(&together) != *left && *left != "." {
                    assert!(merges(left.as_bytes(), right.as_bytes()[0]), "{together}");
                }
            }
        }
        for (left, right) in [("-", "-"), ("=", "-"), (",", "*"), ("(", "*"), ("=", "~")] {
            assert!(
                !merges(left.as_bytes(), right.as_bytes()[0]),
                "{left}{right}"
            );
        }
    }
}
