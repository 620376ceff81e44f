//! A package as its source describes it.

use crate::lock::Sha256;
use crate::name::PackagePath;
use crate::package_json::ShortHash;
use crate::source::Source;

/// Where the paths of a package are seen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// From the board's library folder: the package says itself where its files go.
    Library,
    /// From a folder that is named after the dependency.
    Folder,
    /// It is a single file, in a folder that is named after the dependency.
    File,
}

/// A package as its source describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its version, where the source has versions.
    pub version: Option<String>,
    /// The commit, where the source has commits: 40 hexadecimal digits.
    pub commit: Option<String>,
    /// What the paths of its files are seen from.
    pub layout: Layout,
    /// Its files.
    pub files: Vec<FetchedFile>,
    /// What it needs.
    pub needs: Vec<Source>,
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedFile {
    /// Its path, as the layout has it.
    pub path: PackagePath,
    /// What it holds, or where that is.
    pub content: Content,
}

/// What a file holds, or where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// It was found on the way.
    Bytes(Vec<u8>),
    /// It is a file of another repository, which is known by a URI that names the commit.
    Foreign(Source),
    /// It is a file of an archive.
    Member {
        /// Where the archive is.
        archive: String,
        /// The file's path in its folder of libraries.
        path: PackagePath,
    },
    /// It is still to be downloaded.
    Url {
        /// From there.
        url: String,
        /// What it must be.
        freshness: Freshness,
    },
}

impl FetchedFile {
    /// Files that were found on the way.
    pub(super) fn all(files: Vec<(PackagePath, Vec<u8>)>) -> Vec<Self> {
        let files = files.into_iter().map(|(path, bytes)| Self {
            path,
            content: Content::Bytes(bytes),
        });
        files.collect()
    }
}

impl Package {
    /// A package that is one file.
    pub(super) fn single(path: PackagePath, content: Content, commit: Option<String>) -> Self {
        Self {
            version: None,
            commit,
            layout: Layout::File,
            files: vec![FetchedFile { path, content }],
            needs: Vec::new(),
        }
    }
}

/// When what the cache has of an address may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// When the server says that it is still current.
    Current,
    /// Always: the address names a commit, whose files do not change.
    Forever,
    /// When its hash begins like this; and what comes from the server must begin so, too.
    Hash(ShortHash),
    /// When its hash is this; and what comes from the server must have it, too.
    Exactly(Sha256),
}
