//! `manifest.py`, the way packages of micropython-lib say what they consist of, read without running
//! it.
//!
//! The functions are those of MicroPython's documentation on manifests: `metadata`, `require`,
//! `module`, `package`, `include`, `add_library` and `options.defaults`. A manifest calls them one
//! after another with literal arguments, as all of micropython-lib do; what else it holds could be
//! understood only by running it, and is an error that says so.

mod collect;

use std::fmt;

use belay_pylit::Value;
use belay_tokenize::{Token, TokenKind, tokenize};

pub(crate) use self::collect::{ManifestTree, collect_manifest};
use crate::location::Location;

/// The largest manifest, in bytes.
pub(crate) const MAX_MANIFEST: usize = 256 << 10;

/// What asks for something else than files: for native code, or for a place in the firmware.
const FIRMWARE: [&str; 5] = [
    "freeze",
    "freeze_as_str",
    "freeze_as_mpy",
    "freeze_mpy",
    "c_module",
];

/// One thing that a manifest asks for. Paths are as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// What the package says about itself.
    Metadata {
        /// The version, as written.
        version: Option<String>,
    },
    /// A module in one file, `base/path`, installed as `path`.
    Module { path: String, base: String },
    /// The modules of the folder `base/path`, installed in the folder `path`: these files, or every
    /// `.py` file at any depth.
    Package {
        path: String,
        files: Option<Vec<String>>,
        base: String,
    },
    /// Another package, which must be of a library if that is named.
    Require {
        name: String,
        version: Option<String>,
        library: Option<String>,
    },
    /// Other manifests: files, or folders with a `manifest.py`.
    Include { paths: Vec<String> },
    /// A folder to look for required packages in, before the others or behind them.
    AddLibrary {
        name: String,
        path: String,
        prepend: bool,
    },
}

/// Why a manifest cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestError {
    location: Location,
    what: String,
}

impl ManifestError {
    fn new(text: &str, at: usize, what: impl Into<String>) -> Self {
        Self {
            location: Location::of(text, at),
            what: what.into(),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.what)
    }
}

/// Reads the text of a `manifest.py` of at most [`MAX_MANIFEST`] bytes.
pub(crate) fn parse(text: &str) -> Result<Vec<Step>, ManifestError> {
    if text.len() > MAX_MANIFEST {
        let what = format!("the manifest is larger than {MAX_MANIFEST} bytes");
        return Err(ManifestError::new(text, 0, what));
    }
    let tokens = tokenize(text)
        .map_err(|error| ManifestError::new(text, error.range.start, error.kind.to_string()))?;
    let blank = |token: &Token| {
        use TokenKind::{Comment, Continuation, LineBreak};
        matches!(token.kind, Comment | Continuation | LineBreak)
    };
    let tokens: Vec<Token> = tokens.into_iter().filter(|token| !blank(token)).collect();
    let ends = |token: &Token| matches!(token.kind, TokenKind::Newline | TokenKind::Semicolon);
    let mut steps: Vec<Step> = Vec::new();
    for statement in tokens.split(ends) {
        let Some(first) = statement.first() else {
            continue;
        };
        let statement = Statement {
            text,
            tokens: statement,
            at: first.range.start,
        };
        let step = statement.step()?;
        let described = |step: &Step| matches!(step, Step::Metadata { .. });
        if step.as_ref().is_some_and(described) && steps.iter().any(described) {
            return Err(statement.invalid("metadata that is given twice"));
        }
        steps.extend(step);
    }
    Ok(steps)
}

/// One statement of a manifest, without comments and line breaks.
struct Statement<'t> {
    text: &'t str,
    /// At least one.
    tokens: &'t [Token],
    at: usize,
}

/// The arguments of a call by their names, those without one first.
struct Arguments<'s, 't> {
    statement: &'s Statement<'t>,
    positional: std::vec::IntoIter<Value>,
    named: Vec<(&'t str, Value)>,
}

impl<'t> Statement<'t> {
    fn needs_running(&self, at: usize, what: impl fmt::Display) -> ManifestError {
        let what = format!("{what} can be understood only by running the manifest");
        ManifestError::new(self.text, at, what)
    }

    fn invalid(&self, what: impl Into<String>) -> ManifestError {
        ManifestError::new(self.text, self.at, what)
    }

    fn word(&self, index: usize) -> &'t str {
        self.tokens
            .get(index)
            .map_or("", |token| token.text(self.text))
    }

    /// What the statement asks for, if anything.
    fn step(&self) -> Result<Option<Step>, ManifestError> {
        let kind = self.tokens[0].kind;
        // A text that says what the manifest is for.
        if self.word(0) == "pass" || kind == TokenKind::String {
            return match self.tokens.iter().find(|token| token.kind != kind) {
                None => Ok(None),
                Some(other) => Err(self.needs_running(other.range.start, "an expression")),
            };
        }
        let name = self.word(0);
        let open = match (self.word(1), self.word(2), self.word(3)) {
            (".", "defaults", "(") if name == "options" => 3,
            ("(", ..) => 1,
            _ => return Err(self.needs_running(self.at, format!("{name:?}"))),
        };
        if FIRMWARE.contains(&name) {
            let what = format!("{name:?} is for building firmware, not for installing");
            return Err(self.invalid(what));
        }
        if open == 1 && !FUNCTIONS.contains(&name) {
            return Err(self.needs_running(self.at, format!("the function {name:?}")));
        }
        let given = self.arguments(open)?;
        if open == 3 {
            // What the defaults are for could only be asked for by what is not a call.
            return Ok(None);
        }
        given.step(name)
    }

