//! Where in a document a change belongs.

use std::ops::Range;

use toml_edit::{Array, Document, InlineTable, Item, Key, Table, TableLike, Value};

use crate::error::EditError;
use crate::location::Location;
use crate::quote::key as key_text;

/// A replacement of some bytes of a text.
pub(super) struct Splice {
    span: Range<usize>,
    text: String,
}

impl Splice {
    pub(super) fn new(span: Range<usize>, text: String) -> Self {
        Self { span, text }
    }

    pub(super) fn start(&self) -> usize {
        self.span.start
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let (before, after) = (&text[..self.span.start], &text[self.span.end..]);
        format!("{before}{}{after}", self.text)
    }
}

/// What holds the end of a path.
enum Holder<'d> {
    /// A table with a heading, or the document; the number of keys of the path that lead to it.
    Headed(&'d Table, usize),
    /// A table in braces; likewise.
    Inline(&'d InlineTable, usize),
}

/// How far a path leads.
struct Found<'d> {
    /// The innermost table that keys can be written into.
    holder: Holder<'d>,
    /// How many keys of the path there are, with those of dotted and implied tables.
    depth: usize,
    /// The table at the end of these.
    last: &'d dyn TableLike,
    /// Whether that table exists through dotted keys.
    dotted: bool,
    /// Whether it exists only through the headings of tables in it.
    implied: bool,
}

fn find<'d>(
    text: &str,
    document: &'d Document<&str>,
    path: &[&str],
) -> Result<Found<'d>, EditError> {
    let root = document.as_table();
    let mut found = Found {
        holder: Holder::Headed(root, 0),
        depth: 0,
        last: root,
        dotted: false,
        implied: false,
    };
    for (index, key) in path.iter().enumerate() {
        let Some(item) = found.last.get(key).filter(|item| !item.is_none()) else {
            break;
        };
        let depth = index + 1;
        match item {
            Item::Table(table) => {
                found.dotted = table.is_dotted();
                found.implied = table.is_implicit() && !table.is_dotted();
                if !found.dotted && !found.implied {
                    found.holder = Holder::Headed(table, depth);
                }
                found.last = table;
            }
            Item::Value(Value::InlineTable(table)) => {
                found.dotted = table.is_dotted();
                found.implied = false;
                if !found.dotted {
                    found.holder = Holder::Inline(table, depth);
                }
                found.last = table;
            }
            _ => {
                let span = found.last.key(key).and_then(Key::span);
                return Err(EditError::NotATable {
                    key: path[..depth].join("."),
                    location: Location::of(text, span.map_or(0, |span| span.start)),
                });
            }
        }
        found.depth = depth;
    }
    Ok(found)
}

/// The change that writes `key = value` at the end of the table at `path`.
pub(super) fn insertion(
    text: &str,
    document: &Document<&str>,
    path: &[&str],
    key: &str,
    value: &str,
) -> Result<Splice, EditError> {
    let found = find(text, document, path)?;
    let complete = found.depth == path.len();
    let from = |depth: usize| {
        let keys = path[depth..].iter().copied().chain([key]);
        keys.map(key_text).collect::<Vec<_>>().join(".")
    };
    match found.holder {
        Holder::Inline(table, depth) => {
            let entry = format!("{} = {value}", from(depth));
            Ok(into_braces(text, table, &entry))
        }
        Holder::Headed(table, depth) if found.dotted || complete && !found.implied => {
            let entry = format!("{} = {value}", from(depth));
            // Beside its like, where there is any.
            let siblings = entries(found.last);
            let own = if siblings.is_empty() {
                entries(table)
            } else {
                siblings
            };
            Ok(as_line(text, table, &own, &entry))
        }
        Holder::Headed(..) => {
            let entry = format!("{} = {value}", key_text(key));
            Ok(as_section(text, document, path, Some(&entry)))
        }
    }
}

