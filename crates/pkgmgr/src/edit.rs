//! Changes of `pyproject.toml` that leave every other line of it as it is.
//!
//! A change is made in toml_edit's document. That writes some things otherwise than they were: ends of
//! lines, the order of dotted keys, a byte order mark. So only the lines in which the document differs
//! before and after the change go into the user's text (`edit/merge.rs`).

mod error;
mod merge;

use toml_edit::{Decor, Document, DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

pub use self::error::EditError;
use self::merge::merge;
use crate::config::MAIN_GROUP;
use crate::location::Location;
use crate::name::{DependencyName, PackagePath};
use crate::quote::quoted;

/// A source as it is to stand in `pyproject.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewSource {
    /// A URI or a requirement.
    pub(crate) uri: String,
    /// Whether the dependency is read afresh at each install.
    pub(crate) develop: bool,
    /// Whether a single module becomes the dependency's `__init__`, which is the rule.
    pub(crate) rename_to_init: bool,
}

impl NewSource {
    /// The source with neither flag out of the ordinary.
    pub(crate) fn new(uri: &str) -> Self {
        Self {
            uri: uri.to_owned(),
            develop: false,
            rename_to_init: true,
        }
    }

    /// A string, or a table where a flag is out of the ordinary.
    fn to_toml(&self) -> String {
        let uri = quoted(&self.uri);
        let develop = if self.develop { ", develop = true" } else { "" };
        let rename = if self.rename_to_init {
            ""
        } else {
            ", rename_to_init = false"
        };
        if develop.is_empty() && rename.is_empty() {
            return uri;
        }
        format!("{{ uri = {uri}{develop}{rename} }}")
    }
}

/// Adds a dependency to a group, at the end of its table. Tables that are missing are made.
///
/// Fails with [`EditError::Exists`] when the group has a dependency of this name.
pub(crate) fn add_dependency(
    text: &str,
    group: &str,
    name: &DependencyName,
    source: &NewSource,
) -> Result<String, EditError> {
    if PackagePath::new(group).map_or(true, |path| path.parts().count() != 1) {
        return Err(EditError::GroupName {
            group: group.to_owned(),
        });
    }
    let path = dependencies_of(group);
    if has(text, &path, name.as_str())? {
        return Err(EditError::Exists {
            name: name.to_string(),
            group: group.to_owned(),
        });
    }
    add(text, &path, Some((name.as_str(), &source.to_toml())))
}

/// Gives a device a name, at the end of the table at `table`, which is made if it is missing.
///
/// Fails with [`EditError::Named`] when another device has the name.
pub(crate) fn name_device(
    text: &str,
    table: &[&str],
    name: &str,
    device: &str,
) -> Result<String, EditError> {
    if has(text, table, name)? {
        let name = name.to_owned();
        return Err(EditError::Named { name });
    }
    add(text, table, Some((name, &quoted(device))))
}

/// Removes a dependency from a group. Its table stays, and so do comments on lines of their own.
///
/// Fails with [`EditError::Missing`] when the group has no dependency of this name.
pub(crate) fn remove_dependency(text: &str, group: &str, name: &str) -> Result<String, EditError> {
    let path = dependencies_of(group);
    if !has(text, &path, name)? {
        return Err(missing(&parse(text)?, group, name));
    }
    change(text, &path, name, false, |document| {
        let mut kept = Vec::new();
        remove(document.as_item_mut(), &path, name, &mut kept);
        Ok(kept)
    })
}

/// Makes a project of a `pyproject.toml`, which may be empty: adds `[tool.belay]` with the project's
/// name, an empty table of dependencies, and the folder of dependencies to the path of pytest.
///
/// Fails with [`EditError::Declared`] when there is a table `[tool.belay]`.
pub(crate) fn declare_project(text: &str, name: &PackagePath) -> Result<String, EditError> {
    if has(text, &["tool"], "belay")? {
        return Err(EditError::Declared);
    }
    let name = quoted(name.as_str());
    let text = add(text, &["tool", "belay"], Some(("name", &name)))?;
    let text = add(&text, &dependencies_of(MAIN_GROUP), None)?;
    add_pytest_path(&text, ".belay/dependencies/main")
}

