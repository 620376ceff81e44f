//! Git's patterns in terms of globset.
//!
//! The language is that of `man gitignore`, in the details as git's matcher has it. It differs from
//! globset's in braces, which mean nothing to git, in the escapes and named classes inside brackets,
//! and in when two stars are more than one.

use globset::{Glob, GlobBuilder};

use crate::PatternError;

/// A line of ignore rules.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) glob: Glob,
    pub(crate) negated: bool,
    pub(crate) folders_only: bool,
}

/// The rule that a line means; `None` for a comment or an empty line.
pub(crate) fn parse(line: &str) -> Result<Option<Line>, PatternError> {
    let text = without_trailing_spaces(line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (negated, text) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (folders_only, text) = match text.strip_suffix('/') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let is_anchored = text.contains('/');
    let body = text.strip_prefix('/').unwrap_or(text);
    if body.is_empty() {
        return Err(PatternError::Empty {
            pattern: line.to_owned(),
        });
    }
    if body.starts_with('/') || body.ends_with('/') {
        return Err(PatternError::Malformed {
            pattern: line.to_owned(),
        });
    }
    let mut glob = translate(line, body, is_anchored)?;
    if !is_anchored {
        glob.insert_str(0, "**/");
    }
    Ok(Some(Line {
        glob: compile(line, &glob)?,
        negated,
        folders_only,
    }))
}

/// `text` as a pattern for whole paths, wherever its slashes are. `whole` is what errors quote.
pub(crate) fn anchored(whole: &str, text: &str) -> Result<Glob, PatternError> {
    compile(whole, &translate(whole, text, true)?)
}

fn compile(whole: &str, glob: &str) -> Result<Glob, PatternError> {
    GlobBuilder::new(glob)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|_| PatternError::Malformed {
            pattern: whole.to_owned(),
        })
}

/// A space that a backslash precedes ends the search.
fn without_trailing_spaces(line: &str) -> &str {
    let mut end = 0;
    let mut chars = line.char_indices();
    while let Some((index, char)) = chars.next() {
        match char {
            ' ' => {}
            '\\' => end = chars.next().map_or(line.len(), |(at, c)| at + c.len_utf8()),
            _ => end = index + char.len_utf8(),
        }
    }
    &line[..end]
}

fn translate(whole: &str, body: &str, is_anchored: bool) -> Result<String, PatternError> {
    let chars: Vec<char> = body.chars().collect();
    let mut glob = String::with_capacity(body.len() + 8);
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        at += 1;
        match char {
            '\\' => {
                let Some(&next) = chars.get(at) else {
                    return Err(PatternError::TrailingBackslash {
                        pattern: whole.to_owned(),
                    });
                };
                at += 1;
                push_literal(&mut glob, next);
            }
            '?' => glob.push('?'),
            '*' => {
                let start = at - 1;
                while chars.get(at) == Some(&'*') {
                    at += 1;
                }
                let after_slash = start == 0 || chars[start - 1] == '/';
                let is_part = is_anchored && at - start > 1 && after_slash;
                glob.push_str(match chars[at..] {
                    [] | ['/', ..] if is_part => "**",
                    // Before a slash that is escaped, git wants at least one folder.
                    ['\\', '/', ..] if is_part => "**/*",
                    _ => "*",
                });
            }
            // No path has two in a row, but a class may.
            '/' if chars.get(at) == Some(&'/') => {
                return Err(PatternError::Malformed {
                    pattern: whole.to_owned(),
                });
            }
            '[' => {
                let class = Class::parse(whole, &chars, &mut at)?;
                class.write(whole, &mut glob)?;
            }
            char => push_literal(&mut glob, char),
        }
    }
    Ok(glob)
}

fn push_literal(glob: &mut String, char: char) {
    if matches!(char, '\\' | '*' | '?' | '[' | ']' | '{' | '}' | ',' | '!') {
        glob.push('\\');
    }
    glob.push(char);
}

/// What stands between brackets.
#[derive(Debug, Default)]
struct Class {
    negated: bool,
    /// Both ends included.
    ranges: Vec<(char, char)>,
}