/// The change that writes the heading of an empty table. `None` when the table is there, or when its
/// place is among dotted keys or in braces, where there are no empty tables to write.
pub(super) fn heading(
    text: &str,
    document: &Document<&str>,
    path: &[&str],
) -> Result<Option<Splice>, EditError> {
    let found = find(text, document, path)?;
    let headed = matches!(found.holder, Holder::Headed(..)) && !found.dotted;
    let missing = found.depth < path.len();
    Ok((headed && missing).then(|| as_section(text, document, path, None)))
}

/// The change that writes a value at the end of a list.
pub(super) fn into_list(list: &Array, value: &str) -> Option<Splice> {
    if let Some(last) = list.iter().last() {
        let end = last.span()?.end;
        return Some(Splice::new(end..end, format!(", {value}")));
    }
    let open = list.span()?.start + 1;
    Some(Splice::new(open..open, value.to_owned()))
}

/// The change that takes away the table or value at `key` in the table at `path`, or a part of it
/// when it stands in several places.
pub(super) fn removal(
    text: &str,
    document: &Document<&str>,
    path: &[&str],
    key: &str,
) -> Result<Splice, EditError> {
    let found = find(text, document, path)?;
    let impossible = || EditError::Impossible {
        location: Location { line: 1, column: 1 },
    };
    let item = found.last.get(key).ok_or_else(impossible)?;
    if let Holder::Inline(table, depth) = found.holder {
        let inside = [&path[depth..], &[key]].concat();
        return out_of_braces(table, &inside).ok_or_else(impossible);
    }
    let span = if let Some(table) = last_heading(item) {
        let start = table.span().ok_or_else(impossible)?.start;
        let end = entries(table).iter().map(|entry| entry.end).max();
        let heading = table.span().map_or(start, |span| span.end);
        start..end.unwrap_or(heading).max(heading)
    } else {
        let values = entries_of(item, found.last.key(key));
        values.into_iter().next_back().ok_or_else(impossible)?
    };
    let start = text[..span.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    // A byte order mark is no part of the first line.
    let start = if text[start..].starts_with('\u{feff}') {
        start + 3
    } else {
        start
    };
    Ok(Splice::new(start..line_end(text, span.end), String::new()))
}

/// The last table with a heading of its own at or below `item`.
fn last_heading(item: &Item) -> Option<&Table> {
    match item {
        Item::Table(table) => {
            let below = table.iter().filter_map(|(_, item)| last_heading(item));
            let own = !table.is_dotted() && !table.is_implicit();
            below
                .max_by_key(|table| table.span().map(|span| span.start))
                .or(own.then_some(table))
        }
        Item::ArrayOfTables(tables) => {
            let last = tables.iter().last()?;
            let below = last.iter().filter_map(|(_, item)| last_heading(item));
            below
                .max_by_key(|table| table.span().map(|span| span.start))
                .or(Some(last))
        }
        Item::Value(_) | Item::None => None,
    }
}

/// From the first key to the end of the value, for each value that stands directly in the table,
/// those under dotted keys included.
fn entries(table: &dyn TableLike) -> Vec<Range<usize>> {
    let values = table.get_values();
    let mut spans: Vec<_> = values
        .iter()
        .filter_map(|(keys, value)| Some(keys.first()?.span()?.start..value.span()?.end))
        .collect();
    spans.sort_by_key(|span| span.start);
    spans
}

/// The same for a value, or for the values under a dotted key.
fn entries_of(item: &Item, key: Option<&Key>) -> Vec<Range<usize>> {
    match item {
        Item::Value(value) => key
            .and_then(Key::span)
            .zip(value.span())
            .map(|(key, value)| key.start..value.end)
            .into_iter()
            .collect(),
        Item::Table(table) => entries(table),
        Item::ArrayOfTables(_) | Item::None => Vec::new(),
    }
}

/// The end of the last line that belongs to `item`.
fn end_of(item: &Item, text: &str) -> Option<usize> {
    match item {
        Item::None => None,
        Item::Value(value) => value.span().map(|span| line_end(text, span.end)),
        Item::Table(table) => {
            let heading = table.span().filter(|_| !table.is_implicit());
            let heading = heading.map(|span| line_end(text, span.end));
            table
                .iter()
                .filter_map(|(_, item)| end_of(item, text))
                .chain(heading)
                .max()
        }
        Item::ArrayOfTables(tables) => {
            let last = tables.iter().last()?;
            let heading = last.span().map(|span| line_end(text, span.end));
            let below = last.iter().filter_map(|(_, item)| end_of(item, text));
            below.chain(heading).max()
        }
    }
}

/// Behind the line's end, wherever in the line `offset` is.
fn line_end(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |newline| offset + newline + 1)
}

