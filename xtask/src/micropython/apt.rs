//! MicroPython out of Debian's archive, into a folder, without root.
//!
//! The system's own `apt-get` does the work with lists, state and cache of its
//! own in a temporary folder: it verifies the archive's signature against
//! Debian's keys and each package against the signed lists, and takes mirror
//! and proxy from the system's configuration. Debian 13's MicroPython needs a
//! newer C library than Debian 12 has, so that library is unpacked beside it
//! and its own loader starts the program.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// The release the packages are taken from.
const SUITE: &str = "trixie";

/// MicroPython and everything it is linked with, in [`SUITE`].
const PACKAGES: &[&str] = &[
    "micropython",
    "libc6",
    "libffi8",
    "libmbedtls21",
    "libmbedcrypto16",
    "libmbedx509-7",
];

/// The keys Debian signs its archive with, under either name they have had.
const KEYRINGS: &[&str] = &[
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
];

/// Debian's name of an architecture, its library folder and its loader there.
const ARCHITECTURES: &[(&str, &str, &str)] = &[
    ("amd64", "x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    ("arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
];

/// Puts a launcher `micropython` and what it starts into `folder`.
///
/// The folder is built beside its place and renamed, so that it is there whole
/// or not at all; one that exists is replaced.
pub(super) fn install(folder: &Path) -> Result<()> {
    let architecture = output(Command::new("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    let &(_, libraries, loader) = ARCHITECTURES
        .iter()
        .find(|known| known.0 == architecture)
        .with_context(|| format!("no MicroPython is known to fit `{architecture}`"))?;
    let keyring = KEYRINGS
        .iter()
        .find(|path| Path::new(path).exists())
        .context("Debian's archive keys are missing (package debian-archive-keyring)")?;
    let archives = archives()?;

    let parent = folder
        .parent()
        .context("the engine's folder has a parent")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let work = Scratch::new(parent)?;
    let mut failures = Vec::new();
    for archive in &archives {
        eprintln!("micropython: getting Debian {SUITE}'s package from {archive} …");
        let source =
            format!("deb [arch={architecture} signed-by={keyring}] {archive} {SUITE} main");
        match fetch(&work.0, &source, architecture) {
            Ok(()) => failures.clear(),
            Err(error) => failures.push(format!("{archive}: {error:#}")),
        }
        if failures.is_empty() {
            break;
        }
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));

    let built = work.0.join("engine");
    unpack(&work.0.join("packages"), &built.join("root"))?;
    write_launcher(&built.join("micropython"), libraries, loader)?;
    super::probe(&built.join("micropython")).context("what was unpacked does not run")?;
    put_in_place(&built, folder, &work.0.join("replaced"))
}

/// The archives that apt is configured with and that hold a release of Debian itself.
fn archives() -> Result<Vec<String>> {
    // Without `--no-release-info` this prints nothing on a machine that has never
    // run `apt-get update`.
    let listing = output(Command::new("apt-get").args([
        "indextargets",
        "--no-release-info",
        "--format",
        "$(REPO_URI) $(RELEASE)",
        "Created-By: Packages",
    ]))?;
    let archives = main_archives(&listing);
    ensure!(
        !archives.is_empty(),
        "apt is configured with no archive of Debian; see /etc/apt/sources.list.d"
    );
    Ok(archives)
}

/// From lines of `URI RELEASE`, each archive of a whole release, once, in order.
///
/// `bookworm-security` and the like live in archives of their own or hold only
/// a few packages. Anything else that slips through fails at the signature.
fn main_archives(listing: &str) -> Vec<String> {
    let mut archives: Vec<String> = Vec::new();
    for (uri, release) in listing.lines().filter_map(|line| line.split_once(' ')) {
        let whole = !release.is_empty() && !release.contains(['-', '/']);
        let online = !uri.starts_with("cdrom:") && !uri.starts_with("file:");
        if whole && online && !archives.iter().any(|known| known == uri) {
            archives.push(uri.to_owned());
        }
    }
    archives
}

/// Downloads the packages to `packages/` in the work folder.
fn fetch(work: &Path, source: &str, architecture: &str) -> Result<()> {
    let packages = work.join("packages");
    for folder in ["lists/partial", "cache/archives/partial", "packages"] {
        fs::create_dir_all(work.join(folder))?;
    }
    fs::write(work.join("status"), "")?;
    fs::write(work.join("sources.list"), format!("{source}\n"))?;
    let configuration = work.join("apt.conf");
    fs::write(&configuration, apt_configuration(work, architecture)?)?;
    let apt = || {
        let mut command = Command::new("apt-get");
        command.arg("-c").arg(&configuration).arg("-qq");
        command.env("LC_ALL", "C.UTF-8").current_dir(&packages);
        command
    };
    output(apt().arg("update"))?;
    output(apt().arg("download").args(PACKAGES))?;
    Ok(())
}

/// The configuration that is read after the system's own and overrides it.
///
/// Hooks of the system's (refreshing a desktop's catalogues, emptying caches),
/// its pins and its preferred release have no business with a private folder.
fn apt_configuration(work: &Path, architecture: &str) -> Result<String> {
    let work = work
        .to_str()
        .context("the data folder's path is not UTF-8")?;
    ensure!(
        !work.contains(['"', '\n']),
        "apt cannot work in a folder with a quote in its path: {work}"
    );
    Ok(format!(
        r#"#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Default-Release;
#clear APT::Architectures;
APT::Architectures {{ "{architecture}"; }};
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Dir::Etc::sourcelist "{work}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{work}";
Dir::State::lists "{work}/lists";
Dir::State::status "{work}/status";
Dir::Cache "{work}/cache";
"#
    ))
}

/// Unpacks every package in `packages` below `root`.
fn unpack(packages: &Path, root: &Path) -> Result<()> {
    fs::create_dir_all(root)?;
    let mut count = 0;
    for entry in fs::read_dir(packages)? {
        let package = entry?.path();
        output(Command::new("dpkg-deb").arg("-x").arg(&package).arg(root))?;
        count += 1;
    }
    ensure!(
        count == PACKAGES.len(),
        "apt downloaded {count} packages where {} were asked for",
        PACKAGES.len()
    );
    Ok(())
}

/// Writes the script that starts the unpacked program with its own C library.
fn write_launcher(path: &Path, libraries: &str, loader: &str) -> Result<()> {
    fs::write(path, launcher(libraries, loader))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The launcher's text. It finds its folder from its own path, also through a
/// symbolic link, so the folder can be renamed, and starts no other process.
fn launcher(libraries: &str, loader: &str) -> String {
    format!(
        r#"#!/bin/sh
# Starts MicroPython with the C library it was built for.
self=$0
[ -L "$self" ] && self=$(readlink -f -- "$self")
root=${{self%/*}}/root
exec "$root/usr/lib/{libraries}/{loader}" \
    --library-path "$root/usr/lib/{libraries}" "$root/usr/bin/micropython" "$@"
"#
    )
}

/// Moves the built folder to its place; what stood there goes to `aside`.
fn put_in_place(built: &Path, folder: &Path, aside: &Path) -> Result<()> {
    match fs::rename(folder, aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot replace {}", folder.display()));
        }
        _ => {}
    }
    match fs::rename(built, folder) {
        Ok(()) => Ok(()),
        // Another run may have put the same thing there a moment ago.
        Err(_) if super::probe(&folder.join("micropython")).is_ok() => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot create {}", folder.display())),
    }
}

/// What a command printed, or an error with everything it said.
fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{program}` failed: {}", said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A folder of this process, removed with all that is left in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(parent: &Path) -> Result<Self> {
        let path = parent.join(format!(".engine-{}", std::process::id()));
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot clear {}", path.display()));
            }
            _ => {}
        }
        fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("note: {} is left behind: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_of_whole_releases_are_kept_once() {
        let listing = "http://mirror/debian/ bookworm\n\
            http://mirror/debian/ bookworm\n\
            http://mirror/debian/ bookworm-updates\n\
            http://mirror/debian-security/ bookworm-security\n\
            cdrom:[Debian]/ bookworm\n\
            file:/srv/local/ ./\n\
            https://tools/apt stable\n";
        assert_eq!(
            main_archives(listing),
            ["http://mirror/debian/", "https://tools/apt"]
        );
        assert!(main_archives("").is_empty());
    }

    #[test]
    fn a_quote_in_the_path_never_reaches_apt() {
        assert!(apt_configuration(Path::new("/a\"b"), "amd64").is_err());
        let text = apt_configuration(Path::new("/a b"), "amd64").unwrap();
        assert!(text.contains("Dir::State \"/a b\";"), "{text}");
    }

    #[test]
    fn a_folder_that_stood_there_is_replaced_whole() {
        let parent = tempfile::tempdir().unwrap();
        let path = |name: &str| parent.path().join(name);
        fs::create_dir(path("built")).unwrap();
        fs::write(path("built/new"), "").unwrap();
        put_in_place(&path("built"), &path("place"), &path("aside")).unwrap();
        assert!(path("place/new").exists());

        fs::create_dir(path("built")).unwrap();
        fs::write(path("built/newer"), "").unwrap();
        put_in_place(&path("built"), &path("place"), &path("aside")).unwrap();
        assert!(path("place/newer").exists() && !path("place/new").exists());
        assert!(path("aside/new").exists());
    }
}
