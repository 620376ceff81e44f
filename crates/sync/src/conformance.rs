//! What every [`Remote`] must do, as the documentation of the trait says.

use std::error::Error;
use std::ops::ControlFlow;

use crate::{Digest, Entry, EntryKind, Progress, Remote, RemotePath, Step};

/// Tries an implementation of [`Remote`], for its tests. All happens in the folder `root`, which must
/// be there and empty, and is empty afterwards.
///
/// It does not try what only a fault of the link or the power would show.
///
/// # Panics
///
/// When a requirement is not met, with words that say which; then the folder is left as it is.
pub fn check_remote<E: Error + Send + Sync + 'static>(
    remote: &mut dyn Remote<Error = E>,
    root: &RemotePath,
) {
    let mut bench = Bench { remote, root };
    bench.expect(&[]);
    folders(&mut bench);
    names(&mut bench);
    contents(&mut bench);
    digests(&mut bench);
    places(&mut bench);
    order(&mut bench);
    interruption(&mut bench);
    bench.clear();
}

/// An implementation at work in its folder.
struct Bench<'a, E> {
    remote: &'a mut dyn Remote<Error = E>,
    root: &'a RemotePath,
}

impl<E: Error + Send + Sync + 'static> Bench<'_, E> {
    fn path(&self, name: &str) -> RemotePath {
        self.root.join(name).expect("the names are plain")
    }

    fn perform(&mut self, steps: &[Step<'_>]) -> Result<(), E> {
        self.remote
            .perform(steps, &mut |_| ControlFlow::Continue(()))
    }

    fn must(&mut self, steps: &[Step<'_>]) {
        if let Err(error) = self.perform(steps) {
            panic!("{steps:?} should work: {error:?}");
        }
    }

    fn must_fail(&mut self, steps: &[Step<'_>]) {
        assert!(self.perform(steps).is_err(), "{steps:?} should fail");
    }

    fn entries(&mut self, folder: &RemotePath) -> (bool, Vec<Entry>) {
        let tree = self.remote.tree(folder).expect("the tree can be listed");
        (tree.exists, tree.entries)
    }

    /// Checks what the folder holds: names, and the lengths of files; `None` for a folder.
    fn expect(&mut self, expected: &[(&str, Option<usize>)]) {
        let root = self.root.clone();
        let (exists, entries) = self.entries(&root);
        assert!(exists, "the folder {root} is there");
        for (index, entry) in entries.iter().enumerate() {
            let folder = entry.path.parent().expect("an entry lies in a folder");
            let comes_before = entries[..index]
                .iter()
                .any(|before| before.path == folder && before.kind == EntryKind::Folder);
            assert!(
                folder == root || comes_before,
                "the folder of {} should be listed before it",
                entry.path
            );
        }
        let mut found: Vec<(RemotePath, EntryKind)> = entries
            .into_iter()
            .map(|entry| (entry.path, entry.kind))
            .collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let mut expected: Vec<(RemotePath, EntryKind)> = expected
            .iter()
            .map(|(name, size)| {
                let kind = size.map_or(EntryKind::Folder, |size| EntryKind::File {
                    size: size as u64,
                });
                (self.path(name), kind)
            })
            .collect();
        expected.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, expected, "what the tree lists");
    }

    /// Checks what files hold.
    fn expect_contents(&mut self, files: &[(&RemotePath, &[u8])]) {
        let paths: Vec<RemotePath> = files.iter().map(|(path, _)| (*path).clone()).collect();
        let digests = self.remote.digests(&paths).expect("files can be compared");
        assert_eq!(digests.len(), files.len(), "a digest for each file");
        for ((path, content), digest) in files.iter().zip(digests) {
            let digest = digest.unwrap_or_else(|| panic!("{path} can be read"));
            assert_eq!(
                digest,
                Digest::of(digest.kind(), content),
                "the digest of {path}"
            );
        }
    }

    /// Deletes all that the folder holds.
    fn clear(&mut self) {
        let root = self.root.clone();
        let (_, mut entries) = self.entries(&root);
        entries.reverse();
        let steps: Vec<Step<'_>> = entries
            .iter()
            .map(|entry| match entry.kind {
                EntryKind::File { .. } => Step::Delete(&entry.path),
                EntryKind::Folder => Step::DeleteFolder(&entry.path),
            })
            .collect();
        self.must(&steps);
        self.expect(&[]);
    }
}

fn folders<E: Error + Send + Sync + 'static>(bench: &mut Bench<'_, E>) {
    let missing = bench.path("missing");
    assert_eq!(
        bench.entries(&missing),
        (false, Vec::new()),
        "a folder that is not there is an empty tree"
    );
    let (outer, inner) = (bench.path("outer"), bench.path("outer/inner"));
    bench.must_fail(&[Step::CreateFolder(&inner)]);
    bench.must(&[Step::CreateFolder(&outer), Step::CreateFolder(&inner)]);
    // There is nothing wrong with what is so already.
    bench.must(&[Step::CreateFolder(&outer), Step::DeleteFolder(&missing)]);
    bench.expect(&[("outer", None), ("outer/inner", None)]);
    bench.must_fail(&[Step::DeleteFolder(&outer)]);
    bench.expect(&[("outer", None), ("outer/inner", None)]);
    bench.must(&[Step::DeleteFolder(&inner), Step::DeleteFolder(&outer)]);
    bench.expect(&[]);
}

fn names<E: Error + Send + Sync + 'static>(bench: &mut Bench<'_, E>) {
    let (part, file) = (
        bench.path("new.belay-part"),
        bench.path("new.belay-part/file"),
    );
    let (new, other) = (bench.path("new"), bench.path("other"));
    let make = [
        Step::CreateFolder(&part),
        Step::Put {
            path: &file,
            content: b"12",
        },
    ];
    let rename = Step::Rename {
        from: &part,
        to: &new,
    };
    bench.must(&make);
    bench.must(&[rename]);
    bench.expect(&[("new", None), ("new/file", Some(2))]);
    // There is nothing wrong with what is so already.
    bench.must(&[rename]);
    bench.must_fail(&[Step::Rename {
        from: &part,
        to: &other,
    }]);
    // What waits for its place when a call is cut is not there for the next one.
    bench.must(&make);
    bench.expect(&[("new", None), ("new/file", Some(2))]);
    bench.must_fail(&[
        rename,
        Step::Rename {
            from: &part,
            to: &other,
        },
    ]);
    bench.clear();
}

