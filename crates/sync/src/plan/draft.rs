//! The comparison, without talking to a board.

use std::collections::{HashMap, HashSet};
use std::error::Error;

use super::{Action, DeleteReason, Plan, PlanOptions, ReplaceReason};
use crate::keep::Keeper;
use crate::wanted::WantedFile;
use crate::{Digest, EntryKind, PlanError, RelativePath, RemotePath, Tree, Wanted};

/// A plan in which only the digests of some files are missing.
#[derive(Debug)]
pub(super) struct Draft {
    destination: RemotePath,
    /// Deletes of what is in the way, then new folders.
    before: Vec<Action>,
    files: Vec<(RemotePath, WantedFile, Verdict)>,
    questions: Vec<RemotePath>,
    after: Vec<Action>,
    kept: usize,
    shadowing: Vec<RemotePath>,
}

/// What is known of a wanted file.
#[derive(Debug, Clone, Copy)]
enum Verdict {
    Missing,
    /// The length of what is there, and why it goes.
    Replace(u64, ReplaceReason),
    Equal,
    /// The next of the questions decides.
    Ask,
}

/// What is known of a file or folder on the board.
#[derive(Debug, Clone, Copy)]
struct Known {
    kind: EntryKind,
    kept: bool,
    in_the_way: bool,
}

