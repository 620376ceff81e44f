//! Typed access to a TOML document, which notes every mistake and goes on.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::mistake::{Fix, Mistake, MistakeKind};
use crate::config::ConfigError;
use crate::location::Location;
use crate::source::SourceError;
use crate::source::http_address;

/// The group of the dependencies that stand in `[tool.belay.dependencies]`.
pub const MAIN_GROUP: &str = "main";

/// The text that is read, and the mistakes that were found in it.
pub(super) struct Reader<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
    warnings: Vec<Mistake>,
}

/// A table of the document.
pub(super) struct Table<'d> {
    items: &'d dyn TableLike,
    /// Its name with those of the tables around it; empty for the document.
    path: String,
    span: Range<usize>,
}

/// A value and where it stands.
pub(super) type Spanned<T> = (T, Range<usize>);

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            mistakes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// What is strange and does no harm, in its order in the file. Where there are mistakes, they and
    /// that: a mistake is often the other half of a misspelt key.
    pub(super) fn finish(mut self) -> Result<Vec<Mistake>, ConfigError> {
        let usable = self.mistakes.is_empty();
        let mut all = self.mistakes;
        all.append(&mut self.warnings);
        all.sort_by_key(|mistake| mistake.span.start);
        if usable {
            Ok(all)
        } else {
            Err(ConfigError { mistakes: all })
        }
    }

    pub(super) fn root<'d>(&self, document: &'d Document<&str>) -> Table<'d> {
        Table {
            items: document.as_table(),
            path: String::new(),
            span: 0..self.text.len(),
        }
    }

    pub(super) fn location(&self, offset: usize) -> Location {
        Location::of(self.text, offset)
    }

    pub(super) fn report(&mut self, span: Range<usize>, kind: MistakeKind, fix: Option<Fix>) {
        let mistake = self.mistake(span, kind, fix);
        self.mistakes.push(mistake);
    }

    fn mistake(&self, span: Range<usize>, kind: MistakeKind, fix: Option<Fix>) -> Mistake {
        Mistake {
            location: Location::of(self.text, span.start),
            span,
            kind,
            fix,
        }
    }

    pub(super) fn wrong_type(
        &mut self,
        key: &str,
        item: Spanned<&'static str>,
        expected: &'static str,
        fix: Option<Fix>,
    ) {
        let (found, span) = item;
        let key = key.to_owned();
        let kind = MistakeKind::WrongType {
            key,
            expected,
            found,
        };
        self.report(span, kind, fix);
    }

    /// The address of an index without a slash at its end.
    pub(super) fn index(&mut self, text: &str, span: Range<usize>) -> Option<String> {
        match http_address(text) {
            Ok(()) => return Some(text.trim_end_matches('/').to_owned()),
            Err(source @ SourceError::Login { .. }) => {
                self.report(span, MistakeKind::IndexAddress { source }, None);
                return None;
            }
            Err(_) => {}
        }
        let completed = format!("https://{text}");
        let bare = !text.contains("://") && text.contains('.') && http_address(&completed).is_ok();
        let fix = bare.then(|| Fix::string(span.clone(), &completed));
        let found = text.to_owned();
        self.report(span, MistakeKind::Index { found }, fix);
        None
    }

    /// The place of a bundle without a slash at its end: an address, or a path.
    pub(super) fn bundle(&mut self, text: &str, span: Range<usize>) -> Option<String> {
        if text.contains("://")
            && let Err(source) = http_address(text)
        {
            self.report(span, MistakeKind::IndexAddress { source }, None);
            return None;
        }
        Some(text.trim_end_matches('/').to_owned())
    }

    /// Notes that there is a group `main`. Its heading can be mended when nothing stands where its
    /// dependencies belong.
    pub(super) fn main_group(&mut self, belay: &Table<'_>, groups: &Table<'_>) {
        let span = groups.key_span(MAIN_GROUP);
        let main = groups.items.get(MAIN_GROUP);
        let dependencies = main
            .and_then(Item::as_table_like)
            .filter(|main| main.len() == 1 && belay.items.get("dependencies").is_none())
            .and_then(|main| main.get("dependencies"))
            .and_then(Item::as_table)
            .filter(|table| !table.is_implicit());
        let heading = dependencies.and_then(toml_edit::Table::span);
        let fix = heading.map(|heading| Fix::new(heading, "[tool.belay.dependencies]"));
        self.report(span, MistakeKind::MainGroup, fix);
    }
}

