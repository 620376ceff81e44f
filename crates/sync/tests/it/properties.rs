//! What holds for any folder, any board and any fault.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use belay_sync::{
    Action, ApplyError, DEFAULT_KEEP, DeleteReason, DigestKind, Ignore, Keep, LocalTree,
    MemoryRemote, Operation, Plan, PlanError, PlanOptions, RemotePath, Wanted, apply,
};
use proptest::prelude::*;

use crate::{load, remote};

/// Files with their contents, and folders, by their paths; the paths of folders have no content.
type Entries = BTreeMap<String, Option<&'static str>>;

/// A situation in which a synchronisation begins.
#[derive(Debug, Clone)]
struct Case {
    local: Entries,
    /// By absolute paths, also outside of the destination.
    board: Entries,
    destination: &'static str,
    ignore: Vec<&'static str>,
    keep: Keep,
    digest: DigestKind,
}

/// Few names, so that they meet; some that sort between a folder and what it holds.
fn path() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "a", "b", "a-b", "a.py", "lib", "boot.py", "d", "x y", "ü'\"\n",
    ]);
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

/// Contents of which several have the same length.
fn content() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![
        None,
        Some(""),
        Some("1"),
        Some("2"),
        Some("11111111"),
        Some("11111112"),
    ])
}

/// A tree: of what contradicts what came before, nothing.
fn entries() -> impl Strategy<Value = Entries> {
    prop::collection::vec((path(), content()), 0..8).prop_map(|all| {
        let mut entries = Entries::new();
        for (path, content) in all {
            let is_in_a_file =
                folders_of(&path).any(|folder| matches!(entries.get(folder), Some(Some(_))));
            let holds_something = entries.keys().any(|other| lies_in(other, &path));
            if is_in_a_file || entries.contains_key(&path) || (content.is_some() && holds_something)
            {
                continue;
            }
            entries.insert(path, content);
        }
        entries
    })
}

/// A tree whose folders have the names of modules, or others.
fn modules() -> impl Strategy<Value = Entries> {
    let folders = prop::sample::subsequence(
        vec!["lib/os", "lib/os/time", "os", "lib/osx", "lib/time/a"],
        0..4,
    );
    let names = prop::sample::subsequence(vec!["__init__.py", "path.py", "x/y.py"], 0..3);
    (folders, names).prop_map(|(folders, names)| {
        let mut entries = Entries::new();
        for folder in folders {
            entries.insert(folder.to_owned(), None);
            entries.extend(
                names
                    .iter()
                    .map(|name| (format!("{folder}/{name}"), Some("1"))),
            );
        }
        entries
    })
}

fn case() -> impl Strategy<Value = Case> {
    let keep = prop_oneof![
        2 => Just(Keep::Default),
        1 => Just(Keep::All),
        3 => prop::collection::vec(path(), 0..3).prop_map(Keep::These),
    ];
    let pattern = prop::sample::select(vec![
        "a", "*.py", "/lib/", "lib/a", "a-b/", "!boot.py", "b/**/d", "!a", "x\\ *",
    ]);
    let digest = prop::sample::select(vec![
        DigestKind::Sha256,
        DigestKind::Crc32,
        DigestKind::Fnv1a,
    ]);
    let destination = prop::sample::select(vec!["/", "/", "/a", "/a/b", "/lib"]);
    let ignore = prop::collection::vec(pattern, 0..3);
    (entries(), entries(), destination, ignore, keep, digest).prop_map(
        |(local, mut board, destination, ignore, keep, digest)| {
            // A destination inside a file is nothing that a synchronisation could put right.
            board.retain(|path, content| {
                content.is_none() || !lies_in(destination, &format!("/{path}"))
            });
            Case {
                local,
                board,
                destination,
                ignore,
                keep,
                digest,
            }
        },
    )
}

/// The folders on the way to a path.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .map(|(slash, _)| &path[..slash])
        .filter(|folder| !folder.is_empty())
}

/// Whether `path` lies in the folder, at any depth.
fn lies_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/'))
        .is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

impl Case {
    fn board(&self) -> MemoryRemote {
        let mut board = MemoryRemote::new();
        board.digest = self.digest;
        for (path, content) in &self.board {
            match content {
                Some(content) => board.insert(remote(path), (*content).into()),
                None => board.insert_folder(remote(path)),
            }
        }
        board
    }

