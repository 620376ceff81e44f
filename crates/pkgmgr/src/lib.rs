//! A package manager for MicroPython projects.
//!
//! It knows files and networks, never a board.

mod error;
mod name;
mod source;
mod version;

pub use error::{NameError, RequirementError, SourceError, VersionError};
pub use name::{DependencyName, MAX_NAME, MAX_PATH, MAX_PATH_PART, PackagePath, PathInRepo};
pub use source::{Forge, ForgeKind, Forges, Source};
pub use version::{Requirement, Version};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
