//! Where a dependency comes from, and the URIs that say so.

mod error;
mod forge;
mod parse;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

pub use self::error::SourceError;
pub use self::forge::{Forge, ForgeKind, Forges};
use crate::name::{DependencyName, NameError, PathInRepo, shorten};
use crate::version::Requirement;

/// Where a dependency comes from.
///
/// | URI | source |
/// |---|---|
/// | `NAME`, `NAME@1.2`, `NAME==1.2`, `NAME>=1,<2` | the index; a plain name has letters, digits, `_` and `-` |
/// | `mip:NAME`, `mip:NAME@^1.2` | the index, for any name |
/// | `circup:NAME` | a library of a bundle for CircuitPython |
/// | `github:USER/REPO[/PATH][@REF]`, also `gitlab:`, `codeberg:` and configured forges | a forge |
/// | `gitlab:GROUP/SUBGROUP/REPO/-/PATH[@REF]` | the same with nested groups |
/// | `https://github.com/USER/REPO/blob/REF/PATH`, `tree`, `raw`; the repository's page; the like of the other forges | a forge |
/// | `git+URL[#PATH][@REF]`, an http or https address that ends in `.git` | any git server |
/// | `https://…`, `http://…` | a file, or a `package.json` |
/// | `file:…`, a path, and anything else without a colon | a local file or folder |
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A package of the index.
    Index {
        /// Its name there.
        name: String,
        /// Which versions will do.
        requirement: Requirement,
    },
    /// A library of a bundle for CircuitPython.
    Circup {
        /// Its name there, which is what programs import.
        name: String,
    },
    /// A file or folder in a repository.
    Repository {
        /// The repository.
        repository: Repository,
        /// The file or folder.
        path: PathInRepo,
        /// A branch, tag or commit; the default branch when `None`.
        reference: Option<String>,
    },
    /// A file on a web server.
    Url(String),
    /// A file or folder on this computer, absolute or seen from the project's folder.
    Local(PathBuf),
}

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repository {
    /// On a forge, which has its files singly, too.
    Forge {
        /// The forge.
        forge: Forge,
        /// The owner; with GitLab's nested groups they are joined with `/`.
        owner: String,
        /// The repository's name.
        repo: String,
    },
    /// On any server.
    Git {
        /// What git clones: `https`, `http`, `ssh`, `git` or `file`.
        url: String,
    },
}

impl Repository {
    /// What git clones.
    pub fn clone_url(&self) -> String {
        match self {
            Self::Forge { forge, owner, repo } => forge.clone_url(owner, repo),
            Self::Git { url } => url.clone(),
        }
    }

    /// Whether both are the same repository, however it is written.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let address = |repository: &Self| {
            let url = repository.clone_url().to_ascii_lowercase();
            let url = url.trim_end_matches('/');
            url.strip_suffix(".git").unwrap_or(url).to_owned()
        };
        self == other || address(self) == address(other)
    }

    /// What the cache calls it: without a user's name, which stays out of the names of files.
    pub(crate) fn cache_name(&self) -> String {
        match self {
            Self::Forge { forge, owner, repo } => format!("{}-{owner}-{repo}", forge.name()),
            Self::Git { url } => {
                let place = url.split_once("://").map_or(&**url, |(_, place)| place);
                let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
                place.trim_matches('/').trim_end_matches(".git").to_owned()
            }
        }
    }

    /// Its own name.
    fn name(&self) -> Option<&str> {
        match self {
            Self::Forge { repo, .. } => Some(repo),
            Self::Git { url } => {
                let repo = url.trim_end_matches('/').rsplit('/').next()?;
                Some(repo.strip_suffix(".git").unwrap_or(repo))
            }
        }
    }
}

impl Source {
    /// What a URI means. `forges` are those it may name.
    pub fn parse(uri: &str, forges: &Forges) -> Result<Self, SourceError> {
        parse::uri(uri, forges)
    }

    /// What the value of the dependency `name` in `pyproject.toml` means: a URI, or a requirement
    /// such as `*`, `latest`, `1.2` or `>=1,<2` on the package `name` of the index.
    pub fn of_dependency(
        name: &DependencyName,
        value: &str,
        forges: &Forges,
    ) -> Result<Self, SourceError> {
        parse::dependency(name, value, forges)
    }

