//! A board's files: listing, digests, transfers both ways.
//!
//! All but the smallest boards run `board/serve.py`, which takes frames over its standard input.
//! `line` writes a frame, `stream` gets frames across in order and bounds what is on the way,
//! `transfer` turns steps into frames and `talk` runs the program. On boards whose standard input
//! gives no bytes the lines are text; on those where no program of ours can read it, `commands`
//! sends each piece as a command of its own.

mod digests;
mod fault;
mod flat;
mod line;
mod pack;
mod piecemeal;
mod read;
mod stream;
mod talk;
mod transfer;
mod tree;
mod web;
mod written;

use std::io::Write;
use std::ops::ControlFlow;

use belay_pylit::Value;
use belay_sync::{Digest, Entry, EntryKind, Progress, Remote, RemotePath, Space, Step, Tree};

pub(crate) use self::flat::implementation as flat_implementation;
#[cfg(test)]
pub(crate) use self::line::frame;
use self::tree::Depth;
use crate::board_code::{self, prepare, quoted};
use crate::link::{Link, Program};
use crate::{Device, Error, FileFault, FileWriter};

/// The board's file system, as [`Device::files`] gives it.
#[derive(Debug)]
pub struct Files<'a> {
    device: &'a mut Device,
}

impl Device {
    /// The files of the board.
    pub fn files(&mut self) -> Files<'_> {
        Files { device: self }
    }

    /// Has a writer make all changes of files from now on, or the board again. What a writer has done counts when the
    /// board sees it; what is read, the board reads.
    pub fn set_file_writer(&mut self, writer: Option<Box<dyn FileWriter>>) {
        self.writer = writer;
    }
}

impl Remote for Files<'_> {
    type Error = Error;

    /// Also removes temporary files that a transfer which was cut has left.
    fn tree(&mut self, root: &RemotePath) -> Result<Tree, Error> {
        let mut listing = self.on(|link| tree::list(link, root, Depth::All))?;
        if self.device.writer.is_some() {
            listing.tree.writable = None;
        }
        if listing.has_leftovers() && listing.tree.writable != Some(false) {
            let steps: Vec<Step<'_>> = listing.removal().collect();
            self.perform(&steps, &mut |_| ControlFlow::Continue(()))?;
        }
        Ok(listing.tree)
    }

    fn digests(&mut self, files: &[RemotePath]) -> Result<Vec<Option<Digest>>, Error> {
        self.on(|link| digests::of(link, files))
    }

    /// On LittleFS a put is atomic. FAT, which CircuitPython uses, cannot rename over a file: its
    /// driver removes the old one first, and a power cut between the two leaves the new one under a
    /// temporary name. A board without `os.rename` (micro:bit) writes to the file itself.
    ///
    /// Steps for which there is no room are refused before anything is changed.
    fn perform(
        &mut self,
        steps: &[Step<'_>],
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let Some(mut writer) = self.device.writer.take() else {
            return self.on(|link| talk::perform(link, steps, progress));
        };
        let result = self.on(|link| written::perform(link, writer.as_mut(), steps, progress));
        self.device.writer = Some(writer);
        result
    }

    fn renames(&mut self) -> Result<bool, Error> {
        // Nobody needs what a folder hides while another changes it, step by step.
        Ok(self.device.writer.is_none() && self.has_rename()?)
    }
}

