//! Drives of boards with CircuitPython that are mounted on this computer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the firmware writes onto its drive at each start.
const BOOT_OUT: &str = "boot_out.txt";

/// Where the drive of the board with this UID is mounted; in several places, if boards have the same. `named` are folders
/// that the user says may be such drives, also of boards whose firmware writes no UID.
pub(super) fn find(uid: &str, named: &[PathBuf]) -> Vec<PathBuf> {
    let mounted = mounts().into_iter().map(|mount| mount.folder);
    let mut found: Vec<PathBuf> = mounted
        .filter(|folder| uid_of(folder).is_some_and(|own| is_same(&own, uid)))
        .collect();
    let may_be = |folder: &&PathBuf| {
        let own = uid_of(folder);
        own.is_some_and(|own| own.is_empty() || uid.is_empty() || is_same(&own, uid))
    };
    let named: Vec<PathBuf> = named.iter().filter(may_be).cloned().collect();
    // What the user says settles which of them it is.
    if named.is_empty() {
        found.dedup();
        return found;
    }
    named
}

/// Takes the drives of the boards with this UID out of this computer's file system, so that nothing of them is
/// still to be written. Without a program that does that, or for a drive that is not mounted here, nothing is
/// done.
pub(super) fn unmount(uid: &str, tell: &mut dyn FnMut(&str)) {
    for mount in mounts() {
        if !uid_of(&mount.folder).is_some_and(|own| is_same(&own, uid)) {
            continue;
        }
        let Some((program, arguments)) = mount.unmounting() else {
            continue;
        };
        tell(&format!("unmounting {}", mount.folder.display()));
        let done = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !done.is_ok_and(|status| status.success()) {
            tell(&format!("{program} did not unmount it"));
        }
    }
}

/// Whether this computer may write to a folder. Only trying would tell on some systems.
pub(super) fn may_write(folder: &Path) -> bool {
    #[cfg(unix)]
    return rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok();
    #[cfg(not(unix))]
    return folder.exists();
}

/// A file system of this computer.
struct Mount {
    /// What is mounted; only Linux tells.
    device: Option<String>,
    folder: PathBuf,
}

impl Mount {
    /// The program that takes it away, for users who may.
    fn unmounting(&self) -> Option<(&'static str, Vec<String>)> {
        let folder = self.folder.to_str()?.to_owned();
        match &self.device {
            Some(device) => Some((
                "udisksctl",
                vec![
                    "unmount".to_owned(),
                    "--block-device".to_owned(),
                    device.clone(),
                ],
            )),
            None if cfg!(target_os = "macos") => {
                Some(("diskutil", vec!["unmount".to_owned(), folder]))
            }
            None => None,
        }
    }
}

/// What a folder that is a board's drive says of the board; empty if it tells no UID.
fn uid_of(folder: &Path) -> Option<String> {
    let text = fs::read(folder.join(BOOT_OUT)).ok()?;
    let text = String::from_utf8_lossy(&text);
    let uid = text.lines().find_map(|line| line.strip_prefix("UID:"));
    Some(uid.unwrap_or_default().trim().to_owned())
}

fn is_same(own: &str, uid: &str) -> bool {
    !uid.is_empty() && own.eq_ignore_ascii_case(uid)
}

/// The file systems that may be such drives.
fn mounts() -> Vec<Mount> {
    if let Ok(table) = fs::read_to_string("/proc/self/mounts") {
        return table.lines().filter_map(from_line).collect();
    }
    let folders: Vec<PathBuf> = if cfg!(windows) {
        ('D'..='Z')
            .map(|letter| PathBuf::from(format!("{letter}:\\")))
            .collect()
    } else {
        let entries = fs::read_dir("/Volumes").into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mount = |folder| Mount {
        device: None,
        folder,
    };
    folders.into_iter().map(mount).collect()
}

/// A line of Linux's table: device, folder and kind, with blanks as `\\040`. The drives are FATs.
fn from_line(line: &str) -> Option<Mount> {
    let mut words = line.split(' ');
    let (device, folder, kind) = (words.next()?, words.next()?, words.next()?);
    matches!(kind, "vfat" | "msdos" | "fuseblk").then(|| Mount {
        device: Some(device.to_owned()),
        folder: PathBuf::from(folder.replace("\\040", " ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_is_known_by_its_uid() {
        let [folder, other, old] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let text = "Adafruit CircuitPython 10.3.0 on 2026-01-01; board\r\nBoard ID:x\r\n";
        for (folder, uid) in [
            (&folder, "UID:E66A\r\n"),
            (&other, "UID:E66B\r\n"),
            (&old, ""),
        ] {
            fs::write(folder.path().join(BOOT_OUT), format!("{text}{uid}")).unwrap();
        }
        let named = [&folder, &other, &old].map(|folder| folder.path().to_owned());
        assert_eq!(find("e66a", &named[..2]), named[..1]);
        for unknown in ["E66", "E66AB"] {
            assert!(find(unknown, &named[..2]).is_empty(), "{unknown}");
        }
        // Who tells no UID is believed to be what the user says.
        assert_eq!(find("E66C", &named), named[2..]);
        assert_eq!(find("", &named[..1]), named[..1]);
        assert!(find("E66A", &["/nonexistent".into()]).is_empty());
        assert!(may_write(folder.path()));
    }

    #[test]
    fn drives_are_fats() {
        let line = "/dev/sdb1 /media/me/CIRCUIT\\040PY vfat rw,nosuid 0 0";
        let mount = from_line(line).unwrap();
        assert_eq!(mount.folder, Path::new("/media/me/CIRCUIT PY"));
        let (program, arguments) = mount.unmounting().unwrap();
        assert_eq!(
            (program, arguments.last().unwrap().as_str()),
            ("udisksctl", "/dev/sdb1")
        );
        assert!(from_line("/dev/sda1 / ext4 rw 0 0").is_none());
    }
}
