//! The functions of a manifest.

use super::{Evaluator, Value};
use crate::error::{ManifestError, ManifestErrorKind};
use crate::manifest::syntax::{Expression, ExpressionKind};
use crate::manifest::{Constant, ManifestMetadata, ManifestOptions, ManifestRequire, ManifestStep};

/// What asks for something else than files: for native code, or for a place in the firmware.
const FIRMWARE: [&str; 5] = [
    "freeze",
    "freeze_as_str",
    "freeze_as_mpy",
    "freeze_mpy",
    "c_module",
];

impl Evaluator<'_> {
    /// A call that stands alone as a statement.
    pub(super) fn call(
        &mut self,
        function: &Expression,
        arguments: &[(Option<String>, Expression)],
    ) -> Result<(), ManifestError> {
        let at = function.at;
        let mut given = Arguments::default();
        for (name, expression) in arguments {
            let value = self.value(expression)?;
            match name {
                None if given.named.is_empty() => given.positional.push((value, expression.at)),
                None => return self.wrong(expression.at, "an argument behind named ones"),
                Some(name) => {
                    if given.named.iter().any(|(known, ..)| known == name) {
                        return self.wrong(expression.at, "an argument that is given twice");
                    }
                    given.named.push((name.clone(), value, expression.at));
                }
            }
        }
        match &function.kind {
            ExpressionKind::Name(name) => match name.as_str() {
                "metadata" => self.metadata(given, at),
                "module" | "package" | "include" | "require" | "add_library" => {
                    let step = self.ask(name, given, at)?;
                    self.manifest.steps.push(step);
                    Ok(())
                }
                name if FIRMWARE.contains(&name) => {
                    let function = name.to_owned();
                    self.fail(at, ManifestErrorKind::Firmware { function })
                }
                name => self.running(at, format!("the function {name:?}")),
            },
            ExpressionKind::Attribute(object, method) => self.method(object, method, given, at),
            _ => self.running(at, "the result of a call"),
        }
    }

    /// `options.defaults(…)`, `LIST.append(…)`, `LIST.extend(…)`
    fn method(
        &mut self,
        object: &Expression,
        method: &str,
        mut given: Arguments,
        at: usize,
    ) -> Result<(), ManifestError> {
        if matches!(&object.kind, ExpressionKind::Name(name) if name == "options") {
            if method != "defaults" || !given.positional.is_empty() {
                return self.running(at, format!("options.{method}"));
            }
            self.defaults = given.rest();
            return Ok(());
        }
        let Value::List(list) = self.value(object)? else {
            return self.running(at, format!("the method {method:?}"));
        };
        let one = given.named.is_empty() && given.positional.len() == 1;
        let Some((value, place)) = given.positional.pop().filter(|_| one) else {
            return self.wrong(at, "a number of arguments that the function does not take");
        };
        match method {
            "append" => {
                let item = value.constant();
                if matches!(item, Constant::List(_)) {
                    return self.running(place, "a list in a list");
                }
                list.borrow_mut().push(item);
                Ok(())
            }
            "extend" => self.extend(&list, &value, place),
            _ => self.running(at, format!("the method {method:?}")),
        }
    }

    fn metadata(&mut self, mut given: Arguments, at: usize) -> Result<(), ManifestError> {
        if !given.positional.is_empty() {
            return self.wrong(at, "metadata without the names of its arguments");
        }
        if given.named.is_empty() {
            return Ok(());
        }
        if self.described {
            return self.wrong(at, "metadata that is given twice");
        }
        self.described = true;
        let mut text = |name| self.optional_text(given.take(name, usize::MAX));
        self.manifest.metadata = ManifestMetadata {
            version: text("version")?,
            description: text("description")?,
            license: text("license")?,
            author: text("author")?,
            stdlib: given
                .take("stdlib", usize::MAX)
                .is_some_and(|(value, _)| value.is_true()),
        };
        // The names under which a package goes to PyPI say nothing here.
        given.take("pypi", usize::MAX);
        given.take("pypi_publish", usize::MAX);
        self.no_more(&given, at)
    }

    fn ask(
        &self,
        function: &str,
        mut given: Arguments,
        at: usize,
    ) -> Result<ManifestStep, ManifestError> {
        let step = match function {
            "module" => {
                let path = self.text(given.take("module_path", 0), at)?;
                let base = self.optional_text(given.take("base_path", 1))?;
                given.take("opt", 2);
                if path.strip_suffix(".py").is_none() {
                    return self.wrong(at, "a module that is no .py file");
                }
                ManifestStep::Module {
                    path,
                    base: base.unwrap_or_default(),
                }
            }
            "package" => {
                let path = self.text(given.take("package_path", 0), at)?;
                let files = match given.take("files", 1) {
                    None => None,
                    Some((value, _)) if value.constant() == Constant::None => None,
                    Some((value, at)) => Some(self.texts(&value, at)?),
                };
                let base = self.optional_text(given.take("base_path", 2))?;
                given.take("opt", 3);
                ManifestStep::Package {
                    path,
                    files,
                    base: base.unwrap_or_default(),
                }
            }
            "include" => {
                let Some((paths, place)) = given.take("manifest_path", 0) else {
                    return self.wrong(at, "an argument that is missing");
                };
                let paths = match paths.constant() {
                    Constant::Text(path) => vec![path],
                    _ => self.texts(&paths, place)?,
                };
                given.take("is_require", 1);
                let options = given.rest();
                ManifestStep::Include { paths, options }
            }
            "require" => {
                let name = self.text(given.take("name", 0), at)?;
                let version = self.optional_text(given.take("version", 1))?;
                given.take("pypi", 2);
                let library = self.optional_text(given.take("library", 3))?;
                let options = given.rest();
                ManifestStep::Require(ManifestRequire {
                    name,
                    version,
                    library,
                    options,
                })
            }
            _ => {
                let name = self.text(given.take("library", 0), at)?;
                let path = self.text(given.take("library_path", 1), at)?;
                let prepend = given
                    .take("prepend", 2)
                    .is_some_and(|(value, _)| value.is_true());
                ManifestStep::AddLibrary {
                    name,
                    path,
                    prepend,
                }
            }
        };
        self.no_more(&given, at)?;
        Ok(step)
    }

    fn no_more(&self, given: &Arguments, at: usize) -> Result<(), ManifestError> {
        if given.left() {
            return self.wrong(at, "an argument that the function does not take");
        }
        Ok(())
    }

    fn text(&self, argument: Option<(Value, usize)>, at: usize) -> Result<String, ManifestError> {
        match argument.map(|(value, place)| (value.constant(), place)) {
            Some((Constant::Text(text), _)) => Ok(text),
            Some((_, place)) => self.wrong(place, "an argument that is no string"),
            None => self.wrong(at, "an argument that is missing"),
        }
    }

    fn optional_text(
        &self,
        argument: Option<(Value, usize)>,
    ) -> Result<Option<String>, ManifestError> {
        match argument {
            Some((value, _)) if value.constant() == Constant::None => Ok(None),
            Some((value, at)) => self.text(Some((value, at)), at).map(Some),
            None => Ok(None),
        }
    }

    fn texts(&self, value: &Value, at: usize) -> Result<Vec<String>, ManifestError> {
        let Constant::List(items) = value.constant() else {
            return self.wrong(at, "an argument that is no list of strings");
        };
        let texts = items.into_iter().map(|item| match item {
            Constant::Text(text) => Ok(text),
            _ => self.wrong(at, "an argument that is no list of strings"),
        });
        texts.collect()
    }
}

/// The arguments of a call, each with its place.
#[derive(Default)]
struct Arguments {
    positional: Vec<(Value, usize)>,
    named: Vec<(String, Value, usize)>,
    taken: usize,
}

impl Arguments {
    /// The argument of this name or position. Positions must be taken in their order.
    fn take(&mut self, name: &str, position: usize) -> Option<(Value, usize)> {
        if let Some(found) = self.positional.get(position) {
            self.taken = self.taken.max(position + 1);
            return Some(found.clone());
        }
        let index = self.named.iter().position(|(known, ..)| known == name)?;
        let (_, value, at) = self.named.remove(index);
        Some((value, at))
    }

    /// Whether an argument was not taken.
    fn left(&self) -> bool {
        !self.named.is_empty() || self.positional.len() > self.taken
    }

    /// The named arguments that were not taken.
    fn rest(&mut self) -> ManifestOptions {
        let rest = self.named.drain(..);
        rest.map(|(name, value, _)| (name, value.constant()))
            .collect()
    }
}
