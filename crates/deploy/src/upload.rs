//! Copies to the board.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Component, Path};

use belay_device::Device;
use belay_sync::{
    Entry, EntryKind, Event, Ignore, LocalError, LocalTree, Plan, PlanOptions, RelativePath,
    Remote as _, RemotePath, Tree, Wanted, apply, plan_tree,
};

use crate::find::{find, read, stat, walk};
use crate::{BoardPath, Error, Warning};

/// So few files are asked about one by one: that takes fewer bytes than a listing of all that lies
/// around them.
const FEW: usize = 2;

/// Something to be put on the board.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its last part; `None` for what a folder holds.
    name: Option<String>,
    /// Where it comes from, as the user writes it.
    origin: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    File(Vec<u8>),
    Folder(Wanted),
}

/// How many files were copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Files that were sent or fetched.
    pub copied: usize,
    /// Files that were equal already.
    pub equal: usize,
}

impl Source {
    /// Reads a file of this computer, or a folder if `recursive` is set. A path that ends in `/.` stands
    /// for what the folder holds. All of it is taken, whatever its name, but what a board cannot have:
    /// see [`warnings`](Self::warnings).
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::IsALocalFolder`], [`Error::Local`].
    pub fn read(path: &Path, recursive: bool) -> Result<Self, Error> {
        let failed = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let inner = path.as_os_str().as_encoded_bytes().ends_with(b"/.") || path == Path::new(".");
        let metadata = fs::metadata(path).map_err(failed)?;
        let name = if inner { None } else { Some(last_part(path)?) };
        let what = if !metadata.is_dir() {
            if !metadata.is_file() {
                let path = path.to_owned();
                return Err(LocalError::Special { path }.into());
            }
            What::File(fs::read(path).map_err(failed)?)
        } else if recursive {
            let everything = Ignore::only(std::iter::empty::<&str>())?;
            What::Folder(LocalTree::scan(path, &everything)?.load(&mut Ok)?)
        } else {
            let path = path.to_owned();
            return Err(Error::IsALocalFolder { path });
        };
        Ok(Self {
            name,
            origin: path.display().to_string(),
            what,
        })
    }

    /// Reads what `paths` name on the board, folders only if `recursive` is set.
    ///
    /// # Errors
    /// As [`find`]; [`Error::IsAFolder`].
    pub fn fetch(
        device: &mut Device,
        paths: &[BoardPath],
        recursive: bool,
    ) -> Result<Vec<Self>, Error> {
        let mut sources = Vec::new();
        for source in paths {
            for entry in find(device, std::slice::from_ref(source))? {
                let name = entry.path.name().filter(|_| !source.content);
                let what = match entry.kind {
                    EntryKind::File { .. } => What::File(read(device, &entry.path)?),
                    EntryKind::Folder if !recursive => {
                        return Err(Error::IsAFolder { path: entry.path });
                    }
                    EntryKind::Folder => {
                        let mut wanted = Wanted::new();
                        for below in walk(device, &entry.path)? {
                            let path = below.path.relative_to(&entry.path).unwrap_or_default();
                            let path = RelativePath::new(path)?;
                            match below.kind {
                                EntryKind::Folder => wanted.add_folder(path)?,
                                EntryKind::File { .. } => {
                                    wanted.add_file(path, read(device, &below.path)?)?;
                                }
                            }
                        }
                        What::Folder(wanted)
                    }
                };
                sources.push(Self {
                    name: name.map(str::to_owned),
                    origin: format!(":{}", entry.path),
                    what,
                });
            }
        }
        Ok(sources)
    }

    /// What of a folder of this computer is left out.
    pub fn warnings(&self) -> Vec<Warning> {
        match &self.what {
            What::File(_) => Vec::new(),
            What::Folder(wanted) => Warning::skipped(wanted),
        }
    }

    /// Adds this under `name`, or what it holds if there is none.
    fn add_to(self, wanted: &mut Wanted, name: Option<&str>) -> Result<(), Error> {
        let below = |path: &RelativePath| match name {
            Some(name) => RelativePath::new(&format!("{name}/{path}")),
            None => Ok(path.clone()),
        };
        match self.what {
            What::File(content) => {
                wanted.add_file(RelativePath::new(name.unwrap_or_default())?, content)?;
            }
            What::Folder(folder) => {
                if let Some(name) = name {
                    wanted.add_folder(RelativePath::new(name)?)?;
                }
                for path in folder.folders() {
                    wanted.add_folder(below(path)?)?;
                }
                for (path, content) in folder.files() {
                    wanted.add_file(below(path)?, content.to_vec())?;
                }
            }
        }
        Ok(())
    }
}

/// Puts `sources` at a place of the board, or into the folder there. Nothing is deleted. What is equal
/// already is not sent, unless `force` is set.
///
/// `events` hears of each change with the plan that it is part of.
///
/// # Errors
/// [`Error::SameTarget`], and those of a synchronisation.
pub fn upload(
    device: &mut Device,
    sources: Vec<Source>,
    destination: &BoardPath,
    force: bool,
    events: &mut dyn FnMut(&Plan, Event) -> ControlFlow<()>,
) -> Result<Copied, Error> {
    let mut into = destination.folder || sources.len() > 1;
    // What is at the destination, if somebody has asked.
    let mut there = Vec::new();
    if !into {
        there.push(stat(device, &destination.path)?);
        into = there == [Some(EntryKind::Folder)];
    }
    let mut wanted = Wanted::new().partial();
    let mut root = destination.path.clone();
    let mut names = BTreeMap::new();
    for source in sources {
        let name = source.name.clone();
        if let Some(name) = name.as_ref().filter(|_| into)
            && let Some(other) = names.insert(name.clone(), source.origin.clone())
        {
            let target = destination.path.join(name)?;
            return Err(Error::SameTarget {
                sources: [other, source.origin],
                target: format!(":{target}"),
            });
        }
        match (&source.what, destination.path.parent()) {
            (What::Folder(_), _) if !into => source.add_to(&mut wanted, None)?,
            (What::File(_), Some(parent)) if !into => {
                root = parent;
                source.add_to(&mut wanted, destination.path.name())?;
            }
            _ => source.add_to(&mut wanted, name.as_deref())?,
        }
    }
    let tree = tree(device, &wanted, &root, into, &there)?;
    let options = PlanOptions {
        destination: root,
        force,
        ..PlanOptions::default()
    };
    let plan = plan_tree(wanted, &tree, &mut device.files(), &options)?;
    let done = apply(&plan, &mut device.files(), &mut |event| {
        events(&plan, event)
    })?;
    Ok(Copied {
        copied: done.put + done.replaced,
        equal: done.unchanged,
    })
}

/// What the board has below `root`, as far as it matters for `wanted`. What is `there` has been asked for:
/// at `root`, if files go into it, or else at the place of the only one.
fn tree(
    device: &mut Device,
    wanted: &Wanted,
    root: &RemotePath,
    into: bool,
    there: &[Option<EntryKind>],
) -> Result<Tree, Error> {
    if wanted.folders().next().is_some() || wanted.files().count() > FEW {
        return Ok(device.files().tree(root)?);
    }
    let mut tree = Tree::default();
    for (path, _) in wanted.files() {
        let path = root.below(path);
        let kind = match there {
            [kind] if !into => *kind,
            _ => stat(device, &path)?,
        };
        tree.entries.extend(kind.map(|kind| Entry { path, kind }));
    }
    // Folders that may be missing are created, which is no error for those that are there.
    tree.exists = !tree.entries.is_empty() || into && !there.is_empty();
    Ok(tree)
}

/// The name under which a copy of `path` goes.
fn last_part(path: &Path) -> Result<String, Error> {
    let name = if let Some(Component::Normal(name)) = path.components().next_back() {
        Some(name.to_owned())
    } else {
        // What `..` and the like lead to has a name.
        let full = path.canonicalize().ok();
        full.and_then(|path| path.file_name().map(OsStr::to_owned))
    };
    let name = name.and_then(|name| name.into_string().ok());
    let path = path.to_owned();
    name.ok_or(Error::Local(LocalError::Name { path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_goes_under_the_last_part() {
        assert_eq!(last_part(Path::new("a/b.py")).unwrap(), "b.py");
        assert_eq!(last_part(Path::new("a/b/")).unwrap(), "b");
        let here = std::env::current_dir().unwrap();
        let above = here.parent().unwrap().file_name().unwrap();
        assert_eq!(last_part(Path::new("..")).unwrap(), above.to_str().unwrap());
    }
}