fn contents<E: Error + Send + Sync + 'static>(bench: &mut Bench<'_, E>) {
    let bytes: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0_u32..20_000)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let files: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("bytes", &bytes),
        ("large", &large),
        ("it's \"quoted\" \\n", b"quotes"),
        ("tab\tand\nline", b"control characters"),
        ("\u{fc}\u{1f40d}", b"beyond ASCII"),
    ];
    let paths: Vec<RemotePath> = files.iter().map(|(name, _)| bench.path(name)).collect();
    let steps: Vec<Step<'_>> = paths
        .iter()
        .zip(&files)
        .map(|(path, (_, content))| Step::Put { path, content })
        .collect();
    bench.must(&steps);
    let expected: Vec<(&str, Option<usize>)> = files
        .iter()
        .map(|(name, content)| (*name, Some(content.len())))
        .collect();
    bench.expect(&expected);
    let held: Vec<(&RemotePath, &[u8])> = paths
        .iter()
        .zip(&files)
        .map(|(path, (_, content))| (path, *content))
        .collect();
    bench.expect_contents(&held);

    // A file takes the place of another, longer or shorter.
    let (empty, large) = (&paths[0], &paths[2]);
    bench.must(&[
        Step::Put {
            path: empty,
            content: b"not empty",
        },
        Step::Put {
            path: large,
            content: b"",
        },
    ]);
    bench.expect_contents(&[(empty, b"not empty"), (large, b"")]);
    bench.clear();
}

