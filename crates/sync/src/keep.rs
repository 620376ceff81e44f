//! What is never deleted from a board.

use std::collections::{BTreeSet, HashSet};

use globset::{GlobSet, GlobSetBuilder};

use crate::ignore::wildmatch;
use crate::{PatternError, RelativePath, RemotePath};

/// What a synchronisation leaves on the board although the local folder does not hold it.
///
/// A kept file that the local folder holds too is still updated. What lies on another file system
/// than the destination, such as a card at `/sd`, is kept whatever the rules say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Keep {
    /// [`DEFAULT_KEEP`] when the destination is `/`, otherwise nothing; everything when what is
    /// wanted is only [a part](crate::Wanted::partial) of a folder.
    #[default]
    Default,
    /// Everything.
    All,
    /// Files and folders, with all they hold, by their paths as seen from the destination.
    ///
    /// A path that begins with `/` means the same. Wildcards are those of git's ignore patterns, and
    /// a path that is written exactly like an entry is kept even if the entry has wildcards.
    These(Vec<String>),
    /// Everything but these paths, as seen from the destination, and the folders on the way to them,
    /// which go if nothing is left in them.
    AllBut(BTreeSet<RelativePath>),
}

/// What [`Keep::Default`] leaves in `/`.
pub const DEFAULT_KEEP: [&str; 3] = ["boot.py", "webrepl_cfg.py", "lib"];

/// What a synchronisation of `/` never deletes on CircuitPython: what its firmware and the computers that have had its drive keep
/// there, settings with passwords among it.
pub const CIRCUITPYTHON_OWN: [&str; 7] = [
    "boot_out.txt",
    "settings.toml",
    "sd",
    ".fseventsd",
    ".metadata_never_index",
    ".Trashes",
    ".belay-drive",
];

/// What [`Keep::Default`] leaves in `/` on CircuitPython, beside [`DEFAULT_KEEP`]: the program of the board.
pub const CIRCUITPYTHON_KEEP: [&str; 1] = ["code.py"];

impl Keep {
    /// The same for the root of a board with CircuitPython.
    fn on_circuitpython(self) -> Self {
        let own = || CIRCUITPYTHON_OWN.map(str::to_owned);
        match self {
            Self::Default => {
                let kept = DEFAULT_KEEP.into_iter().chain(CIRCUITPYTHON_KEEP);
                Self::These(kept.map(str::to_owned).chain(own()).collect())
            }
            Self::All => Self::All,
            Self::These(mut kept) => {
                kept.extend(own());
                Self::These(kept)
            }
            Self::AllBut(mut going) => {
                let is_own = |path: &RelativePath| {
                    let first = path.as_str().split('/').next();
                    first.is_some_and(|first| CIRCUITPYTHON_OWN.contains(&first))
                };
                going.retain(|path| !is_own(path));
                Self::AllBut(going)
            }
        }
    }
}

/// A [`Keep`] made ready for a destination.
#[derive(Debug)]
pub(crate) enum Keeper {
    All,
    AllBut(HashSet<String>),
    These {
        literal: HashSet<String>,
        patterns: GlobSet,
    },
}

impl Keeper {
    pub(crate) fn new(
        keep: &Keep,
        destination: &RemotePath,
        partial: bool,
        circuitpython: bool,
    ) -> Result<Self, PatternError> {
        let own;
        let keep = if circuitpython && destination.is_root() && !partial {
            own = keep.clone().on_circuitpython();
            &own
        } else {
            keep
        };
        let entries: Vec<&str> = match keep {
            Keep::All => return Ok(Self::All),
            Keep::AllBut(paths) => {
                let all = paths
                    .iter()
                    .flat_map(|path| path.folders().chain([path.as_str()]));
                return Ok(Self::AllBut(all.map(str::to_owned).collect()));
            }
            Keep::Default if partial => return Ok(Self::All),
            Keep::Default if destination.is_root() => DEFAULT_KEEP.to_vec(),
            Keep::Default => Vec::new(),
            Keep::These(entries) => entries.iter().map(String::as_str).collect(),
        };
        let mut literal = HashSet::new();
        let mut patterns = GlobSetBuilder::new();
        for entry in entries {
            let trimmed = entry.trim_matches('/');
            let trimmed = trimmed.strip_prefix("./").unwrap_or(trimmed);
            if trimmed.is_empty() {
                return Err(PatternError::Empty {
                    pattern: entry.to_owned(),
                });
            }
            patterns.add(wildmatch::anchored(entry, trimmed)?);
            literal.insert(trimmed.to_owned());
        }
        let patterns = patterns.build().map_err(|_| PatternError::TooLarge)?;
        Ok(Self::These { literal, patterns })
    }

