//! Texts made to exhaust something.

use belay_minify::{Options, minify};
use belay_tokenize::{ErrorKind, MAX_BRACKETS, MAX_INDENT, tokenize};

#[track_caller]
fn too_deep(source: &str, limit: usize) {
    let error = minify(source, &Options::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooDeep { limit });
}

fn accepted(source: &str) -> String {
    minify(source, &Options { strip: true }).unwrap()
}

fn blocks(depth: usize) -> String {
    let lines = (0..depth).map(|level| format!("{}if a:\n", " ".repeat(level)));
    lines.collect::<String>() + &" ".repeat(depth) + "pass\n"
}

/// `f'{f'{…1…}'}'`, so many strings.
fn fields(depth: usize) -> String {
    "f'{".repeat(depth) + "1" + &"}'".repeat(depth)
}

#[test]
fn nesting_is_bounded() {
    let brackets = |depth| "(".repeat(depth) + "1" + &")".repeat(depth);
    assert_eq!(
        accepted(&brackets(MAX_BRACKETS)).len(),
        2 * MAX_BRACKETS + 2
    );
    too_deep(&brackets(MAX_BRACKETS + 1), MAX_BRACKETS);
    too_deep(&"[".repeat(1_000_000), MAX_BRACKETS);

    assert!(accepted(&blocks(MAX_INDENT)).ends_with("0\n"));
    too_deep(&blocks(MAX_INDENT + 1), MAX_INDENT);

    // Each string is one level and its field another.
    assert!(accepted(&fields(MAX_BRACKETS / 2)).ends_with("}'\n"));
    too_deep(&fields(MAX_BRACKETS / 2 + 1), MAX_BRACKETS);
    too_deep(&"f'{".repeat(1_000_000), MAX_BRACKETS);
    too_deep(&format!("f'{}", "{x:".repeat(1_000_000)), MAX_BRACKETS);
    too_deep(&format!("f'{{{}", "(".repeat(1_000_000)), MAX_BRACKETS);
}

#[test]
fn headers_on_one_line_may_be_many() {
    let source = "if a: ".repeat(100_000) + "pass";
    assert!(accepted(&source).ends_with("if a:0\n"));
    let source = "lambda: ".repeat(100_000) + "0";
    assert!(accepted(&source).ends_with("lambda:0\n"));
    let source = "pass;".repeat(100_000);
    assert_eq!(accepted(&source), "");
}

#[test]
fn a_semicolon_ends_a_statement_or_is_an_error() {
    for (source, offset) in [
        ("x = [;\"a\"]", 5),
        ("(;'a')", 1),
        ("f(a;'b';c)", 3),
        (";", 0),
        ("a;;b", 2),
        ("if a:;b", 5),
        ("lambda:;", 7),
        ("a\n  # b\n;c", 8),
    ] {
        for strip in [false, true] {
            let error = minify(source, &Options { strip }).unwrap_err();
            let kind = ErrorKind::UnexpectedCharacter { found: ';' };
            assert_eq!((error.kind, error.range.start), (kind, offset), "{source}");
        }
    }
    assert_eq!(
        accepted("a ;b ; # c\nif a: b[c:] ;d;"),
        "a;b\nif a:b[c:];d\n"
    );
}

#[test]
fn what_is_no_program_does_no_harm() {
    // None of these can be parsed, and each comes out in some way.
    for source in [
        "def",
        "def f",
        "def f(",
        "def f:",
        "def f[",
        "def f[T",
        "class",
        "async",
        "async def",
        "async def f(a: int",
        "if",
        "else",
        "case",
        "match",
        "lambda",
        "x:",
        "x: =",
        ": int",
        "@",
        "@micropython.",
        "def f(a: int -> b: c",
        "a; if b: c; if d: e",
        ";",
        ";;",
        "a;;b",
        "(a;b)",
        "def f(a:):x",
        "def f(,:=):x",
        "def f(a=:b):x",
        "def f()->:x",
        "x=1:int",
        "(:)",
        "lambda",
        "if a:\n x\nelse",
        "def f(\n:\n): -> x",
        "print 1",
        "x: int: str",
        "x: int:\n y",
        "x: int = 1:\n y",
        "case x: pass",
        "def f)(:x",
        "def f()\nx",
        "if lambda\nx",
    ] {
        for strip in [false, true] {
            if let Ok(text) = minify(source, &Options { strip }) {
                assert!(tokenize(&text).is_ok(), "{source:?} became {text:?}");
            }
        }
    }
}
