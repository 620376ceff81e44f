//! Formatted strings and template strings, with everything in their braces, by the rules of
//! [PEP 701](https://peps.python.org/pep-0701/): strings in a field may have the same quotes as
//! the one around it, to any depth.
//!
//! What was valid before CPython 3.12 ends at the same place by these rules.

use super::brackets::{self, MAX_BRACKETS};
use super::class::{Class, Prefix, class, is_word, prefix};
use super::cursor::Cursor;
use super::string::{Quotes, string};
use crate::{Error, ErrorKind};

/// What the next byte lies in. The stack of these stands for the call stack.
#[derive(Debug, Clone, Copy)]
enum Inside {
    /// The text of a formatted string.
    Text(Literal),
    /// The expression of a field, from its `{`.
    Field(usize, Literal),
    /// The format of a field, behind its `:`.
    Format(usize, Literal),
    /// A bracket in an expression, and where it is.
    Bracket(u8, usize),
}

/// The formatted string that text or a field belongs to.
#[derive(Debug, Clone, Copy)]
struct Literal {
    quotes: Quotes,
    raw: bool,
}

/// Moves past a formatted string whose prefix, from `start`, is already behind.
pub(super) fn fstring(cursor: &mut Cursor<'_>, start: usize, raw: bool) -> Result<(), Error> {
    let mut stack = Vec::with_capacity(4);
    open(cursor, start, raw, &mut stack)?;
    while let Some(&top) = stack.last() {
        match top {
            Inside::Text(literal) => text(cursor, literal, None, &mut stack)?,
            Inside::Format(field, literal) => text(cursor, literal, Some(field), &mut stack)?,
            Inside::Field(..) | Inside::Bracket(..) => expression(cursor, top, &mut stack)?,
        }
    }
    Ok(())
}

fn open(
    cursor: &mut Cursor<'_>,
    start: usize,
    raw: bool,
    stack: &mut Vec<Inside>,
) -> Result<(), Error> {
    let quotes = Quotes::open(cursor, start);
    push(stack, Inside::Text(Literal { quotes, raw }), start)
}

fn push(stack: &mut Vec<Inside>, inside: Inside, offset: usize) -> Result<(), Error> {
    if stack.len() >= MAX_BRACKETS {
        let kind = ErrorKind::TooDeep {
            limit: MAX_BRACKETS,
        };
        return Err(Error::new(kind, offset..offset + 1));
    }
    stack.push(inside);
    Ok(())
}

/// Moves through text, or the format of the field at `field`, until it ends or a field begins.
fn text(
    cursor: &mut Cursor<'_>,
    literal: Literal,
    field: Option<usize>,
    stack: &mut Vec<Inside>,
) -> Result<(), Error> {
    let Literal { quotes, raw } = literal;
    let unterminated = |cursor: &Cursor<'_>| match field {
        Some(start) => Error::new(ErrorKind::UnterminatedField, start..cursor.offset),
        None => quotes.unterminated(cursor),
    };
    loop {
        cursor.advance_while(|byte| {
            byte != quotes.byte && !matches!(byte, b'\\' | b'{' | b'}' | b'\n' | b'\r')
        });
        let offset = cursor.offset;
        match cursor.peek() {
            b'\\' => escape(cursor, quotes, raw),
            b'{' if field.is_none() && cursor.peek_at(1) == b'{' => cursor.advance(2),
            b'{' => {
                cursor.advance(1);
                return push(stack, Inside::Field(offset, literal), offset);
            }
            b'}' if field.is_some() => {
                cursor.advance(1);
                stack.pop();
                return Ok(());
            }
            b'}' if cursor.peek_at(1) == b'}' => cursor.advance(2),
            b'}' => return Err(Error::new(ErrorKind::SingleBrace, offset..offset + 1)),
            byte if byte == quotes.byte => {
                if !quotes.close(cursor) {
                    continue;
                }
                if field.is_some() {
                    cursor.offset = offset;
                    return Err(unterminated(cursor));
                }
                stack.pop();
                return Ok(());
            }
            b'\n' | b'\r' if quotes.triple => cursor.advance(1),
            _ => return Err(unterminated(cursor)),
        }
    }
}

/// Moves past a backslash and what it escapes. It does not escape a brace; but the braces of
/// `\N{DASH}` hold a character's name.
fn escape(cursor: &mut Cursor<'_>, quotes: Quotes, raw: bool) {
    cursor.advance(1);
    match cursor.peek() {
        b'{' | b'}' => {}
        b'N' if !raw && cursor.peek_at(1) == b'{' => {
            cursor.advance(2);
            cursor
                .advance_while(|byte| byte != quotes.byte && !matches!(byte, b'}' | b'\n' | b'\r'));
            if cursor.peek() == b'}' {
                cursor.advance(1);
            }
        }
        _ => cursor.escaped(),
    }
}

/// Moves past one piece of an expression in a field.
fn expression(cursor: &mut Cursor<'_>, top: Inside, stack: &mut Vec<Inside>) -> Result<(), Error> {
    let offset = cursor.offset;
    let byte = cursor.peek();
    match class(byte) {
        Class::Word => {
            cursor.advance_while(is_word);
            if class(cursor.peek()) == Class::Quote {
                match prefix(cursor.since(offset)) {
                    Some(Prefix::Plain) => string(cursor, offset)?,
                    Some(Prefix::Formatted { raw } | Prefix::Template { raw }) => {
                        open(cursor, offset, raw, stack)?;
                    }
                    None => {}
                }
            }
        }
        Class::Digit => cursor.advance_while(is_word),
        Class::Quote => string(cursor, offset)?,
        Class::Open => {
            cursor.advance(1);
            push(stack, Inside::Bracket(byte, offset), offset)?;
        }
        Class::Close => {
            match top {
                Inside::Bracket(open, _) => brackets::check(open, byte, offset)?,
                _ if byte == b'}' => {}
                _ => brackets::check(b'{', byte, offset)?,
            }
            cursor.advance(1);
            stack.pop();
        }
        Class::Comment => cursor.advance_to_line_end(),
        _ if cursor.is_end() => {
            return Err(match top {
                Inside::Bracket(open, start) => brackets::unclosed(open, start),
                Inside::Field(start, _) | Inside::Format(start, _) => {
                    Error::new(ErrorKind::UnterminatedField, start..offset)
                }
                Inside::Text(literal) => literal.quotes.unterminated(cursor),
            });
        }
        _ => {
            cursor.advance(1);
            if let (b':', Inside::Field(start, literal)) = (byte, top) {
                stack.pop();
                stack.push(Inside::Format(start, literal));
            }
        }
    }
    Ok(())
}
