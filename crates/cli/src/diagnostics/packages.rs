//! What errors of projects and packages mean.

mod mistakes;
mod sources;

use belay_pkgmgr::{EditError, NameError, ProjectError};
use belay_sync::MpyError;

pub(super) use self::mistakes::remedies;
pub(crate) use self::mistakes::warning;
use self::sources::{TELL, fetch, file, http, listed, of_source};

/// What to do about a failed operation on a project.
pub(super) fn hint(error: &ProjectError) -> Option<String> {
    Some(match error {
        ProjectError::NoProject { .. } => {
            "go to the folder of a project, make this one a project: belay init, or begin a new \
             one: belay new NAME"
                .to_owned()
        }
        ProjectError::Config { source, .. } => remedies(source),
        ProjectError::Lock { .. } => {
            "take it from version control, or delete it and make a new one: belay update".to_owned()
        }
        ProjectError::Edit { source, .. } => return edit(source),
        ProjectError::DependenciesPath { .. } => {
            "set dependencies_path to a folder in the project, such as \".belay/dependencies\""
                .to_owned()
        }
        ProjectError::Source { source, .. } => of_source(source),
        ProjectError::NoName { uri } => format!("give it a name: belay add NAME {uri}"),
        ProjectError::Name(NameError::NotAnIdentifier {
            suggestion: Some(suggestion),
            ..
        }) => format!("call it {suggestion}"),
        ProjectError::Name(_) => {
            "a name has letters, digits and _, and begins with no digit".to_owned()
        }
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
        ProjectError::Package { source, .. } => return fetch(source),
        ProjectError::Conflict { wishes, known, .. } => {
            let wishes = wishes.iter();
            let wishes: Vec<_> = wishes
                .map(|(requirement, chain)| format!("{chain} asks for {requirement}"))
                .collect();
            format!("{}; there are {}", wishes.join("; "), listed(known))
        }
        ProjectError::Cycle { .. } => {
            "one of them must do without the next; take another version of it, or tell its author"
                .to_owned()
        }
        ProjectError::Repository { .. } => TELL.to_owned(),
        ProjectError::Files { .. } | ProjectError::Case { .. } => {
            "only one of the two can be there: rename or remove the other, or leave out its group"
                .to_owned()
        }
        ProjectError::Unsettled { .. } => {
            "ask for one version of what they need, such as NAME = \"1.0\"".to_owned()
        }
        ProjectError::Http(source) => return http(source),
        ProjectError::File(source) => return file(source),
        _ => return None,
    })
}

/// What to do about a compiled file that is for other boards.
pub(super) fn of_mpy(error: &MpyError) -> Option<String> {
    match error {
        MpyError::Version { expected, .. } => Some(format!(
            "set mpy_version = \"{expected}\", or \"py\", in [tool.belay]; then belay update"
        )),
        MpyError::Family {
            circuitpython: true,
        } => Some(
            "take libraries as source: circuitpython_version = \"py\" in [tool.belay]".to_owned(),
        ),
        _ => None,
    }
}

fn edit(error: &EditError) -> Option<String> {
    Some(match error {
        EditError::Exists { name, group } => {
            format!("take it away first: belay remove --group {group} {name}")
        }
        EditError::Named { name } => {
            format!("choose another name, or remove the line of {name} from the file first")
        }
        EditError::Declared => {
            "it is a project already; belay add NAME adds a dependency".to_owned()
        }
        EditError::Missing {
            suggestion: Some(name),
            ..
        } => format!("there is {name}"),
        EditError::GroupName { .. } => {
            "a group is called as a folder can be, such as dev".to_owned()
        }
        EditError::Malformed { location, .. } => format!("mend the file near {location} first"),
        EditError::NotATable { key, location } => {
            format!("make {key} at {location} a table, or take it out")
        }
        EditError::Impossible { location } => format!("change it by hand, near {location}"),
        _ => return None,
    })
}
