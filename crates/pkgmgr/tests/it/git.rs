//! Repositories made by git.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::server::git_command;

/// A folder with a bare repository `lib.git`, the working copy `work` it is pushed from, and a cache.
pub(crate) struct Repositories {
    pub(crate) folder: TempDir,
}

impl Repositories {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let this = Self { folder };
        git(
            this.path(),
            &[
                "init",
                "--quiet",
                "--bare",
                "--initial-branch=main",
                "lib.git",
            ],
        );
        git(this.path(), &["clone", "--quiet", "lib.git", "work"]);
        git(&this.work(), &["checkout", "--quiet", "-B", "main"]);
        this
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.path().join("work")
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Commits everything there is, pushes it, and gives the commit.
    pub(crate) fn push(&self) -> String {
        let work = self.work();
        git(&work, &["add", "--all"]);
        git(&work, &["commit", "--quiet", "--message", "x"]);
        git(&work, &["push", "--quiet", "origin", "HEAD"]);
        git(&work, &["push", "--quiet", "--tags", "origin"]);
        git(&work, &["rev-parse", "HEAD"])
    }

    pub(crate) fn file_url(&self) -> String {
        format!("file://{}/lib.git", self.path().display())
    }
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = git_command(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