impl Files<'_> {
    /// Everything below a folder of the board.
    ///
    /// # Errors
    /// [`Error::Exception`] where the board cannot list its files, [`Error::Path`] for a text that
    /// is no path; likewise all methods that follow.
    pub fn walk(&mut self, root: &str) -> Result<Tree, Error> {
        let root = RemotePath::new(root)?;
        Ok(self.on(|link| tree::list(link, &root, Depth::All))?.tree)
    }

    /// What a folder of the board holds, by name, without what lies below that.
    ///
    /// # Errors
    /// [`Error::File`] for what is not there or no folder.
    pub fn list(&mut self, folder: &str) -> Result<Vec<Entry>, Error> {
        let folder = RemotePath::new(folder)?;
        let tree = self.on(|link| tree::list(link, &folder, Depth::One))?.tree;
        if !tree.exists {
            let fault = if tree.entries.is_empty() {
                FileFault::NotFound
            } else {
                FileFault::NotAFolder
            };
            return Err(fault::at(&folder, fault));
        }
        let mut entries = tree.entries;
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// What is at a path of the board; `None` if nothing is.
    ///
    /// # Errors
    /// As [`walk`](Self::walk).
    pub fn stat(&mut self, path: &str) -> Result<Option<EntryKind>, Error> {
        let path = RemotePath::new(path)?;
        self.on(|link| tree::stat(link, &path))
    }

    /// The contents of a file.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read, [`Error::Damaged`] over a link that is no good.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        self.read_to(path, &mut content, &mut |_| ControlFlow::Continue(()))?;
        Ok(content)
    }

    /// Copies a file from the board to `output`, checked piece by piece, and returns its length.
    /// `progress` hears how many bytes have been written.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`Error::Output`] if `output` fails, [`Error::Interrupted`]
    /// when `progress` breaks. `output` has a part of the file then.
    pub fn read_to(
        &mut self,
        path: &str,
        output: &mut dyn Write,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        let path = RemotePath::new(path)?;
        self.on(|link| read::read(link, &path, output, progress))
    }

    /// Writes a file into a folder that exists; an old one is replaced when the new one has been
    /// read back and found right. See [`perform`](Remote::perform).
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written, for lack of room before anything is changed, and
    /// [`Error::Damaged`] over a link that is no good.
    pub fn write(&mut self, path: &str, content: &[u8]) -> Result<(), Error> {
        let path = RemotePath::new(path)?;
        let step = Step::Put {
            path: &path,
            content,
        };
        self.perform(&[step], &mut |_| ControlFlow::Continue(()))
    }

    /// Writes many files in one conversation. Their folders are created where they are missing.
    ///
    /// # Errors
    /// As [`write`](Self::write); [`Error::Interrupted`] when `progress` breaks. The files that are done stay.
    pub fn put_many(
        &mut self,
        files: &[(RemotePath, Vec<u8>)],
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut folders = std::collections::BTreeSet::new();
        for (path, _) in files {
            let mut folder = path.parent();
            while let Some(path) = folder.filter(|path| !path.is_root()) {
                folder = path.parent();
                folders.insert(path);
            }
        }
        let puts = files
            .iter()
            .map(|(path, content)| Step::Put { path, content });
        let steps: Vec<Step<'_>> = folders.iter().map(Step::CreateFolder).chain(puts).collect();
        self.perform(&steps, progress)
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// [`Error::File`] if there is none, or a folder in its place.
    pub fn remove(&mut self, path: &str) -> Result<(), Error> {
        let path = RemotePath::new(path)?;
        self.remove_file(&path)
    }

    /// Deletes a folder, which has to be empty unless `recursive` is set.
    ///
    /// # Errors
    /// [`Error::File`] if there is none, if it is a file, or if it holds something.
    pub fn remove_folder(&mut self, path: &str, recursive: bool) -> Result<(), Error> {
        let path = RemotePath::new(path)?;
        if !recursive {
            return self.change("rmdir", &path);
        }
        let listing = self.on(|link| tree::list(link, &path, Depth::All))?;
        if !listing.tree.exists {
            let fault = if listing.tree.entries.is_empty() {
                FileFault::NotFound
            } else {
                FileFault::NotAFolder
            };
            return Err(fault::at(&path, fault));
        }
        let mut steps: Vec<Step<'_>> = listing.removal().collect();
        // The listing has each folder before what it holds.
        steps.extend(
            listing
                .tree
                .entries
                .iter()
                .rev()
                .map(|entry| match entry.kind {
                    EntryKind::File { .. } => Step::Delete(&entry.path),
                    EntryKind::Folder => Step::DeleteFolder(&entry.path),
                }),
        );
        if !path.is_root() {
            steps.push(Step::DeleteFolder(&path));
        }
        self.perform(&steps, &mut |_| ControlFlow::Continue(()))
    }

    /// Creates a folder. With `parents`, folders above it are created, too, and one that is there
    /// already is no error.
    ///
    /// # Errors
    /// [`Error::File`] if there is something of that name, or no folder to create it in.
    pub fn create_folder(&mut self, path: &str, parents: bool) -> Result<(), Error> {
        let path = RemotePath::new(path)?;
        if !parents {
            return self.change("mkdir", &path);
        }
        let mut folders = Vec::new();
        let mut folder = Some(path);
        while let Some(path) = folder.filter(|path| !path.is_root()) {
            folder = path.parent();
            folders.push(path);
        }
        let steps: Vec<Step<'_>> = folders.iter().rev().map(Step::CreateFolder).collect();
        self.perform(&steps, &mut |_| ControlFlow::Continue(()))
    }

    /// Gives a file or folder another name, which may lie in another folder. A file that has the
    /// name is replaced where the file system allows it.
    ///
    /// # Errors
    /// [`Error::File`] with the path of which it is true.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Error> {
        let (from, to) = (RemotePath::new(from)?, RemotePath::new(to)?);
        if from != to && to.relative_to(&from).is_some() {
            return Err(fault::at(&from, FileFault::IntoItself));
        }
        if self.device.writer.is_some() {
            return self.rename_elsewhere(&from, &to);
        }
        if !self.has_rename()? {
            let function = "os.rename";
            return Err(fault::at(&from, FileFault::Unsupported { function }));
        }
        let (old, new) = (quoted(from.as_str()), quoted(to.as_str()));
        let code = format!("find('os').rename({old},{new})");
        self.ask(&once(&code), &from).map_err(|error| match error {
            // LittleFS says that a folder is in the way when one is to replace a file, too.
            Error::File {
                fault: FileFault::Exists | FileFault::IsAFolder,
                ..
            } => fault::at(&to, FileFault::Exists),
            Error::File {
                fault: FileFault::NotEmpty,
                ..
            } => fault::at(&to, FileFault::NotEmpty),
            other => other,
        })?;
        Ok(())
    }

    /// Creates an empty file if there is none. One that is there is left as it is: MicroPython has
    /// no way to set its time.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written, or a folder is in its place.
    pub fn touch(&mut self, path: &str) -> Result<(), Error> {
        let path = RemotePath::new(path)?;
        if self.device.writer.is_some() {
            return match self.stat(path.as_str())? {
                Some(EntryKind::File { .. }) => Ok(()),
                Some(EntryKind::Folder) => Err(fault::at(&path, FileFault::IsAFolder)),
                None => self.write(path.as_str(), b""),
            };
        }
        let name = self.name_of(&path)?;
        let code = format!("open({name},'ab').close()");
        self.ask(&Program::helper(&code), &path).map(drop)
    }

    /// The room on the file system that holds `path`; `None` if the board cannot tell.
    ///
    /// # Errors
    /// [`Error::File`] where the board refuses the path.
    pub fn space(&mut self, path: &str) -> Result<Option<Space>, Error> {
        let path = RemotePath::new(path)?;
        let name = quoted(path.as_str());
        let code = format!(
            "os=find('os')\n_belay_v=os.statvfs({name})[:4]if hasattr(os,'statvfs')else None"
        );
        Ok(tree::space(&self.ask(&Program::helper(&code), &path)?))
    }

    /// The digest of a file, of the best kind that the board has.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read.
    pub fn digest(&mut self, path: &str) -> Result<Digest, Error> {
        let path = RemotePath::new(path)?;
        let digests = self.on(|link| digests::of(link, std::slice::from_ref(&path)))?;
        digests
            .into_iter()
            .next()
            .flatten()
            .ok_or_else(|| fault::at(&path, FileFault::NotFound))
    }

    /// Calls a function of the board's `os` that changes something at a path.
    fn change(&mut self, function: &str, path: &RemotePath) -> Result<(), Error> {
        if self.on(Link::is_flat)? {
            let function = if function == "mkdir" {
                "os.mkdir"
            } else {
                "os.rmdir"
            };
            return Err(fault::at(path, FileFault::Unsupported { function }));
        }
        if self.device.writer.is_some() {
            let there = self.stat(path.as_str())?;
            return match (function, there) {
                ("mkdir", None) => self.step(Step::CreateFolder(path)),
                ("mkdir", Some(_)) => Err(fault::at(path, FileFault::Exists)),
                (_, Some(EntryKind::Folder)) => self.step(Step::DeleteFolder(path)),
                (_, Some(_)) => Err(fault::at(path, FileFault::NotAFolder)),
                (_, None) => Err(fault::at(path, FileFault::NotFound)),
            };
        }
        let code = format!("find('os').{function}({})", quoted(path.as_str()));
        self.ask(&once(&code), path).map(drop)
    }

    fn remove_file(&mut self, path: &RemotePath) -> Result<(), Error> {
        if self.device.writer.is_some() {
            return match self.stat(path.as_str())? {
                Some(EntryKind::File { .. }) => self.step(Step::Delete(path)),
                Some(EntryKind::Folder) => Err(fault::at(path, FileFault::IsAFolder)),
                None => Err(fault::at(path, FileFault::NotFound)),
            };
        }
        let name = self.name_of(path)?;
        let code = if self.on(Link::is_flat)? {
            format!("find('os').remove({name})")
        } else {
            prepare(board_code::REMOVE, &[("$PATH", &name)])
        };
        self.ask(&once(&code), path).map(drop)
    }

    fn rename_elsewhere(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        match (self.stat(from.as_str())?, self.stat(to.as_str())?) {
            (None, _) => Err(fault::at(from, FileFault::NotFound)),
            (Some(EntryKind::File { .. }), None | Some(EntryKind::File { .. }))
            | (Some(EntryKind::Folder), None) => self.step(Step::Rename { from, to }),
            _ => Err(fault::at(to, FileFault::Exists)),
        }
    }

    fn step(&mut self, step: Step<'_>) -> Result<(), Error> {
        self.perform(&[step], &mut |_| ControlFlow::Continue(()))
    }

    fn has_rename(&mut self) -> Result<bool, Error> {
        self.on(|link| Ok(link.capabilities()?.renames))
    }

    /// A path as Python source, as the board's own functions take it.
    fn name_of(&mut self, path: &RemotePath) -> Result<String, Error> {
        let flat = self.on(Link::is_flat)?;
        Ok(if flat {
            flat::name_of(path)
        } else {
            quoted(path.as_str())
        })
    }

    fn ask(&mut self, program: &Program<'_>, path: &RemotePath) -> Result<Value, Error> {
        self.on(|link| link.ask(program))
            .map_err(|error| fault::located(error, path.as_str()))
    }

    /// Does something with the link of a session that is at its prompt.
    fn on<T>(&mut self, work: impl FnOnce(&mut Link) -> Result<T, Error>) -> Result<T, Error> {
        self.device.on_link(work)
    }
}

/// A helper that must not run twice.
fn once(code: &str) -> Program<'_> {
    Program {
        repeats: false,
        ..Program::helper(code)
    }
}