impl Draft {
    pub(super) fn new<E: Error + 'static>(
        wanted: Wanted,
        tree: &Tree,
        options: &PlanOptions,
    ) -> Result<Self, PlanError<E>> {
        check_lengths(&wanted, options)?;
        let destination = &options.destination;
        let keeper = Keeper::new(
            &options.keep,
            destination,
            wanted.partial,
            options.circuitpython,
        )?;
        let listing = Listing::new(tree, destination)?;

        let mut draft = Self {
            destination: destination.clone(),
            before: Vec::new(),
            files: Vec::with_capacity(wanted.files.len()),
            questions: Vec::new(),
            after: Vec::new(),
            kept: 0,
            shadowing: Vec::new(),
        };
        if let Some(size) = listing.in_place {
            if matches!(keeper, Keeper::All) {
                return Err(PlanError::KeptInTheWay {
                    wanted: destination.clone(),
                    kept: destination.clone(),
                });
            }
            draft.before.push(Action::Delete {
                path: destination.clone(),
                size,
                reason: DeleteReason::InTheWay,
            });
        }
        draft.place_remote(&listing, &wanted, &keeper)?;
        draft.create_folders(&listing, &wanted, tree.exists);
        draft.place_files(&listing, wanted, options.force);
        Ok(draft)
    }

    /// The files whose digests decide, all of a length that both sides have.
    pub(super) fn questions(&self) -> &[RemotePath] {
        &self.questions
    }

    /// `digests` are the answers to the [`questions`](Self::questions).
    pub(super) fn finish<E: Error + 'static>(
        self,
        digests: &[Option<Digest>],
    ) -> Result<Plan, PlanError<E>> {
        if digests.len() != self.questions.len() {
            return Err(PlanError::Digests {
                asked: self.questions.len(),
                given: digests.len(),
            });
        }
        let mut digests = digests.iter();
        let mut actions = self.before;
        actions.reserve(self.files.len() + self.after.len());
        for (path, file, verdict) in self.files {
            let size = file.content.size();
            let replace = match verdict {
                Verdict::Missing => {
                    actions.push(Action::Put {
                        path,
                        size,
                        source_size: file.source_size,
                        content: file.content,
                    });
                    continue;
                }
                Verdict::Equal => None,
                Verdict::Replace(old, reason) => Some((old, reason)),
                Verdict::Ask => match digests.next().copied().flatten() {
                    None => Some((size, ReplaceReason::Unreadable)),
                    Some(digest) => {
                        let own = Digest::of(digest.kind(), file.content.as_bytes());
                        (own != digest).then_some((size, ReplaceReason::Content))
                    }
                },
            };
            actions.push(match replace {
                None => Action::Unchanged { path, size },
                Some((old_size, reason)) => Action::Replace {
                    path,
                    size,
                    source_size: file.source_size,
                    old_size,
                    reason,
                    content: file.content,
                },
            });
        }
        actions.extend(self.after);
        Ok(Plan::new(
            self.destination,
            actions,
            self.kept,
            self.shadowing,
        ))
    }

    /// Decides what becomes of each file and folder on the board.
    fn place_remote<E: Error + 'static>(
        &mut self,
        listing: &Listing<'_>,
        wanted: &Wanted,
        keeper: &Keeper,
    ) -> Result<(), PlanError<E>> {
        let places = Places::new(wanted);
        let mut known: HashMap<&str, Known> = HashMap::with_capacity(listing.sorted.len());
        // Folders that hold something that is kept.
        let mut stay: HashSet<&str> = HashSet::new();
        for (path, kind) in &listing.sorted {
            let above = parent(path).and_then(|folder| known.get(folder));
            let kept = above.is_some_and(|above| above.kept)
                || keeper.names(path) && !(keeper.is_exact() && places.has(path))
                || wanted
                    .skipped
                    .paths
                    .iter()
                    .any(|skipped| skipped.as_str() == *path)
                || listing.mounts.contains(path);
            if kept {
                let mut next = parent(path);
                while let Some(folder) = next
                    && stay.insert(folder)
                {
                    next = parent(folder);
                }
            }
            let in_the_way = above.is_some_and(|above| above.in_the_way)
                || match kind {
                    EntryKind::File { .. } => places.folders.contains(path),
                    EntryKind::Folder => places.files.contains(path),
                };
            let entry = Known {
                kind: *kind,
                kept,
                in_the_way,
            };
            known.insert(path, entry);
        }

        let mut in_the_way = Deletions::default();
        let mut unwanted = Deletions::default();
        for (path, kind) in &listing.sorted {
            let entry = known[path];
            let full = || self.destination.below(&listing.relative(path));
            if entry.in_the_way {
                if entry.kept {
                    return Err(PlanError::KeptInTheWay {
                        wanted: self.wanted_above(listing, &places, path),
                        kept: full(),
                    });
                }
                in_the_way.add(full(), *kind);
            } else if places.has(path) {
                // It is of the wanted kind.
            } else if entry.kept {
                if matches!(entry.kind, EntryKind::File { .. }) {
                    self.kept += 1;
                    if places.shadows(path) {
                        self.shadowing.push(full());
                    }
                }
            } else if !stay.contains(path) {
                unwanted.add(full(), *kind);
            }
        }
        self.before
            .extend(in_the_way.into_actions(DeleteReason::InTheWay));
        self.after
            .extend(unwanted.into_actions(DeleteReason::Unwanted));
        Ok(())
    }

    /// What is wanted in the place of `path` or of a folder it lies in.
    fn wanted_above(&self, listing: &Listing<'_>, places: &Places<'_>, path: &str) -> RemotePath {
        let mut at = path;
        while !places.files.contains(at)
            && let Some(folder) = parent(at)
        {
            at = folder;
        }
        self.destination.below(&listing.relative(at))
    }

    fn create_folders(&mut self, listing: &Listing<'_>, wanted: &Wanted, exists: bool) {
        if !exists {
            let mut missing: Vec<RemotePath> = Vec::new();
            let mut next = Some(self.destination.clone());
            while let Some(folder) = next.filter(|folder| !folder.is_root()) {
                next = folder.parent();
                missing.push(folder);
            }
            missing.reverse();
            self.before.extend(
                missing
                    .into_iter()
                    .map(|path| Action::CreateFolder { path }),
            );
        }
        for folder in &wanted.folders {
            if listing.kinds.get(folder.as_str()) != Some(&EntryKind::Folder) {
                self.before.push(Action::CreateFolder {
                    path: self.destination.below(folder),
                });
            }
        }
    }

    fn place_files(&mut self, listing: &Listing<'_>, wanted: Wanted, force: bool) {
        for (relative, file) in wanted.files {
            let path = self.destination.below(&relative);
            let size = file.content.size();
            let verdict = match listing.kinds.get(relative.as_str()) {
                None | Some(EntryKind::Folder) => Verdict::Missing,
                Some(EntryKind::File { size: old }) if force => {
                    Verdict::Replace(*old, ReplaceReason::Forced)
                }
                Some(EntryKind::File { size: old }) if *old != size => {
                    Verdict::Replace(*old, ReplaceReason::Size)
                }
                Some(EntryKind::File { .. }) if size == 0 => Verdict::Equal,
                Some(EntryKind::File { .. }) => {
                    self.questions.push(path.clone());
                    Verdict::Ask
                }
            };
            self.files.push((path, file, verdict));
        }
    }
}

/// What is on the board, by the paths as seen from the destination, checked to be one tree.
#[derive(Debug)]
struct Listing<'a> {
    /// Each folder before what it holds.
    sorted: Vec<(&'a str, EntryKind)>,
    kinds: HashMap<&'a str, EntryKind>,
    /// The folders that are other file systems.
    mounts: HashSet<&'a str>,
    /// The length of the file that is in the place of the destination.
    in_place: Option<u64>,
}