    /// The arguments between the bracket at `open` and the last token, which closes it.
    fn arguments(&self, open: usize) -> Result<Arguments<'_, 't>, ManifestError> {
        let mut given = Arguments {
            statement: self,
            positional: Vec::new().into_iter(),
            named: Vec::new(),
        };
        let mut positional = Vec::new();
        let mut depth = 0;
        let mut begin = open + 1;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            let closes = depth == 0;
            if !closes && (depth > 1 || token.text(self.text) != ",") {
                continue;
            }
            if begin < index {
                let named =
                    self.tokens[begin].kind == TokenKind::Name && self.word(begin + 1) == "=";
                let value = self.literal(begin + 2 * usize::from(named), index)?;
                if !named && given.named.is_empty() {
                    positional.push(value);
                } else if !named {
                    return Err(self.invalid("an argument behind named ones"));
                } else if given
                    .named
                    .iter()
                    .any(|(name, _)| *name == self.word(begin))
                {
                    return Err(self.invalid("an argument that is given twice"));
                } else {
                    given.named.push((self.word(begin), value));
                }
            }
            begin = index + 1;
            if closes {
                break;
            }
        }
        if let Some(more) = self.tokens.get(begin) {
            return Err(self.needs_running(more.range.start, "an expression"));
        }
        given.positional = positional.into_iter();
        Ok(given)
    }

    /// The literal that these tokens are.
    fn literal(&self, begin: usize, end: usize) -> Result<Value, ManifestError> {
        let words: Vec<_> = (begin..end).map(|index| self.word(index)).collect();
        belay_pylit::parse(&words.join(" ")).map_err(|_| {
            let at = self.tokens[begin.min(self.tokens.len() - 1)].range.start;
            self.needs_running(at, "an argument that is no literal")
        })
    }
}

/// The functions of a manifest.
const FUNCTIONS: [&str; 6] = [
    "metadata",
    "module",
    "package",
    "require",
    "include",
    "add_library",
];

impl Arguments<'_, '_> {
    fn step(mut self, function: &str) -> Result<Option<Step>, ManifestError> {
        let step = match function {
            "metadata" => {
                if self.positional.len() > 0 {
                    return Err(self
                        .statement
                        .invalid("metadata without the names of its arguments"));
                }
                if self.named.is_empty() {
                    return Ok(None);
                }
                let version = self.optional_text("version")?;
                // What else it says is for people, or for other indices.
                for name in [
                    "description",
                    "license",
                    "author",
                    "stdlib",
                    "pypi",
                    "pypi_publish",
                ] {
                    self.take(name);
                }
                Step::Metadata { version }
            }
            "module" => {
                let path = self.text("module_path")?;
                if path.strip_suffix(".py").is_none() {
                    return Err(self.statement.invalid("a module that is no .py file"));
                }
                let base = self.optional_text("base_path")?.unwrap_or_default();
                self.take("opt");
                Step::Module { path, base }
            }
            "package" => {
                let path = self.text("package_path")?;
                let files = match self.take("files") {
                    None | Some(Value::None) => None,
                    Some(files) => Some(self.texts(files)?),
                };
                let base = self.optional_text("base_path")?.unwrap_or_default();
                self.take("opt");
                Step::Package { path, files, base }
            }
            "include" => {
                let paths = match self.take("manifest_path") {
                    None => return Err(self.statement.invalid("an argument that is missing")),
                    Some(Value::Str(path)) => vec![path],
                    Some(paths) => self.texts(paths)?,
                };
                // Options say nothing to a manifest of calls alone.
                self.named.clear();
                Step::Include { paths }
            }
            "require" => {
                let name = self.text("name")?;
                let version = self.optional_text("version")?;
                self.take("pypi");
                let library = self.optional_text("library")?;
                self.named.clear();
                Step::Require {
                    name,
                    version,
                    library,
                }
            }
            _ => {
                let name = self.text("library")?;
                let path = self.text("library_path")?;
                let prepend = matches!(self.take("prepend"), Some(Value::Bool(true)));
                Step::AddLibrary {
                    name,
                    path,
                    prepend,
                }
            }
        };
        if self.positional.len() > 0 || !self.named.is_empty() {
            let what = "an argument that the function does not take";
            return Err(self.statement.invalid(what));
        }
        Ok(Some(step))
    }

    /// The next argument without a name, or the one of this name.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.positional.next().or_else(|| {
            let index = self.named.iter().position(|(known, _)| *known == name)?;
            Some(self.named.remove(index).1)
        })
    }

    fn optional_text(&mut self, name: &str) -> Result<Option<String>, ManifestError> {
        match self.take(name) {
            None | Some(Value::None) => Ok(None),
            Some(Value::Str(text)) => Ok(Some(text)),
            Some(_) => Err(self.statement.invalid("an argument that is no string")),
        }
    }

    fn text(&mut self, name: &str) -> Result<String, ManifestError> {
        let text = self.optional_text(name)?;
        text.ok_or_else(|| self.statement.invalid("an argument that is missing"))
    }

    fn texts(&self, list: Value) -> Result<Vec<String>, ManifestError> {
        let wrong = || {
            self.statement
                .invalid("an argument that is no list of strings")
        };
        let (Value::List(items) | Value::Tuple(items)) = list else {
            return Err(wrong());
        };
        let text = |item| match item {
            Value::Str(text) => Ok(text),
            _ => Err(wrong()),
        };
        items.into_iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests;