    /// As [`Source::parse`], for the text of a lock file: a forge that is known no longer is one without
    /// an address.
    pub(crate) fn parse_locked(uri: &str, forges: &Forges) -> Result<Self, SourceError> {
        match Self::parse(uri, forges) {
            Err(SourceError::UnknownScheme { scheme, .. }) => {
                let mut forges = forges.clone();
                forges.add(Forge::forgotten(&scheme));
                Self::parse(uri, &forges)
            }
            parsed => parsed,
        }
    }

    /// The package, without what is asked of its version.
    #[must_use]
    pub fn package(&self) -> Self {
        match self {
            Self::Index { name, .. } => Self::Index {
                name: name.clone(),
                requirement: Requirement::any(),
            },
            other => other.clone(),
        }
    }

    /// The same source at another branch, tag or commit, where it names none. What has none of these
    /// stays as it is.
    pub(crate) fn or_at(mut self, other: &str) -> Result<Self, SourceError> {
        if let Self::Repository { reference, .. } = &mut self
            && reference.is_none()
        {
            *reference = parse::reference(other)?;
        }
        Ok(self)
    }

    /// Whether a file of a package may name this: what is not on this computer.
    pub(crate) fn may_be_named_by_a_package(&self) -> bool {
        match self {
            Self::Url(_) => true,
            Self::Repository { repository, .. } => {
                !matches!(repository, Repository::Git { url } if url.starts_with("file:"))
            }
            Self::Index { .. } | Self::Circup { .. } | Self::Local(_) => false,
        }
    }

    /// What `relative` means when it stands in the file that this source is, such as a
    /// `package.json`: a path seen from the file's folder, or a URI.
    ///
    /// What stands in a file is not to be trusted: it may name a file on a web server or a forge, or
    /// one in the same repository, but never a file of this computer, save that a local file may
    /// name its neighbours.
    pub fn join(&self, relative: &str, forges: &Forges) -> Result<Self, SourceError> {
        let joined = join(self, relative, forges)?;
        parse::check_length(&joined.to_string())?;
        Ok(joined)
    }

    /// The text of a local path that could as well be the name of a package, as `umqtt.robust`. Which of
    /// the two is meant depends on whether there is such a file.
    pub fn as_package_name(&self) -> Option<&str> {
        let Self::Local(path) = self else {
            return None;
        };
        let name = path.to_str()?;
        (parse::is_index_name(name) && !parse::is_module(name)).then_some(name)
    }

    /// The name that a dependency on this source gets when the user gives none: that of the file,
    /// folder, repository or package, made an identifier.
    pub fn natural_name(&self) -> Option<DependencyName> {
        let in_repository = |path: &PathInRepo, repo: &str| {
            let shown = match path.file_name() {
                Some("package.json" | "manifest.py" | "__init__.py") => path.parent(),
                _ => path.clone(),
            };
            DependencyName::resembling(shown.file_name().unwrap_or(repo))
        };
        match self {
            Self::Index { name, .. } | Self::Circup { name } => DependencyName::resembling(name),
            Self::Repository {
                repository, path, ..
            } => in_repository(path, repository.name()?),
            Self::Url(url) => {
                let url = Url::parse(url).ok()?;
                let path = PathInRepo::new(url.path()).ok()?;
                in_repository(&path, url.host_str()?)
            }
            Self::Local(path) => {
                let text = path.to_str()?.replace('\\', "/");
                let mut parts = text.rsplit('/').filter(|part| !matches!(*part, "" | "."));
                let name = match parts.next()? {
                    "package.json" | "manifest.py" | "__init__.py" => parts.next()?,
                    name => name,
                };
                DependencyName::resembling(name).filter(|_| name != "..")
            }
        }
    }
}

