//! What holds for all texts, whether they make a program or not.

use belay_instrument::{Options, instrument};
use belay_tokenize::tokenize;
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "assert",
    "a",
    "b",
    "f(",
    ")",
    "(",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "==",
    "<",
    "not",
    "and",
    "or",
    "if",
    "else",
    "lambda",
    ":",
    "=",
    ":=",
    "*",
    "**",
    "-",
    "1",
    "'s'",
    "f'{x}'",
    "for",
    "in",
    "is",
    "await",
    "yield",
    "\\\n",
    "\n",
    "# c\n",
    ";",
    "as",
    "None",
    "'''a\nb'''",
    "...",
    "super()",
];

const STATEMENTS: &[&str] = &[
    "pass",
    "'doc'",
    "assert a == b, 'm'",
    "assert f(x)[0].y and (not z or\n  q)",
    "assert (yield)",
    "assert [c for c in d]",
    "x = 1; y = 2",
    "global g",
    "from __future__ import annotations",
    "return x",
    "break",
    "raise",
    "x: int",
    "x = '''a\n\n''' + \\\n  y",
    "pass # comment",
    "",
    "# comment",
];

const HEADERS: &[&str] = &[
    "if a:",
    "elif b :",
    "else:",
    "for i in range(3):",
    "for i in a, b:",
    "while True:",
    "while a:",
    "def f(a=lambda: 1):",
    "@d\ndef f():",
    "class C:",
    "class C(B):",
    "try:",
    "except:",
    "except (A, B) as e:",
    "finally:",
    "with a as b, c as d:",
    "async def f():",
    "if(a): assert b",
    "else: c",
    "match x:",
    "case 1:",
];

/// That what is inserted is all there is to it: the tokens of the source are still there, in their
/// order and on their lines.
#[track_caller]
fn holds(source: &str) {
    let line = |text: &str, offset: usize| text[..offset].matches('\n').count();
    for (assertions, lines) in [(true, false), (false, true), (true, true)] {
        let options = Options {
            assertions,
            lines,
            ..Options::default()
        };
        let Ok(result) = instrument(source, &options) else {
            return;
        };
        let before = tokenize(source).unwrap();
        let after = tokenize(&result.text)
            .unwrap_or_else(|error| panic!("{source:?} became {:?}: {error}", result.text));
        let mut after = after.iter();
        for token in before.iter().filter(|token| !token.range.is_empty()) {
            let text = token.text(source);
            // A token that is inserted may look like one of the source, on an earlier line at most.
            let found = after.find(|other| {
                other.text(&result.text) == text
                    && line(&result.text, other.range.start) == line(source, token.range.start)
            });
            assert!(
                found.is_some(),
                "{text:?} of {source:?} in {:?}",
                result.text
            );
        }
        let extra = usize::from(result.text.ends_with("]=1\n") && !source.ends_with("]=1\n"));
        let breaks = source.matches('\n').count();
        assert!((breaks..=breaks + 2 * extra).contains(&result.text.matches('\n').count()));
        assert!(result.lines.is_sorted());
        assert!(result.calls.len() <= result.marks.len());
    }
}

/// Statements in blocks, well nested.
fn program() -> impl Strategy<Value = String> {
    let line = (
        0..4_usize,
        any::<bool>(),
        proptest::sample::select(STATEMENTS),
        proptest::sample::select(HEADERS),
    );
    proptest::collection::vec(line, 0..25).prop_map(|lines| {
        let mut text = String::new();
        let mut depth = 0;
        let mut opened = false;
        for (level, is_header, statement, header) in lines {
            depth = if opened { depth + 1 } else { level.min(depth) };
            let indentation = "  ".repeat(depth);
            let content = if is_header { header } else { statement };
            for line in content.split_inclusive('\n') {
                let is_inside = content.contains("'''") && !line.starts_with('x');
                text += if is_inside { "" } else { &indentation };
                text += line;
            }
            text += "\n";
            opened = content.ends_with(':')
                || opened && (content.is_empty() || content.starts_with('#'));
            if opened && !content.ends_with(':') {
                depth -= 1;
            }
        }
        if opened {
            text += &"  ".repeat(depth + 1);
            text += "pass\n";
        }
        text
    })
}

proptest! {
    #[test]
    fn tokens_stay_on_their_lines(source in program()) {
        holds(&source);
    }

    #[test]
    fn conditions_stay_readable(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..20),
    ) {
        holds(&format!("assert {}\n", words.join(" ")));
        holds(&format!("if {}: a\n", words.join(" ")));
    }
}
