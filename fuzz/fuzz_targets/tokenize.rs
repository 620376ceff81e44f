//! Tokens: they cover the text, an error lies in it, and lines are what the whole is.
#![no_main]

use belay_tokenize::{Lexer, TokenKind, decode, tokenize};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(error) => {
            assert!(bytes.get(error.range.clone()).is_some(), "{error:?}");
            assert!(error.position(bytes).line > 0);
            return;
        }
    };
    let tokens = match tokenize(text) {
        Ok(tokens) => tokens,
        Err(error) => {
            assert!(text.get(error.range.clone()).is_some(), "{error:?}");
            assert!(error.position(text).column > 0);
            return;
        }
    };
    let is_space = |text: &str| text.chars().all(|c| " \t\x0c\u{feff}".contains(c));
    let mut end = 0;
    for token in &tokens {
        assert!(is_space(&text[end..token.range.start]), "{token:?}");
        assert!(token.range.start <= token.range.end);
        end = token.range.end;
    }
    assert!(is_space(&text[end..]));
    let count = |kind| tokens.iter().filter(|token| token.kind == kind).count();
    assert_eq!(count(TokenKind::Indent), count(TokenKind::Dedent));
    assert_eq!(count(TokenKind::Open), count(TokenKind::Close));

    let mut lexer = Lexer::new(text).expect("the whole text can be split");
    let (mut line, mut lines) = (Vec::new(), Vec::new());
    while lexer.next_line(&mut line).expect("and so can each line") {
        lines.append(&mut line);
    }
    lines.append(&mut line);
    assert_eq!(lines, tokens);
});
