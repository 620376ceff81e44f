//! Folders that hide a module of the firmware: they come and go with all that they hold.
//!
//! A board that is asked for `os` looks among its files first, and a folder `lib/os` that is still empty
//! is what it finds then, as a module without a single name in it. So such a folder is filled under a name
//! that nothing imports, and is given its own when it is whole; and it loses that name before the first
//! of its files is deleted.

use std::ops::Range;

use crate::{Remote, RemotePath, Step};

/// What the names end in under which something waits to take its place on a board.
///
/// [`Remote::tree`](crate::Remote::tree) lists nothing of such a name, and removes what an earlier
/// [`perform`](crate::Remote::perform) that was cut has left of it.
pub const PART: &str = ".belay-part";

/// The modules that firmware has built in: those of MicroPython's documentation, and what of
/// CircuitPython's a program of the host may need.
const MODULES: [&str; 46] = [
    "_thread",
    "array",
    "asyncio",
    "binascii",
    "bluetooth",
    "board",
    "btree",
    "builtins",
    "cmath",
    "collections",
    "cryptolib",
    "deflate",
    "errno",
    "framebuf",
    "gc",
    "gzip",
    "hashlib",
    "heapq",
    "io",
    "json",
    "lwip",
    "machine",
    "marshal",
    "math",
    "microcontroller",
    "micropython",
    "network",
    "openamp",
    "os",
    "platform",
    "random",
    "re",
    "select",
    "socket",
    "ssl",
    "storage",
    "struct",
    "supervisor",
    "sys",
    "time",
    "tls",
    "uctypes",
    "vfs",
    "weakref",
    "websocket",
    "zlib",
];

/// How steps are taken so that no folder that hides a module is ever there in part.
#[derive(Debug)]
pub(crate) struct Stage {
    moves: Vec<Move>,
    /// For each step, the path that it has instead of its own.
    paths: Vec<Option<RemotePath>>,
    order: Vec<Turn>,
}

/// A folder that is not under its name while `steps` are taken.
#[derive(Debug)]
struct Move {
    place: RemotePath,
    part: RemotePath,
    steps: Range<usize>,
    appears: bool,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A step, and the folder in which its result waits to take its place, if it does.
    Step { index: usize, waits: Option<usize> },
    /// A folder gets its name.
    Appears(usize),
    /// A folder loses its name.
    Leaves(usize),
}

impl Stage {
    /// For `steps` on a board: as they are where it cannot rename.
    pub(crate) fn on<E: std::error::Error + Send + Sync + 'static>(
        remote: &mut dyn Remote<Error = E>,
        steps: &[Step<'_>],
        root: &RemotePath,
    ) -> Result<Self, E> {
        let staged = steps.iter().map(Step::path).any(hides_module) && remote.renames()?;
        Ok(if staged {
            Self::new(steps, root)
        } else {
            Self::plain(steps.len())
        })
    }

    /// For steps that are taken as they are.
    fn plain(count: usize) -> Self {
        let order = (0..count).map(|index| Turn::Step { index, waits: None });
        Self {
            moves: Vec::new(),
            paths: vec![None; count],
            order: order.collect(),
        }
    }

    /// For `steps` as a plan has them: a folder that is created below `root` is not there yet, and one
    /// that is deleted is deleted with all it holds.
    pub(crate) fn new(steps: &[Step<'_>], root: &RemotePath) -> Self {
        let mut moves: Vec<Move> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let (place, appears) = match step {
                Step::CreateFolder(path) => (*path, true),
                Step::DeleteFolder(path) => (*path, false),
                _ => continue,
            };
            if place.relative_to(root).is_none_or(str::is_empty) || !hides_module(place) {
                continue;
            }
            let inside =
                |path: &RemotePath, step: &Step<'_>| is_about(step, appears) && holds(path, step);
            let is_inner = |other: &Move| other.appears == appears && holds(&other.place, step);
            if appears && moves.iter().any(is_inner) {
                continue;
            }
            // What a folder is deleted with comes before it, and its own steps with it.
            moves.retain(|other| other.appears || appears || !holds_path(place, &other.place));
            let all = steps.iter().enumerate();
            let mut about = all
                .filter(|(_, step)| inside(place, step))
                .map(|(at, _)| at);
            let first = about.next().unwrap_or(index);
            let last = about.next_back().unwrap_or(first);
            if let Some(part) = part_of(place) {
                moves.push(Move {
                    place: place.clone(),
                    part,
                    steps: first..last + 1,
                    appears,
                });
            }
        }
        let mut paths = Vec::with_capacity(steps.len());
        let mut order = Vec::with_capacity(steps.len() + moves.len());
        for (index, step) in steps.iter().enumerate() {
            let number = moves.iter().position(|owner| {
                owner.steps.contains(&index)
                    && is_about(step, owner.appears)
                    && holds(&owner.place, step)
            });
            let owner = number.map(|number| &moves[number]);
            let leaves = |owner: &Move| !owner.appears && owner.steps.start == index;
            let appears = |owner: &Move| owner.appears && owner.steps.end == index + 1;
            order.extend(moves.iter().position(leaves).map(Turn::Leaves));
            order.push(Turn::Step {
                index,
                waits: number.filter(|&number| moves[number].appears),
            });
            order.extend(moves.iter().position(appears).map(Turn::Appears));
            paths.push(owner.and_then(|owner| {
                let rest = step.path().relative_to(&owner.place)?;
                owner.part.join(rest).ok()
            }));
        }
        Self {
            moves,
            paths,
            order,
        }
    }

