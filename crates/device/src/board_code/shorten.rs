//! Programs for the board as they are sent: as short as can be.

use std::collections::{BTreeMap, BTreeSet};

use belay_tokenize::{TokenKind, tokenize, would_merge};

/// Stands for the dollar of a name that is filled in, which no name of Python has.
const DOLLAR: &str = "\u{1f1}";

/// A statement without what is indented behind it.
struct Line<'a> {
    depth: usize,
    /// Whether it stands in a function.
    inside: bool,
    tokens: Vec<(TokenKind, &'a str)>,
}

impl Line<'_> {
    /// Whether a block belongs to it.
    fn is_header(&self) -> bool {
        self.tokens
            .last()
            .is_some_and(|&(kind, _)| kind == TokenKind::Colon)
    }
}

/// `code` without what only people read, with a letter for each name that is bound inside a function and is
/// used nowhere else, and with as few lines as it takes.
///
/// It knows as much of Python as the programs in `board` need: names are bound by parameters, by
/// assignments, by `for` and by `as`. A name that is also an attribute or a keyword argument, or
/// that stands in a line outside of functions, keeps.
pub(super) fn shorten(code: &str) -> String {
    let source = code.replace('$', DOLLAR);
    let lines = lines(&source);
    let (mut bound, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for line in &lines {
        bind(line, &mut bound, &mut kept);
    }
    let names = || lines.iter().flat_map(|line| &line.tokens);
    let taken: BTreeSet<&str> = names().map(|&(_, text)| text).collect();
    let mut letters = ('a'..='z').chain('A'..='Z').map(String::from);
    let mut short = BTreeMap::new();
    for &(_, name) in names() {
        if name.len() > 1
            && bound.contains(name)
            && !kept.contains(name)
            && !short.contains_key(name)
            && let Some(letter) = letters.find(|letter| !taken.contains(letter.as_str()))
        {
            short.insert(name, letter);
        }
    }
    let mut text = String::with_capacity(code.len());
    for (index, line) in lines.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &lines[index]);
        match before {
            None => {}
            Some(before) if before.is_header() => {
                let mut block = lines[index..].iter();
                let mut block = block.by_ref().take_while(|next| next.depth >= line.depth);
                if block.any(Line::is_header) {
                    text.push('\n');
                    text.push_str(&" ".repeat(line.depth));
                }
            }
            Some(before) if before.depth == line.depth && !line.is_header() => text.push(';'),
            Some(_) => {
                text.push('\n');
                text.push_str(&" ".repeat(line.depth));
            }
        }
        let mut last = (TokenKind::Newline, "");
        for &(kind, name) in &line.tokens {
            let name = short.get(name).map_or(name, |name| name);
            if would_merge(last, (kind, name)) {
                text.push(' ');
            }
            text.push_str(name);
            last = (kind, name);
        }
    }
    text.push('\n');
    text.replace(DOLLAR, "$")
}

fn lines(source: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut depth = 0;
    // How deep the functions are that the next line stands in.
    let mut functions: Vec<usize> = Vec::new();
    let mut tokens = Vec::new();
    // What no tokens can be made of is no program of ours.
    for token in tokenize(source).unwrap_or_default() {
        match token.kind {
            TokenKind::Indent => depth += 1,
            TokenKind::Dedent => {
                depth -= 1;
                functions.retain(|&function| function < depth);
            }
            TokenKind::Comment | TokenKind::LineBreak | TokenKind::Continuation => {}
            TokenKind::Newline => {
                let line = Line {
                    depth,
                    inside: !functions.is_empty(),
                    tokens: std::mem::take(&mut tokens),
                };
                if line.tokens.first().is_some_and(|&(_, text)| text == "def") {
                    functions.push(depth);
                }
                lines.push(line);
            }
            kind => tokens.push((kind, token.text(source))),
        }
    }
    lines
}

/// Notes the names that a line binds, and those that have to stay.
fn bind<'a>(line: &Line<'a>, bound: &mut BTreeSet<&'a str>, kept: &mut BTreeSet<&'a str>) {
    let text = |index: usize| line.tokens.get(index).map_or("", |&(_, text)| text);
    let first = text(0);
    let mut brackets = 0;
    let mut in_for = false;
    for (index, &(kind, word)) in line.tokens.iter().enumerate() {
        let before = index.checked_sub(1).map_or("", text);
        match kind {
            TokenKind::Open => brackets += 1,
            TokenKind::Close => brackets -= 1,
            TokenKind::Operator if word == "=" && brackets == 0 && line.inside => {
                let mut targets = index;
                while targets > 0
                    && (line.tokens[targets - 1].0 == TokenKind::Name
                        || ["*", ","].contains(&text(targets - 1)))
                {
                    targets -= 1;
                }
                if targets == 0 || text(targets - 1) == "=" {
                    bound.extend((targets..index).map(text));
                }
            }
            TokenKind::Name => {
                let is_argument = brackets > 0 && first != "def" && text(index + 1) == "=";
                let is_imported = ["import", "from"].contains(&first) && before != "as";
                let is_outside = !line.inside && first != "def";
                let is_outermost = before == "def" && !line.inside;
                if before == "." || is_argument || is_imported || is_outside || is_outermost {
                    kept.insert(word);
                }
                let is_parameter =
                    first == "def" && brackets == 1 && ["(", ",", "*", "**"].contains(&before);
                if is_parameter || in_for && word != "in" || ["as", "def"].contains(&before) {
                    bound.insert(word);
                }
                in_for = word == "for" || in_for && word != "in";
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inner_names_get_shorter() {
        let code = "\
# why
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
 import os;from binascii import crc32;b,c=0,[b\"count\"]
 def d(e,f=None):nonlocal b;b+=1;e.write(\"%s count\"%e)
 for g,h in enumerate(os.listdir(path)):d(h,key=g==b)
 try:crc32(c)
 except OSError as i:raise i
_belay(path,$PATH)
";
        assert_eq!(shorten(code), expected);
    }

    #[test]
    fn methods_keep_their_names() {
        let code = "class A:\n    def read(self, size):\n        self.size = size\n        read = 1\n        return read\n";
        let expected = "class A:\n def read(a,size):a.size=size;read=1;return read\n";
        assert_eq!(shorten(code), expected);
    }
}