    /// Whether what is kept is named path by path, so that what is wanted may take the place of what
    /// is there.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Self::AllBut(_))
    }

    /// Whether an entry keeps the path itself; what lies below it is for the caller to see.
    pub(crate) fn names(&self, relative: &str) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(going) => !going.contains(relative),
            Self::These { literal, patterns } => {
                literal.contains(relative) || patterns.is_match(relative)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(keep: &Keep, destination: &str, path: &str) -> bool {
        let destination = RemotePath::new(destination).unwrap();
        let keeper = Keeper::new(keep, &destination, false, false).unwrap();
        keeper.names(path)
    }

    #[test]
    fn what_is_circuitpythons_own_is_always_kept() {
        let going = ["settings.toml", "sd/x", "main.py"];
        let going = going.map(|path| RelativePath::new(path).unwrap());
        let root = RemotePath::root();
        for (keep, code) in [
            (Keep::Default, true),
            (Keep::These(vec!["x".to_owned()]), false),
            (Keep::AllBut(going.into_iter().collect()), true),
        ] {
            assert!(!names(&keep, "/", "settings.toml"), "{keep:?}");
            let keeper = Keeper::new(&keep, &root, false, true).unwrap();
            for path in CIRCUITPYTHON_OWN {
                assert!(keeper.names(path), "{keep:?} {path}");
            }
            assert_eq!(keeper.names("code.py"), code, "{keep:?}");
            assert!(!keeper.names("main.py"), "{keep:?}");
            let elsewhere = RemotePath::new("/lib").unwrap();
            let keeper = Keeper::new(&keep, &elsewhere, false, true).unwrap();
            assert!(!keeper.names("main.py"), "{keep:?}");
        }
    }

    #[test]
    fn the_default_is_for_the_root() {
        for path in DEFAULT_KEEP {
            assert!(names(&Keep::Default, "/", path));
            assert!(!names(&Keep::Default, "/flash", path));
        }
        assert!(!names(&Keep::Default, "/", "main.py"));
        assert!(!names(&Keep::Default, "/", "x/boot.py"));
        let root = RemotePath::root();
        let part = Keeper::new(&Keep::Default, &root, true, true).unwrap();
        assert!(part.names("main.py"));
    }

    #[test]
    fn a_list_replaces_the_default() {
        let keep = Keep::These(vec![
            "/data/".to_owned(),
            "log[1].txt".to_owned(),
            "*.json".to_owned(),
            "a/**/b".to_owned(),
        ]);
        for path in ["data", "log[1].txt", "log1.txt", "x.json", "a/x/y/b"] {
            assert!(names(&keep, "/", path), "{path}");
        }
        for path in ["boot.py", "x/data", "x/y.json"] {
            assert!(!names(&keep, "/", path), "{path}");
        }
        assert!(!names(&Keep::These(Vec::new()), "/", "boot.py"));
        assert!(names(&Keep::All, "/", "anything"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for entry in ["", "/", "a["] {
            let keep = Keep::These(vec![entry.to_owned()]);
            Keeper::new(&keep, &RemotePath::root(), false, false).unwrap_err();
        }
    }
}
