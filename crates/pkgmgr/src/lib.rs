//! A package manager for MicroPython projects.
//!
//! It knows files and networks, never a board.

mod cache;
mod cancel;
mod config;
mod edit;
mod error;
mod fetch;
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

pub use cache::{Cache, CacheInfo, CacheItem, CachedAnswer};
pub use cancel::Cancel;
pub use config::{
    Config, DEFAULT_INDEX, Dependency, DependencySource, Fix, Group, MAIN_GROUP, Mistake,
    MistakeKind, UserConfig,
};
pub use edit::{
    NewSource, add_dependency, add_group, add_pytest_path, add_setting, declare_project,
    remove_dependency, remove_group, set_dependency,
};
pub use error::{
    Chain, ConfigError, ContentError, EditError, FetchError, FileError, GitError, HttpError,
    HttpPhase, LockError, ManifestError, ManifestErrorKind, NameError, PackageJsonError,
    ProjectError, RequirementError, ResolveError, SourceError, VersionError,
};
pub use fetch::{Content, Event, FetchedFile, Fetcher, Found, Freshness, Index, Layout, Package};
pub use git::{Git, GitCommit, GitContent, Limits};
pub use http::{Answer, Http, HttpOptions, Logins, Progress, Validator};
pub use location::Location;
pub use lock::{
    LOCK_VERSION, Lock, LockedDependency, LockedFile, LockedPackage, RequestedSource, Sha256,
};
pub use name::{DependencyName, MAX_NAME, MAX_PATH, MAX_PATH_PART, PackagePath, PathInRepo};
pub use package_json::{
    FileOrigin, IndexEntry, MAX_ENTRIES, MAX_INDEX_JSON, MAX_PACKAGE_JSON, PackageDependency,
    PackageFile, PackageJson, ShortHash, parse_index,
};
pub use project::{
    Addition, Change, ChangeKind, Outcome, Outdated, Project, Settings, StagedFile, search,
};
pub use source::{Forge, ForgeKind, Forges, Repository, Source};
pub use version::{Requirement, Version};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