/// Adds a folder to pytest's `pythonpath`, be it a string of paths or a list. Returns the text as it
/// is when the folder is there already.
fn add_pytest_path(text: &str, folder: &str) -> Result<String, EditError> {
    let (table, key) = (["tool", "pytest", "ini_options"], "pythonpath");
    let document = parse(text)?;
    let found = lookup(&document, &table)
        .and_then(Item::as_table_like)
        .and_then(|table| table.get(key));
    let there = match found {
        None => return add(text, &table, Some((key, &quoted(folder)))),
        Some(Item::Value(Value::String(paths))) => {
            paths.value().split_whitespace().any(|path| path == folder)
        }
        Some(Item::Value(Value::Array(paths))) => {
            paths.iter().any(|path| path.as_str() == Some(folder))
        }
        Some(other) => return Err(impossible(text, other.span().map_or(0, |span| span.start))),
    };
    if there {
        return Ok(text.to_owned());
    }
    change(text, &table, key, true, |document| {
        let table = table.iter().try_fold(document.as_item_mut(), |item, key| {
            item.as_table_like_mut()?.get_mut(key)
        });
        let value = table.and_then(|item| item.as_table_like_mut()?.get_mut(key));
        match value.and_then(Item::as_value_mut) {
            Some(Value::Array(paths)) => {
                let mut new = Value::from(folder);
                if let Some(last) = paths
                    .len()
                    .checked_sub(1)
                    .and_then(|last| paths.get_mut(last))
                {
                    // A comment behind the last one stays behind the list.
                    let decor = last.decor().clone();
                    *last.decor_mut() = Decor::new(decor.prefix().cloned().unwrap_or_default(), "");
                    let suffix = decor.suffix().cloned();
                    *new.decor_mut() = Decor::new(" ", suffix.unwrap_or_default());
                }
                paths.push_formatted(new);
            }
            Some(paths) => {
                let decor = paths.decor().clone();
                let known = paths.as_str().unwrap_or_default().trim_end();
                let both = format!("{known} {folder}");
                *paths = literal(&quoted(both.trim_start()))?;
                *paths.decor_mut() = decor;
            }
            None => {}
        }
        Ok(Vec::new())
    })
}

fn dependencies_of(group: &str) -> Vec<&str> {
    match group {
        MAIN_GROUP => vec!["tool", "belay", "dependencies"],
        group => vec!["tool", "belay", "group", group, "dependencies"],
    }
}

fn parse(text: &str) -> Result<Document<&str>, EditError> {
    Document::parse(text).map_err(|error| EditError::Malformed {
        location: Location::of(text, error.span().map_or(0, |span| span.start)),
        message: error.message().trim_end().replace('\n', ", "),
    })
}

fn impossible(text: &str, offset: usize) -> EditError {
    EditError::Impossible {
        location: Location::of(text, offset),
    }
}

fn literal(text: &str) -> Result<Value, EditError> {
    text.parse().map_err(|_| impossible(text, 0))
}

fn lookup<'d>(document: &'d Document<&str>, path: &[&str]) -> Option<&'d Item> {
    path.iter().try_fold(document.as_item(), |item, key| {
        item.as_table_like()?.get(key)
    })
}

fn has(text: &str, path: &[&str], key: &str) -> Result<bool, EditError> {
    let document = parse(text)?;
    let table = lookup(&document, path).and_then(Item::as_table_like);
    Ok(table.is_some_and(|table| table.contains_key(key)))
}

