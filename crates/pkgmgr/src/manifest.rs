//! `manifest.py`, the way packages of micropython-lib say what they consist of, read without running
//! it.
//!
//! The functions are those of MicroPython's documentation on manifests: `metadata`, `require`,
//! `module`, `package`, `include`, `add_library` and `options`. Assignments, `if` and `for` over
//! constants are followed. What only running the file could tell is an error that says so.

mod collect;
mod evaluate;
mod lexer;
mod syntax;

use std::collections::BTreeMap;

pub use self::collect::{
    CollectError, Collected, CollectedFile, ManifestTree, collect_manifest, find_required,
};
use crate::error::ManifestError;

/// The largest manifest, in bytes.
pub const MAX_MANIFEST: usize = 256 << 10;

/// A constant of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A string.
    Text(String),
    /// A list or tuple.
    List(Vec<Constant>),
}

/// What `include` and `require` hand on: the values of `options` in the other manifest.
pub type ManifestOptions = BTreeMap<String, Constant>;

/// What a package says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManifestMetadata {
    /// The version, as written.
    pub version: Option<String>,
    /// What the package is for.
    pub description: Option<String>,
    /// The licence.
    pub license: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Whether the package is of Python's standard library.
    pub stdlib: bool,
}

/// One thing that a manifest asks for, in its order. Paths are as written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestStep {
    /// A module in one file, `base/path`, installed as `path`.
    Module {
        /// The file, seen from `base`.
        path: String,
        /// The folder it is in, seen from the manifest's.
        base: String,
    },
    /// The modules of the folder `base/path`, installed in the folder `path`.
    Package {
        /// The folder, seen from `base`.
        path: String,
        /// The files, seen from the folder; `None` for every `.py` file at any depth.
        files: Option<Vec<String>>,
        /// The folder it is in, seen from the manifest's.
        base: String,
    },
    /// Another package.
    Require(ManifestRequire),
    /// Other manifests: files, or folders with a `manifest.py`.
    Include {
        /// Their paths, seen from the manifest's folder.
        paths: Vec<String>,
        /// Their options.
        options: ManifestOptions,
    },
    /// A folder to look for required packages in.
    AddLibrary {
        /// The name that `require` can ask for.
        name: String,
        /// The folder, seen from the manifest's.
        path: String,
        /// Whether it comes before the others.
        prepend: bool,
    },
}

/// A package that a manifest requires.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManifestRequire {
    /// Its name in micropython-lib.
    pub name: String,
    /// Its version, where one is asked for.
    pub version: Option<String>,
    /// The library it must be of, where one is asked for.
    pub library: Option<String>,
    /// Its options.
    pub options: ManifestOptions,
}

/// What a manifest says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// What the package says about itself; empty when the manifest says nothing.
    pub metadata: ManifestMetadata,
    /// What it asks for, in its order.
    pub steps: Vec<ManifestStep>,
}

impl Manifest {
    /// Reads the text of a `manifest.py` of at most [`MAX_MANIFEST`] bytes.
    pub fn parse(text: &str, options: &ManifestOptions) -> Result<Self, ManifestError> {
        evaluate::evaluate(text, options)
    }
}

#[cfg(test)]
mod tests;