fn digests<E: Error + Send + Sync + 'static>(bench: &mut Bench<'_, E>) {
    let (one, other) = (bench.path("one"), bench.path("other"));
    let missing = bench.path("missing");
    bench.must(&[
        Step::Put {
            path: &one,
            content: b"1",
        },
        Step::Put {
            path: &other,
            content: b"2",
        },
    ]);
    assert_eq!(
        bench.remote.digests(&[]).expect("no files can be compared"),
        [],
        "no digest for no file"
    );
    let digests = bench
        .remote
        .digests(&[other, missing, one])
        .expect("a missing file is no error");
    let [Some(second), None, Some(first)] = digests[..] else {
        panic!("digests come in the order of the files: {digests:?}");
    };
    assert_eq!(first.kind(), second.kind(), "all digests are of one kind");
    assert_eq!(first, Digest::of(first.kind(), b"1"));
    assert_eq!(second, Digest::of(second.kind(), b"2"));
    bench.clear();
}

fn places<E: Error + Send + Sync + 'static>(bench: &mut Bench<'_, E>) {
    let (file, folder) = (bench.path("file"), bench.path("folder"));
    let (lost, below) = (bench.path("missing/file"), bench.path("file/file"));
    let put = |path| Step::Put {
        path,
        content: b"12",
    };
    bench.must(&[put(&file), Step::CreateFolder(&folder)]);
    let entry = Entry {
        path: file.clone(),
        kind: EntryKind::File { size: 2 },
    };
    assert_eq!(
        bench.entries(&file),
        (false, vec![entry]),
        "a file in the place of a folder"
    );
    bench.must(&[Step::Delete(&lost)]);
    for wrong in [put(&lost), put(&below), put(&folder)] {
        bench.must_fail(&[wrong]);
    }
    bench.expect(&[("file", Some(2)), ("folder", None)]);
    bench.clear();
}

fn order<E: Error + Send + Sync + 'static>(bench: &mut Bench<'_, E>) {
    let (one, lost, other) = (
        bench.path("one"),
        bench.path("missing/file"),
        bench.path("other"),
    );
    let put = |path| Step::Put {
        path,
        content: b"content",
    };
    // What comes before a failure is done, what comes behind is not.
    bench.must_fail(&[put(&one), put(&lost), put(&other)]);
    bench.expect(&[("one", Some(7))]);

    let steps = [put(&other), Step::Delete(&one)];
    let mut seen = Vec::new();
    let result = bench.remote.perform(&steps, &mut |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    });
    assert!(result.is_ok(), "{result:?}");
    let mut rest = &seen[..];
    for (index, step) in steps.iter().enumerate() {
        let [Progress::Started { step: started }, tail @ ..] = rest else {
            panic!("step {index} should be started: {seen:?}");
        };
        assert_eq!(*started, index, "{seen:?}");
        rest = tail;
        let (mut had, mut over) = (0, 0);
        while let [
            Progress::Sent {
                step: sent,
                content,
                wire,
            },
            tail @ ..,
        ] = rest
        {
            assert_eq!(*sent, index, "{seen:?}");
            assert!(matches!(step, Step::Put { .. }), "{seen:?}");
            assert!(*content >= had && *content <= 7, "{seen:?}");
            assert!(*wire >= over, "{seen:?}");
            (had, over) = (*content, *wire);
            rest = tail;
        }
        let [Progress::Done { step: done, wire }, tail @ ..] = rest else {
            panic!("step {index} should be done: {seen:?}");
        };
        assert_eq!(*done, index, "{seen:?}");
        assert!(*wire >= over, "{seen:?}");
        rest = tail;
    }
    assert!(rest.is_empty(), "nothing comes after the last: {seen:?}");
    bench.clear();
}

fn interruption<E: Error + Send + Sync + 'static>(bench: &mut Bench<'_, E>) {
    let (one, other) = (bench.path("one"), bench.path("other"));
    let put = |path, content| Step::Put { path, content };
    bench.must(&[put(&one, b"old one"), put(&other, b"old other")]);
    let steps = [put(&one, b"new"), put(&other, b"new")];
    let result = bench.remote.perform(&steps, &mut |progress| {
        if progress == (Progress::Started { step: 1 }) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(result.is_err(), "what was interrupted has failed");
    bench.expect_contents(&[(&one, b"new"), (&other, b"old other")]);
    bench.expect(&[("one", Some(3)), ("other", Some(9))]);
    // And it can be made good.
    bench.must(&steps);
    bench.expect_contents(&[(&one, b"new"), (&other, b"new")]);
}