fn join(source: &Source, relative: &str, forges: &Forges) -> Result<Source, SourceError> {
    let refused = || SourceError::Refused {
        uri: shorten(relative),
    };
    // An absolute URI stands for itself, if strangers may name it at all.
    if relative.contains(':') {
        let meant = Source::parse(relative, forges)?;
        let allowed = meant.may_be_named_by_a_package();
        return allowed.then_some(meant).ok_or_else(refused);
    }
    if relative.trim().is_empty() {
        return Err(SourceError::Empty);
    }
    if relative.contains(char::is_control) {
        return Err(refused());
    }
    if relative.starts_with(['/', '\\']) {
        return Err(NameError::Absolute {
            path: shorten(relative),
        }
        .into());
    }
    match source {
        Source::Repository {
            repository,
            path,
            reference,
        } => Ok(Source::Repository {
            repository: repository.clone(),
            path: path.parent().join(relative)?,
            reference: reference.clone(),
        }),
        Source::Url(url) => Url::parse(url)
            .and_then(|base| base.join(relative))
            .map(|url| Source::Url(url.into()))
            .map_err(|_| refused()),
        Source::Local(path) => {
            // Blanks at the ends of a source do not count, and here they would.
            let ends = relative.trim_matches('/');
            if relative.contains('\\') || relative != relative.trim() || ends != ends.trim() {
                return Err(refused());
            }
            let mut joined = path.parent().map_or_else(PathBuf::new, PathBuf::from);
            joined.extend(relative.split('/').filter(|part| !part.is_empty()));
            Ok(Source::Local(joined))
        }
        Source::Index { .. } | Source::Circup { .. } => Err(refused()),
    }
}

/// Checks that `text` is an http or https address with a host and without a login.
pub(crate) fn http_address(text: &str) -> Result<(), SourceError> {
    parse::http_url(text).map(drop)
}

/// A URI to be shown: without the login that may be in it.
pub(crate) fn without_login(uri: &str) -> String {
    let shown = || {
        let (scheme, rest) = uri.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let at = rest[..end].rfind('@')?;
        Some(format!("{scheme}://…{}", &rest[at..]))
    };
    shown().unwrap_or_else(|| uri.to_owned())
}

impl FromStr for Source {
    type Err = SourceError;

    /// What a URI means that names none but the public forges.
    fn from_str(uri: &str) -> Result<Self, SourceError> {
        Self::parse(uri, &Forges::default())
    }
}

impl fmt::Display for Source {
    /// The shortest URI that means this source, where the forge is known by its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index { name, requirement } => match requirement.is_any() {
                true if parse::is_plain_name(name) => f.write_str(name),
                true => write!(f, "mip:{name}"),
                false => write!(f, "mip:{name}@{requirement}"),
            },
            Self::Repository {
                repository,
                path,
                reference,
            } => {
                write_repository(f, repository, path, reference.is_some())?;
                match reference {
                    Some(reference) => write!(f, "@{reference}"),
                    // Or the end of the path would be taken for a reference.
                    None if path.as_str().contains('@') => f.write_str("@HEAD"),
                    None => Ok(()),
                }
            }
            Self::Circup { name } => write!(f, "circup:{name}"),
            Self::Url(url) => f.write_str(url),
            Self::Local(path) => {
                let text = path.to_string_lossy();
                let plain = parse::uri(&text, &Forges::default());
                let mark = if plain.as_ref() == Ok(self) { "" } else { "./" };
                write!(f, "{mark}{text}")
            }
        }
    }
}

/// Everything in front of the reference.
fn write_repository(
    f: &mut fmt::Formatter<'_>,
    repository: &Repository,
    path: &PathInRepo,
    referenced: bool,
) -> fmt::Result {
    match repository {
        Repository::Forge { forge, owner, repo } => {
            write!(f, "{}:{owner}/{repo}", forge.name())?;
            // The dash says where the repository's name ends.
            let dashed = format!("/{path}/").contains("/-/") || owner.contains('/');
            if dashed && forge.kind() == ForgeKind::GitLab {
                f.write_str("/-")?;
            }
            if path.is_root() {
                return Ok(());
            }
            write!(f, "/{path}")
        }
        Repository::Git { url } => {
            write!(f, "git+{url}")?;
            let name = url.rsplit('/').next();
            let at_in_name = name.is_some_and(|name| name.contains('@'));
            if path.is_root() && !referenced && !at_in_name {
                return Ok(());
            }
            write!(f, "#{path}")
        }
    }
}

#[cfg(test)]
mod tests;
