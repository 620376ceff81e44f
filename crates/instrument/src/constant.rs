//! Conditions that are known before a program runs.

use std::ops::Range;

use belay_tokenize::TokenKind;

use crate::expression::{self, Node, NodeKind, Rank};
use crate::outline::Outline;

/// Whether a condition is true, as far as CPython's compiler sees it.
pub(crate) fn truth(outline: &Outline<'_>, condition: Range<usize>) -> Option<bool> {
    let end = condition.end;
    let (node, next) = expression::parse(outline.source, &outline.tokens, condition)?;
    if next != end {
        return None;
    }
    of(outline.source, &node)
}

fn of(source: &str, node: &Node) -> Option<bool> {
    match &node.kind {
        NodeKind::Literal => literal(&source[node.range.clone()]),
        NodeKind::Group(child) => of(source, child),
        NodeKind::Prefix(child) if source[node.range.start..].starts_with("not") => {
            of(source, child).map(|value| !value)
        }
        // What comes before is evaluated, but does not matter.
        NodeKind::Infix(Rank::And, operands) => decided(source, operands, false),
        NodeKind::Infix(Rank::Or, operands) => decided(source, operands, true),
        _ => None,
    }
}

/// The value of operands the first of which with the value `decisive` decides.
fn decided(source: &str, operands: &[Node], decisive: bool) -> Option<bool> {
    let mut values = operands.iter().map(|node| of(source, node));
    if values.clone().any(|value| value == Some(decisive)) {
        return Some(decisive);
    }
    values.all(|value| value.is_some()).then_some(!decisive)
}

fn literal(text: &str) -> Option<bool> {
    match text {
        "None" | "False" => return Some(false),
        "True" | "__debug__" | "..." => return Some(true),
        _ => {}
    }
    if let Some(number) = text.strip_prefix(['-', '+']) {
        return literal(number.trim_start());
    }
    // A tuple: a list is made anew each time, and one in parentheses alone is no literal.
    if let Some(inside) = text.strip_prefix('(') {
        return Some(inside.trim_start() != ")");
    }
    let tokens = belay_tokenize::tokenize(text).ok()?;
    let token = tokens.first()?;
    if tokens.len() > 2 {
        return None;
    }
    match token.kind {
        TokenKind::Number => {
            let digits = text.trim_start_matches("0x").trim_start_matches("0X");
            Some(digits.contains(|digit: char| !matches!(digit, '0' | '.' | '_')))
        }
        TokenKind::String => {
            let quoted = text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
            Some(!matches!(quoted, "''" | "\"\"" | "''''''" | "\"\"\"\"\"\""))
        }
        _ => None,
    }
}
