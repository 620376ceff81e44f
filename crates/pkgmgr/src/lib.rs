//! A package manager for MicroPython projects.
//!
//! It knows files and networks, never a board.

mod error;
mod name;
mod package_json;
mod source;
mod version;

pub use error::{NameError, PackageJsonError, RequirementError, SourceError, VersionError};
pub use name::{DependencyName, MAX_NAME, MAX_PATH, MAX_PATH_PART, PackagePath, PathInRepo};
pub use package_json::{
    FileOrigin, IndexEntry, MAX_ENTRIES, MAX_INDEX_JSON, MAX_PACKAGE_JSON, PackageDependency,
    PackageFile, PackageJson, ShortHash, parse_index,
};
pub use source::{Forge, ForgeKind, Forges, Source};
pub use version::{Requirement, Version};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