    /// The steps to take, one for each [`Turn`].
    pub(crate) fn steps<'a>(&'a self, steps: &[Step<'a>]) -> Vec<Step<'a>> {
        let turns = self.order.iter().map(|turn| match *turn {
            Turn::Step { index, .. } => match (&self.paths[index], steps[index]) {
                (Some(path), Step::CreateFolder(_)) => Step::CreateFolder(path),
                (Some(path), Step::Put { content, .. }) => Step::Put { path, content },
                (Some(path), Step::Delete(_)) => Step::Delete(path),
                (Some(path), Step::DeleteFolder(_)) => Step::DeleteFolder(path),
                (None, step) | (Some(_), step @ Step::Rename { .. }) => step,
            },
            Turn::Appears(index) => Step::Rename {
                from: &self.moves[index].part,
                to: &self.moves[index].place,
            },
            Turn::Leaves(index) => Step::Rename {
                from: &self.moves[index].place,
                to: &self.moves[index].part,
            },
        });
        turns.collect()
    }

    /// What the step with this number is.
    pub(crate) fn turn(&self, step: usize) -> Option<Turn> {
        self.order.get(step).copied()
    }
}

/// Whether a folder of this name is found in the place of a module that is built in.
fn hides_module(path: &RemotePath) -> bool {
    path.name().is_some_and(|name| MODULES.contains(&name))
}

/// The name under which a folder is not found.
fn part_of(path: &RemotePath) -> Option<RemotePath> {
    let name = format!("{}{PART}", path.name()?);
    path.parent()?.join(&name).ok()
}

/// Whether a step makes something, or deletes it.
fn is_about(step: &Step<'_>, makes: bool) -> bool {
    match step {
        Step::CreateFolder(_) | Step::Put { .. } => makes,
        Step::Delete(_) | Step::DeleteFolder(_) => !makes,
        Step::Rename { .. } => false,
    }
}

fn holds(folder: &RemotePath, step: &Step<'_>) -> bool {
    holds_path(folder, step.path())
}

/// Whether a path is this one or lies below it.
fn holds_path(folder: &RemotePath, path: &RemotePath) -> bool {
    path.relative_to(folder).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(steps: &[Step<'_>], expected: &[&str]) {
        let stage = Stage::new(steps, &RemotePath::root());
        let taken = stage.steps(steps);
        let shown: Vec<_> = taken
            .iter()
            .map(|step| match step {
                Step::CreateFolder(path) => format!("create {path}"),
                Step::Put { path, .. } => format!("put {path}"),
                Step::Delete(path) => format!("delete {path}"),
                Step::DeleteFolder(path) => format!("delete {path}/"),
                Step::Rename { from, to } => format!("rename {from} {to}"),
            })
            .collect();
        assert_eq!(shown, expected);
    }

    fn path(text: &str) -> RemotePath {
        RemotePath::new(text).unwrap()
    }

    #[test]
    fn a_folder_that_hides_a_module_comes_whole_and_goes_at_once() {
        let [lib, os, sub, init, inner, other] = [
            "lib",
            "lib/os",
            "lib/os/time",
            "lib/os/__init__.py",
            "lib/os/time/a.py",
            "lib/osx.py",
        ]
        .map(path);
        let put = |path| Step::Put { path, content: b"" };
        check(
            &[
                Step::CreateFolder(&lib),
                Step::CreateFolder(&os),
                Step::CreateFolder(&sub),
                put(&init),
                put(&inner),
                put(&other),
            ],
            &[
                "create /lib",
                "create /lib/os.belay-part",
                "create /lib/os.belay-part/time",
                "put /lib/os.belay-part/__init__.py",
                "put /lib/os.belay-part/time/a.py",
                "rename /lib/os.belay-part /lib/os",
                "put /lib/osx.py",
            ],
        );
        check(
            &[
                Step::Delete(&init),
                Step::Delete(&inner),
                Step::Delete(&other),
                Step::DeleteFolder(&sub),
                Step::DeleteFolder(&os),
                Step::DeleteFolder(&lib),
            ],
            &[
                "rename /lib/os /lib/os.belay-part",
                "delete /lib/os.belay-part/__init__.py",
                "delete /lib/os.belay-part/time/a.py",
                "delete /lib/osx.py",
                "delete /lib/os.belay-part/time/",
                "delete /lib/os.belay-part/",
                "delete /lib/",
            ],
        );
        // What is only added to stays where it is, and so does what hides nothing.
        let app = path("app");
        check(
            &[Step::CreateFolder(&app), put(&init), Step::Delete(&inner)],
            &[
                "create /app",
                "put /lib/os/__init__.py",
                "delete /lib/os/time/a.py",
            ],
        );
    }
}