    /// The local folder, written to a disk and read from it.
    fn wanted(&self) -> Wanted {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in &self.local {
            let suffix = if content.is_none() { "/" } else { "" };
            let entry = format!("{path}{suffix}");
            crate::write(folder.path(), &[(&entry, content.unwrap_or_default())]);
        }
        let ignore = Ignore::new(&self.ignore).unwrap();
        load(&LocalTree::scan(folder.path(), &ignore).unwrap())
    }

    fn options(&self) -> PlanOptions {
        PlanOptions {
            destination: remote(self.destination),
            keep: self.keep.clone(),
            ..PlanOptions::default()
        }
    }

    /// Whether a keep rule names a path of the board, or a folder it lies in.
    fn is_kept(&self, path: &str) -> bool {
        let entries: Vec<String> = match &self.keep {
            Keep::All => return true,
            Keep::Default if self.destination == "/" => DEFAULT_KEEP.map(str::to_owned).into(),
            Keep::Default => Vec::new(),
            Keep::These(entries) => entries.clone(),
            Keep::AllBut(_) => unreachable!("no case has it"),
        };
        entries.iter().any(|entry| {
            let entry = format!("{}/{entry}", self.destination.trim_end_matches('/'));
            path == entry || lies_in(path, &entry)
        })
    }

    /// Whether nothing may happen to a path of the board.
    fn is_outside(&self, path: &str) -> bool {
        !lies_in(path, self.destination)
    }

    /// What the board holds in the end: files, and folders without a content.
    fn expected(
        &self,
        before: &MemoryRemote,
        wanted: &Wanted,
    ) -> BTreeMap<String, Option<Vec<u8>>> {
        let full = |path: &str| format!("{}/{path}", self.destination.trim_end_matches('/'));
        let mut expected = BTreeMap::new();
        for (path, content) in state(before) {
            // A file in the place of the destination goes.
            let is_in_place = content.is_some() && path == self.destination;
            if (self.is_outside(&path) && !is_in_place)
                || (!self.is_outside(&path) && self.is_kept(&path))
            {
                expected.insert(path, content);
            }
        }
        for (path, content) in wanted.files() {
            expected.insert(full(path.as_str()), Some(content.to_vec()));
        }
        for folder in wanted.folders() {
            expected.insert(full(folder.as_str()), None);
        }
        if self.destination != "/" {
            expected.insert(self.destination.to_owned(), None);
        }
        let folders: BTreeSet<String> = expected
            .keys()
            .flat_map(|path| folders_of(path))
            .map(str::to_owned)
            .collect();
        expected.extend(folders.into_iter().map(|folder| (folder, None)));
        expected
    }
}

/// What the board holds.
fn state(board: &MemoryRemote) -> BTreeMap<String, Option<Vec<u8>>> {
    let files = board
        .files()
        .map(|(path, content)| (path.as_str().to_owned(), Some(content.to_vec())));
    let folders = board.folders().map(|path| (path.as_str().to_owned(), None));
    files.chain(folders).collect()
}

/// The changes of a plan as a board notes them that holds `state`. A plan for a destination that is
/// not there creates the folders it lies in, of which some may be there.
fn operations(plan: &Plan, state: &BTreeMap<String, Option<Vec<u8>>>) -> Vec<Operation> {
    plan.changes()
        .map(|(_, action)| match action {
            Action::CreateFolder { path } => Operation::CreateFolder(path.clone()),
            Action::Put { path, .. } | Action::Replace { path, .. } => Operation::Put(path.clone()),
            Action::Delete { path, .. } => Operation::Delete(path.clone()),
            Action::DeleteFolder { path, .. } => Operation::DeleteFolder(path.clone()),
            other => panic!("{other:?} is no change"),
        })
        .filter(|operation| match operation {
            Operation::CreateFolder(path) => state.get(path.as_str()) != Some(&None),
            _ => true,
        })
        .collect()
}

/// How many operations are left of a plan of which `done` is done.
fn operations_from(
    plan: &Plan,
    done: &[usize],
    state: &BTreeMap<String, Option<Vec<u8>>>,
) -> usize {
    let is_there = |path: &RemotePath| state.get(path.as_str()) == Some(&None);
    plan.changes()
        .filter(|(index, _)| !done.contains(index))
        .filter(|(_, action)| match action {
            Action::CreateFolder { path } => !is_there(path),
            _ => true,
        })
        .count()
}

