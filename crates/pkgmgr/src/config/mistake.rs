//! What can be wrong in `pyproject.toml`.

use std::fmt;
use std::ops::Range;

use toml_edit::{Document, TomlError};

use crate::location::Location;
use crate::name::NameError;
use crate::quote::quoted;
use crate::source::SourceError;

/// Something wrong in `pyproject.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub location: Location,
    /// The bytes of the file that are wrong.
    pub span: Range<usize>,
    /// What.
    pub kind: MistakeKind,
    /// What to write instead, where that is known.
    pub fix: Option<Fix>,
}

/// A change of the file that mends a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The bytes to replace.
    pub span: Range<usize>,
    /// What to write there.
    pub text: String,
}

impl Fix {
    pub(super) fn new(span: Range<usize>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { span, text }
    }

    pub(super) fn string(span: Range<usize>, value: &str) -> Self {
        Self::new(span, quoted(value))
    }

    /// The file with the change made. `file` must be the text that the fix was made for; otherwise
    /// `None`, when the change cannot be made in it.
    pub fn apply(&self, file: &str) -> Option<String> {
        let (before, after) = (file.get(..self.span.start)?, file.get(self.span.end..)?);
        Some(format!("{before}{}{after}", self.text))
    }
}

impl fmt::Display for Mistake {
    /// `line:column: what`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.kind)
    }
}

/// What is wrong in a `pyproject.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The mistakes, at least one, in the order of the file.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for ConfigError {
    /// A line for each mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MistakeKind {
    /// The file is no TOML.
    #[error("{message}")]
    Toml {
        /// What the parser says.
        message: String,
    },
    /// A key comes twice in a table, such as a dependency.
    #[error("{key:?} comes twice{}", at(*first))]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stands already.
        first: Option<Location>,
    },
    /// There is no such setting. A warning, unless it comes with mistakes.
    #[error("unknown key {key:?} in [{table}]")]
    UnknownKey {
        /// The key.
        key: String,
        /// The table it stands in.
        table: String,
        /// The setting that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// A setting that must be there is not.
    #[error("[{table}] has no {key:?}")]
    MissingKey {
        /// The setting.
        key: &'static str,
        /// The table.
        table: String,
    },
    /// A value has the wrong type.
    #[error("{key:?} must be {expected}, not {found}")]
    WrongType {
        /// The key.
        key: String,
        /// The types it may have: `a string`.
        expected: &'static str,
        /// The type it has.
        found: &'static str,
    },
    /// The dependencies of the main group stand under `group`.
    #[error("the group \"main\" is written [tool.belay.dependencies]")]
    MainGroup,
    /// The name of a group cannot be that of a folder.
    #[error("a group cannot be called {name:?}")]
    GroupName {
        /// The name.
        name: String,
    },
    /// The name of a dependency is no Python identifier.
    #[error("a dependency cannot be called so: {source}")]
    DependencyName {
        /// What is wrong with it.
        source: NameError,
    },
    /// The project's name is no folder of the project.
    #[error("the project cannot be called so: {source}")]
    ProjectName {
        /// What is wrong with it.
        source: NameError,
    },
    /// A dependency's source cannot be read.
    #[error("the source of {dependency:?} cannot be read: {}", chain(source))]
    Source {
        /// The dependency.
        dependency: String,
        /// What is wrong with it.
        source: SourceError,
    },
    /// A dependency is an empty list.
    #[error("{dependency:?} has no source")]
    NoSource {
        /// The dependency.
        dependency: String,
    },
    /// More than one source of a dependency would become its `__init__`.
    #[error("more than one source of {dependency:?} has \"rename_to_init\"")]
    RenameTwice {
        /// The dependency.
        dependency: String,
    },
    /// A format of packages is neither `py` nor a number.
    #[error("{key:?} must be \"py\" or a number such as \"6\", not {found:?}")]
    FormatVersion {
        /// The setting.
        key: &'static str,
        /// What stands there.
        found: String,
    },
    /// An index is no http or https address.
    #[error("a package index must be an https address, not {found:?}")]
    Index {
        /// What stands there.
        found: String,
    },
    /// The address of an index or a bundle cannot be used.
    #[error("{source}")]
    IndexAddress {
        /// What is wrong with it.
        source: SourceError,
    },
    /// Dependencies would be kept in the project's own folder.
    #[error("dependencies cannot be kept in {path:?}")]
    DependenciesPath {
        /// The path.
        path: String,
    },
    /// The kind of a forge is not known.
    #[error("the kind of a forge is \"github\", \"gitlab\" or \"forgejo\", not {found:?}")]
    ForgeKind {
        /// What stands there.
        found: String,
    },
    /// A forge's name or address cannot be used.
    #[error("{source}")]
    Forge {
        /// What is wrong with it.
        source: SourceError,
    },
}

fn at(first: Option<Location>) -> String {
    first.map_or_else(String::new, |first| format!(", first at {first}"))
}

/// The error with what caused it, since a mistake is one line.
fn chain(error: &SourceError) -> String {
    match error {
        SourceError::Requirement { source, .. } => source.to_string(),
        error => error.to_string(),
    }
}

/// The mistake that keeps the file from being TOML.
pub(super) fn malformed(text: &str, error: &TomlError) -> Mistake {
    let span = error.span().unwrap_or(0..0);
    let kind = if error.message() == "duplicate key" {
        let key = text[span.clone()]
            .trim_start_matches('[')
            .trim_end_matches(']');
        MistakeKind::DuplicateKey {
            key: key.to_owned(),
            first: first_of(text, span.start, key),
        }
    } else {
        let message = error.message().trim_end().replace('\n', ", ");
        MistakeKind::Toml { message }
    };
    Mistake {
        location: Location::of(text, span.start),
        span,
        kind,
        fix: None,
    }
}

/// Where the key stands that comes again at `offset`: in the last table before.
fn first_of(text: &str, offset: usize, key: &str) -> Option<Location> {
    let line = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    if text[line..].trim_start().starts_with('[') {
        // A heading, which says the whole way to its key.
        return None;
    }
    let document = Document::parse(&text[..line]).ok()?;
    let header = text[..line]
        .lines()
        .rev()
        .find(|line| line.starts_with('['))
        .map(|line| {
            line.split(']')
                .next()
                .unwrap_or(line)
                .trim_start_matches('[')
        });
    let mut table: &dyn toml_edit::TableLike = document.as_table();
    if let Some(header) = header {
        for part in toml_edit::Key::parse(header).ok()? {
            table = table.get(part.get())?.as_table_like()?;
        }
    }
    let key = toml_edit::Key::parse(key).ok()?;
    let span = table.key(key.first()?.get())?.span()?;
    Some(Location::of(text, span.start))
}
