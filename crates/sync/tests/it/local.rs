//! Local folders.

use std::fs;
use std::path::PathBuf;

use belay_sync::{
    Ignore, LocalError, LocalTree, MemoryRemote, PlanOptions, RelativePath, Wanted, plan,
};

use crate::{board, carry_out, listing, load, relative, write};

fn files(tree: &LocalTree) -> Vec<&str> {
    tree.files().map(|(path, _)| path.as_str()).collect()
}

fn folders(tree: &LocalTree) -> Vec<&str> {
    tree.folders().map(RelativePath::as_str).collect()
}

/// The paths of what is left out.
fn skipped(wanted: &Wanted) -> Vec<PathBuf> {
    let path = |error: &LocalError| match error {
        LocalError::Io { path, .. }
        | LocalError::Dangling { path }
        | LocalError::Loop { path, .. }
        | LocalError::Name { path }
        | LocalError::Special { path } => path.clone(),
        other => panic!("{other}"),
    };
    wanted.skipped().map(path).collect()
}

#[test]
fn what_cannot_be_read_stays_on_the_board_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("a.py", "1"), ("b.py", "2")]);
    let tree = LocalTree::scan(folder.path(), &Ignore::default()).unwrap();
    fs::remove_file(folder.path().join("b.py")).unwrap();
    let mut board = board(&[("/b.py", "old"), ("/c.py", "3")]);
    let plan = plan(load(&tree), &mut board, &PlanOptions::default()).unwrap();
    carry_out(&plan, &mut board);
    assert_eq!(listing(&board), ["/a.py: 1", "/b.py: old"]);
}

#[test]
fn what_tools_leave_is_not_sent_unless_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let left: [(&str, &str); 9] = [
        (".git/config", "1"),
        (".env", "SECRET=1"),
        (".venv/bin/python", "1"),
        (".vscode/settings.json", "1"),
        ("lib/.main.py.swp", "1"),
        ("lib/main.py~", "1"),
        ("#main.py#", "1"),
        ("__pycache__/x.pyc", "1"),
        (".DS_Store", "1"),
    ];
    write(folder.path(), &left);
    write(
        folder.path(),
        &[
            ("main.py", "1"),
            ("lib/a#b.py", "1"),
            ("settings.toml", "1"),
        ],
    );
    let scan = |ignore: Ignore| LocalTree::scan(folder.path(), &ignore).unwrap();
    assert_eq!(
        files(&scan(Ignore::default())),
        ["lib/a#b.py", "main.py", "settings.toml"]
    );
    assert_eq!(
        scan(Ignore::only([""; 0]).unwrap()).files().count(),
        left.len() + 3
    );
}

#[test]
fn gitignore_files_are_honoured_when_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            (".git/HEAD", "ref: refs/heads/main"),
            (
                ".gitignore",
                "\u{feff}*.log\n/src/out/\nsrc/a?c.py\n[broken\n!src/kept.log\n",
            ),
            ("src/.gitignore", "/data.bin\n!deep.log\n"),
            ("src/sub/.gitignore", "*.bin\n/only.py\n!kept.bin\n"),
            ("src/out/x.py", "1"),
            ("src/abc.py", "1"),
            ("src/x.log", "1"),
            ("src/kept.log", "1"),
            ("src/deep.log", "1"),
            ("src/data.bin", "1"),
            ("src/sub/data.bin", "1"),
            ("src/sub/kept.bin", "1"),
            ("src/sub/only.py", "1"),
            ("src/sub/in/only.py", "1"),
            ("src/main.py", "1"),
        ],
    );
    let scan = |ignore: Ignore| LocalTree::scan(&folder.path().join("src"), &ignore).unwrap();
    let some = [
        "deep.log",
        "kept.log",
        "main.py",
        "sub/in/only.py",
        "sub/kept.bin",
    ];
    assert_eq!(files(&scan(Ignore::default().gitignore())), some);
    // What is given comes before what the files say.
    let given = Ignore::new(["!data.bin", "kept.*"]).unwrap().gitignore();
    let expected = [
        "data.bin",
        "deep.log",
        "main.py",
        "sub/data.bin",
        "sub/in/only.py",
    ];
    assert_eq!(files(&scan(given)), expected);
    assert_eq!(scan(Ignore::default()).files().count(), 11);
}