fn missing(document: &Document<&str>, group: &str, name: &str) -> EditError {
    let of = |group: &str| {
        lookup(document, &dependencies_of(group))
            .and_then(Item::as_table_like)
            .map(|table| {
                table
                    .iter()
                    .map(|(key, _)| key.to_owned())
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default()
    };
    let groups = lookup(document, &["tool", "belay", "group"]).and_then(Item::as_table_like);
    let groups = groups.into_iter().flat_map(TableLike::iter);
    let groups = groups.map(|(group, _)| group.to_owned());
    EditError::Missing {
        name: name.to_owned(),
        group: group.to_owned(),
        elsewhere: std::iter::once(MAIN_GROUP.to_owned())
            .chain(groups)
            .filter(|group| of(group).iter().any(|known| known == name))
            .collect(),
        suggestion: of(group)
            .into_iter()
            .map(|known| (strsim::damerau_levenshtein(&known, name), known))
            .min()
            .filter(|(distance, known)| distance * 3 <= known.len().max(name.len()))
            .map(|(_, known)| known),
    }
}

/// Makes a change in the document of a text, and takes its lines over into the text. `change` says
/// which lines of comments stay though it takes them away. Afterwards `key` must be there or gone.
fn change(
    text: &str,
    path: &[&str],
    key: &str,
    there: bool,
    change: impl FnOnce(&mut DocumentMut) -> Result<Vec<String>, EditError>,
) -> Result<String, EditError> {
    let plain = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut document: DocumentMut = plain.parse().map_err(|_| impossible(text, 0))?;
    let before = document.to_string();
    let kept = change(&mut document)?;
    let changed = merge(text, &before, &document.to_string(), kept);
    match changed {
        Some(changed) if has(&changed, path, key) == Ok(there) => Ok(changed),
        _ => Err(impossible(text, 0)),
    }
}

/// Writes a key with its value, or nothing, into the table at `path`, which is made if there is none.
fn add(text: &str, path: &[&str], entry: Option<(&str, &str)>) -> Result<String, EditError> {
    let (table, last) = match (entry, path.split_last()) {
        (Some((key, _)), _) => (path, key),
        (None, Some((last, table))) => (table, *last),
        (None, None) => return Ok(text.to_owned()),
    };
    // A table without a heading cannot be empty.
    let document = parse(text)?;
    let mut known = (0..=path.len())
        .rev()
        .filter_map(|depth| lookup(&document, &path[..depth]));
    let holder = known.next().and_then(Item::as_table);
    let headed = holder.is_some_and(|table| !table.is_dotted());
    if entry.is_none() && (!headed || has(text, table, last)?) {
        return Ok(text.to_owned());
    }
    let value = entry
        .map(|(key, value)| Ok((key, literal(value)?)))
        .transpose()?;
    change(text, table, last, true, |document| {
        let plan = Plan::new(document, path);
        let mut made = false;
        let inserted = insert(document.as_table_mut(), path, value, &plan, "", &mut made);
        if let Err(depth) = inserted {
            return Err(not_a_table(text, &path[..path.len() - depth]));
        }
        if made {
            if plan.at_end {
                document.set_trailing("");
            }
            part(document.as_table_mut(), plan.position);
        }
        Ok(Vec::new())
    })
}

fn not_a_table(text: &str, path: &[&str]) -> EditError {
    let span = parse(text).ok().and_then(|document| {
        let (key, table) = path.split_last()?;
        lookup(&document, table)?.as_table_like()?.key(key)?.span()
    });
    EditError::NotATable {
        key: path.join("."),
        location: Location::of(text, span.map_or(0, |span| span.start)),
    }
}

/// Where a new table with a heading goes: behind its like, or to the end.
struct Plan {
    position: isize,
    /// What stands above its heading.
    prefix: String,
    at_end: bool,
}

impl Plan {
    /// Makes room between all tables.
    fn new(document: &mut DocumentMut, path: &[&str]) -> Self {
        let empty = document.to_string().trim().is_empty();
        each_table(document.as_table_mut(), &mut |table| {
            table.set_position(table.position().map(|position| position * 2));
        });
        let mut last = |item: &mut Item| {
            let mut last = None;
            each_item(item, &mut |table| last = last.max(table.position()));
            last
        };
        let near = path
            .iter()
            .take(2)
            .try_fold(document.as_item_mut(), |item, key| {
                item.as_table_like_mut()?.get_mut(key)
            });
        let near = near.and_then(&mut last);
        let line = if empty { "" } else { "\n" };
        let at_end = near.is_none();
        let trailing = document.trailing().as_str().unwrap_or_default();
        let prefix = if at_end && !trailing.is_empty() {
            format!("{}\n{line}", trailing.trim_end_matches('\n'))
        } else {
            line.to_owned()
        };
        let all = last(document.as_item_mut());
        Self {
            position: near.or(all).unwrap_or(0) + 1,
            prefix,
            at_end,
        }
    }
}

/// The tables that may have headings, in and below `item`.
fn each_item(item: &mut Item, work: &mut dyn FnMut(&mut Table)) {
    match item {
        Item::Table(table) => each_table(table, work),
        Item::ArrayOfTables(tables) => tables.iter_mut().for_each(|table| each_table(table, work)),
        Item::Value(_) | Item::None => {}
    }
}

fn each_table(table: &mut Table, work: &mut dyn FnMut(&mut Table)) {
    work(table);
    for (_, item) in table.iter_mut() {
        each_item(item, work);
    }
}

/// Separates the table behind the new one by a blank line.
fn part(root: &mut Table, position: isize) {
    let mut next = None;
    each_table(root, &mut |table| {
        let behind = table.position().filter(|other| *other > position);
        next = [next, behind].into_iter().flatten().min();
    });
    each_table(root, &mut |table| {
        let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str());
        let prefix = prefix.unwrap_or_default().to_owned();
        if table.position() == next && next.is_some() && !prefix.starts_with('\n') {
            table.decor_mut().set_prefix(format!("\n{prefix}"));
        }
    });
}

/// Inserts at the end of the table at `path` below `table`. `indent` is that of its lines. Fails with
/// how many keys of the path are left where something is no table.
fn insert(
    table: &mut Table,
    path: &[&str],
    entry: Option<(&str, Value)>,
    plan: &Plan,
    indent: &str,
    made: &mut bool,
) -> Result<(), usize> {
    let siblings = table.get_values();
    let sibling = siblings.last().and_then(|(keys, _)| keys.last());
    let above = sibling.and_then(|key| key.leaf_decor().prefix()?.as_str());
    let above = above.and_then(|prefix| prefix.rsplit('\n').next());
    let indent = above.unwrap_or(indent).to_owned();
    let Some((first, rest)) = path.split_first() else {
        if table.is_implicit() && !table.is_dotted() {
            table.set_implicit(false);
            table.set_position(Some(plan.position));
            table.decor_mut().set_prefix(plan.prefix.as_str());
            *made = true;
        }
        if let Some((key, value)) = entry {
            let key = Key::new(key).with_leaf_decor(Decor::new(indent, " "));
            table.insert_formatted(&key, Item::Value(value));
        }
        return Ok(());
    };
    if table.get(first).is_none_or(Item::is_none) {
        let mut new = Table::new();
        new.set_dotted(table.is_dotted());
        new.set_implicit(true);
        table.insert(first, Item::Table(new));
    }
    match table.get_mut(first) {
        Some(Item::Table(table)) => insert(table, rest, entry, plan, &indent, made),
        Some(Item::Value(Value::InlineTable(table))) => insert_inline(table, rest, entry),
        _ => Err(rest.len()),
    }
}

fn insert_inline(
    table: &mut InlineTable,
    path: &[&str],
    entry: Option<(&str, Value)>,
) -> Result<(), usize> {
    let tail = tail(table);
    match (path.split_first(), entry) {
        (Some((first, rest)), entry) => {
            let mut new = InlineTable::new();
            new.set_dotted(true);
            let inner = table.get_or_insert(*first, Value::InlineTable(new));
            let inner = inner.as_inline_table_mut().ok_or(rest.len())?;
            insert_inline(inner, rest, entry)?;
        }
        (None, Some((key, value))) => _ = table.insert(key, value),
        (None, None) => {}
    }
    if !table.is_dotted() {
        close(table, tail.as_deref().unwrap_or(" "));
    }
    Ok(())
}

/// What stands between the last value of a table in braces and its end; `None` for an empty one.
fn tail(table: &mut InlineTable) -> Option<String> {
    let mut tail = None;
    each_value(table, &mut |value| {
        let suffix = value.decor().suffix().and_then(|suffix| suffix.as_str());
        let suffix = suffix.unwrap_or_default();
        if tail.is_none() || !suffix.is_empty() {
            tail = Some(suffix.to_owned());
        }
    });
    tail
}

/// Lets a table in braces end so, whichever value is the last now.
fn close(table: &mut InlineTable, tail: &str) {
    let mut left = 0;
    each_value(table, &mut |_| left += 1);
    table.set_trailing(if left == 0 { tail } else { "" });
    each_value(table, &mut |value| {
        left -= 1;
        let prefix = value.decor().prefix().cloned();
        let suffix = if left == 0 { tail } else { "" };
        *value.decor_mut() = Decor::new(prefix.unwrap_or(" ".into()), suffix);
    });
}

fn each_value(table: &mut InlineTable, work: &mut dyn FnMut(&mut Value)) {
    for (_, value) in table.iter_mut() {
        match value {
            Value::InlineTable(inner) if inner.is_dotted() => each_value(inner, work),
            value => work(value),
        }
    }
}

/// Takes `key` out of the table at `path` below `item`. The lines above it stay: those in `kept`.
fn remove(item: &mut Item, path: &[&str], key: &str, kept: &mut Vec<String>) {
    let tail = match item {
        Item::Value(Value::InlineTable(table)) if !table.is_dotted() => tail(table),
        _ => None,
    };
    let Some(table) = item.as_table_like_mut() else {
        return;
    };
    if let Some((first, rest)) = path.split_first() {
        if let Some(inner) = table.get_mut(first) {
            remove(inner, rest, key, kept);
        }
    } else {
        if let (Some(item), Some(key)) = (table.get(key), table.key(key)) {
            above(item, key, kept);
        }
        table.remove(key);
    }
    if let (Item::Value(Value::InlineTable(table)), Some(tail)) = (item, tail) {
        let all = table.is_empty();
        close(table, &if all { format!(" {tail}") } else { tail });
    }
}

/// The lines above an entry, or above all parts of one that stands in several places.
fn above(item: &Item, key: &Key, kept: &mut Vec<String>) {
    let mut keep = |decor: &Decor| {
        let prefix = decor.prefix().and_then(|prefix| prefix.as_str());
        let mut lines: Vec<_> = prefix.unwrap_or_default().split('\n').collect();
        lines.pop();
        kept.extend(lines.into_iter().map(ToOwned::to_owned));
    };
    match item {
        Item::Value(_) => keep(key.leaf_decor()),
        Item::Table(table) => {
            if table.is_dotted() {
                for (keys, _) in table.get_values() {
                    keys.last()
                        .into_iter()
                        .for_each(|key| keep(key.leaf_decor()));
                }
            } else if !table.is_implicit() {
                keep(table.decor());
            }
            for (key, item) in table {
                if let (false, Some(key)) = (item.is_value(), table.key(key)) {
                    above(item, key, kept);
                }
            }
        }
        Item::ArrayOfTables(tables) => {
            for table in tables {
                keep(table.decor());
            }
        }
        Item::None => {}
    }
}

#[cfg(test)]
mod tests;
