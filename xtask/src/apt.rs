//! Packages out of Debian's archive, into a folder, without root.
//!
//! The system's own `apt-get` does the work with lists, state and cache of its
//! own in a temporary folder: it verifies the archive's signature against
//! Debian's keys and each package against the signed lists, and takes mirror
//! and proxy from the system's configuration.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell;

/// The keys Debian signs its archive with, under either name they have had.
const KEYRINGS: &[&str] = &[
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
];

const ARCHITECTURES: &[Architecture] = &[
    Architecture {
        name: "amd64",
        libraries: "x86_64-linux-gnu",
        loader: "ld-linux-x86-64.so.2",
    },
    Architecture {
        name: "arm64",
        libraries: "aarch64-linux-gnu",
        loader: "ld-linux-aarch64.so.1",
    },
];

/// Where a kind of processor has its libraries.
#[derive(Debug)]
pub(crate) struct Architecture {
    /// Debian's name of it.
    name: &'static str,
    /// The name of its library folders.
    pub(crate) libraries: &'static str,
    /// The program there that loads others.
    pub(crate) loader: &'static str,
}

/// What to get.
#[derive(Debug)]
pub(crate) struct Request {
    /// What messages call it.
    pub(crate) name: &'static str,
    /// The release the packages are taken from.
    pub(crate) suite: &'static str,
    pub(crate) packages: &'static [&'static str],
    pub(crate) kind: Kind,
}

/// What of the packages is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// They alone.
    Packages,
    /// They, and everything that they depend on.
    WithDependencies,
    /// This folder of the sources that they are made from.
    Source(&'static str),
}

/// Unpacks the packages into `root` in `folder`; `finish` adds to the folder
/// what makes it usable, and `probe` tries it.
///
/// The folder is built beside its place and renamed, so that it is there whole
/// or not at all; one that exists is replaced.
pub(crate) fn install(
    request: &Request,
    folder: &Path,
    finish: impl FnOnce(&Path, &Architecture) -> Result<()>,
    probe: impl Fn(&Path) -> Result<()>,
) -> Result<()> {
    let name = output(Command::new("dpkg").arg("--print-architecture"))?;
    let architecture = ARCHITECTURES
        .iter()
        .find(|known| known.name == name.trim())
        .with_context(|| format!("no package is known to fit `{}`", name.trim()))?;
    let keyring = KEYRINGS
        .iter()
        .find(|path| Path::new(path).exists())
        .context("Debian's archive keys are missing (package debian-archive-keyring)")?;
    let archives = archives()?;

    let parent = folder.parent().context("the folder has a parent")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let work = Scratch::new(parent, request.name)?;
    let mut failures = Vec::new();
    for archive in &archives {
        eprintln!(
            "{}: getting it from Debian {}, {archive} …",
            request.name, request.suite
        );
        let source = match request.kind {
            Kind::Source(_) => format!("deb-src [signed-by={keyring}] {archive}"),
            _ => format!(
                "deb [arch={} signed-by={keyring}] {archive}",
                architecture.name
            ),
        };
        let source = format!("{source} {} main", request.suite);
        match fetch(&work.0, request, &source, architecture.name) {
            Ok(()) => failures.clear(),
            Err(error) => failures.push(format!("{archive}: {error:#}")),
        }
        if failures.is_empty() {
            break;
        }
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));

    let built = work.0.join("built");
    unpack(request, &work.0.join("packages"), &built.join("root"))?;
    finish(&built, architecture)?;
    probe(&built).context("what was unpacked does not run")?;
    put_in_place(&built, folder, &work.0.join("replaced"), probe)
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
fn fetch(work: &Path, request: &Request, source: &str, architecture: &str) -> Result<()> {
    let packages = work.join("packages");
    for folder in [
        "lists/partial",
        "cache/archives/partial",
        "packages/partial",
    ] {
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
    let mut get = apt();
    match request.kind {
        Kind::Packages => get.arg("download"),
        // Nothing counts as installed here, so all of them come.
        Kind::WithDependencies => get.args(["--download-only", "install"]),
        Kind::Source(_) => get.args(["--download-only", "source"]),
    };
    output(get.args(request.packages))?;
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
APT::Install-Recommends "false";
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
Dir::Cache::archives "{work}/packages";
"#
    ))
}

