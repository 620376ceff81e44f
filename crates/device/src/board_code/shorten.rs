//! Shorter names for what a helper program has inside its functions.

use std::collections::{BTreeMap, BTreeSet};

/// A piece of Python source: a word, or anything else, strings included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Word(&'a str),
    Other(&'a str),
}

/// Words that bind nothing and are no names.
const KEYWORDS: [&str; 22] = [
    "and", "def", "del", "elif", "else", "except", "finally", "from", "global", "if", "import",
    "in", "is", "nonlocal", "not", "or", "raise", "return", "try", "while", "with", "yield",
];

/// `code` with a letter for each name that is bound inside a function and is used nowhere else, and
/// without spaces around operators.
///
/// It knows as much of Python as the programs in `board` need: names are bound by parameters, by
/// assignments, by `for` and by `as`. A name that is also an attribute or a keyword argument, or
/// that stands in a line without indentation, keeps.
pub(super) fn shorten(code: &str) -> String {
    let mut bound = BTreeSet::new();
    let mut kept = BTreeSet::new();
    let mut in_function = false;
    for line in code.lines() {
        let pieces = pieces(line);
        // What is indented without a function belongs to the outermost level, too.
        let indented = line.starts_with(' ');
        in_function = if indented {
            in_function
        } else {
            line.starts_with("def ")
        };
        let inside = indented && in_function;
        bind(&pieces, inside, &mut bound, &mut kept);
    }
    let words = || {
        code.lines()
            .flat_map(pieces)
            .filter_map(|piece| match piece {
                Piece::Word(word) => Some(word),
                Piece::Other(_) => None,
            })
    };
    let taken: BTreeSet<&str> = words().collect();
    let mut letters = ('a'..='z')
        .chain('A'..='Z')
        .map(String::from)
        .filter(|letter| !taken.contains(letter.as_str()));
    let mut names = BTreeMap::new();
    for word in words() {
        if word.len() > 1
            && bound.contains(word)
            && !kept.contains(word)
            && !names.contains_key(word)
            && let Some(letter) = letters.next()
        {
            names.insert(word, letter);
        }
    }
    let mut text = String::with_capacity(code.len());
    for line in code.lines() {
        for (index, piece) in pieces(line).into_iter().enumerate() {
            match piece {
                Piece::Word(word) => text.push_str(names.get(word).map_or(word, |name| name)),
                Piece::Other(other) if index > 0 && is_operator(other) => {
                    text.extend(other.chars().filter(|&c| c != ' '));
                }
                Piece::Other(other) => text.push_str(other),
            }
        }
        text.push('\n');
    }
    text
}

/// Notes the names that a line binds, and those that have to stay.
fn bind<'a>(
    pieces: &[Piece<'a>],
    inside: bool,
    bound: &mut BTreeSet<&'a str>,
    kept: &mut BTreeSet<&'a str>,
) {
    let mut words = pieces.iter().filter_map(|piece| match piece {
        Piece::Word(word) => Some(*word),
        Piece::Other(_) => None,
    });
    let first = words.next().unwrap_or_default();
    let mut depth = 0;
    let mut in_for = false;
    let mut before = "";
    let mut word_before = "";
    // Names in front of an equals sign or `in` are bound by it.
    let mut targets: Vec<&str> = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Word(word) => {
                let attribute = before.ends_with('.') && !before.ends_with("..");
                let next = match pieces.get(index + 1) {
                    Some(Piece::Other(next)) => *next,
                    _ => "",
                };
                let keyword =
                    depth > 0 && first != "def" && next.starts_with('=') && !next.starts_with("==");
                let import = first == "import" || first == "from";
                if attribute || keyword || import && word_before != "as" {
                    kept.insert(word);
                }
                let parameter = first == "def" && depth == 1 && !before.trim_end().ends_with('=');
                let is_name = word_before == "def" && inside;
                if parameter || is_name || word_before == "as" {
                    bound.insert(word);
                } else if *word == "for" {
                    targets.clear();
                    in_for = true;
                } else if *word == "in" && in_for {
                    bound.extend(targets.drain(..));
                    in_for = false;
                } else if KEYWORDS.contains(word) {
                    targets.clear();
                } else if !attribute && (depth == 0 || in_for) {
                    targets.push(word);
                }
                let plain = next.trim_start();
                if inside && depth == 0 && plain.starts_with('=') && !plain.starts_with("==") {
                    bound.extend(targets.drain(..));
                }
                if !inside && first != "def" {
                    kept.insert(word);
                }
                word_before = word;
                before = "";
            }
            Piece::Other(other) => {
                before = other;
                if other.starts_with(['\'', '"']) {
                    continue;
                }
                for character in other.chars() {
                    match character {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth -= 1,
                        _ => {}
                    }
                }
                // Only a list of names is a list of targets.
                if !other.chars().all(|c| c == ' ' || c == ',') {
                    targets.clear();
                }
            }
        }
    }
    if !inside && first == "def" {
        // The function itself is called by its name from elsewhere.
        kept.extend(words.next());
    }
}

/// Whether a piece is no string, no number and more than a space: needs no spaces around it.
fn is_operator(piece: &str) -> bool {
    let first = piece.trim_start().chars().next();
    first.is_some_and(|c| !c.is_ascii_digit() && !matches!(c, '"' | '\'' | '$'))
}

/// The pieces of a line. A string is one piece, whatever it holds.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        let length = if first == '"' || first == '\'' {
            let mut escaped = false;
            let mut end = rest.len();
            for (at, c) in rest.char_indices().skip(1) {
                if !escaped && c == first {
                    end = at + 1;
                    break;
                }
                escaped = c == '\\' && !escaped;
            }
            end
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            rest.find(|c| is_word(c) || c == '"' || c == '\'')
                .unwrap_or(rest.len())
        };
        let (piece, behind) = rest.split_at(length);
        let number = first.is_ascii_digit();
        // The prefix of a string is a word for itself, which is never bound.
        pieces.push(if is_word(first) && !number && first != '$' {
            Piece::Word(piece)
        } else {
            Piece::Other(piece)
        });
        rest = behind;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inner_names_get_shorter() {
        let code = "\
def _belay(path, number=1):
 import os
 from binascii import crc32
 count, total = 0, [b\"count\"]
 def say(text, end=None):
  nonlocal count
  count += 1
  text.write(\"%s count\" % text)
 for index, name in enumerate(os.listdir(path)):
  say(name, key=index == count)
 try:
  crc32(total)
 except OSError as error:
  raise error
_belay(path, $PATH)
";
        let expected = "\
def _belay(path,a=1):
 import os
 from binascii import crc32
 c,d=0,[b\"count\"]
 def e(f,g=None):
  nonlocal c
  c+=1
  f.write(\"%s count\"%f)
 for h,i in enumerate(os.listdir(path)):
  e(i,key=h==c)
 try:
  crc32(d)
 except OSError as j:
  raise j
_belay(path,$PATH)
";
        // `b` is taken, by the prefix of a string.
        assert_eq!(shorten(code), expected);
    }
}
