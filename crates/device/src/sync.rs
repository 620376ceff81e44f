//! Local folders onto boards.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use belay_sync::{
    Event, Ignore, Keep, LocalFile, LocalTree, MpyCross, MpyTarget, Plan, PlanOptions, RemotePath,
    Summary, TransformError, apply, plan,
};

use crate::{Device, Error, SyncError};

/// How a folder is brought onto a board.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// The folder of the board that is to hold it.
    pub destination: RemotePath,
    /// What is not deleted from the board.
    pub keep: Keep,
    /// What is not sent: patterns as in `.gitignore`, in addition to
    /// [`DEFAULT_IGNORE`](belay_sync::DEFAULT_IGNORE).
    pub ignore: Vec<String>,
    /// Whether comments, docstrings and white space are taken out of `.py` files. Line numbers stay.
    /// A file that cannot be read as Python is sent as it is.
    pub minify: bool,
    /// The program that compiles `.py` files to `.mpy`, instead of minifying them.
    pub mpy_cross: Option<PathBuf>,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            destination: RemotePath::root(),
            keep: Keep::Default,
            ignore: Vec::new(),
            minify: true,
            mpy_cross: None,
        }
    }
}

impl Device {
    /// Makes a folder of the board hold what a local folder, or a single file, holds.
    ///
    /// What is the same is left alone, and what the local folder does not hold is deleted, last,
    /// unless it is kept. It may be interrupted at any point; the next run takes up from there.
    ///
    /// # Errors
    /// When the local folder cannot be read, when the plan could not be carried out, of which the
    /// board is then untouched, and when the board fails.
    pub fn sync(
        &mut self,
        folder: &Path,
        options: &SyncOptions,
        events: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Summary, SyncError> {
        let plan = self.plan_sync(folder, options)?;
        Ok(apply(&plan, &mut self.files(), events)?)
    }

    /// What [`sync`](Self::sync) would do; [`apply`] does it.
    pub fn plan_sync(&mut self, folder: &Path, options: &SyncOptions) -> Result<Plan, SyncError> {
        let ignore = Ignore::new(&options.ignore)?;
        let tree = LocalTree::scan(folder, &ignore)?;
        self.plan_tree(&tree, options)
    }

    /// Syncs folders that a package brings along for boards: what the `subfolders` of `package` hold
    /// is laid one over the other, the last on top. For MicroPython's dependencies the destination
    /// is `/lib`.
    pub fn sync_dependencies(
        &mut self,
        package: &Path,
        subfolders: &[&str],
        options: &SyncOptions,
        events: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Summary, SyncError> {
        let ignore = Ignore::new(&options.ignore)?;
        let (first, others) = subfolders.split_first().unwrap_or((&"", &[]));
        let mut tree = LocalTree::scan(&package.join(first), &ignore)?;
        for folder in others {
            tree.overlay(LocalTree::scan(&package.join(folder), &ignore)?)?;
        }
        let plan = self.plan_tree(&tree, options)?;
        Ok(apply(&plan, &mut self.files(), events)?)
    }

    fn plan_tree(&mut self, tree: &LocalTree, options: &SyncOptions) -> Result<Plan, SyncError> {
        let compiler = match &options.mpy_cross {
            None => None,
            Some(binary) => {
                let mut compiler = MpyCross::new(binary);
                compiler.target = self.mpy_target()?;
                Some(compiler)
            }
        };
        let wanted = tree.load(&mut |file| match &compiler {
            Some(compiler) => Ok(compiler.compile(file)?),
            None if options.minify => Ok(minified(file)),
            None => Ok::<_, TransformError>(file),
        })?;
        let plan_options = PlanOptions {
            destination: options.destination.clone(),
            keep: options.keep.clone(),
            ..PlanOptions::default()
        };
        Ok(plan(wanted, &mut self.files(), &plan_options)?)
    }

    /// What compiled files the board loads, as far as it tells.
    fn mpy_target(&mut self) -> Result<Option<MpyTarget>, Error> {
        let implementation = self.implementation()?;
        let circuitpython = implementation.name == "circuitpython";
        Ok(implementation.mpy.map(|mpy| MpyTarget {
            version: mpy.version,
            sub_version: mpy.sub_version,
            arch: mpy.architecture.number(),
            circuitpython,
        }))
    }
}

/// The file without what only people read, if it is one of Python.
fn minified(mut file: LocalFile) -> LocalFile {
    if file.path.extension() != Some("py") {
        return file;
    }
    let source = belay_tokenize::decode(&file.content);
    let smaller =
        source.and_then(|source| belay_minify::minify(source, &belay_minify::Options::default()));
    if let Ok(smaller) = smaller {
        file.content = smaller.into_bytes();
    }
    file
}
