//! What is planned, and with what questions.

use belay_sync::{
    DigestKind, Entry, EntryKind, Keep, MemoryError, MemoryRemote, Operation, Plan, PlanError,
    PlanOptions, Progress, Remote, RemotePath, Step, Tree, Wanted,
};
use std::ops::ControlFlow;

use crate::{board, carry_out, listing, relative, remote, wanted};

fn plan(wanted: Wanted, board: &mut MemoryRemote) -> Plan {
    belay_sync::plan(wanted, board, &PlanOptions::default()).unwrap()
}

fn refused(
    wanted: Wanted,
    board: &mut MemoryRemote,
    options: &PlanOptions,
) -> PlanError<MemoryError> {
    let before = listing(board);
    let error = belay_sync::plan(wanted, board, options).unwrap_err();
    assert_eq!(listing(board), before);
    error
}

fn keep(entries: &[&str]) -> PlanOptions {
    PlanOptions {
        keep: Keep::These(entries.iter().map(|entry| (*entry).to_owned()).collect()),
        ..PlanOptions::default()
    }
}

/// A plan with everything that a plan can have.
fn eventful() -> Plan {
    let mut board = board(&[
        ("/boot.py", "kept"),
        ("/lib/x.py", "kept"),
        ("/same.py", "same"),
        ("/longer.py", "longer by much"),
        ("/other.py", "1111"),
        ("/old\n\u{1b}[31m/old.py", "old"),
        ("/blob/1", "in the way"),
        ("/pkg", "in the way"),
    ]);
    let wanted = wanted(&[
        ("same.py", "same"),
        ("longer.py", "longer"),
        ("other.py", "2222"),
        ("new.py", "new"),
        ("blob", "file"),
        ("pkg/__init__.py", ""),
    ]);
    plan(wanted, &mut board)
}

