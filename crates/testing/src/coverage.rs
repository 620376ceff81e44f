//! Which lines have run.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Which lines of which files have run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    files: BTreeMap<PathBuf, FileCoverage>,
}

/// Which lines of a file have run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileCoverage {
    lines: BTreeMap<u32, bool>,
}

impl Coverage {
    /// The files, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &FileCoverage)> {
        self.files.iter().map(|(path, file)| (path.as_path(), file))
    }

    /// Adds what another run has found, on another board for example.
    pub fn merge(&mut self, other: &Self) {
        for (path, file) in &other.files {
            let known = self.files.entry(path.clone()).or_default();
            for (&line, &hit) in &file.lines {
                *known.lines.entry(line).or_default() |= hit;
            }
        }
    }

    /// As a file of lcov's, with these paths. A line that has run counts once.
    pub fn lcov(&self) -> String {
        let mut text = String::new();
        for (path, file) in &self.files {
            let hit = file.hit().count();
            let _ = writeln!(text, "TN:\nSF:{}", path.display());
            for (line, &hit) in &file.lines {
                let _ = writeln!(text, "DA:{line},{}", u8::from(hit));
            }
            let _ = writeln!(text, "LF:{}\nLH:{hit}\nend_of_record", file.lines.len());
        }
        text
    }

    pub(crate) fn add(&mut self, path: &Path, lines: &[u32], hit: impl IntoIterator<Item = u32>) {
        let file = self.files.entry(path.to_owned()).or_default();
        for &line in lines {
            file.lines.entry(line).or_default();
        }
        for line in hit {
            file.lines.insert(line, true);
        }
    }
}

impl FileCoverage {
    /// The lines that can run, in ascending order, counted from 1.
    pub fn lines(&self) -> impl Iterator<Item = u32> {
        self.lines.keys().copied()
    }

    /// Those of them that have run.
    pub fn hit(&self) -> impl Iterator<Item = u32> {
        let hit = self.lines.iter().filter(|(_, hit)| **hit);
        hit.map(|(line, _)| *line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ran_anywhere_has_run() {
        let mut one = Coverage::default();
        one.add(Path::new("a.py"), &[1, 2, 4], [1]);
        let mut other = Coverage::default();
        other.add(Path::new("a.py"), &[1, 2, 4], [2]);
        one.merge(&other);
        assert_eq!(
            one.lcov(),
            "TN:\nSF:a.py\nDA:1,1\nDA:2,1\nDA:4,0\nLF:3\nLH:2\nend_of_record\n"
        );
    }
}
