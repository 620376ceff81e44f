//! Local folders.

use std::fs;

use belay_sync::{Ignore, LocalError, LocalTree, MemoryRemote, PlanOptions, RelativePath, plan};

use crate::{board, carry_out, listing, load, relative, write};

fn files(tree: &LocalTree) -> Vec<&str> {
    tree.files().map(|(path, _)| path.as_str()).collect()
}

fn folders(tree: &LocalTree) -> Vec<&str> {
    tree.folders().map(RelativePath::as_str).collect()
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
    let error = tree.load(&mut |file| Ok(file)).unwrap_err();
    assert!(matches!(&error, LocalError::Io { path, .. } if *path == vanished));
    assert!(error.to_string().contains("b.py"), "{error}");
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

    #[test]
    fn a_loop_is_an_error_unless_it_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("a/b/c.py", "1")]);
        let link = folder.path().join("a/b/up");
        symlink("..", &link).unwrap();
        let error = LocalTree::scan(folder.path(), &Ignore::default()).unwrap_err();
        assert!(
            matches!(&error, LocalError::Loop { path, ancestor }
                if *path == link && ancestor.ends_with("a")),
            "{error:?}"
        );
        let tree = LocalTree::scan(folder.path(), &Ignore::new(["up"]).unwrap()).unwrap();
        assert_eq!(files(&tree), ["a/b/c.py"]);
    }

    #[test]
    fn a_link_to_nowhere_is_an_error_unless_it_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("a.py", "1")]);
        let link = folder.path().join("gone.py");
        symlink("nowhere", &link).unwrap();
        let error = LocalTree::scan(folder.path(), &Ignore::default()).unwrap_err();
        assert!(matches!(&error, LocalError::Io { path, .. } if *path == link));
        LocalTree::scan(folder.path(), &Ignore::new(["/gone.py"]).unwrap()).unwrap();
    }

    #[test]
    fn what_a_board_cannot_hold_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        for source in [folder.path(), &socket] {
            let error = LocalTree::scan(source, &Ignore::default()).unwrap_err();
            assert!(matches!(&error, LocalError::Special { path } if *path == socket));
        }
        LocalTree::scan(folder.path(), &Ignore::new(["socket"]).unwrap()).unwrap();
    }

    // Other systems' file systems take no such name.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OsStr::from_bytes(b"caf\xe9.py"));
        fs::write(&path, "1").unwrap();
        for source in [folder.path(), &path] {
            let error = LocalTree::scan(source, &Ignore::default()).unwrap_err();
            assert!(matches!(&error, LocalError::Name { path: named } if *named == path));
        }
    }

    #[test]
    fn a_folder_that_may_not_be_read_is_an_error_unless_it_is_ignored() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("a.py", "1"), ("closed/b.py", "2")]);
        let closed = folder.path().join("closed");
        let set = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
        set(0);
        // The administrator may read everything, and then there is no error to see.
        let may_read = fs::read_dir(&closed).is_ok();
        let result = LocalTree::scan(folder.path(), &Ignore::default());
        let ignoring = LocalTree::scan(folder.path(), &Ignore::new(["closed/"]).unwrap());
        set(0o700);
        match result {
            Ok(tree) => {
                assert!(may_read);
                assert_eq!(files(&tree), ["a.py", "closed/b.py"]);
            }
            Err(LocalError::Io { path, .. }) => assert_eq!(path, closed),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(files(&ignoring.unwrap()), ["a.py"]);
    }
}
