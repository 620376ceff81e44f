//! What holds for any tokens in any order, whether they make a program or not.

use belay_minify::{Options, minify};
use belay_tokenize::{TokenKind, tokenize};
use proptest::prelude::*;

/// Tokens that no rule of the minifier drops or turns into another, wherever they stand in an
/// expression in brackets.
const TOKENS: &[&str] = &[
    "x",
    "b",
    "rb",
    "f",
    "not",
    "if",
    "else",
    "lambda",
    "in",
    "é",
    "_",
    "0",
    "1",
    "1.",
    ".5",
    "1e5",
    "0x1f",
    "1_0",
    "3j",
    "''",
    "\"\"",
    "'a'",
    "b'x'",
    "r'\\\\'",
    "'''a'''",
    "'''\n'''",
    "f''",
    "f'{x}'",
    "f'{ x = }'",
    "f\"{'a'}\"",
    "t'{x}'",
    "rb\"\"",
    "!=",
    "%",
    "%=",
    "&",
    "&=",
    "*",
    "**",
    "**=",
    "*=",
    "+",
    "+=",
    ",",
    "-",
    "-=",
    "->",
    ".",
    "...",
    "/",
    "//",
    "//=",
    "/=",
    ":",
    ":=",
    "<",
    "<<",
    "<<=",
    "<=",
    "<>",
    "=",
    "==",
    ">",
    ">=",
    ">>",
    ">>=",
    "@",
    "@=",
    "^",
    "^=",
    "|",
    "|=",
    "~",
    "()",
    "[]",
    "{}",
    "(x)",
];

/// What may lie between tokens in brackets.
const SPACE: &[&str] = &[
    " ", "  ", "\t", " \x0c", " \\\n", "\n", " # a\n", "\r\n", " \\\r\n ",
];

/// Statements and white space of which programs can be made.
const STATEMENTS: &[&str] = &[
    "pass",
    "'doc'",
    "'''a\nb'''",
    "x = 1",
    "x: int",
    "x: int = 1",
    "x.y: int",
    "f( a , b )",
    "b'x'",
    "('a' 'b')",
    "return x",
    "lambda: 'a'",
    "f'{ x }'",
    "x = '''a\n\n''' + \\\n  y",
    "[ a,\n\n b ]",
    "@micropython.viper",
    "case: str",
    "match = x",
    "pass ; pass",
    "a ;'doc'; b ;",
    "del x # c",
    "'a'\\\n  'b'",
    "x = lambda y: y",
];
const HEADERS: &[&str] = &[
    "if a :",
    "else :",
    "def f( a: int = 1 , * b: str ) -> int :",
    "class A( B ) :",
    "try :",
    "while lambda: x :",
    "match x :",
    "case [ y ] :",
    "async def f( ) :",
    "for x in y :",
    "with a as b , \\\n  c as d :",
];
const BREAKS: &[&str] = &["\n", "\n\n", " # comment\n", "\r\n", "\n  # a\n\n"];

fn text(source: &str, kinds: impl Fn(TokenKind) -> bool) -> Vec<String> {
    let tokens = tokenize(source).unwrap();
    let kept = tokens.into_iter().filter(|token| kinds(token.kind));
    kept.map(|token| source[token.range].to_owned()).collect()
}

fn is_code(kind: TokenKind) -> bool {
    !matches!(
        kind,
        TokenKind::Comment | TokenKind::LineBreak | TokenKind::Continuation | TokenKind::Newline
    )
}

/// Tokens with white space between them, in brackets.
fn expression() -> impl Strategy<Value = String> {
    let piece = (prop::sample::select(TOKENS), prop::sample::select(SPACE));
    prop::collection::vec(piece, 0..20).prop_map(|pieces| {
        let inner: String = pieces
            .iter()
            .flat_map(|(token, space)| [*token, space])
            .collect();
        format!("x[ {inner} ]")
    })
}

