//! The tables of dependencies.

use std::ops::Range;

use toml_edit::{Item, Value};

use super::mistake::{Fix, MistakeKind};
use super::reader::{Reader, Table, type_of, type_of_value};
use super::{Dependency, DependencySource};
use crate::name::DependencyName;
use crate::name::NameError;
use crate::quote::{key, quoted};
use crate::source::SourceError;
use crate::source::{Forges, Source};
use crate::version::Requirement;
use crate::version::RequirementError;

const EXPECTED: &str = "a string, a table or a list of those";

/// What reading one dependency needs.
struct Context<'r, 't> {
    reader: &'r mut Reader<'t>,
    name: &'r DependencyName,
    forges: &'r Forges,
}

pub(super) fn read(reader: &mut Reader<'_>, table: &Table<'_>, forges: &Forges) -> Vec<Dependency> {
    let mut dependencies = Vec::new();
    for key in table.keys() {
        let span = table.key_span(&key);
        let name = match DependencyName::new(&key) {
            Ok(name) => name,
            Err(source) => {
                let fix = match &source {
                    NameError::NotAnIdentifier {
                        suggestion: Some(suggestion),
                        ..
                    } if table.item(suggestion).is_none() => {
                        Some(renamed(table, &key, suggestion, forges))
                    }
                    _ => None,
                };
                reader.report(span, MistakeKind::DependencyName { source }, fix);
                continue;
            }
        };
        let location = reader.location(span.start);
        let mut context = Context {
            reader,
            name: &name,
            forges,
        };
        if let Some(sources) = context.sources(table, &key) {
            dependencies.push(Dependency {
                name,
                sources,
                location,
            });
        }
    }
    dependencies
}

/// The dependency under another name. Where its value is a requirement, the name was that of the
/// package, too, which is then written out.
fn renamed(table: &Table<'_>, name: &str, suggestion: &str, forges: &Forges) -> Fix {
    let key_span = table.key_span(name);
    let new = key(suggestion);
    let value = table.item(name).and_then(|(item, span)| {
        let requirement = Requirement::parse(item.as_str()?).ok()?;
        let any = if requirement.is_any() {
            String::new()
        } else {
            format!("@{requirement}")
        };
        let uri = format!("mip:{name}{any}");
        Source::parse(&uri, forges).ok()?;
        Some((uri, span))
    });
    match value {
        Some((uri, span)) => Fix::new(
            key_span.start..span.end,
            format!("{new} = {}", quoted(&uri)),
        ),
        None => Fix::new(key_span, new),
    }
}

impl Context<'_, '_> {
    fn sources(&mut self, table: &Table<'_>, key: &str) -> Option<Vec<DependencySource>> {
        let (item, span) = table.item(key)?;
        let path = format!("{}.{key}", table.path());
        let sources = match item {
            Item::Value(Value::String(text)) => {
                vec![self.text(text.value(), span.clone(), true)?]
            }
            Item::Value(Value::Array(list)) => {
                let sources = list
                    .iter()
                    .map(|value| self.element(value, &path, &span))
                    .collect::<Vec<_>>();
                sources.into_iter().collect::<Option<Vec<_>>>()?
            }
            Item::ArrayOfTables(list) => {
                let mut sources = Vec::new();
                for table in list {
                    let span = table.span().unwrap_or_else(|| span.clone());
                    let table = Table::of(table, path.clone(), span);
                    sources.push(self.table(&table, false)?);
                }
                sources
            }
            item => {
                let Some(items) = item.as_table_like() else {
                    let found = (type_of(item), span);
                    self.reader.wrong_type(key, found, EXPECTED, None);
                    return None;
                };
                let table = Table::of(items, path, span.clone());
                vec![self.table(&table, true)?]
            }
        };
        let dependency = || key.to_owned();
        if sources.is_empty() {
            let dependency = dependency();
            self.reader
                .report(span, MistakeKind::NoSource { dependency }, None);
            return None;
        }
        if sources
            .iter()
            .filter(|source| source.rename_to_init)
            .count()
            > 1
        {
            let dependency = dependency();
            self.reader
                .report(span, MistakeKind::RenameTwice { dependency }, None);
            return None;
        }
        Some(sources)
    }

    fn element(
        &mut self,
        value: &Value,
        path: &str,
        list: &Range<usize>,
    ) -> Option<DependencySource> {
        let span = value.span().unwrap_or_else(|| list.clone());
        match value {
            Value::String(text) => self.text(text.value(), span, false),
            Value::InlineTable(items) => {
                let table = Table::of(items, path.to_owned(), span);
                self.table(&table, false)
            }
            value => {
                let found = (type_of_value(value), span);
                let name = self.name.as_str();
                self.reader
                    .wrong_type(name, found, "a list of strings and tables", None);
                None
            }
        }
    }

    /// `{ uri = "…", develop = true, rename_to_init = false }`
    fn table(&mut self, table: &Table<'_>, rename_to_init: bool) -> Option<DependencySource> {
        table.warn_of_unknown(self.reader, &["uri", "develop", "rename_to_init"]);
        let develop = table.boolean(self.reader, "develop").unwrap_or(false);
        let rename_to_init = table
            .boolean(self.reader, "rename_to_init")
            .unwrap_or(rename_to_init);
        let (uri, span) = table.required(self.reader, "uri")?;
        Some(DependencySource {
            develop,
            ..self.text(&uri, span, rename_to_init)?
        })
    }

    fn text(
        &mut self,
        uri: &str,
        span: Range<usize>,
        rename_to_init: bool,
    ) -> Option<DependencySource> {
        let source = match Source::of_dependency(self.name, uri, self.forges) {
            Ok(source) => source,
            Err(source) => {
                let fix = self
                    .meant(uri, &source)
                    .map(|meant| Fix::string(span.clone(), &meant));
                let dependency = self.name.to_string();
                let kind = MistakeKind::Source { dependency, source };
                self.reader.report(span, kind, fix);
                return None;
            }
        };
        Some(DependencySource {
            source,
            uri: uri.to_owned(),
            develop: false,
            rename_to_init,
        })
    }

    /// The URI that was probably meant; it can be read.
    fn meant(&self, uri: &str, error: &SourceError) -> Option<String> {
        let meant = match error {
            SourceError::UnknownScheme { suggestion, .. }
            | SourceError::Malformed { suggestion, .. } => suggestion.clone()?,
            SourceError::Requirement {
                source:
                    RequirementError::Malformed {
                        text,
                        suggestion: Some(suggestion),
                    },
                ..
            } => uri.replacen(text.as_str(), suggestion, 1),
            _ => return None,
        };
        Source::of_dependency(self.name, &meant, self.forges)
            .is_ok()
            .then_some(meant)
    }
}
