//! `belay new` and `belay init`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use belay_pkgmgr::{DependencyName, PackagePath, Project, ProjectError};

use crate::Error;
use crate::args::{Init, New};
use crate::context::Context;

/// Makes a folder with a project in it.
pub(crate) fn new(args: &New, context: &Context) -> Result<u8, Error> {
    let folder = &args.folder;
    let name = name(folder, args.name.as_deref())?;
    let taken = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(source) => return Err(unwritten(folder, source)),
    };
    if taken {
        let path = folder.clone();
        return Err(Error::ProjectExists { path });
    }
    fs::create_dir_all(folder).map_err(|source| unwritten(folder, source))?;
    Project::init(folder, &name).map_err(Error::Project)?;
    let readme = format!("# {name}\n\nPut it on a board with `belay install --main main.py`.\n");
    write(&folder.join("README.md"), readme.as_bytes())?;
    package(folder, &name)?;
    write(&folder.join("main.py"), main_py(&name).as_bytes())?;
    let shown = folder.display();
    context.printer.note(&format!(
        "made {shown}; to put it on a board and see what that prints:\n  \
         cd {shown}\n  belay install --main main.py --follow"
    ));
    Ok(0)
}

/// A program that says that the package is there.
fn main_py(name: &PackagePath) -> String {
    let head = "# The board runs this when it starts.\n";
    if name.parts().all(|part| DependencyName::new(part).is_ok()) {
        let module = name.as_str().replace('/', ".");
        return format!("{head}import {module}\n\nprint({module}.__name__, \"is here\")\n");
    }
    format!("{head}print(\"{name} is here\")\n")
}

/// Makes a folder that is there a project.
pub(crate) fn init(args: &Init, context: &Context) -> Result<u8, Error> {
    let name = name(&args.folder, args.name.as_deref())?;
    let project = Project::init(&args.folder, &name).map_err(Error::Project)?;
    package(&args.folder, &name)?;
    let file = project.pyproject();
    let file = file.display();
    context
        .printer
        .note(&format!("{file} has [tool.belay] now"));
    Ok(0)
}

/// The name of the package: what the user says, or that of the folder as a Python identifier.
fn name(folder: &Path, given: Option<&str>) -> Result<PackagePath, Error> {
    let text = if let Some(name) = given {
        name.to_owned()
    } else {
        // Of `.` and `..` only the system knows the name.
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        // A package that cannot be imported is of no use.
        match DependencyName::resembling(&name) {
            Some(name) => name.to_string(),
            None => name.into_owned(),
        }
    };
    PackagePath::new(&text).map_err(|source| Error::Project(ProjectError::Name(source)))
}

/// Makes the folder of the package, unless it is there.
fn package(folder: &Path, name: &PackagePath) -> Result<(), Error> {
    let package = name.under(folder);
    if package.exists() {
        return Ok(());
    }
    write(&package.join("__init__.py"), b"")
}

fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        fs::create_dir_all(folder).map_err(|source| unwritten(folder, source))?;
    }
    belay_deploy::write_file(path, content).map_err(|source| unwritten(path, source))
}

fn unwritten(path: &Path, source: std::io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        source,
    }
}