/// Nothing unwanted goes before all that is wanted is there.
fn deletes_last(plan: &Plan) -> bool {
    let is_unwanted = |action: &Action| {
        matches!(
            action,
            Action::Delete {
                reason: DeleteReason::Unwanted,
                ..
            } | Action::DeleteFolder {
                reason: DeleteReason::Unwanted,
                ..
            }
        )
    };
    plan.actions()
        .iter()
        .skip_while(|action| !is_unwanted(action))
        .all(is_unwanted)
}

/// Checks a moment between the beginning and the end: what is in the way is the only thing that may
/// be missing, and each file holds what it held, or what it is to hold.
fn check_between(
    case: &Case,
    plan: &Plan,
    before: &BTreeMap<String, Option<Vec<u8>>>,
    now: &BTreeMap<String, Option<Vec<u8>>>,
    after: &BTreeMap<String, Option<Vec<u8>>>,
) -> Result<(), TestCaseError> {
    let in_the_way: BTreeSet<&RemotePath> = plan
        .actions()
        .iter()
        .filter(|action| {
            matches!(
                action,
                Action::Delete {
                    reason: DeleteReason::InTheWay,
                    ..
                } | Action::DeleteFolder {
                    reason: DeleteReason::InTheWay,
                    ..
                }
            )
        })
        .map(Action::path)
        .collect();
    for (path, content) in now {
        prop_assert!(
            before.get(path) == Some(content) || after.get(path) == Some(content),
            "{} holds something else",
            path
        );
    }
    for (path, content) in before {
        if after.contains_key(path) && !in_the_way.contains(&remote(path)) {
            prop_assert!(now.contains_key(path), "{} is missing", path);
        }
        let is_wanted_otherwise = after.get(path) != Some(content);
        if case.is_outside(path) && !is_wanted_otherwise {
            prop_assert_eq!(now.get(path), Some(content));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// One run brings the board to what is wanted and kept, and leaves nothing to do.
    #[test]
    fn a_second_run_has_nothing_to_do(case in case()) {
        let wanted = case.wanted();
        let mut board = case.board();
        let before = state(&board);
        let plan = match belay_sync::plan(wanted.clone(), &mut board, &case.options()) {
            Ok(plan) => plan,
            Err(PlanError::KeptInTheWay { wanted: place, kept }) => {
                let kept = kept.as_str();
                prop_assert!(case.is_kept(kept) || case.destination == kept);
                prop_assert!(place.as_str() == kept || lies_in(kept, place.as_str()));
                prop_assert_eq!(&state(&board), &before);
                return Ok(());
            }
            Err(error) => panic!("{error}"),
        };
        prop_assert!(deletes_last(&plan));
        prop_assert_eq!(&state(&board), &before);
        let expected = case.expected(&board, &wanted);
        board.take_operations();

        let summary = apply(&plan, &mut board, &mut |_| ControlFlow::Continue(())).unwrap();
        prop_assert_eq!(state(&board), expected);
        let mut done = board.take_operations();
        if !plan.is_empty() {
            done.remove(0);
        }
        prop_assert_eq!(done, operations(&plan, &before));
        prop_assert_eq!(summary.bytes, plan.totals().bytes);

        let again = belay_sync::plan(wanted, &mut board, &case.options()).unwrap();
        prop_assert!(again.is_empty(), "{}", again);
        board.take_operations();
        apply(&again, &mut board, &mut |event| panic!("{event:?}")).unwrap();
        prop_assert_eq!(board.take_operations(), vec![]);
    }

    /// Runs that lose the board at any moment, one after the other, harm nothing, and the first that
    /// does not lose it finishes the work.
    #[test]
    fn faults_are_made_good(case in case(), moments in prop::collection::vec(0_usize..30, 1..4)) {
        let wanted = case.wanted();
        let mut board = case.board();
        let options = case.options();
        let Ok(first) = belay_sync::plan(wanted.clone(), &mut board, &options) else {
            return Ok(());
        };
        let after = case.expected(&board, &wanted);
        let before = state(&board);
        for moment in moments {
            board.lose_after(moment);
            let Ok(plan) = belay_sync::plan(wanted.clone(), &mut board, &options) else {
                prop_assert!(!board.is_to_be_lost());
                continue;
            };
            board.take_operations();
            let state_before = state(&board);
            match apply(&plan, &mut board, &mut |_| ControlFlow::Continue(())) {
                Ok(_) => prop_assert_eq!(&state(&board), &after),
                Err(ApplyError::Remote { report, .. }) => {
                    let changes: Vec<usize> = plan.changes().map(|(index, _)| index).collect();
                    prop_assert_eq!(&report.done, &changes[..report.done.len()]);
                    let done: Vec<Operation> = board.take_operations().into_iter().skip(1).collect();
                    let planned = operations(&plan, &state_before);
                    prop_assert_eq!(&done, &planned[..done.len()]);
                    // The one under way may have been made without being confirmed.
                    let made = planned.len() - operations_from(&plan, &report.done, &state_before);
                    prop_assert!(made <= done.len());
                    prop_assert!(done.len() <= made + usize::from(report.under_way.is_some()));
                }
                Err(error) => panic!("{error}"),
            }
            check_between(&case, &first, &before, &state(&board), &after)?;
        }
        if board.is_to_be_lost() {
            // All runs ended before their moment came.
            prop_assert_eq!(&state(&board), &after);
            return Ok(());
        }
        let last = belay_sync::plan(wanted, &mut board, &options).unwrap();
        apply(&last, &mut board, &mut |_| ControlFlow::Continue(())).unwrap();
        prop_assert_eq!(state(&board), after);
    }

    /// A folder that a board would find instead of a module of its own holds all that it is to hold, or
    /// what it held, at every moment; and what a cut has left over is gone after the next run.
    #[test]
    fn a_folder_that_hides_a_module_is_never_there_in_part(
        local in modules(),
        board in modules(),
        moment in 0_usize..40,
    ) {
        let case = Case {
            local,
            board,
            destination: "/",
            ignore: Vec::new(),
            keep: Keep::These(Vec::new()),
            digest: DigestKind::Sha256,
        };
        let wanted = case.wanted();
        let mut board = case.board();
        let before = state(&board);
        let after = case.expected(&board, &wanted);
        let plan = belay_sync::plan(wanted.clone(), &mut board, &case.options()).unwrap();
        board.lose_after(moment);
        let result = apply(&plan, &mut board, &mut |_| ControlFlow::Continue(()));
        let now = state(&board);
        let hides = |path: &str| path.ends_with("/os") || path.ends_with("/time");
        for folder in now.keys().filter(|path| hides(path) && !path.contains(belay_sync::PART)) {
            let held = |state: &BTreeMap<String, Option<Vec<u8>>>| -> BTreeSet<String> {
                let below = state.keys().filter(|path| lies_in(path, folder));
                below.cloned().collect()
            };
            match (before.contains_key(folder), after.contains_key(folder)) {
                (false, _) => prop_assert_eq!(held(&now), held(&after), "{}", folder),
                (true, false) => prop_assert_eq!(held(&now), held(&before), "{}", folder),
                (true, true) => prop_assert!(held(&now).is_superset(
                    &held(&before).intersection(&held(&after)).cloned().collect()
                )),
            }
        }
        if let Err(ApplyError::Remote { report, .. }) = result {
            // What is told to be done is in its place.
            for index in report.done {
                let action = &plan.actions()[index];
                let deletes = matches!(action, Action::Delete { .. } | Action::DeleteFolder { .. });
                prop_assert_eq!(now.contains_key(action.path().as_str()), !deletes);
            }
        }
        board.lose_after(usize::MAX);
        let rest = belay_sync::plan(wanted, &mut board, &case.options()).unwrap();
        apply(&rest, &mut board, &mut |_| ControlFlow::Continue(())).unwrap();
        prop_assert_eq!(state(&board), after);
    }

    /// What is ignored is not on the board afterwards, unless it was there and is kept.
    #[test]
    fn what_is_ignored_is_not_sent(case in case()) {
        let ignore = Ignore::new(&case.ignore).unwrap();
        for (path, _) in case.wanted().files() {
            prop_assert!(case.local.contains_key(path.as_str()));
            prop_assert!(!ignore.is_ignored(path, false), "{}", path);
        }
        for path in case.wanted().folders() {
            prop_assert!(!ignore.is_ignored(path, true), "{}", path);
        }
        // And nothing else is missing.
        let sent = case.wanted();
        let paths: BTreeSet<&str> = sent.files().map(|(path, _)| path.as_str()).collect();
        for path in case.local.iter().filter(|(_, content)| content.is_some()).map(|(path, _)| path) {
            let is_ignored = ignore.is_ignored(&crate::relative(path), false);
            prop_assert_eq!(paths.contains(path.as_str()), !is_ignored);
        }
    }
}