impl<'d> Table<'d> {
    /// A table that stands somewhere else than under a key, such as in a list.
    pub(super) fn of(items: &'d dyn TableLike, path: String, span: Range<usize>) -> Self {
        Self { items, path, span }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            return key.to_owned();
        }
        format!("{}.{key}", self.path)
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.items.iter().map(|(key, _)| key.to_owned()).collect()
    }

    /// Where the key stands; where the table does when there is none.
    pub(super) fn key_span(&self, key: &str) -> Range<usize> {
        let key = self.items.key(key).and_then(toml_edit::Key::span);
        key.unwrap_or_else(|| self.span.clone())
    }

    /// The value, with where it stands.
    pub(super) fn item(&self, key: &str) -> Option<Spanned<&'d Item>> {
        let item = self.items.get(key).filter(|item| !item.is_none())?;
        let span = item.span().unwrap_or_else(|| self.key_span(key));
        Some((item, span))
    }

    pub(super) fn table(&self, reader: &mut Reader<'_>, key: &str) -> Option<Table<'d>> {
        let (item, span) = self.item(key)?;
        let Some(items) = item.as_table_like() else {
            reader.wrong_type(key, (type_of(item), span), "a table", None);
            return None;
        };
        let path = self.path_of(key);
        Some(Table { items, path, span })
    }

    pub(super) fn string(&self, reader: &mut Reader<'_>, key: &str) -> Option<Spanned<String>> {
        let (item, span) = self.item(key)?;
        if let Some(text) = item.as_str() {
            return Some((text.to_owned(), span));
        }
        reader.wrong_type(key, (type_of(item), span), "a string", None);
        None
    }

    /// A string that must be there.
    pub(super) fn required(
        &self,
        reader: &mut Reader<'_>,
        key: &'static str,
    ) -> Option<Spanned<String>> {
        if self.item(key).is_none() {
            let table = self.path.clone();
            reader.report(
                self.span.clone(),
                MistakeKind::MissingKey { key, table },
                None,
            );
        }
        self.string(reader, key)
    }

    /// A string. A number in its place can be mended.
    pub(super) fn text_or_number(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
    ) -> Option<Spanned<String>> {
        if let Some((item, span)) = self.item(key)
            && let Some(number) = item.as_integer()
        {
            let fix = Fix::string(span.clone(), &number.to_string());
            reader.wrong_type(key, (type_of(item), span), "a string", Some(fix));
            return None;
        }
        self.string(reader, key)
    }

    pub(super) fn boolean(&self, reader: &mut Reader<'_>, key: &str) -> Option<bool> {
        let (item, span) = self.item(key)?;
        if let Some(value) = item.as_bool() {
            return Some(value);
        }
        let meant = item.as_str().map(str::to_ascii_lowercase);
        let fix = meant
            .filter(|meant| matches!(&**meant, "true" | "false"))
            .map(|meant| Fix::new(span.clone(), meant));
        reader.wrong_type(key, (type_of(item), span), "true or false", fix);
        None
    }

    /// A list of strings. A single string can be mended.
    pub(super) fn strings(
        &self,
        reader: &mut Reader<'_>,
        key: &str,
    ) -> Option<Vec<Spanned<String>>> {
        let (item, span) = self.item(key)?;
        let Some(list) = item.as_array() else {
            let fix = item
                .as_str()
                .map(|_| Fix::new(span.clone(), format!("[{}]", &reader.text[span.clone()])));
            reader.wrong_type(key, (type_of(item), span), "a list of strings", fix);
            return None;
        };
        let mut strings = Vec::new();
        for value in list {
            let span = value.span().unwrap_or_else(|| span.clone());
            if let Some(text) = value.as_str() {
                strings.push((text.to_owned(), span));
            } else {
                let found = (type_of_value(value), span);
                reader.wrong_type(key, found, "a list of strings", None);
            }
        }
        Some(strings)
    }

    /// Names of devices. What a device is called is not checked here.
    pub(super) fn devices(&self, reader: &mut Reader<'_>) -> Vec<(String, String)> {
        let mut devices = Vec::new();
        for key in self.keys() {
            let Some((item, span)) = self.item(&key) else {
                continue;
            };
            if let Some(text) = item.as_str() {
                devices.push((key, text.to_owned()));
                continue;
            }
            let facts = item.as_table_like().and_then(|facts| {
                let facts = facts.iter().map(|(fact, value)| {
                    let value = match value.as_value()? {
                        Value::String(text) => text.value().as_str().into(),
                        Value::Integer(number) => (*number.value()).into(),
                        _ => return None,
                    };
                    Some((fact.to_owned(), value))
                });
                facts.collect::<Option<serde_json::Map<_, serde_json::Value>>>()
            });
            if let Some(facts) = facts {
                devices.push((key, serde_json::Value::Object(facts).to_string()));
            } else {
                let expected = "a string or a table of strings and numbers";
                reader.wrong_type(&key, (type_of(item), span), expected, None);
            }
        }
        devices
    }

    /// Warns of every key that is none of `known`.
    pub(super) fn warn_of_unknown(&self, reader: &mut Reader<'_>, known: &[&'static str]) {
        for key in self.keys() {
            if known.contains(&key.as_str()) {
                continue;
            }
            let free: Vec<&'static str> = known
                .iter()
                .copied()
                .filter(|known| self.items.get(known).is_none())
                .collect();
            let suggestion = nearest(&key, &free);
            let span = self.key_span(&key);
            let fix = suggestion.map(|known| Fix::new(span.clone(), known));
            let table = self.path.clone();
            let kind = MistakeKind::UnknownKey {
                key,
                table,
                suggestion,
            };
            let warning = reader.mistake(span, kind, fix);
            reader.warnings.push(warning);
        }
    }
}

/// The word that `text` resembles, up to a third of its letters.
pub(super) fn nearest(text: &str, words: &[&'static str]) -> Option<&'static str> {
    let text = text.to_ascii_lowercase().replace('-', "_");
    words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(word, &text), *word))
        .min()
        .filter(|(distance, word)| distance * 3 <= word.len().max(text.len()))
        .map(|(_, word)| word)
}

pub(super) fn type_of(item: &Item) -> &'static str {
    match item {
        Item::None => "nothing",
        Item::Value(value) => type_of_value(value),
        Item::Table(_) => "a table",
        Item::ArrayOfTables(_) => "a list of tables",
    }
}

pub(super) fn type_of_value(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::InlineTable(_) => "a table",
    }
}