/// How lines end in this text.
fn line_break(text: &str) -> &'static str {
    let first = text
        .find('\n')
        .is_some_and(|newline| text[..newline].ends_with('\r'));
    if first { "\r\n" } else { "\n" }
}

fn as_line(text: &str, table: &Table, siblings: &[Range<usize>], entry: &str) -> Splice {
    let eol = line_break(text);
    let (end, indent) = match siblings.last() {
        Some(last) => {
            let start = text[..last.start]
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            let indent = text[start..last.start].trim_start_matches('\u{feff}');
            let blank = indent.chars().all(|c| matches!(c, ' ' | '\t'));
            (line_end(text, last.end), if blank { indent } else { "" })
        }
        None => match table.span().filter(|span| !span.is_empty()) {
            Some(heading) => (line_end(text, heading.end), ""),
            None => (if text.starts_with('\u{feff}') { 3 } else { 0 }, ""),
        },
    };
    let before = if end == 0 || text[..end].ends_with(['\n', '\u{feff}']) {
        ""
    } else {
        eol
    };
    Splice::new(end..end, format!("{before}{indent}{entry}{eol}"))
}

/// A table of its own, behind its like.
fn as_section(text: &str, document: &Document<&str>, path: &[&str], entry: Option<&str>) -> Splice {
    let eol = line_break(text);
    let keys: Vec<String> = path.iter().copied().map(key_text).collect();
    let heading = keys.join(".");
    let near = path
        .iter()
        .take(2)
        .try_fold(document.as_item(), |item, key| {
            item.as_table_like()?.get(key)
        });
    let end = near
        .and_then(|item| end_of(item, text))
        .unwrap_or(text.len());
    let blank = text[..end].trim_start_matches('\u{feff}').is_empty();
    let before = match text[..end].ends_with('\n') {
        _ if blank => String::new(),
        true => eol.to_owned(),
        false => eol.repeat(2),
    };
    let entry = entry.map_or_else(String::new, |entry| format!("{entry}{eol}"));
    let after = if end == text.len() || text[end..].starts_with(['\r', '\n']) {
        ""
    } else {
        eol
    };
    Splice::new(end..end, format!("{before}[{heading}]{eol}{entry}{after}"))
}

fn into_braces(text: &str, table: &InlineTable, entry: &str) -> Splice {
    if let Some(last) = entries(table).last() {
        return Splice::new(last.end..last.end, format!(", {entry}"));
    }
    let open = table.span().map_or(0, |span| span.start + 1);
    let after = if text[open..].starts_with('}') {
        " "
    } else {
        ""
    };
    Splice::new(open..open, format!(" {entry}{after}"))
}

/// Takes the last entry below `path` out of a table in braces, with one comma.
fn out_of_braces(table: &InlineTable, path: &[&str]) -> Option<Splice> {
    let values = table.get_values();
    let mut spans: Vec<(bool, Range<usize>)> = values
        .iter()
        .filter_map(|(keys, value)| {
            let below = keys.len() >= path.len()
                && keys.iter().zip(path).all(|(key, part)| key.get() == *part);
            Some((below, keys.first()?.span()?.start..value.span()?.end))
        })
        .collect();
    spans.sort_by_key(|(_, span)| span.start);
    let index = spans.iter().rposition(|(below, _)| *below)?;
    let own = spans[index].1.clone();
    let span = match (index.checked_sub(1), spans.get(index + 1)) {
        (_, Some((_, next))) => own.start..next.start,
        (Some(previous), None) => spans[previous].1.end..own.end,
        (None, None) => own,
    };
    Some(Splice::new(span, String::new()))
}
