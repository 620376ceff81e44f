//! What a statement is, by its first tokens.

use belay_tokenize::{Token, TokenKind};

/// How many tokens a statement has that does nothing: a string, or `pass`. `None` if it does
/// something. A formatted string does: it calls what is in its braces.
///
/// A string in brackets counts too. If it stayed while the docstring before it goes, it would
/// become the docstring.
pub(super) fn droppable(source: &str, tokens: &[Token]) -> Option<usize> {
    match tokens[0].kind {
        TokenKind::String | TokenKind::Open => {}
        TokenKind::Name if tokens[0].text(source) == "pass" => {
            return ends(tokens, 1).then_some(1);
        }
        _ => return None,
    }
    let (mut depth, mut strings, mut closed) = (0_usize, 0_usize, false);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open if strings == 0 && source.as_bytes()[token.range.start] == b'(' => {
                depth += 1;
            }
            TokenKind::String if !closed => strings += 1,
            TokenKind::Close if strings > 0 && depth > 0 => {
                depth -= 1;
                closed = true;
            }
            TokenKind::Comment | TokenKind::LineBreak | TokenKind::Continuation => {}
            TokenKind::Newline | TokenKind::Semicolon if strings > 0 && depth == 0 => {
                return Some(index);
            }
            _ => return None,
        }
    }
    None
}

/// Whether a statement has so many tokens.
fn ends(tokens: &[Token], length: usize) -> bool {
    let mut kinds = tokens[length..].iter().map(|token| token.kind);
    let next = kinds.find(|kind| !matches!(kind, TokenKind::Comment | TokenKind::Continuation));
    matches!(next, Some(TokenKind::Newline | TokenKind::Semicolon))
}

/// Whether a statement that begins with this word has a header, which ends in a colon.
///
/// `case` begins one only where nothing else can stand: it may be a name as well, and
/// `case: "str"` an annotated variable.
pub(super) fn is_header(word: &str, in_match: bool) -> bool {
    match word {
        "if" | "elif" | "else" | "for" | "while" | "try" | "except" | "finally" | "with"
        | "def" | "class" | "async" => true,
        "case" => in_match,
        _ => false,
    }
}

/// Whether a decorator has MicroPython compile a function to machine code. The compiler knows it
/// by these very names, whatever they are bound to.
pub(super) fn is_compiled(source: &str, tokens: &[Token]) -> bool {
    let text = |index: usize| tokens.get(index).map(|token| token.text(source));
    text(1) == Some("micropython")
        && text(2) == Some(".")
        && text(3)
            .is_some_and(|name| matches!(name, "native" | "viper") || name.starts_with("asm_"))
}
