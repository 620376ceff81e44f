//! A test file and what it imports, as they go to the board.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use belay_device::{Exception, Value};
use belay_instrument::{Assertion, Instrumented, instrument};
use belay_tokenize::decode;

use crate::{Coverage, Options, TestFile, board_code, imports};

/// A file, its modules and what their reports mean.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The name of the file's module.
    pub(super) module: String,
    /// Where the board has all of it.
    pub(super) place: String,
    /// What goes to the board, by path.
    contents: BTreeMap<String, Vec<u8>>,
    /// Where it lies on the host.
    paths: BTreeMap<String, PathBuf>,
    /// The path of the test file on the board.
    own: String,
    source: String,
    assertions: Vec<Assertion>,
    /// What marks mean, by the path of the module on the host.
    lines: Vec<(PathBuf, Instrumented)>,
}

impl Prepared {
    pub(super) fn new(file: &TestFile, options: &Options) -> Self {
        let mut folders: Vec<PathBuf> =
            file.path.parent().map(Path::to_owned).into_iter().collect();
        folders.extend(options.folders.iter().cloned());
        let own = format!("/{}.py", file.module);
        let mut prepared = Self {
            module: file.module.clone(),
            place: String::new(),
            contents: BTreeMap::new(),
            paths: BTreeMap::from([(own.clone(), file.path.clone())]),
            own: own.clone(),
            source: decode(&file.source).unwrap_or_default().to_owned(),
            assertions: Vec::new(),
            lines: Vec::new(),
        };
        let mut content = file.source.clone();
        let wanted = belay_instrument::Options {
            assertions: options.assertions,
            ..belay_instrument::Options::default()
        };
        // What is not Python is told by the board, which knows its own.
        if let Ok(result) = instrument(&prepared.source, &wanted) {
            prepared.assertions = result.assertions;
            content = result.text.into_bytes();
        }
        prepared.contents.insert(own.clone(), content);
        let mut first_mark = 0;
        for (path, module) in imports::modules(&file.source, &folders) {
            if path == own {
                continue;
            }
            let mut content = module.content;
            let wanted = belay_instrument::Options {
                lines: options.coverage,
                first_mark,
                ..belay_instrument::Options::default()
            };
            if options.coverage
                && module.path.extension().is_some_and(|ending| ending == "py")
                && let Ok(text) = decode(&content)
                && let Ok(mut result) = instrument(text, &wanted)
            {
                first_mark += result.marks.len() as u32;
                content = std::mem::take(&mut result.text).into_bytes();
                prepared.lines.push((module.path.clone(), result));
            }
            prepared.folders_of(&path);
            prepared.paths.insert(path.clone(), module.path);
            prepared.contents.insert(path, content);
        }
        let unittest = board_code::unittest().into_bytes();
        if imports::imports(&file.source, "unittest") {
            prepared
                .contents
                .insert("/unittest.py".to_owned(), unittest);
        }
        prepared
    }

    fn folders_of(&mut self, path: &str) {
        for (end, _) in path.match_indices('/').skip(1) {
            self.paths.insert(path[..end].to_owned(), PathBuf::new());
        }
    }

    /// How many marks there are.
    pub(super) fn marks(&self) -> usize {
        self.lines
            .iter()
            .map(|(_, module)| module.marks.len())
            .sum()
    }

    /// The statement that makes room for them.
    pub(super) fn marking(&self) -> String {
        let calls = self.lines.iter().flat_map(|(_, module)| &module.calls);
        let calls: Vec<_> = calls.map(|&number| Value::Int(number.into())).collect();
        let calls = Value::Tuple(calls);
        format!("_belay_mark({},{calls})", self.marks())
    }

    /// The expression that puts all of it on the board and gives the place.
    pub(super) fn files(&self) -> String {
        let mut text = String::from("_belay_put({");
        for (path, host) in &self.paths {
            if host.as_os_str().is_empty() {
                text += &super::literal(path);
                text += ":None,";
            }
        }
        for (path, content) in &self.contents {
            text += &super::literal(path);
            text.push(':');
            text += &Value::Bytes(content.clone()).to_string();
            text.push(',');
        }
        text + "})"
    }

    /// Tests in the order in which the file has them; those that it has from elsewhere come last.
    pub(super) fn in_order(&self, mut tests: Vec<(String, String)>) -> Vec<(String, String)> {
        let place = |word: &str, name: &str, from: usize| {
            let mut found = self.source[from..].match_indices(name);
            let found = found.find(|(index, _)| {
                let (before, behind) = self.source[from..].split_at(*index);
                let behind = behind[name.len()..].chars().next();
                before.trim_end().ends_with(word)
                    && behind.is_none_or(|c| !c.is_alphanumeric() && c != '_')
            });
            found.map_or(usize::MAX, |(index, _)| from + index)
        };
        tests.sort_by_cached_key(|(group, name)| {
            if group.is_empty() {
                return (place("def", name, 0), 0, group.clone(), name.clone());
            }
            let class = place("class", group, 0);
            let from = if class == usize::MAX { 0 } else { class };
            (class, place("def", name, from), group.clone(), name.clone())
        });
        tests
    }

    /// What a failed assertion says, if it is the one that the exception comes from.
    pub(super) fn explain(&self, report: &[Value], exception: &Exception) -> Option<String> {
        let (Value::Int(number), values) = report.split_first()? else {
            return None;
        };
        let number = usize::try_from(*number).ok()?;
        let assertion = self.assertions.get(number)?;
        let frame = exception.frames.last()?;
        let breaks = assertion.condition().matches('\n').count() as u32;
        let lines = assertion.line()..=assertion.line() + breaks;
        if frame.file != format!("{}{}", self.place, self.own) || !lines.contains(&frame.line) {
            return None;
        }
        let values = values.iter().map(|value| match value {
            Value::Str(text) => Some(text.as_str()),
            _ => None,
        });
        Some(assertion.explain(&values.collect::<Vec<_>>()))
    }

    /// Gives the frames of a traceback the host's files.
    pub(super) fn locate(&self, exception: &mut Exception) {
        for frame in &mut exception.frames {
            let inside = frame.file.strip_prefix(self.place.as_str());
            if let Some(path) = inside.and_then(|inside| self.paths.get(inside)) {
                frame.file = path.display().to_string();
            }
        }
    }

    /// Adds the lines whose marks have been reached.
    pub(super) fn count(&self, hits: &[u8], coverage: &mut Coverage) {
        let mut first = 0;
        for (path, module) in &self.lines {
            let marks = module.marks.iter().enumerate();
            let reached = marks
                .filter(|(index, _)| hits.get(first + index).is_some_and(|hit| *hit != 0))
                .flat_map(|(_, mark)| mark.lines.iter().copied());
            coverage.add(path, &module.lines, reached);
            first += module.marks.len();
        }
    }
}
