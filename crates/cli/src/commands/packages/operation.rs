//! Operations on the project that the working folder is a part of.

use std::ops::ControlFlow;
use std::path::PathBuf;

use belay_pkgmgr::{
    Cache, Cancel, Event, HttpOptions, Limits, Logins, Project, ProjectError, Settings,
};

use super::downloads::Downloads;
use crate::args::Network;
use crate::context::Context;
use crate::{Error, diagnostics, env};

/// The project that the working folder is a part of. Warns of what is strange in its file.
pub(crate) fn project(context: &Context) -> Result<&Project, Error> {
    let project = context.workspace.project()?;
    let config = project.config().map_err(Error::Project)?;
    for warning in &config.warnings {
        let text = diagnostics::warning(&project.pyproject(), warning);
        context.printer.warn(&text);
    }
    Ok(project)
}

/// How operations on a project reach the rest of the world.
pub(crate) fn settings(network: &Network) -> Result<Settings, Error> {
    let mut http = HttpOptions::default();
    http.offline = network.offline;
    http.logins = logins();
    let mut limits = Limits::default();
    if let Some(mebibytes) = network.max_file {
        limits.file_bytes = u64::from(mebibytes.get()) << 20;
        limits.package_bytes = limits.package_bytes.max(limits.file_bytes);
        http.max_bytes = limits.file_bytes;
    }
    Ok(Settings {
        http,
        cache: downloads_cache()?,
        limits,
        cancel: Cancel::default(),
    })
}

/// The logins that the user keeps for other programs, too: in `~/.netrc`, or where `NETRC` says. Without
/// a file that can be read there are none, and a server says whether it wants one.
fn logins() -> Logins {
    let path = env::NETRC.value().map(PathBuf::from).or_else(|| {
        let folders = directories::BaseDirs::new()?;
        let names = if cfg!(windows) {
            ["_netrc", ".netrc"]
        } else {
            [".netrc", ".netrc"]
        };
        let mut paths = names.iter().map(|name| folders.home_dir().join(name));
        paths.find(|path| path.is_file())
    });
    let text = path.and_then(|path| std::fs::read_to_string(path).ok());
    text.map_or_else(Logins::default, |text| Logins::parse(&text))
}

/// Does something with a project and tells what happens meanwhile.
pub(crate) fn operate<T>(
    context: &Context,
    work: impl FnOnce(&mut dyn FnMut(Event) -> ControlFlow<()>) -> Result<T, ProjectError>,
) -> Result<T, Error> {
    let mut downloads = Downloads::new(context);
    work(&mut |event| downloads.event(event)).map_err(Error::Project)
}

/// The cache of this user.
pub(super) fn downloads_cache() -> Result<Cache, Error> {
    Ok(Cache::new(Cache::default_root().ok_or(Error::NoCache)?))
}
