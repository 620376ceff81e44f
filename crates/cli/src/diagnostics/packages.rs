//! What errors of projects and packages mean.

use std::io::ErrorKind;
use std::path::Path;

use belay_pkgmgr::{
    Chain, ConfigError, EditError, FetchError, FileError, GitError, HttpError, Mistake, NameError,
    ProjectError, ResolveError, SourceError,
};
use belay_sync::MpyError;

use super::{FAILED, USAGE};

/// How many names a hint lists.
const NAMES: usize = 12;

/// The exit status of a failed operation on a project.
pub(super) fn status(error: &ProjectError) -> u8 {
    match error {
        ProjectError::NoProject { .. }
        | ProjectError::Config { .. }
        | ProjectError::Lock { .. }
        | ProjectError::Edit { .. }
        | ProjectError::DependenciesPath { .. }
        | ProjectError::Source { .. }
        | ProjectError::NoName { .. }
        | ProjectError::Name(_)
        | ProjectError::NotLocal { .. }
        | ProjectError::Unknown { .. }
        | ProjectError::NoGroup { .. } => USAGE,
        _ => FAILED,
    }
}

/// What to do about a failed operation on a project.
pub(super) fn hint(error: &ProjectError) -> Option<String> {
    Some(match error {
        ProjectError::NoProject { .. } => {
            "go to the folder of a project, make this one a project: belay init, or begin a new \
             one: belay new NAME"
                .to_owned()
        }
        ProjectError::Config { source, .. } => return fix(source),
        ProjectError::Lock { .. } => {
            "take it from version control, or delete it and make a new one: belay update".to_owned()
        }
        ProjectError::Edit { source, .. } => return edit(source),
        ProjectError::Source { source, .. } => return of_source(source),
        ProjectError::NoName { uri } => format!("give it a name: belay add NAME {uri}"),
        ProjectError::Name(NameError::NotAnIdentifier {
            suggestion: Some(suggestion),
            ..
        }) => format!("call it {suggestion}"),
        ProjectError::NotLocal { .. } => "leave out --develop".to_owned(),
        ProjectError::Unknown { known, .. } if known.is_empty() => {
            "the project has no dependencies".to_owned()
        }
        ProjectError::Unknown { known, .. } | ProjectError::NoGroup { known, .. } => {
            format!("there are {}", listed(known))
        }
        ProjectError::Differs { .. } => {
            "belay install without --locked makes them agree; belay update gets what is newest"
                .to_owned()
        }
        ProjectError::Resolve(source) => return resolve(source),
        ProjectError::Fetch { source, .. } => return fetch(source),
        ProjectError::Http(source) => return http(source),
        ProjectError::File(source) => return file(source),
        _ => return None,
    })
}

/// What is strange in a project's file and does no harm.
pub(crate) fn warning(path: &Path, warning: &Mistake) -> String {
    let meant = match &warning.fix {
        Some(fix) => format!("; did you mean {}?", fix.text),
        None => String::new(),
    };
    format!("{}:{warning} is ignored{meant}", path.display())
}

/// What to write in the place of the first mistake that can be mended so.
pub(super) fn fix(error: &ConfigError) -> Option<String> {
    let fix = error
        .mistakes
        .iter()
        .find_map(|mistake| Some((mistake.location, mistake.fix.as_ref()?)));
    let (location, fix) = fix?;
    Some(format!("write {} at {location}", fix.text))
}

/// What to do about a compiled file that is for other boards.
pub(super) fn of_mpy(error: &MpyError) -> Option<String> {
    match error {
        MpyError::Version { expected, .. } => Some(format!(
            "set mpy_version = \"{expected}\", or \"py\", in [tool.belay]; then belay update"
        )),
        _ => None,
    }
}

fn edit(error: &EditError) -> Option<String> {
    Some(match error {
        EditError::Exists { name, group } => {
            format!("take it away first: belay remove --group {group} {name}")
        }
        EditError::Declared => {
            "it is a project already; belay add NAME adds a dependency".to_owned()
        }
        EditError::Missing {
            suggestion: Some(name),
            ..
        } => format!("there is {name}"),
        EditError::Impossible { location } => format!("change it by hand, near {location}"),
        _ => return None,
    })
}

fn of_source(error: &SourceError) -> Option<String> {
    match error {
        SourceError::UnknownScheme { suggestion, .. }
        | SourceError::Malformed { suggestion, .. } => {
            let suggestion = suggestion.as_ref()?;
            Some(format!("perhaps it is {suggestion}"))
        }
        _ => None,
    }
}

fn resolve(error: &ResolveError) -> Option<String> {
    match error {
        ResolveError::Package { source, .. } => fetch(source),
        ResolveError::Conflict { wishes, known, .. } => {
            let wishes: Vec<_> = wishes.iter().map(wish).collect();
            let wishes = wishes.join("; ");
            Some(format!("{wishes}; there are {}", listed(known)))
        }
        _ => None,
    }
}

fn wish((requirement, chain): &(String, Chain)) -> String {
    format!("{chain} asks for {requirement}")
}

fn fetch(error: &FetchError) -> Option<String> {
    Some(match error {
        FetchError::NoPackage { similar, .. } if !similar.is_empty() => {
            format!("there are {}", listed(similar))
        }
        FetchError::NoPackage { .. } => "belay search WORD finds packages".to_owned(),
        FetchError::NoVersion { known, .. } if !known.is_empty() => {
            format!("there are {}", listed(known))
        }
        FetchError::TooLarge { .. } => "--max-file allows larger ones".to_owned(),
        FetchError::Http(source) => return http(source),
        FetchError::Git(source) => return git(source),
        FetchError::File(source) => return file(source),
        _ => return None,
    })
}

fn git(error: &GitError) -> Option<String> {
    match error {
        GitError::NoReference { known, .. } if !known.is_empty() => {
            Some(format!("there are {}", listed(known)))
        }
        GitError::TooLarge { .. } => Some("--max-file allows larger ones".to_owned()),
        GitError::Http(source) => http(source),
        GitError::File(source) => file(source),
        _ => None,
    }
}

fn http(error: &HttpError) -> Option<String> {
    Some(match error {
        HttpError::Resolve { .. } => {
            "check the name and the network; what is locked and in the project needs none"
                .to_owned()
        }
        HttpError::Tls { .. } => {
            "check this computer's clock and the certificates it trusts".to_owned()
        }
        HttpError::TooLarge { .. } => "--max-file allows larger ones".to_owned(),
        HttpError::Offline { .. } => "leave out --offline".to_owned(),
        _ => return None,
    })
}

fn file(error: &FileError) -> Option<String> {
    match error.source.kind() {
        ErrorKind::StorageFull => Some("make room on the disk; nothing was changed".to_owned()),
        _ => None,
    }
}

/// Names for a sentence; of many, the last, which are the newest of versions.
fn listed(names: &[String]) -> String {
    match names.len().checked_sub(NAMES) {
        Some(left) if left > 0 => format!("… {}", names[left..].join(", ")),
        _ => names.join(", "),
    }
}
