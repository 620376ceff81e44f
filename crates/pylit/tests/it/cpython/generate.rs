//! Python source text, most of it literals.

use proptest::char;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A literal in one of the many ways to write it.
pub(super) fn literal() -> impl Strategy<Value = String> {
    atom().prop_recursive(4, 40, 6, |inner| {
        let items = (vec(inner.clone(), 0..6), separator(), any::<bool>());
        let join = |(items, separator, trailing): (Vec<String>, String, bool)| {
            let end = if trailing && !items.is_empty() {
                separator.clone()
            } else {
                String::new()
            };
            items.join(&separator) + &end
        };
        let items = items.prop_map(join).boxed();
        let pairs = vec((hashable(), space(), inner.clone()), 0..6).prop_map(|pairs| {
            let pairs = pairs
                .iter()
                .map(|(key, space, value)| format!("{key}{space}:{value}"));
            pairs.collect::<Vec<_>>().join(",")
        });
        prop_oneof![
            items.clone().prop_map(|items| format!("[{items}]")),
            items.prop_map(|items| format!("({items})")),
            vec(hashable(), 1..6).prop_map(|items| format!("{{{}}}", items.join(","))),
            pairs.prop_map(|pairs| format!("{{{pairs}}}")),
            inner.prop_map(|inner| format!("({inner})")),
        ]
    })
}

/// A literal with a piece cut out, doubled, or replaced.
pub(super) fn damaged() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(vec![
            "", ",", ":", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "-", "+", "j", ".", "_",
            "0", "e", "b", "r", " ", "\n", "#", "=", "set", "(set)()", "1", "\t", "\\x", "\\u",
        ])
        .prop_map(str::to_owned),
        character().prop_map(String::from),
    ];
    (literal(), any::<prop::sample::Index>(), 0..3_usize, piece).prop_map(
        |(text, place, cut, piece)| {
            let characters: Vec<char> = text.chars().collect();
            let start = place.index(characters.len());
            let end = (start + cut).min(characters.len());
            let head: String = characters[..start].iter().collect();
            let tail: String = characters[end..].iter().collect();
            head + &piece + &tail
        },
    )
}

/// Tokens thrown together, which few times make a literal.
pub(super) fn tokens() -> impl Strategy<Value = String> {
    let token = select(vec![
        "1", "2.5", "3j", "-", "+", "(", ")", "[", "]", "{", "}", ",", ":", "'a'", "b'b'", "set",
        "()", "None", "...", " ", "\n", "\\\n", "# c\n", "0x1f", "1_0", "\"q\"", "r'\\'",
        "'''x'''", "True", "1e5", "\t", "\r\n", "\x0c",
    ]);
    vec(token, 1..7).prop_map(|tokens| tokens.concat())
}

fn separator() -> impl Strategy<Value = String> {
    (space(), space()).prop_map(|(before, after)| format!("{before},{after}"))
}

/// White space between brackets.
fn space() -> impl Strategy<Value = String> {
    select(vec![
        "",
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        " # a comment ]\n",
        "\\\n",
        "\x0c",
    ])
    .prop_map(str::to_owned)
}

fn hashable() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => atom(),
        1 => vec(atom(), 0..3).prop_map(|items| match &*items {
            [] => "()".to_owned(),
            items => format!("({},)", items.join(",")),
        }),
    ]
}

fn atom() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => number(),
        1 => (select(vec!["-", "+", "- "]), number()).prop_map(|(sign, n)| format!("{sign}{n}")),
        1 => (number(), select(vec!["+", " - "]), imaginary())
            .prop_map(|(re, sign, im)| format!("{re}{sign}{im}")),
        3 => string(),
        1 => (string(), space(), string()).prop_map(|(a, space, b)| format!("({a}{space}{b})")),
        2 => bytes(),
        1 => select(vec!["None", "True", "False", "...", "set()", "()", "[]", "{}", "(set)( )"])
            .prop_map(str::to_owned),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i8>().prop_map(|int| int.unsigned_abs().to_string()),
        any::<u128>().prop_map(|int| int.to_string()),
        any::<u64>().prop_map(|int| format!("{int:#x}")),
        any::<u16>().prop_map(|int| format!("{int:#b}")),
        any::<u32>().prop_map(|int| format!("0O{int:o}")),
        (0.0..1e6).prop_map(|float: f64| float.to_string()),
        proptest::num::f64::POSITIVE.prop_map(|float| format!("{float:e}")),
        "[0-9]{1,3}(_[0-9]{1,3}){0,2}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?",
        "\\.[0-9]{1,20}",
        imaginary(),
    ]
}

fn imaginary() -> impl Strategy<Value = String> {
    "[0-9]{1,3}(\\.[0-9]{0,3})?(e-?[0-9]{1,2})?[jJ]"
}

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~&&[^'\"\\\\]]{1,8}",
        2 => character()
            .prop_filter("stands for itself", |c| !"\r\n'\"\\".contains(*c))
            .prop_map(String::from),
        1 => character().prop_map(|c| format!("\\U{:08x}", u32::from(c))),
        1 => any::<u8>().prop_map(|byte| format!("\\x{byte:02X}")),
        1 => (0xd7f0..0xe010_u32).prop_map(|code| format!("\\u{code:04x}")),
        2 => escape(),
    ];
    let prefix = select(vec!["", "", "", "u", "U", "r", "R"]);
    (prefix, quotes(), vec(piece, 0..6))
        .prop_map(|(prefix, quotes, pieces)| format!("{prefix}{quotes}{}{quotes}", pieces.concat()))
}

fn bytes() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => "[ -~&&[^'\"\\\\]]{1,8}",
        2 => any::<u8>().prop_map(|byte| format!("\\x{byte:02x}")),
        2 => escape(),
    ];
    let prefix = select(vec!["b", "b", "B", "rb", "Br", "bR"]);
    (prefix, quotes(), vec(piece, 0..6))
        .prop_map(|(prefix, quotes, pieces)| format!("{prefix}{quotes}{}{quotes}", pieces.concat()))
}

fn quotes() -> impl Strategy<Value = &'static str> {
    select(vec!["'", "\"", "'''", "\"\"\""])
}

fn escape() -> impl Strategy<Value = String> {
    select(vec![
        "\\n", "\\t", "\\r", "\\\\", "\\'", "\\\"", "\\a", "\\b", "\\f", "\\v", "\\0", "\\12",
        "\\377", "\\777", "\\8", "\\q", "\\\n", "\\\r\n", "\\u12", "\\x", "\\N", "\\ ", "\\é",
    ])
    .prop_map(str::to_owned)
}

/// A character that is as printable in every version of Unicode.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => char::range('\u{1}', '\u{2ff}'),
        1 => char::range('\u{400}', '\u{4ff}'),
        1 => char::range('\u{2000}', '\u{2030}'),
        1 => char::range('\u{4e00}', '\u{9f00}'),
        1 => char::range('\u{e000}', '\u{f8ff}'),
        1 => char::range('\u{fff9}', '\u{10010}'),
        1 => char::range('\u{1f600}', '\u{1f640}'),
        1 => char::range('\u{10fff0}', '\u{10ffff}'),
    ]
}
