//! What holds for any text, whether it makes a program or not.

use belay_tokenize::{TokenKind, decode, tokenize, would_merge};
use proptest::prelude::*;

/// Texts that lexers stumble over, in any order.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "if a:", "def f():", "x", "\n", "\r\n", "\r", "    ", "\t", " ", "\x0c", "\\", "\\\n",
        "#c", "'", "'''", "\"", "f'", "f'''", "{", "}", "(", ")", "[", "]", ":", ";", "=", ".",
        "0x1f", "1e5", "1_0", "é", "r", "b'a'",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn tokens_cover_all_but_white_space(source in text()) {
        let Ok(tokens) = tokenize(&source) else {
            return Ok(());
        };
        let mut end = 0;
        for token in &tokens {
            let between = &source[end..token.range.start];
            prop_assert!(between.chars().all(|c| " \t\x0c".contains(c)), "{:?}", between);
            end = token.range.end;
        }
        let behind = &source[end..];
        prop_assert!(behind.chars().all(|c| " \t\x0c".contains(c)), "{:?}", behind);
        let count = |wanted| tokens.iter().filter(|token| token.kind == wanted).count();
        prop_assert_eq!(count(TokenKind::Indent), count(TokenKind::Dedent));
        prop_assert_eq!(count(TokenKind::Open), count(TokenKind::Close));
    }

    #[test]
    fn an_error_lies_in_the_text(source in text()) {
        if let Err(error) = tokenize(&source) {
            prop_assert!(source.get(error.range.clone()).is_some(), "{:?}", error);
            prop_assert!(error.position(&source).line > 0);
        }
    }

    #[test]
    fn tokens_that_do_not_merge_need_no_space(source in text()) {
        let Ok(tokens) = tokenize(&source) else {
            return Ok(());
        };
        for pair in tokens.windows(2) {
            let [left, right] = [&pair[0], &pair[1]].map(|token| (token.kind, token.text(&source)));
            let is_code = |kind| matches!(
                kind,
                TokenKind::Name | TokenKind::Number | TokenKind::String | TokenKind::Operator
            );
            if !is_code(left.0) || !is_code(right.0) || would_merge(left, right) {
                continue;
            }
            let together = format!("{}{}", left.1, right.1);
            let again = tokenize(&together).unwrap();
            let again: Vec<_> = again.iter().map(|token| token.text(&together)).collect();
            prop_assert_eq!(again, [left.1, right.1, ""]);
        }
    }

    #[test]
    fn any_bytes_have_a_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
        match decode(&bytes) {
            Ok(text) => prop_assert!(bytes.ends_with(text.as_bytes())),
            Err(error) => prop_assert!(bytes.get(error.range).is_some()),
        }
    }
}
