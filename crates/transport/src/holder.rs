//! Who holds a port, and who may open it.

use std::fmt;

/// A process that has a port open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process's number.
    pub pid: u32,
    /// The program's name, where it can be seen.
    pub name: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} (process {})", self.pid),
            None => write!(f, "process {}", self.pid),
        }
    }
}

/// The process that holds the device file at `path`, as far as this user can see.
///
/// The holder of the `flock` comes first, because others may have the file open as well without
/// being in the way: whoever made a pty often keeps its slave end open.
#[cfg(target_os = "linux")]
pub(crate) fn holder_of(path: &std::path::Path) -> Option<Holder> {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path).ok()?;
    let device = (
        rustix::fs::major(metadata.dev()),
        rustix::fs::minor(metadata.dev()),
    );
    let pid = fs::read_to_string("/proc/locks")
        .ok()
        .and_then(|locks| lock_holder(&locks, device, metadata.ino()))
        .or_else(|| opener_of(path))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm"))
        .ok()
        .map(|name| name.trim_end().to_owned());
    Some(Holder { pid, name })
}

/// Other systems do not show one process's files to another.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn holder_of(_path: &std::path::Path) -> Option<Holder> {
    None
}

/// The holder of an `flock` in the text of `/proc/locks`, whose lines look like
/// `1: FLOCK  ADVISORY  WRITE 812 00:18:10 0 EOF`: the process, then the file system's device in
/// hexadecimal and the inode in decimal.
#[cfg(any(target_os = "linux", test))]
fn lock_holder(locks: &str, (major, minor): (u32, u32), inode: u64) -> Option<u32> {
    let file = format!("{major:02x}:{minor:02x}:{inode}");
    locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        // A process that waits for a lock has an arrow here and holds nothing.
        (words.next()? == "FLOCK").then_some(())?;
        let pid = words.nth(2)?;
        (words.next()? == file).then_some(())?;
        // A holder in another container has the number 0 or -1.
        pid.parse().ok().filter(|&pid| pid > 0)
    })
}

/// A process that has the file open, found through the links in `/proc/*/fd`.
#[cfg(target_os = "linux")]
fn opener_of(path: &std::path::Path) -> Option<u32> {
    use std::fs;

    let path = path.canonicalize().ok()?;
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid = process.file_name().to_str()?.parse().ok()?;
        fs::read_dir(process.path().join("fd"))
            .ok()?
            .flatten()
            .any(|fd| fs::read_link(fd.path()).is_ok_and(|target| target == path))
            .then_some(pid)
    })
}

/// The group that owns the file at `path`: its name, or its number when it has none.
#[cfg(unix)]
pub(crate) fn group_of(path: &std::path::Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let gid = std::fs::metadata(path).ok()?.gid();
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    Some(group_name(&groups, gid).map_or_else(|| gid.to_string(), str::to_owned))
}

/// The name of group `gid` in the text of `/etc/group`.
#[cfg(any(unix, test))]
fn group_name(groups: &str, gid: u32) -> Option<&str> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(gid)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_found_by_device_and_inode() {
        let locks = "\
1: POSIX  ADVISORY  WRITE 900 00:18:10 0 EOF
2: -> FLOCK  ADVISORY  WRITE 901 00:18:10 0 EOF
2: FLOCK  ADVISORY  WRITE 0 00:18:11 0 EOF
3: FLOCK  ADVISORY  WRITE 812 00:18:10 0 EOF
4: FLOCK  ADVISORY  WRITE 813 103:02:10 0 EOF
garbage
";
        assert_eq!(lock_holder(locks, (0, 0x18), 10), Some(812));
        assert_eq!(lock_holder(locks, (0x103, 2), 10), Some(813));
        assert_eq!(lock_holder(locks, (0, 0x18), 11), None);
        assert_eq!(lock_holder(locks, (0, 0x18), 1), None);
        assert_eq!(lock_holder("", (0, 0x18), 10), None);
    }

    #[test]
    fn a_group_has_the_name_in_etc_group() {
        let groups = "root:x:0:\ndialout:x:20:ada,grace\nbroken\nplugdev:x:46:\n";
        assert_eq!(group_name(groups, 20), Some("dialout"));
        assert_eq!(group_name(groups, 0), Some("root"));
        assert_eq!(group_name(groups, 21), None);
    }

    #[test]
    fn a_holder_reads_as_a_sentence_part() {
        let mut holder = Holder {
            pid: 812,
            name: Some("mpremote".to_owned()),
        };
        assert_eq!(holder.to_string(), "mpremote (process 812)");
        holder.name = None;
        assert_eq!(holder.to_string(), "process 812");
    }
}
