//! A package manager for MicroPython projects, as a library.
//!
//! It decides what the dependencies in a `pyproject.toml` are, in which version and of which commit,
//! and keeps them in the project: locked, checked against their hashes, and as a whole or not at all.
//! It is for programs that put such a project on a board or look at it, as the `belay` command does. It
//! knows files and networks, never a board: [`Project::stage`] gives what belongs into a board's `/lib`.
//!
//! A [`Project`] has the operations; [`Settings`] say how these reach the rest of the world, and each
//! tells with [`Event`]s what happens. [`Config`] and [`Lock`] are what its files say, [`Source`]
//! and [`Requirement`] what a dependency may be. How packages are fetched, resolved and cached, and how
//! files are changed, is not to be seen from outside.
//!
//! Operations block. A [`Cancel`] ends them from another thread; several projects may be worked on at
//! once, and of several who work on one, each waits for its turn.

mod bundle;
mod cache;
mod cancel;
mod config;
mod edit;
mod error;
mod event;
mod fetch;
mod file;
mod git;
mod http;
mod location;
mod lock;
mod lock_file;
mod manifest;
mod name;
mod package_json;
mod project;
mod quote;
mod resolve;
mod source;
mod transaction;
mod version;

pub use cache::{Cache, CacheInfo, CacheItem};
pub use cancel::Cancel;
pub use config::{
    Config, ConfigError, Dependency, DependencySource, Fix, Group, MAIN_GROUP, Mistake,
    MistakeKind, UserConfig,
};
pub use edit::EditError;
pub use error::{Chain, FetchError, ProjectError};
pub use event::Event;
pub use file::FileError;
pub use git::Limits;
pub use http::{HttpError, HttpOptions, Logins};
pub use location::Location;
pub use lock::{
    Lock, LockError, LockedDependency, LockedFile, LockedPackage, RequestedSource, Sha256,
};
pub use name::{DependencyName, NameError, PackagePath, PathInRepo};
pub use package_json::{IndexEntry, PackageJsonError};
pub use project::change::{Addition, Change, ChangeKind, Outcome};
pub use project::query::{Outdated, search};
pub use project::stage::StagedFile;
pub use project::{Project, Settings, name_user_device};
pub use source::{Forge, ForgeKind, Forges, Repository, Source, SourceError};
pub use version::{Requirement, RequirementError, Version};

#[cfg(test)]
extern crate self as belay_pkgmgr;

#[cfg(test)]
#[path = "../tests/inside/tests.rs"]
mod inside;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