impl Class {
    /// Parses from behind the opening bracket to behind the closing one, and moves `at` there.
    fn parse(whole: &str, chars: &[char], at: &mut usize) -> Result<Self, PatternError> {
        let open = || PatternError::OpenClass {
            pattern: whole.to_owned(),
        };
        let mut class = Self::default();
        if let Some('!' | '^') = chars.get(*at) {
            class.negated = true;
            *at += 1;
        }
        // What a range can begin with: the character before, unless it is part of one already.
        let mut start: Option<char> = None;
        let mut is_first = true;
        loop {
            let rest = chars.get(*at..).unwrap_or_default();
            start = match *rest {
                [] | ['\\'] => return Err(open()),
                [']', ..] if !is_first => {
                    *at += 1;
                    return Ok(class);
                }
                ['\\', char, ..] => {
                    *at += 2;
                    class.ranges.push((char, char));
                    Some(char)
                }
                ['-', '\\', end, ..] if start.is_some() => {
                    *at += 3;
                    class.extend(end);
                    None
                }
                ['-', end, ..] if start.is_some() && end != ']' => {
                    *at += 2;
                    class.extend(end);
                    None
                }
                ['[', ':', ..] => {
                    let end = rest[2..].iter().position(|char| *char == ']');
                    let end = 2 + end.ok_or_else(open)?;
                    if end > 2 && rest[end - 1] == ':' {
                        *at += end + 1;
                        let name: String = rest[2..end - 1].iter().collect();
                        class.ranges.extend(named(whole, &name)?);
                        None
                    } else {
                        *at += 1;
                        class.ranges.push(('[', '['));
                        Some('[')
                    }
                }
                [char, ..] => {
                    *at += 1;
                    class.ranges.push((char, char));
                    Some(char)
                }
            };
            is_first = false;
        }
    }

    /// Makes a range of the last character. One that ends before it begins holds nothing more.
    fn extend(&mut self, end: char) {
        if let Some(range) = self.ranges.last_mut() {
            range.1 = range.1.max(end);
        }
    }

    /// Writes what globset understands. There nothing can be escaped inside brackets, so that `]`,
    /// `-`, `!` and `^` must stand where they are taken as they are. No class matches `/`.
    fn write(mut self, whole: &str, glob: &mut String) -> Result<(), PatternError> {
        if self.negated {
            self.ranges.push(('/', '/'));
        } else {
            self.remove('/');
        }
        let specials = [']', '^', '!', '-'];
        let has = specials.map(|special| self.remove(special));
        if self.ranges.is_empty() {
            let only: Vec<char> = specials
                .into_iter()
                .zip(has)
                .filter_map(|(special, has)| has.then_some(special))
                .collect();
            if only.is_empty() {
                return Err(PatternError::Malformed {
                    pattern: whole.to_owned(),
                });
            }
            // Without another character to stand first, alternatives are simpler than a class.
            glob.push('{');
            for (index, special) in only.into_iter().enumerate() {
                glob.push_str(if index == 0 { "\\" } else { ",\\" });
                glob.push(special);
            }
            glob.push('}');
            return Ok(());
        }
        glob.push('[');
        if self.negated {
            glob.push('!');
        }
        if has[0] {
            glob.push(']');
        }
        for (start, end) in self.ranges {
            glob.push(start);
            if start != end {
                glob.extend(['-', end]);
            }
        }
        for (special, has) in specials.into_iter().zip(has).skip(1) {
            if has {
                glob.push(special);
            }
        }
        glob.push(']');
        Ok(())
    }

    /// Takes a character out, and says whether it was in.
    fn remove(&mut self, char: char) -> bool {
        let before = (char as u8 - 1) as char;
        let after = (char as u8 + 1) as char;
        let mut was_in = false;
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        for (start, end) in self.ranges.drain(..) {
            if char < start || end < char {
                ranges.push((start, end));
                continue;
            }
            was_in = true;
            if start < char {
                ranges.push((start, before));
            }
            if char < end {
                ranges.push((after, end));
            }
        }
        self.ranges = ranges;
        was_in
    }
}

/// The classes of POSIX in ASCII, as git has them.
fn named(whole: &str, name: &str) -> Result<Vec<(char, char)>, PatternError> {
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "blank" => &[(' ', ' '), ('\t', '\t')],
        "cntrl" => &[('\u{1}', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[(' ', ' '), ('\t', '\r')],
        "upper" => &[('A', 'Z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => {
            return Err(PatternError::UnknownClass {
                pattern: whole.to_owned(),
                name: name.to_owned(),
            });
        }
    };
    Ok(ranges.to_vec())
}
