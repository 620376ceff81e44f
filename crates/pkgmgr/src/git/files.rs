//! The files of a commit.

use std::path::Path;

use git2::{ObjectType, Repository, Tree, TreeEntry, TreeWalkMode, TreeWalkResult};

use super::{GitCommit, failure};
use crate::error::FetchError;
use crate::name::{PackagePath, PathInRepo, shorten};

/// Mode of a symbolic link in a tree.
const LINK: i32 = 0o120_000;

/// Symbolic links that may lead to one another.
const MAX_LINKS: usize = 16;

/// How much a package may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest file, in bytes. 64 MiB unless told otherwise.
    pub file_bytes: u64,
    /// All files of a package together, in bytes. 256 MiB unless told otherwise.
    pub package_bytes: u64,
    /// How many files. 10,000 unless told otherwise.
    pub files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            package_bytes: 256 << 20,
            files: 10_000,
        }
    }
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GitContent {
    /// A file.
    File(Vec<u8>),
    /// A folder: its files with their paths in it, by path. Submodules are left out.
    Folder(Vec<(PackagePath, Vec<u8>)>),
}

impl GitCommit {
    /// What lies at `path`. Symbolic links are followed inside the repository; one that leads
    /// elsewhere is an error.
    pub(crate) fn read(
        &self,
        path: &PathInRepo,
        limits: &Limits,
    ) -> Result<GitContent, FetchError> {
        self.with_repository(|repository| self.read_in(repository, path, limits))
    }

    fn read_in(
        &self,
        repository: &Repository,
        path: &PathInRepo,
        limits: &Limits,
    ) -> Result<GitContent, FetchError> {
        let mut reader = Reader::new(self, repository, limits)?;
        match reader.lookup(path, 0)? {
            Some(Found::File(bytes)) => Ok(GitContent::File(bytes)),
            Some(Found::Folder(tree, place)) => {
                let mut files = Vec::new();
                reader.walk(&tree, &place, &PathInRepo::root(), 0, &mut files)?;
                files.sort_by(|(a, _), (b, _)| a.cmp(b));
                Ok(GitContent::Folder(files))
            }
            None => Err(FetchError::NoPath {
                url: self.url().to_owned(),
                path: path.to_string(),
                commit: self.id(),
            }),
        }
    }

    /// The file at `path`; `None` when there is none.
    pub(crate) fn file(
        &self,
        path: &PathInRepo,
        limits: &Limits,
    ) -> Result<Option<Vec<u8>>, FetchError> {
        self.with_repository(|repository| {
            match Reader::new(self, repository, limits)?.lookup(path, 0)? {
                Some(Found::File(bytes)) => Ok(Some(bytes)),
                _ => Ok(None),
            }
        })
    }

    /// The paths of the files in a folder, at any depth; none when there is no such folder. Symbolic
    /// links are left out.
    pub(crate) fn list(&self, folder: &PathInRepo) -> Result<Vec<PathInRepo>, FetchError> {
        self.with_repository(|repository| self.list_in(repository, folder))
    }

    fn list_in(
        &self,
        repository: &Repository,
        folder: &PathInRepo,
    ) -> Result<Vec<PathInRepo>, FetchError> {
        let failed = |error: git2::Error| failure(self.url(), &error);
        let root = repository
            .find_commit(self.id)
            .and_then(|commit| commit.tree())
            .map_err(failed)?;
        let tree = if folder.is_root() {
            root
        } else {
            let entry = root.get_path(Path::new(folder.as_str()));
            match entry.map(|entry| entry.to_object(repository)) {
                Ok(object) => match object.map_err(failed)?.into_tree() {
                    Ok(tree) => tree,
                    Err(_) => return Ok(Vec::new()),
                },
                Err(_) => return Ok(Vec::new()),
            }
        };
        let mut files = Vec::new();
        tree.walk(TreeWalkMode::PreOrder, |parent, entry| {
            let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != LINK;
            // A name that no package may have is none that a manifest can mean.
            let path = std::str::from_utf8(entry.name_bytes())
                .ok()
                .and_then(|name| folder.join(&format!("{parent}{name}")).ok());
            files.extend(path.filter(|_| is_file));
            TreeWalkResult::Ok
        })
        .map_err(failed)?;
        files.sort();
        Ok(files)
    }
}

enum Found<'r> {
    File(Vec<u8>),
    /// A folder and where it lies, which may be where a link leads.
    Folder(Tree<'r>, PathInRepo),
}

struct Reader<'r> {
    commit: &'r GitCommit,
    repository: &'r Repository,
    root: Tree<'r>,
    limits: &'r Limits,
    /// What was read so far, in bytes.
    taken: u64,
}

impl<'r> Reader<'r> {
    fn new(
        commit: &'r GitCommit,
        repository: &'r Repository,
        limits: &'r Limits,
    ) -> Result<Self, FetchError> {
        let root = repository
            .find_commit(commit.id)
            .and_then(|commit| commit.tree())
            .map_err(|error| failure(commit.url(), &error))?;
        Ok(Self {
            commit,
            repository,
            root,
            limits,
            taken: 0,
        })
    }

