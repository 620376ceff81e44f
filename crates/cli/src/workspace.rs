//! What holds in the working folder: the project that it is a part of, and names for devices.

use std::cell::OnceCell;
use std::env::current_dir;

use belay_pkgmgr::{Project, ProjectError};

use crate::Error;
use crate::settings::Names;

/// The project and the names, each read once for a command.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    project: OnceCell<Project>,
    names: OnceCell<Names>,
}

impl Workspace {
    /// The project that the working folder is a part of.
    pub(crate) fn project(&self) -> Result<&Project, Error> {
        if let Some(project) = self.project.get() {
            return Ok(project);
        }
        let folder = current_dir().map_err(|source| Error::Read {
            path: ".".into(),
            source,
        })?;
        let project = Project::find(&folder).map_err(Error::Project)?;
        Ok(self.project.get_or_init(|| project))
    }

    /// The devices that the project and the user have given names to.
    pub(crate) fn names(&self) -> Result<&Names, Error> {
        if let Some(names) = self.names.get() {
            return Ok(names);
        }
        let project = match self.project() {
            Ok(project) => Some(project),
            // Where there is no folder, there is no project.
            Err(Error::Read { .. } | Error::Project(ProjectError::NoProject { .. })) => None,
            Err(error) => return Err(error),
        };
        let names = Names::load(project)?;
        Ok(self.names.get_or_init(|| names))
    }
}