/// A block of statements and blocks, as deep as it is to be.
fn block(depth: u32) -> BoxedStrategy<Vec<String>> {
    let simple = (
        prop::sample::select(STATEMENTS),
        prop::sample::select(BREAKS),
    )
        .prop_map(|(statement, end)| vec![format!("{statement}{end}")]);
    if depth == 0 {
        return prop::collection::vec(simple, 1..4)
            .prop_map(|lines| lines.concat())
            .boxed();
    }
    let inline = (
        prop::sample::select(HEADERS),
        prop::sample::select(STATEMENTS),
        prop::sample::select(BREAKS),
    )
        .prop_map(|(header, statement, end)| vec![format!("{header} {statement}{end}")]);
    let indented = (
        prop::sample::select(HEADERS),
        prop::sample::select(BREAKS),
        prop::sample::select(&[" ", "    ", "\t"][..]),
        block(depth - 1),
    )
        .prop_map(|(header, end, indent, lines)| {
            let lines = lines.iter().map(|line| format!("{indent}{line}"));
            std::iter::once(format!("{header}{end}"))
                .chain(lines)
                .collect::<Vec<_>>()
        });
    let statement = prop_oneof![4 => simple, 1 => inline, 2 => indented];
    prop::collection::vec(statement, 1..5)
        .prop_map(|lines| lines.concat())
        .boxed()
}

fn program() -> impl Strategy<Value = String> {
    block(3).prop_map(|lines| lines.concat())
}

/// The lines on which tokens of these kinds start.
fn lines(source: &str, kinds: impl Fn(TokenKind) -> bool) -> Vec<(usize, String)> {
    let source = source.replace("\r\n", "\n");
    let tokens = tokenize(&source).unwrap();
    let kept = tokens.into_iter().filter(|token| kinds(token.kind));
    kept.map(|token| {
        let line = source[..token.range.start].matches('\n').count();
        (line, source[token.range].to_owned())
    })
    .collect()
}

proptest! {
    #[test]
    fn tokens_stay_what_they_are(source in expression()) {
        let expected = text(&source, is_code);
        for strip in [false, true] {
            let smaller = minify(&source, &Options { strip }).unwrap();
            prop_assert_eq!(&text(&smaller, is_code), &expected, "{:?}", smaller);
            prop_assert!(smaller.len() <= source.len() + 2 * expected.len());
        }
    }

    #[test]
    fn twice_is_once(source in program()) {
        for strip in [false, true] {
            let options = Options { strip };
            let smaller = minify(&source, &options).unwrap();
            let again = minify(&smaller, &options);
            prop_assert_eq!(again.as_ref(), Ok(&smaller));
        }
    }

    #[test]
    fn names_stay_on_their_lines(source in program()) {
        let smaller = minify(&source, &Options::default()).unwrap();
        let names = |text: &str| {
            let mut names = lines(text, |kind| kind == TokenKind::Name);
            names.retain(|(_, name)| name != "pass");
            names
        };
        prop_assert_eq!(names(&smaller), names(&source), "{}", smaller);
    }

    #[test]
    fn stripping_later_is_stripping_at_once(source in program()) {
        let strip = Options { strip: true };
        let smaller = minify(&source, &Options::default()).unwrap();
        prop_assert_eq!(minify(&smaller, &strip), minify(&source, &strip));
    }

    #[test]
    fn any_text_is_an_error_or_has_a_smaller_form(source in "[a-z'\"{}()\\[\\]:;=.,0-9#\\\\ \n\r\tftrbé]*") {
        for strip in [false, true] {
            let options = Options { strip };
            match minify(&source, &options) {
                Ok(smaller) => {
                    let again = minify(&smaller, &options);
                    prop_assert_eq!(again.as_ref(), Ok(&smaller));
                }
                Err(error) => {
                    prop_assert!(source.get(error.range.clone()).is_some(), "{:?}", error);
                    prop_assert!(error.position(&source).line > 0);
                }
            }
        }
    }
}