#[test]
fn a_folder_is_listed_without_what_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("main.py", "1"),
            ("b/x.py", "2"),
            ("b/__pycache__/x.pyc", "3"),
            ("b/old.pyc", "4"),
            ("b-c/quote's \"name\" ü", "5"),
            ("empty/", ""),
            ("log/today.txt", "6"),
            ("log/kept.txt", "7"),
        ],
    );
    let ignore = Ignore::new(["log/*", "!kept.txt"]).unwrap();
    let tree = LocalTree::scan(folder.path(), &ignore).unwrap();
    let expected = [
        "b-c/quote's \"name\" ü",
        "b/x.py",
        "log/kept.txt",
        "main.py",
    ];
    assert_eq!(files(&tree), expected);
    assert_eq!(folders(&tree), ["b", "b-c", "empty", "log"]);
    let wanted = load(&tree);
    let contents: Vec<_> = wanted.files().map(|(_, content)| content).collect();
    assert_eq!(contents, [b"5", b"2", b"7", b"1"]);
}

#[test]
fn a_single_file_says_nothing_about_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("a.pyc", "1"), ("b.py", "2")]);
    let path = folder.path().join("a.pyc");
    let tree = LocalTree::scan(&path, &Ignore::default()).unwrap();
    assert_eq!(files(&tree), ["a.pyc"]);

    let mut board = board(&[("/other.py", "3"), ("/sub/", "")]);
    let options = PlanOptions::default();
    let plan = plan(load(&tree), &mut board, &options).unwrap();
    carry_out(&plan, &mut board);
    assert_eq!(listing(&board), ["/a.pyc: 1", "/other.py: 3", "/sub/"]);
}

