//! The text of commands.

use belay_tokenize::TokenKind;
use pyo3::prelude::*;

/// Takes away the white space that all lines begin with, lines of white space apart, which become empty.
#[pyfunction]
pub(crate) fn dedent(text: &str) -> String {
    let lines = || text.split('\n');
    let indents = lines().filter(|line| !line.trim().is_empty());
    let common = indents
        .map(|line| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()])
        .reduce(|a, b| {
            let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b);
            &a[..same.count()]
        });
    let common = common.map_or(0, str::len);
    let lines = lines().map(|line| {
        if line.trim().is_empty() {
            ""
        } else {
            &line[common..]
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What is indented is a block of something.
const BLOCK: &str = "if 1:\n";

/// A function's source without the white space in front of it. What stands inside of texts stays.
#[pyfunction]
pub(crate) fn dedent_source(text: &str) -> String {
    let indent = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
    if indent.is_empty() {
        return text.to_owned();
    }
    let block = format!("{BLOCK}{text}");
    let tokens = belay_tokenize::tokenize(&block).unwrap_or_default();
    let texts: Vec<_> = tokens
        .into_iter()
        .filter(|token| {
            matches!(
                token.kind,
                TokenKind::String | TokenKind::FString | TokenKind::TString
            )
        })
        .map(|token| token.range)
        .collect();
    let mut at = BLOCK.len();
    let mut dedented = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let inside = texts.iter().any(|range| range.start < at && at < range.end);
        let rest = if inside {
            None
        } else {
            line.strip_prefix(indent)
        };
        dedented.push_str(rest.unwrap_or(line));
        at += line.len();
    }
    dedented
}

/// The names that an import statement binds; none if the text is something else.
#[pyfunction]
pub(crate) fn imported_names(text: &str) -> Vec<String> {
    names(text).unwrap_or_default()
}

fn names(text: &str) -> Option<Vec<String>> {
    let tokens = belay_tokenize::tokenize(text).ok()?;
    let mut words = tokens
        .iter()
        .filter(|token| {
            matches!(
                token.kind,
                TokenKind::Name | TokenKind::Operator | TokenKind::Newline | TokenKind::Semicolon
            )
        })
        .map(|token| (token.kind, &text[token.range.clone()]))
        .skip_while(|(kind, _)| *kind == TokenKind::Newline);
    let from = match words.next()?.1 {
        "import" => false,
        "from" => true,
        _ => return None,
    };
    let mut words: Vec<&str> = words
        .take_while(|(kind, _)| !matches!(kind, TokenKind::Newline | TokenKind::Semicolon))
        .map(|(_, word)| word)
        .filter(|word| !matches!(*word, "(" | ")"))
        .collect();
    if from {
        let at = words.iter().position(|word| *word == "import")?;
        words.drain(..=at);
    }
    let mut names = Vec::new();
    for part in words.split(|word| *word == ",") {
        match part {
            [] => {}
            ["*"] => return None,
            [.., "as", name] | [name, ..] => names.push((*name).to_owned()),
        }
    }
    Some(names)
}
