//! Drives of boards with CircuitPython that are mounted on this computer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the firmware writes onto its drive at each start.
const BOOT_OUT: &str = "boot_out.txt";

/// Where the drive of the board with this UID is mounted.
pub fn find_drive(uid: &str) -> Option<PathBuf> {
    mounts()
        .into_iter()
        .map(|mount| mount.folder)
        .find(|folder| is_of(folder, uid))
}

/// Takes the drive of the board with this UID out of this computer's file system, so that nothing of it is
/// still to be written. Without a program that does that, or for a drive that is not mounted here, nothing is
/// done.
pub(super) fn unmount(uid: &str, tell: &mut dyn FnMut(&str)) {
    let Some(mount) = mounts().into_iter().find(|mount| is_of(&mount.folder, uid)) else {
        return;
    };
    let Some((program, arguments)) = mount.unmounting() else {
        return;
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

/// Whether a folder is the drive of the board with this UID.
fn is_of(folder: &Path, uid: &str) -> bool {
    let Ok(text) = fs::read_to_string(folder.join(BOOT_OUT)) else {
        return false;
    };
    let uids = text.lines().filter_map(|line| line.strip_prefix("UID:"));
    !uid.is_empty() && uids.map(str::trim).any(|own| own.eq_ignore_ascii_case(uid))
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
        let folder = tempfile::tempdir().unwrap();
        let text =
            "Adafruit CircuitPython 10.3.0 on 2026-01-01; board\r\nBoard ID:x\r\nUID:E66A\r\n";
        fs::write(folder.path().join(BOOT_OUT), text).unwrap();
        assert!(is_of(folder.path(), "e66a"));
        for other in ["", "E66", "E66AB"] {
            assert!(!is_of(folder.path(), other), "{other}");
        }
        assert!(!is_of(Path::new("/nonexistent"), "e66a"));
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
