//! Paths as a board names them.

use std::path::PathBuf;

use crate::errno;

/// The longest path, in bytes.
const MAX_LENGTH: usize = 4096;

/// A path from the folder's root on; the root is `.`.
///
/// The board's side resolves `.` and `..`, so a path that still has them is none of its. Neither is one with a
/// name that means something else on this computer than on a board.
pub(crate) fn local(path: &str) -> Result<PathBuf, u32> {
    if path.len() > MAX_LENGTH || path.contains('\0') {
        return Err(errno::INVALID);
    }
    if path.is_empty() {
        return Ok(PathBuf::from("."));
    }
    let mut local = PathBuf::new();
    for name in path.split('/') {
        match name {
            ".." => return Err(errno::ACCESS),
            "" | "." => return Err(errno::INVALID),
            name if cfg!(windows) && !is_plain(name) => return Err(errno::INVALID),
            name => local.push(name),
        }
    }
    Ok(local)
}

/// Whether Windows takes a name for what it says: no device, no stream of a file, no drive.
fn is_plain(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let stem = stem.to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device)
            .is_some_and(|rest| rest.chars().count() == 1)
    });
    !name.ends_with(['.', ' '])
        && !name.contains(|c: char| c < ' ' || "<>:\"|?*\\".contains(c))
        && !numbered
        && !DEVICES.contains(&&*stem)
}

/// The folder that a path lies in, and its name there.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path of a name in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_are_devices_on_windows() {
        for name in [
            "nul", "NUL.txt", "com1", "LPT9.py", "a:b", "x.", "a\\b", "con .py",
        ] {
            assert!(!is_plain(name), "{name}");
        }
        for name in ["main.py", "console.py", "com.py", "comb1.py", ".x"] {
            assert!(is_plain(name), "{name}");
        }
    }

    proptest! {
        /// Whatever a board writes for a path, none leads out of the folder.
        #[test]
        fn no_path_leads_out(path in "[./a\\\\\0:é]{0,12}|\\PC{0,40}") {
            if let Ok(local) = local(&path) {
                prop_assert!(local.is_relative());
                prop_assert!(local.components().all(|part| matches!(
                    part,
                    std::path::Component::Normal(_) | std::path::Component::CurDir
                )));
            }
        }
    }
}
