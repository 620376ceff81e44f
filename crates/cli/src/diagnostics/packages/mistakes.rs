//! What to do about mistakes in a project's file.

use std::path::Path;

use belay_pkgmgr::{ConfigError, Mistake, MistakeKind, NameError, SourceError};

use super::sources::of_source;

/// What is strange in a project's file and does no harm.
pub(crate) fn warning(path: &Path, warning: &Mistake) -> String {
    let meant = match &warning.fix {
        Some(fix) => format!("; did you mean {}?", fix.text),
        None => String::new(),
    };
    format!("{}:{warning} is ignored{meant}", path.display())
}

/// A line for each mistake: its place and what to do there.
pub(in super::super) fn remedies(error: &ConfigError) -> String {
    let lines = error.mistakes.iter();
    let lines: Vec<_> = lines
        .map(|mistake| format!("{}: {}", mistake.location, remedy(mistake)))
        .collect();
    lines.join("\n       ")
}

fn remedy(mistake: &Mistake) -> String {
    if let Some(fix) = &mistake.fix {
        return format!("write {}", fix.text);
    }
    let text = match &mistake.kind {
        MistakeKind::Toml { .. } => {
            "a line of TOML is KEY = VALUE, with text in quotes, or a [TABLE]"
        }
        MistakeKind::DuplicateKey { .. } => "take one of the two out",
        MistakeKind::UnknownKey { .. } => "it is ignored; take it out unless another tool needs it",
        MistakeKind::MissingKey { key, .. } => return format!("add {key} = \"…\""),
        MistakeKind::WrongType { key, expected, .. } => return example(key, expected),
        MistakeKind::MainGroup => "move what it holds to [tool.belay.dependencies]",
        MistakeKind::GroupName { .. } => "a group is called as a folder can be, such as dev",
        MistakeKind::DependencyName { source } => return named(source),
        MistakeKind::ProjectName { .. } => {
            "name the folder of the package, seen from this file, such as \"app\""
        }
        MistakeKind::Source { source, .. } | MistakeKind::IndexAddress { source } => {
            return of_source(source);
        }
        MistakeKind::Forge {
            source: source @ SourceError::Login { .. },
        } => return of_source(source),
        MistakeKind::NoSource { .. } => "write a URI or \"*\"; belay add --help lists the forms",
        MistakeKind::RenameTwice { .. } => "leave rename_to_init = true at one of them",
        MistakeKind::FormatVersion {
            key: "mpy_version", ..
        } => "write \"py\", or the .mpy version of the board",
        MistakeKind::FormatVersion { .. } => {
            "write \"py\", or the board's major version of CircuitPython, such as \"9\""
        }
        MistakeKind::Index { .. } => "write an address such as \"https://HOST/PATH\"",
        MistakeKind::DependenciesPath { .. } => {
            "name a folder in the project, such as \".belay/dependencies\""
        }
        MistakeKind::ForgeKind { .. } => "write \"forgejo\" for Forgejo, Gitea and Codeberg",
        MistakeKind::Forge { .. } => {
            "write NAME = { kind = \"gitlab\", url = \"https://HOST\" }, with a name in small letters"
        }
        _ => "belay add --help and belay init --help say what may stand there",
    };
    text.to_owned()
}

/// The setting as it could be.
fn example(key: &str, expected: &str) -> String {
    // A key without quotes is ASCII in TOML.
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = &if key.chars().all(bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    };
    match expected {
        "a string" => format!("write {key} = \"…\""),
        "true or false" => format!("write {key} = true or {key} = false"),
        "a table" => format!("write a table: a heading that ends with {key}], and lines below it"),
        "a list of strings" => format!("write {key} = [\"…\", \"…\"]"),
        expected => format!("write {expected}, such as {key} = \"…\""),
    }
}

fn named(error: &NameError) -> String {
    match error {
        NameError::TooLong { .. } => "choose a shorter name".to_owned(),
        _ => "a name has letters, digits and _, and begins with no digit; where the package is \
              called otherwise, write NAME = \"mip:PACKAGE\""
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use belay_pkgmgr::Config;

    use super::*;

    #[test]
    fn every_mistake_has_a_place_and_a_remedy() {
        for (text, expected) in [
            ("[tool.belay", "1:12: a line of TOML"),
            ("a = 1\na = 2", "2:1: take one of the two out"),
            ("[tool.belay]\nname = 1", "2:8: write name = \"…\""),
            ("[tool.belay]\nmpy_version = 6", "2:15: write \"6\""),
            ("[tool.belay]\nname = '../x'", "2:8: name the folder"),
            (
                "[tool.belay]\nignore = 1",
                "2:10: write ignore = [\"…\", \"…\"]",
            ),
            ("[tool.belay]\ngroup = 1", "2:9: write a table"),
            (
                "[tool.belay]\ngroup.main.optional = true",
                "2:7: move what it holds",
            ),
            ("[tool.belay.group.'../x']", "1:19: a group is called"),
            (
                "[tool.belay.group.dev]\noptional = 1",
                "2:12: write optional = true or optional = false",
            ),
            ("[tool.belay]\nmpy_version = 'x'", "2:15: write \"py\""),
            (
                "[tool.belay]\npackage_indices = ['ftp://x']",
                "2:20: write an address",
            ),
            (
                "[tool.belay]\ndependencies_path = '.'",
                "2:21: name a folder",
            ),
            (
                "[tool.belay.forges]\na = { kind = 'x', url = 'https://x.org' }",
                "2:14: write \"forgejo\"",
            ),
            (
                "[tool.belay.forges]\nA = { kind = 'gitlab', url = 'https://x.org' }",
                "2:1: write NAME",
            ),
            (
                "[tool.belay.dependencies]\n'' = '*'",
                "2:1: a name has letters",
            ),
            (
                "[tool.belay.dependencies]\na = []",
                "2:5: write a URI or \"*\"",
            ),
            (
                "[tool.belay.dependencies]\na = 1",
                "2:5: write a string, a table",
            ),
            (
                "[tool.belay.dependencies]\n'ä' = { uri = 1 }\n\"ö\" = 1",
                "2:15: write uri = \"…\"\n       3:7: write a string, a table or a list of those, such as \"ö\" =",
            ),
            (
                "[tool.belay.dependencies]\na = { develop = true }",
                "2:5: add uri",
            ),
            (
                "[tool.belay.dependencies]\na = 'hub:u/r'",
                "2:5: belay add --help",
            ),
            (
                "[tool.belay.dependencies]\n\
                 a = [{ uri = 'x', rename_to_init = true }, { uri = 'y', rename_to_init = true }]",
                "2:5: leave rename_to_init",
            ),
            (
                "[tool.belay]\nwheels = 4\nname = 1",
                "2:1: it is ignored; take it out unless another tool needs it\n       3:8: write",
            ),
        ] {
            let error = Config::parse(text).expect_err(text);
            let said = remedies(&error);
            assert!(said.starts_with(expected), "{text}: {said}");
        }
    }
}
