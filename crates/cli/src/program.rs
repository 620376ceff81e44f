//! Programs of this computer.

use std::env::{split_paths, var_os};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::settings::is_device;
use crate::workspace::Workspace;

/// The program that `text` names: by its path, or by its name in one of the folders of `PATH`. `None`
/// for what names a device or a script, or is a file here.
pub(crate) fn find(workspace: &Workspace, text: &OsStr) -> Option<PathBuf> {
    let path = Path::new(text);
    if path.extension().is_some_and(|extension| extension == "py") || is_device(workspace, text) {
        return None;
    }
    if path.components().count() > 1 {
        return is_executable(path).then(|| path.to_owned());
    }
    if path.is_file() {
        return None;
    }
    let folders = var_os("PATH")?;
    let mut candidates = split_paths(&folders).flat_map(|folder| named(&folder.join(path)));
    candidates.find(|candidate| is_executable(candidate))
}

#[cfg(unix)]
fn named(path: &Path) -> Vec<PathBuf> {
    vec![path.to_owned()]
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A program is started without its extension, too.
#[cfg(not(unix))]
fn named(path: &Path) -> Vec<PathBuf> {
    let mut names = vec![path.to_owned()];
    for extension in ["exe", "bat", "cmd"] {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        names.push(name.into());
    }
    names
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    let program = |extension: &OsStr| {
        ["exe", "bat", "cmd"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    };
    path.is_file() && path.extension().is_some_and(program)
}
