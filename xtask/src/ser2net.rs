//! ser2net, which puts a serial port behind a TCP port: a server that nobody here wrote.
//!
//! The tests look in the same places as [`provide`], so that what is put into the data folder by this task
//! serves a plain `cargo test` as well.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, anyhow, ensure};

use crate::apt::{self, Kind, Request};
use crate::micropython::{data_folder, on_debian, on_path};
use crate::shell;

/// Names the server; set, it makes the tests fail that it is missing for.
pub(crate) const VARIABLE: &str = "BELAY_SER2NET";

/// Whether this system has what the tests watch the server with.
pub(crate) const SUPPORTED: bool = cfg!(target_os = "linux");

const PROGRAM: &str = "ser2net";
/// Where Debian's package has it: a folder that is not on everybody's PATH.
const PACKAGED: &str = "usr/sbin/ser2net";

const REQUEST: Request = Request {
    name: PROGRAM,
    suite: "bookworm",
    packages: &[PROGRAM],
    kind: Kind::WithDependencies,
};

/// The one named, one that the system has, the one in the data folder, or, on Debian, one fetched into the
/// data folder, in this order.
pub(crate) fn provide() -> Result<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return probe(Path::new(&named)).map_err(|error| with_hint(&error));
    }
    let packaged = Path::new("/").join(PACKAGED);
    let installed = on_path(PROGRAM).or_else(|| packaged.is_file().then_some(packaged));
    if let Some(path) = installed {
        return probe(&path).map_err(|error| with_hint(&error));
    }
    let folder = data_folder()?.join("belay").join(PROGRAM);
    let program = folder.join(PROGRAM);
    if program.exists() {
        match probe(&program) {
            Ok(program) => return Ok(program),
            Err(error) => eprintln!("note: replacing a broken ser2net: {error:#}"),
        }
    }
    ensure!(
        on_debian(),
        "ports behind a server are tried with ser2net, which is missing here\n{HINT}"
    );
    install(&folder).map_err(|error| with_hint(&error))?;
    Ok(program)
}

fn install(folder: &Path) -> Result<()> {
    apt::install(
        &REQUEST,
        folder,
        |built, architecture| {
            let libraries = architecture.libraries;
            let folders = ["lib", "usr/lib"].map(|lib| format!("{lib}/{libraries}"));
            // The library loads the parts that it is built up from, and looks for them in a folder of its
            // version.
            let parts = built.join(format!("root/usr/libexec/{libraries}/gensio"));
            let mut versions = parts.read_dir()?;
            let version = versions
                .next()
                .ok_or_else(|| anyhow!("{} is empty", parts.display()))??;
            let version = version.file_name();
            let parts = format!("usr/libexec/{libraries}/gensio/{}", version.display());
            let variables = [("GENSIO_LIBRARY_PATH", &*parts)];
            let text = apt::launcher(PACKAGED, &folders, architecture.loader, &variables);
            apt::write_launcher(&built.join(PROGRAM), &text)
        },
        |folder| probe(&folder.join(PROGRAM)).map(|_| ()),
    )
}

/// Starts it, and returns it.
fn probe(program: &Path) -> Result<PathBuf> {
    shell::output(Command::new(program).arg("-v").stdin(Stdio::null()))?;
    Ok(program.to_owned())
}

const HINT: &str = "  \
    on Debian or Ubuntu: sudo apt-get install --no-install-recommends ser2net\n  \
    or name your own: export BELAY_SER2NET=path";

fn with_hint(error: &anyhow::Error) -> anyhow::Error {
    anyhow!("{error:#}\n{HINT}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = probe(Path::new("/nonexistent/ser2net")).unwrap_err();
        let error = with_hint(&error).to_string();
        assert!(error.contains("ser2net does not start"), "{error}");
        assert!(error.contains("apt-get install"), "{error}");
    }
}