impl<'a> Listing<'a> {
    /// Refuses what lies outside the destination, what is there twice, and what lies in no folder of
    /// the list: a board must not be able to talk a synchronisation into deleting elsewhere.
    fn new<E: Error + 'static>(
        tree: &'a Tree,
        destination: &RemotePath,
    ) -> Result<Self, PlanError<E>> {
        let mut listing = Self {
            sorted: Vec::with_capacity(tree.entries.len()),
            kinds: HashMap::with_capacity(tree.entries.len()),
            mounts: tree
                .mounts
                .iter()
                .filter_map(|path| path.relative_to(destination))
                .collect(),
            in_place: None,
        };
        for entry in &tree.entries {
            let bad = || PlanError::Listing {
                path: entry.path.clone(),
            };
            match (entry.path.relative_to(destination), entry.kind) {
                (Some(""), EntryKind::File { size }) if !destination.is_root() => {
                    listing.in_place = Some(size);
                }
                (Some(""), EntryKind::Folder) if tree.exists => {}
                (None | Some(""), _) => return Err(bad()),
                (Some(relative), kind) => {
                    if listing.kinds.insert(relative, kind).is_some() {
                        return Err(bad());
                    }
                    listing.sorted.push((relative, kind));
                }
            }
        }
        listing.sorted.sort_unstable_by_key(|(path, _)| *path);
        for (path, _) in &listing.sorted {
            let is_in_a_folder = match parent(path) {
                Some(folder) => listing.kinds.get(folder) == Some(&EntryKind::Folder),
                None => tree.exists && listing.in_place.is_none(),
            };
            if !is_in_a_folder {
                return Err(PlanError::Listing {
                    path: destination.below(&listing.relative(path)),
                });
            }
        }
        Ok(listing)
    }

    /// A path of the listing as one inside the destination.
    #[expect(clippy::unused_self, reason = "only its paths are known to be plain")]
    fn relative(&self, path: &str) -> RelativePath {
        RelativePath::new(path).expect("what follows a folder in a path is plain")
    }
}

/// The wanted paths as text.
#[derive(Debug)]
struct Places<'a> {
    files: HashSet<&'a str>,
    folders: HashSet<&'a str>,
}

impl<'a> Places<'a> {
    fn new(wanted: &'a Wanted) -> Self {
        Self {
            files: wanted.files.keys().map(RelativePath::as_str).collect(),
            folders: wanted.folders.iter().map(RelativePath::as_str).collect(),
        }
    }

    /// Whether something is wanted at `path`.
    fn has(&self, path: &str) -> bool {
        self.files.contains(path) || self.folders.contains(path)
    }

    /// Whether `path` is the source code beside a wanted compiled file.
    fn shadows(&self, path: &str) -> bool {
        path.strip_suffix(".py")
            .is_some_and(|stem| self.files.contains(format!("{stem}.mpy").as_str()))
    }
}

/// What goes.
#[derive(Debug, Default)]
struct Deletions {
    files: Vec<(RemotePath, u64)>,
    folders: Vec<RemotePath>,
}

impl Deletions {
    fn add(&mut self, path: RemotePath, kind: EntryKind) {
        match kind {
            EntryKind::File { size } => self.files.push((path, size)),
            EntryKind::Folder => self.folders.push(path),
        }
    }

    /// The files, then the folders, which came before what they hold, the other way round.
    fn into_actions(self, reason: DeleteReason) -> impl Iterator<Item = Action> {
        let files = self
            .files
            .into_iter()
            .map(move |(path, size)| Action::Delete { path, size, reason });
        let folders = self
            .folders
            .into_iter()
            .rev()
            .map(move |path| Action::DeleteFolder { path, reason });
        files.chain(folders)
    }
}

fn parent(path: &str) -> Option<&str> {
    path.rfind('/').map(|slash| &path[..slash])
}

fn check_lengths<E: Error + 'static>(
    wanted: &Wanted,
    options: &PlanOptions,
) -> Result<(), PlanError<E>> {
    for relative in wanted.folders.iter().chain(wanted.files.keys()) {
        let path = options.destination.below(relative);
        let length = path.as_str().len();
        if let Some(limit) = options.max_path.filter(|limit| length > *limit) {
            return Err(PlanError::PathTooLong {
                path,
                length,
                limit,
            });
        }
        let length = relative.name().len();
        if let Some(limit) = options.max_name.filter(|limit| length > *limit) {
            return Err(PlanError::NameTooLong {
                path,
                length,
                limit,
            });
        }
    }
    Ok(())
}