#[test]
fn folders_can_be_laid_over_each_other() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("1/a.py", "one"),
            ("1/x/b.py", "one"),
            ("2/a.py", "two"),
            ("2/x/c.py", "two"),
            ("3/x", "three"),
            ("4/a.py/d", "four"),
        ],
    );
    let scan = |name: &str| LocalTree::scan(&folder.path().join(name), &Ignore::default()).unwrap();
    let mut tree = scan("1");
    tree.overlay(scan("2")).unwrap();
    assert_eq!(files(&tree), ["a.py", "x/b.py", "x/c.py"]);
    let wanted = load(&tree);
    assert_eq!(
        wanted.files().next(),
        Some((&relative("a.py"), &b"two"[..]))
    );
    for clash in ["3", "4"] {
        let error = tree.clone().overlay(scan(clash)).unwrap_err();
        assert!(matches!(error, LocalError::FileAndFolder { .. }), "{error}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let error = LocalTree::scan(&missing, &Ignore::default()).unwrap_err();
    assert!(matches!(&error, LocalError::Io { path, .. } if *path == missing));

    write(folder.path(), &[("a.py", "1"), ("b.py", "2")]);
    let tree = LocalTree::scan(folder.path(), &Ignore::default()).unwrap();
    let vanished = folder.path().join("b.py");
    fs::remove_file(&vanished).unwrap();
    let wanted = load(&tree);
    assert_eq!(skipped(&wanted), [vanished]);
    assert_eq!(wanted.files().count(), 1);
    let single = folder.path().join("a.py");
    let tree = LocalTree::scan(&single, &Ignore::default()).unwrap();
    fs::remove_file(&single).unwrap();
    let error = tree.load(&mut |file| Ok(file)).unwrap_err();
    assert!(matches!(&error, LocalError::Io { path, .. } if *path == single));
}

#[test]
fn transformed_files_keep_apart() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("a.py", "12345"), ("a.mpy", "1"), ("c.txt", "x")],
    );
    let tree = LocalTree::scan(folder.path(), &Ignore::default()).unwrap();
    let error = tree
        .load(&mut |mut file| {
            if file.path.extension() == Some("py") {
                file.path = file.path.with_extension("mpy");
            }
            Ok(file)
        })
        .unwrap_err();
    assert_eq!(error.to_string(), "a.mpy and a.py would both become a.mpy");

    let error = tree
        .load(&mut |_| Err("no such encoding".into()))
        .unwrap_err();
    assert!(matches!(&error, LocalError::Transform { path, .. } if path.ends_with("a.mpy")));

    let wanted = tree
        .load(&mut |mut file| {
            file.content.truncate(1);
            Ok(file)
        })
        .unwrap();
    let plan = plan(wanted, &mut MemoryRemote::new(), &PlanOptions::default()).unwrap();
    assert_eq!((plan.totals().bytes, plan.totals().source_bytes), (3, 7));
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_link_stands_for_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("out/x.py", "1"), ("in/", "")]);
        symlink("../out", folder.path().join("in/package")).unwrap();
        symlink("../out/x.py", folder.path().join("in/y.py")).unwrap();
        let tree = LocalTree::scan(&folder.path().join("in"), &Ignore::default()).unwrap();
        assert_eq!(files(&tree), ["package/x.py", "y.py"]);
        assert_eq!(folders(&tree), ["package"]);
    }

    /// What is left out of a folder, and what is sent of it.
    fn scanned(folder: &tempfile::TempDir, ignore: &[&str]) -> (Vec<PathBuf>, Vec<String>) {
        let ignore = Ignore::new(ignore).unwrap();
        let wanted = load(&LocalTree::scan(folder.path(), &ignore).unwrap());
        let files = wanted.files().map(|(path, _)| path.to_string()).collect();
        (skipped(&wanted), files)
    }

    #[test]
    fn what_a_board_cannot_have_is_left_out_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("a/b/c.py", "1")]);
        let path = |name: &str| folder.path().join(name);
        // As Emacs marks a file that is being changed.
        symlink("user@host.1234:5678", path("gone.py")).unwrap();
        symlink("..", path("a/b/up")).unwrap();
        symlink("me", path("me")).unwrap();
        let _listener = UnixListener::bind(path("socket")).unwrap();
        let mut expected = vec![path("a/b/up"), path("gone.py"), path("me"), path("socket")];
        // Other systems' file systems take no such name.
        if cfg!(target_os = "linux") {
            let name = OsStr::from_bytes(b"zo\xe9.py");
            fs::write(folder.path().join(name), "1").unwrap();
            expected.push(folder.path().join(name));
        }
        assert_eq!(
            scanned(&folder, &[]),
            (expected, vec!["a/b/c.py".to_owned()])
        );
        let ignore = ["up", "/gone.py", "me", "socket"];
        assert_eq!(
            scanned(&folder, &ignore).0.len(),
            usize::from(cfg!(target_os = "linux"))
        );
        for named in ["socket", "gone.py"] {
            LocalTree::scan(&path(named), &Ignore::default()).unwrap_err();
        }
    }

    #[test]
    fn what_must_not_be_read_is_left_out() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[("a.py", "1"), ("closed/b.py", "2"), ("secret.py", "3")],
        );
        let [closed, secret] = ["closed", "secret.py"].map(|name| folder.path().join(name));
        let set = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(&closed, 0);
        set(&secret, 0);
        // The administrator may read everything.
        let may_read = fs::read_dir(&closed).is_ok();
        let found = scanned(&folder, &[]);
        let itself = LocalTree::scan(&closed, &Ignore::default());
        set(&closed, 0o700);
        if may_read {
            assert_eq!(found.0, [""; 0].map(PathBuf::from));
        } else {
            assert_eq!(found, (vec![closed, secret], vec!["a.py".to_owned()]));
            itself.unwrap_err();
        }
    }
}