#[test]
fn a_plan_prints_as_a_table() {
    insta::assert_snapshot!(eventful(), @r#"
    delete         10  /blob/1  (in the way)
    delete         10  /pkg  (in the way)
    delete folder      /blob  (in the way)
    create folder      /pkg
    put             4  /blob
    replace         6  /longer.py  (was 14 bytes)
    put             3  /new.py
    replace         4  /other.py  (other content)
    put             0  /pkg/__init__.py
    unchanged       4  /same.py
    delete          3  /old\n\u{1b}[31m/old.py
    delete folder      /old\n\u{1b}[31m
    3 to put, 2 to replace (17 bytes), 1 unchanged, 3 to delete, 2 kept
    "#);
}

#[test]
fn a_plan_is_written_as_json() {
    insta::assert_json_snapshot!(eventful(), @r#"
    {
      "destination": "/",
      "actions": [
        {
          "action": "delete",
          "path": "/blob/1",
          "size": 10,
          "reason": "in_the_way"
        },
        {
          "action": "delete",
          "path": "/pkg",
          "size": 10,
          "reason": "in_the_way"
        },
        {
          "action": "delete_folder",
          "path": "/blob",
          "reason": "in_the_way"
        },
        {
          "action": "create_folder",
          "path": "/pkg"
        },
        {
          "action": "put",
          "path": "/blob",
          "size": 4,
          "source_size": 4
        },
        {
          "action": "replace",
          "path": "/longer.py",
          "size": 6,
          "source_size": 6,
          "old_size": 14,
          "reason": "size"
        },
        {
          "action": "put",
          "path": "/new.py",
          "size": 3,
          "source_size": 3
        },
        {
          "action": "replace",
          "path": "/other.py",
          "size": 4,
          "source_size": 4,
          "old_size": 4,
          "reason": "content"
        },
        {
          "action": "put",
          "path": "/pkg/__init__.py",
          "size": 0,
          "source_size": 0
        },
        {
          "action": "unchanged",
          "path": "/same.py",
          "size": 4
        },
        {
          "action": "delete",
          "path": "/old\n\u001b[31m/old.py",
          "size": 3,
          "reason": "unwanted"
        },
        {
          "action": "delete_folder",
          "path": "/old\n\u001b[31m",
          "reason": "unwanted"
        }
      ],
      "totals": {
        "created_folders": 1,
        "put": 3,
        "replaced": 2,
        "deleted": 3,
        "deleted_folders": 2,
        "unchanged": 1,
        "bytes": 17,
        "source_bytes": 17,
        "wire_bytes": 0
      },
      "kept": 2,
      "shadowing": []
    }
    "#);
}

#[test]
fn only_digests_that_can_decide_are_asked_for() {
    let mut board = board(&[
        ("/equal.py", "1234"),
        ("/other.py", "1234"),
        ("/longer.py", "12345"),
        ("/empty.py", ""),
        ("/boot.py", "12"),
    ]);
    let files = [
        ("equal.py", "1234"),
        ("other.py", "4321"),
        ("longer.py", "1"),
        ("empty.py", ""),
        ("new.py", "1"),
    ];
    let first = plan(wanted(&files), &mut board);
    assert_eq!(
        board.take_operations(),
        [
            Operation::Tree(remote("/")),
            Operation::Digests(vec![remote("/equal.py"), remote("/other.py")]),
        ]
    );
    carry_out(&first, &mut board);
    board.take_operations();

    let second = plan(wanted(&files), &mut board);
    assert!(second.is_empty(), "{second}");
    assert_eq!(carry_out(&second, &mut board).unchanged, 5);
    let operations = board.take_operations();
    assert!(
        matches!(&operations[..], [Operation::Tree(_), Operation::Digests(files)] if files.len() == 4),
        "{operations:?}"
    );

    plan(wanted(&[("new file.py", "x")]), &mut board);
    assert_eq!(board.take_operations(), [Operation::Tree(remote("/"))]);
}

#[test]
fn every_kind_of_digest_tells_contents_apart() {
    for kind in [DigestKind::Sha256, DigestKind::Crc32, DigestKind::Fnv1a] {
        let mut board = board(&[("/a", "1234"), ("/b", "1234")]);
        board.digest = kind;
        let plan = plan(wanted(&[("a", "1234"), ("b", "1243")]), &mut board);
        assert_eq!((plan.totals().unchanged, plan.totals().replaced), (1, 1));
    }
}

#[test]
fn a_file_and_a_folder_change_places() {
    let mut board = board(&[
        ("/x/y/1", "1"),
        ("/x/y-z", "2"),
        ("/x/empty/", ""),
        ("/p", "file"),
    ]);
    let plan = plan(wanted(&[("x", "now a file"), ("p/q/r", "3")]), &mut board);
    carry_out(&plan, &mut board);
    assert_eq!(
        listing(&board),
        ["/p/", "/p/q/", "/p/q/r: 3", "/x: now a file"]
    );
}

#[test]
fn what_is_kept_stays_where_it_is() {
    let entries = [
        ("/boot.py", "1"),
        ("/lib/a/b.py", "2"),
        ("/data/x/log.csv", "3"),
        ("/data/y/log.txt", "4"),
        ("/webrepl_cfg.py", "5"),
    ];
    let result = |options: &PlanOptions| {
        let mut board = board(&entries);
        let wanted = wanted(&[("boot.py", "new")]);
        let plan = belay_sync::plan(wanted, &mut board, options).unwrap();
        carry_out(&plan, &mut board);
        assert_eq!(plan.kept() + 1, board.files().count());
        listing(&board)
    };
    assert_eq!(
        result(&PlanOptions::default()),
        [
            "/boot.py: new",
            "/lib/",
            "/lib/a/",
            "/lib/a/b.py: 2",
            "/webrepl_cfg.py: 5"
        ]
    );
    assert_eq!(
        result(&keep(&["data/x", "**/*.txt"])),
        [
            "/boot.py: new",
            "/data/",
            "/data/x/",
            "/data/x/log.csv: 3",
            "/data/y/",
            "/data/y/log.txt: 4"
        ]
    );
    assert_eq!(result(&keep(&[])), ["/boot.py: new"]);
    let all = PlanOptions {
        keep: Keep::All,
        ..PlanOptions::default()
    };
    assert_eq!(result(&all).len(), 10);
}

#[test]
fn a_keep_rule_in_the_way_is_an_error() {
    let check = |wanted: Wanted, options: &PlanOptions, at: (&str, &str)| {
        let mut board = board(&[("/lib/a/b.py", "1"), ("/boot.py", "2"), ("/f", "3")]);
        match refused(wanted, &mut board, options) {
            PlanError::KeptInTheWay { wanted, kept } => {
                assert_eq!((wanted.as_str(), kept.as_str()), at);
            }
            other => panic!("{other}"),
        }
    };
    let default = PlanOptions::default();
    check(wanted(&[("lib", "x")]), &default, ("/lib", "/lib"));
    check(
        wanted(&[("boot.py/x", "")]),
        &default,
        ("/boot.py", "/boot.py"),
    );
    check(
        wanted(&[("lib", "x")]),
        &keep(&["lib/a/b.py"]),
        ("/lib", "/lib/a/b.py"),
    );
    let mut all = PlanOptions {
        keep: Keep::All,
        ..PlanOptions::default()
    };
    check(wanted(&[("f/", "")]), &all, ("/f", "/f"));
    all.destination = remote("/f");
    check(wanted(&[("x", "")]), &all, ("/f", "/f"));
}

#[test]
fn only_the_destination_is_touched() {
    let mut board = board(&[("/a.py", "1"), ("/libx/b.py", "2"), ("/lib/c.py", "3")]);
    let mut options = PlanOptions {
        destination: remote("/lib"),
        ..PlanOptions::default()
    };
    let mut sync = |options: &PlanOptions| {
        let plan = belay_sync::plan(wanted(&[("d.py", "4")]), &mut board, options).unwrap();
        carry_out(&plan, &mut board);
        let again = belay_sync::plan(wanted(&[("d.py", "4")]), &mut board, options).unwrap();
        assert!(again.is_empty(), "{again}");
        listing(&board)
    };
    let before = [
        "/a.py: 1",
        "/lib/",
        "/lib/d.py: 4",
        "/libx/",
        "/libx/b.py: 2",
    ];
    assert_eq!(sync(&options), before);

    // A folder that is not there is created with those it lies in.
    options.destination = remote("/new/deep");
    let after = sync(&options);
    assert_eq!(after[5..], ["/new/", "/new/deep/", "/new/deep/d.py: 4"]);

    // A file in its place goes.
    options.destination = remote("/a.py");
    assert_eq!(sync(&options)[..2], ["/a.py/", "/a.py/d.py: 4"]);
}

#[test]
fn what_the_board_cannot_take_is_refused_before_anything_is_changed() {
    let default = PlanOptions::default();
    let mut full = board(&[("/old.bin", &"x".repeat(5000)), ("/a.py", "1")]);
    full.set_space_limit(7 * 4096, 4096);
    let big = "y".repeat(4 * 4096 + 1);
    match refused(wanted(&[("big.bin", &big)]), &mut full, &default) {
        PlanError::NoSpace {
            needed,
            free,
            freed_at_the_end,
        } => assert_eq!((needed, free, freed_at_the_end), (5 * 4096, 4 * 4096, 5001)),
        other => panic!("{other}"),
    }
    let plan = plan(wanted(&[("big.bin", &big[1..])]), &mut full);
    carry_out(&plan, &mut full);

    let mut read_only = board(&[("/a.py", "1")]);
    read_only.writable = false;
    let error = refused(wanted(&[("a.py", "22")]), &mut read_only, &default);
    assert!(matches!(error, PlanError::ReadOnly { changes: 1 }));
    // Nothing to do can be done.
    let nothing = belay_sync::plan(wanted(&[("a.py", "1")]), &mut read_only, &default).unwrap();
    assert!(nothing.is_empty());

    let limits = PlanOptions {
        max_path: Some(12),
        max_name: Some(8),
        ..PlanOptions::default()
    };
    let mut empty = MemoryRemote::new();
    belay_sync::plan(wanted(&[("abcd/efg.py", "")]), &mut empty, &limits).unwrap();
    match refused(wanted(&[("abcd/efgh.py", "")]), &mut empty, &limits) {
        PlanError::PathTooLong { length, limit, .. } => assert_eq!((length, limit), (13, 12)),
        other => panic!("{other}"),
    }
    match refused(wanted(&[("äöü.py", "")]), &mut empty, &limits) {
        PlanError::NameTooLong { length, limit, .. } => assert_eq!((length, limit), (9, 8)),
        other => panic!("{other}"),
    }
}

#[test]
fn source_code_that_hides_a_compiled_file_is_told() {
    let mut board = board(&[("/a.py", "1"), ("/b.py", "2")]);
    let options = PlanOptions {
        keep: Keep::All,
        ..PlanOptions::default()
    };
    let plan = belay_sync::plan(wanted(&[("a.mpy", "M")]), &mut board, &options).unwrap();
    assert_eq!(plan.shadowing(), [remote("/a.py")]);
}

/// A board that lists what it likes.
struct Liar {
    tree: Tree,
    digests: usize,
}

impl Remote for Liar {
    type Error = MemoryError;

    fn tree(&mut self, _root: &RemotePath) -> Result<Tree, MemoryError> {
        Ok(self.tree.clone())
    }

    fn digests(
        &mut self,
        _files: &[RemotePath],
    ) -> Result<Vec<Option<belay_sync::Digest>>, MemoryError> {
        Ok(vec![None; self.digests])
    }

    fn perform(
        &mut self,
        _steps: &[Step<'_>],
        _progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), MemoryError> {
        Err(MemoryError::ReadOnly)
    }
}

#[test]
fn a_board_that_contradicts_itself_is_not_believed() {
    let file = |path| Entry {
        path: remote(path),
        kind: EntryKind::File { size: 1 },
    };
    let folder = |path| Entry {
        path: remote(path),
        kind: EntryKind::Folder,
    };
    let options = PlanOptions {
        destination: remote("/d"),
        ..PlanOptions::default()
    };
    let ask = |exists, entries| {
        let mut liar = Liar {
            tree: Tree {
                exists,
                entries,
                ..Tree::default()
            },
            digests: 0,
        };
        belay_sync::plan(wanted(&[("x", "1")]), &mut liar, &options)
    };
    ask(true, vec![folder("/d/a"), file("/d/a/b")]).unwrap();
    ask(false, vec![file("/d")]).unwrap();
    for (exists, entries) in [
        (true, vec![file("/elsewhere")]),
        (true, vec![file("/dd")]),
        (true, vec![folder("/")]),
        (true, vec![file("/d/a"), file("/d/a")]),
        (true, vec![file("/d/a"), folder("/d/a")]),
        (true, vec![file("/d/a"), file("/d/a/b")]),
        (true, vec![file("/d/a/b")]),
        (false, vec![file("/d/a")]),
        (false, vec![file("/d"), file("/d/a")]),
    ] {
        let error = ask(exists, entries).unwrap_err();
        assert!(matches!(error, PlanError::Listing { .. }), "{error}");
    }
    // One question, no answer.
    let error = ask(true, vec![file("/d/x")]).unwrap_err();
    assert!(
        matches!(error, PlanError::Digests { asked: 1, given: 0 }),
        "{error}"
    );
}

#[test]
fn another_file_system_is_left_alone() {
    let entry = |path, kind| Entry {
        path: remote(path),
        kind,
    };
    let file = EntryKind::File { size: 1 };
    let mut board = Liar {
        tree: Tree {
            exists: true,
            entries: vec![
                entry("/sd", EntryKind::Folder),
                entry("/sd/photo", file),
                entry("/sd/x", file),
                entry("/old", file),
            ],
            mounts: vec![remote("/sd")],
            ..Tree::default()
        },
        digests: 0,
    };
    let plan = belay_sync::plan(
        wanted(&[("sd/x", "12")]),
        &mut board,
        &PlanOptions::default(),
    );
    insta::assert_snapshot!(plan.unwrap(), @r#"
    replace        2  /sd/x  (was 1 bytes)
    delete         1  /old
    0 to put, 1 to replace (2 bytes), 0 unchanged, 1 to delete, 1 kept
    "#);
    let plan = belay_sync::plan(wanted(&[("sd", "12")]), &mut board, &PlanOptions::default());
    let error = plan.unwrap_err();
    assert!(matches!(error, PlanError::KeptInTheWay { .. }), "{error}");
}

#[test]
fn a_file_that_the_board_cannot_read_is_written_again() {
    let entries = vec![Entry {
        path: remote("/x"),
        kind: EntryKind::File { size: 1 },
    }];
    let mut liar = Liar {
        tree: Tree {
            exists: true,
            entries,
            ..Tree::default()
        },
        digests: 1,
    };
    let plan = belay_sync::plan(wanted(&[("x", "1")]), &mut liar, &PlanOptions::default()).unwrap();
    insta::assert_snapshot!(plan, @r#"
    replace        1  /x  (unreadable on the board)
    0 to put, 1 to replace (1 bytes), 0 unchanged, 0 to delete, 0 kept
    "#);
}

#[test]
fn all_may_be_kept_but_some_paths() {
    let held = [
        ("/data/x", "1"),
        ("/lib/a.py", "old"),
        ("/lib/b[1]*.py", "2"),
        ("/lib/mine/c.py", "3"),
        ("/lib/other/d.py", "4"),
        ("/lib/other/e.py", "5"),
    ];
    let mut board = board(&held);
    let going = [
        "lib/b[1]*.py",
        "lib/mine/c.py",
        "lib/other/d.py",
        "lib/none",
    ];
    let options = PlanOptions {
        keep: Keep::AllBut(going.map(relative).into()),
        ..PlanOptions::default()
    };
    let tree = board.tree(&remote("/")).unwrap();
    board.take_operations();
    let wanted = wanted(&[("lib/a.py", "new"), ("lib/f/g.py", "6")]);
    let plan = belay_sync::plan_tree(wanted, &tree, &mut board, &options).unwrap();
    // What is known is not asked for again.
    assert!(
        !board
            .take_operations()
            .contains(&Operation::Tree(remote("/")))
    );
    carry_out(&plan, &mut board);
    let expected = [
        "/data/",
        "/data/x: 1",
        "/lib/",
        "/lib/a.py: new",
        "/lib/f/",
        "/lib/f/g.py: 6",
        "/lib/other/",
        "/lib/other/e.py: 5",
    ];
    assert_eq!(listing(&board), expected);
}

#[test]
fn equal_files_are_written_when_that_is_asked_for() {
    let mut board = board(&[("/a.py", "1")]);
    let options = PlanOptions {
        force: true,
        ..PlanOptions::default()
    };
    let plan = belay_sync::plan(wanted(&[("a.py", "1")]), &mut board, &options).unwrap();
    assert_eq!((plan.totals().replaced, plan.totals().unchanged), (1, 0));
}
