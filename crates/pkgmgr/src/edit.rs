//! Changes of `pyproject.toml` that leave every other byte of it as it is.
//!
//! A change is a splice into the user's text: the document is parsed for the places of its keys and
//! values alone, and never written anew. So comments, blanks, quotes and line ends stay.

mod place;

use toml_edit::{Document, Item, TableLike, Value};

use self::place::Splice;
use crate::config::MAIN_GROUP;
use crate::error::EditError;
use crate::location::Location;
use crate::name::{DependencyName, PackagePath};
use crate::quote::quoted;

/// A source as it is to stand in `pyproject.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewSource {
    /// A URI or a requirement.
    pub uri: String,
    /// Whether the dependency is read afresh at each install.
    pub develop: bool,
    /// Whether a single module becomes the dependency's `__init__`, which is the rule.
    pub rename_to_init: bool,
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
    check_group(group)?;
    let path = dependencies_of(group);
    if has(text, &path, name.as_str())? {
        return Err(EditError::Exists {
            name: name.to_string(),
            group: group.to_owned(),
        });
    }
    add(text, &path, name.as_str(), &source.to_toml())
}

/// Removes a dependency from a group. Its table stays, and so do comments on lines of their own.
///
/// Fails with [`EditError::Missing`] when the group has no dependency of this name.
pub(crate) fn remove_dependency(text: &str, group: &str, name: &str) -> Result<String, EditError> {
    let path = dependencies_of(group);
    if !has(text, &path, name)? {
        return Err(missing(&parse(text)?, group, name));
    }
    remove(text, &path, name)
}

/// Adds a setting of type string to a table such as `["tool", "belay"]`, which is made when it is
/// missing. What the setting has stays: then the text is returned as it is.
pub(crate) fn add_setting(
    text: &str,
    table: &[&str],
    key: &str,
    value: &str,
) -> Result<String, EditError> {
    if has(text, table, key)? {
        return Ok(text.to_owned());
    }
    add(text, table, key, &quoted(value))
}

/// Makes a project of a `pyproject.toml`, which may be empty: adds `[tool.belay]` with the project's
/// name, an empty table of dependencies, and the folder of dependencies to the path of pytest.
///
/// Fails with [`EditError::Declared`] when there is a table `[tool.belay]`.
pub(crate) fn declare_project(text: &str, name: &PackagePath) -> Result<String, EditError> {
    if has(text, &["tool"], "belay")? {
        return Err(EditError::Declared);
    }
    let text = add_setting(text, &["tool", "belay"], "name", name.as_str())?;
    let splice = place::heading(&text, &parse(&text)?, &dependencies_of(MAIN_GROUP))?;
    let text = splice.map_or(text.clone(), |splice| splice.apply(&text));
    add_pytest_path(&text, ".belay/dependencies/main")
}

/// Adds a folder to pytest's `pythonpath`, be it a string of paths or a list. Returns the text as it
/// is when the folder is there already.
pub(crate) fn add_pytest_path(text: &str, folder: &str) -> Result<String, EditError> {
    let (table, key) = (["tool", "pytest", "ini_options"], "pythonpath");
    let document = parse(text)?;
    let value = lookup(&document, &table)
        .and_then(Item::as_table_like)
        .and_then(|table| table.get(key))
        .and_then(Item::as_value);
    let splice = match value {
        None => return add_setting(text, &table, key, folder),
        Some(Value::String(paths)) => {
            if paths.value().split_whitespace().any(|path| path == folder) {
                return Ok(text.to_owned());
            }
            let paths = format!("{} {folder}", paths.value().trim_end());
            let span = value.and_then(Value::span);
            span.map(|span| Splice::new(span, quoted(paths.trim_start())))
        }
        Some(Value::Array(paths)) => {
            if paths.iter().any(|path| path.as_str() == Some(folder)) {
                return Ok(text.to_owned());
            }
            place::into_list(paths, &quoted(folder))
        }
        Some(other) => {
            let start = other.span().map_or(0, |span| span.start);
            return Err(impossible(text, start));
        }
    };
    let splice = splice.ok_or_else(|| impossible(text, 0))?;
    verified(splice.apply(text), &table, key, true)
}

fn dependencies_of(group: &str) -> Vec<&str> {
    match group {
        MAIN_GROUP => vec!["tool", "belay", "dependencies"],
        group => vec!["tool", "belay", "group", group, "dependencies"],
    }
}

fn check_group(group: &str) -> Result<(), EditError> {
    match PackagePath::new(group) {
        Ok(path) if path.parts().count() == 1 => Ok(()),
        _ => Err(EditError::GroupName {
            group: group.to_owned(),
        }),
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

fn add(text: &str, path: &[&str], key: &str, value: &str) -> Result<String, EditError> {
    let document = parse(text)?;
    let splice = place::insertion(text, &document, path, key, value)?;
    verified(splice.apply(text), path, key, true)
}

fn remove(text: &str, path: &[&str], key: &str) -> Result<String, EditError> {
    let mut text = text.to_owned();
    // A dependency may stand in several places: one dotted key to a line, a table and its list.
    while has(&text, path, key)? {
        let document = parse(&text)?;
        let splice = place::removal(&text, &document, path, key)?;
        let shorter = splice.apply(&text);
        if shorter.len() >= text.len() {
            return Err(impossible(&text, splice.start()));
        }
        text = shorter;
    }
    verified(text, path, key, false)
}

/// The text, once it is sure that the change did what it should: that it is TOML still, and the key
/// there or gone.
fn verified(text: String, path: &[&str], key: &str, there: bool) -> Result<String, EditError> {
    match has(&text, path, key) {
        Ok(found) if found == there => Ok(text),
        _ => Err(impossible(&text, 0)),
    }
}

#[cfg(test)]
mod tests;
