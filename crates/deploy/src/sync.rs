//! Local folders onto boards.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use belay_device::Device;
use belay_sync::{
    Event, Ignore, Keep, LocalTree, Plan, PlanOptions, RemotePath, Summary, apply, plan,
};

use crate::{Error, Transform, Warning};

/// How a folder is brought onto a board.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// The folder of the board that is to hold it.
    pub destination: RemotePath,
    /// What is not deleted from the board.
    pub keep: Keep,
    /// What is not sent: patterns as in `.gitignore`.
    pub ignore: Vec<String>,
    /// Whether [`DEFAULT_IGNORE`](belay_sync::DEFAULT_IGNORE) is not sent either.
    pub default_ignore: bool,
    /// Whether what `.gitignore` files name is not sent either.
    pub gitignore: bool,
    /// Whether comments, docstrings and white space are taken out of `.py` files. Line numbers stay.
    pub minify: bool,
    /// The program that compiles `.py` files to `.mpy`, instead of minifying them.
    pub mpy_cross: Option<PathBuf>,
}

/// What has been done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Synced {
    /// How much it was.
    pub summary: Summary,
    /// What a user should know of.
    pub warnings: Vec<Warning>,
}

impl Default for SyncOptions {
    /// Minified, to the root of the board, without what [`DEFAULT_IGNORE`](belay_sync::DEFAULT_IGNORE)
    /// names, and [`Keep::Default`] stays.
    fn default() -> Self {
        Self {
            destination: RemotePath::root(),
            keep: Keep::Default,
            ignore: Vec::new(),
            default_ignore: true,
            gitignore: false,
            minify: true,
            mpy_cross: None,
        }
    }
}

impl SyncOptions {
    /// What of a local folder, or which single file, goes to the board. Trees may be
    /// [laid over each other](LocalTree::overlay).
    ///
    /// # Errors
    /// [`Error::Local`] if the folder cannot be read, [`Error::Ignore`].
    pub fn scan(&self, folder: &Path) -> Result<LocalTree, Error> {
        let ignore = if self.default_ignore {
            Ignore::new(&self.ignore)?
        } else {
            Ignore::only(&self.ignore)?
        };
        let ignore = if self.gitignore {
            ignore.gitignore()
        } else {
            ignore
        };
        Ok(LocalTree::scan(folder, &ignore)?)
    }

    /// Makes the destination hold what the tree holds.
    ///
    /// What is the same is left alone, and what the tree does not hold is deleted, last, unless it is
    /// kept. It may be interrupted at any point; the next run takes up from there.
    ///
    /// # Errors
    /// When the plan could not be carried out, of which the board is then untouched, and when the board
    /// fails.
    pub fn sync(
        &self,
        device: &mut Device,
        tree: &LocalTree,
        events: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Synced, Error> {
        let (plan, warnings) = self.plan(device, tree)?;
        let summary = apply(&plan, &mut device.files(), events)?;
        Ok(Synced { summary, warnings })
    }

    /// What [`sync`](Self::sync) would do; [`apply`] does it.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn plan(
        &self,
        device: &mut Device,
        tree: &LocalTree,
    ) -> Result<(Plan, Vec<Warning>), Error> {
        let mut transform = Transform::new(device, self.minify, self.mpy_cross.as_deref())?;
        let wanted = tree.load(&mut |file| transform.apply(file))?;
        let warnings = transform.take_warnings(&wanted);
        let options = PlanOptions {
            destination: self.destination.clone(),
            keep: self.keep.clone(),
            circuitpython: device.implementation()?.is_circuitpython(),
            ..PlanOptions::default()
        };
        Ok((plan(wanted, &mut device.files(), &options)?, warnings))
    }
}