    /// What lies at `path`, `links` links away from what was asked for.
    fn lookup(&mut self, path: &PathInRepo, links: usize) -> Result<Option<Found<'r>>, FetchError> {
        let mut tree = self.root.clone();
        let mut place = PathInRepo::root();
        let mut parts = path
            .as_str()
            .split('/')
            .filter(|part| !part.is_empty())
            .peekable();
        while let Some(part) = parts.next() {
            let Some(entry) = tree.get_name(part).map(|entry| entry.to_owned()) else {
                return Ok(None);
            };
            let here = self.join(&place, part)?;
            match self.open(&entry, &here, links)? {
                Some(Found::Folder(next, at)) => (tree, place) = (next, at),
                Some(Found::File(bytes)) => {
                    return Ok(parts.peek().is_none().then_some(Found::File(bytes)));
                }
                None => return Ok(None),
            }
        }
        Ok(Some(Found::Folder(tree, place)))
    }

    /// What an entry is; `None` for a submodule.
    fn open(
        &mut self,
        entry: &TreeEntry<'_>,
        here: &PathInRepo,
        links: usize,
    ) -> Result<Option<Found<'r>>, FetchError> {
        let failed = |error: git2::Error| failure(self.commit.url(), &error);
        match entry.kind() {
            Some(ObjectType::Tree) => {
                let tree = self.repository.find_tree(entry.id()).map_err(failed)?;
                Ok(Some(Found::Folder(tree, here.clone())))
            }
            Some(ObjectType::Blob) => {
                let bytes = self.blob(entry, here)?;
                if entry.filemode() != LINK {
                    return Ok(Some(Found::File(bytes)));
                }
                let target = String::from_utf8_lossy(&bytes).into_owned();
                let refused = FetchError::Link {
                    url: self.commit.url().to_owned(),
                    path: here.to_string(),
                    target: shorten(&target),
                };
                if links >= MAX_LINKS || target.starts_with('/') {
                    return Err(refused);
                }
                let Ok(path) = here.parent().join(&target) else {
                    return Err(refused);
                };
                match self.lookup(&path, links + 1)? {
                    Some(found) => Ok(Some(found)),
                    None => Err(refused),
                }
            }
            _ => Ok(None),
        }
    }

    fn place(&self, path: &PathInRepo) -> String {
        if path.is_root() {
            return self.commit.url().to_owned();
        }
        format!("{path} of {}", self.commit.url())
    }

    fn blob(&mut self, entry: &TreeEntry<'_>, here: &PathInRepo) -> Result<Vec<u8>, FetchError> {
        let failed = |error: git2::Error| failure(self.commit.url(), &error);
        // The header says how large it is before all of it is unpacked.
        let database = self.repository.odb().map_err(failed)?;
        let (size, _) = database.read_header(entry.id()).map_err(failed)?;
        let size = size as u64;
        let limit = self.limits.file_bytes.min(self.limits.package_bytes);
        if size > limit || self.taken.saturating_add(size) > self.limits.package_bytes {
            return Err(FetchError::TooLarge {
                uri: self.place(here),
                limit: if size > limit {
                    limit
                } else {
                    self.limits.package_bytes
                },
            });
        }
        self.taken += size;
        let blob = self.repository.find_blob(entry.id()).map_err(failed)?;
        Ok(blob.content().to_vec())
    }

    /// All files in `tree`, which lies at `place` and is called `path` in what is collected.
    fn walk(
        &mut self,
        tree: &Tree<'r>,
        place: &PathInRepo,
        path: &PathInRepo,
        links: usize,
        files: &mut Vec<(PackagePath, Vec<u8>)>,
    ) -> Result<(), FetchError> {
        for entry in tree {
            let name = String::from_utf8_lossy(entry.name_bytes());
            let here = self.join(place, &name)?;
            let path = self.join(path, &name)?;
            let links = links + usize::from(entry.filemode() == LINK);
            match self.open(&entry.to_owned(), &here, links)? {
                Some(Found::File(bytes)) => {
                    if files.len() >= self.limits.files {
                        return Err(FetchError::TooMany {
                            uri: self.place(place),
                            limit: self.limits.files,
                        });
                    }
                    if let Some(path) = path.to_package_path() {
                        files.push((path, bytes));
                    }
                }
                Some(Found::Folder(tree, place)) => {
                    self.walk(&tree, &place, &path, links, files)?;
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The name of an entry is as little to be trusted as any other path: a tree may hold `..`.
    fn join(&self, folder: &PathInRepo, name: &str) -> Result<PathInRepo, FetchError> {
        let refused = |source| FetchError::Path {
            uri: self.commit.url().to_owned(),
            source,
        };
        PackagePath::new(name).map_err(refused)?;
        folder.join(name).map_err(refused)
    }
}