/// Unpacks every package in `packages` below `root`.
fn unpack(request: &Request, packages: &Path, root: &Path) -> Result<()> {
    fs::create_dir_all(root)?;
    let mut count = 0;
    for entry in fs::read_dir(packages)? {
        let package = entry?.path();
        let name = package.to_string_lossy();
        match request.kind {
            Kind::Source(folder) if name.contains(".orig.tar.") => {
                let mut tar = Command::new("tar");
                tar.arg("-xf").arg(&package).arg("-C").arg(root);
                tar.args(["--strip-components=1", "--wildcards"]);
                tar.arg("--no-wildcards-match-slash");
                output(tar.arg(format!("*/{folder}")))?;
                count += 1;
            }
            Kind::Packages | Kind::WithDependencies if name.ends_with(".deb") => {
                output(Command::new("dpkg-deb").arg("-x").arg(&package).arg(root))?;
                count += 1;
            }
            _ => {}
        }
    }
    let wanted = request.packages.len();
    ensure!(
        count == wanted || (request.kind == Kind::WithDependencies && count > wanted),
        "apt downloaded {count} packages where {wanted} were asked for"
    );
    Ok(())
}

/// Writes a script that starts an unpacked program with its own C library.
pub(crate) fn write_launcher(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The text of a script that starts `program`, a path below `root`, with the
/// libraries of these folders there, and with environment variables that name other
/// paths there. It finds its folder from its own path, also
/// through a symbolic link, so the folder can be renamed, and starts no other
/// process.
pub(crate) fn launcher(
    program: &str,
    folders: &[String],
    loader: &str,
    variables: &[(&str, &str)],
) -> String {
    let libraries: Vec<_> = folders
        .iter()
        .map(|folder| format!("$root/{folder}"))
        .collect();
    let exports = variables
        .iter()
        .map(|(name, path)| format!("export {name}=\"$root/{path}\"\n"));
    let exports: String = exports.collect();
    format!(
        r#"#!/bin/sh
# Starts the program with the C library it was built for.
self=$0
[ -L "$self" ] && self=$(readlink -f -- "$self")
root=${{self%/*}}/root
{exports}exec "{}/{loader}" \
    --library-path "{}" "$root/{program}" "$@"
"#,
        libraries[0],
        libraries.join(":")
    )
}

/// Moves the built folder to its place; what stood there goes to `aside`.
fn put_in_place(
    built: &Path,
    folder: &Path,
    aside: &Path,
    probe: impl Fn(&Path) -> Result<()>,
) -> Result<()> {
    match fs::rename(folder, aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot replace {}", folder.display()));
        }
        _ => {}
    }
    match fs::rename(built, folder) {
        Ok(()) => Ok(()),
        // Another run may have put the same thing there a moment ago.
        Err(_) if probe(folder).is_ok() => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot create {}", folder.display())),
    }
}

/// The text that a command printed.
fn output(command: &mut Command) -> Result<String> {
    let output = shell::output(command)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A folder of this process, removed with all that is left in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(format!(".{name}-{}", std::process::id()));
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
    use anyhow::bail;

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
        let nothing = |_: &Path| bail!("not there");
        let parent = tempfile::tempdir().unwrap();
        let path = |name: &str| parent.path().join(name);
        fs::create_dir(path("built")).unwrap();
        fs::write(path("built/new"), "").unwrap();
        put_in_place(&path("built"), &path("place"), &path("aside"), nothing).unwrap();
        assert!(path("place/new").exists());

        fs::create_dir(path("built")).unwrap();
        fs::write(path("built/newer"), "").unwrap();
        put_in_place(&path("built"), &path("place"), &path("aside"), nothing).unwrap();
        assert!(path("place/newer").exists() && !path("place/new").exists());
        assert!(path("aside/new").exists());
    }
}
