//! Local folders onto boards.

use belay_deploy::{Error, SyncOptions, Warning};
use belay_sync::{Keep, RemotePath};

use super::*;

fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let files = files
        .iter()
        .map(|(path, content)| ((*path).to_owned(), (*content).to_owned()));
    files.collect()
}

#[test]
fn a_folder_is_mirrored_and_minified() {
    let source = folder(&[
        ("main.py", "# What runs first.\nimport pkg.a\n"),
        ("pkg/a.py", "def f():\n    '''Says so.'''\n    return 1\n"),
        ("pkg/data.txt", "data"),
        ("notes.md", "for people"),
        ("broken.py", "'''never ends"),
    ]);
    let (board, mut device) = board();
    device.files().write("/gone.py", b"1").unwrap();
    device.files().write("/boot.py", b"kept = 1").unwrap();
    let options = SyncOptions {
        ignore: vec!["*.md".to_owned()],
        ..SyncOptions::default()
    };
    let tree = options.scan(source.path()).unwrap();
    let done = options.sync(&mut device, &tree, &mut go_on).unwrap();
    assert_eq!((done.summary.put, done.summary.deleted), (4, 1));
    assert!(
        matches!(&done.warnings[..], [Warning::NotPython { path, .. }] if path.as_str() == "broken.py"),
        "{:?}",
        done.warnings
    );
    let expected = [
        ("/boot.py", "kept = 1"),
        ("/broken.py", "'''never ends"),
        ("/main.py", "\nimport pkg.a\n"),
        ("/pkg/a.py", "def f():\n\n return 1\n"),
        ("/pkg/data.txt", "data"),
    ];
    assert_eq!(contents(&mut device), owned(&expected));

    let before = board.flash_counters().unwrap();
    let (plan, _) = options.plan(&mut device, &tree).unwrap();
    assert!(plan.is_empty(), "{plan}");
    options.sync(&mut device, &tree, &mut go_on).unwrap();
    let after = board.flash_counters().unwrap();
    assert_eq!(after.programs, before.programs);
}

#[test]
fn what_cannot_be_read_is_an_error_before_the_board_is_asked() {
    let source = folder(&[]);
    let bad = SyncOptions {
        ignore: vec!["[a-z".to_owned()],
        ..SyncOptions::default()
    };
    let result = bad.scan(source.path());
    assert!(matches!(result, Err(Error::Ignore(_))), "{result:?}");
    let result = SyncOptions::default().scan(&source.path().join("none"));
    assert!(matches!(result, Err(Error::Local(_))), "{result:?}");
}

#[test]
fn folders_lie_over_each_other() {
    let package = folder(&[("main/a.py", "1"), ("main/b.py", "2"), ("dev/b.py", "3")]);
    let (_board, mut device) = board();
    let options = SyncOptions {
        destination: RemotePath::new("/lib").unwrap(),
        keep: Keep::All,
        minify: false,
        ..SyncOptions::default()
    };
    let mut tree = options.scan(&package.path().join("main")).unwrap();
    tree.overlay(options.scan(&package.path().join("dev")).unwrap())
        .unwrap();
    options.sync(&mut device, &tree, &mut go_on).unwrap();
    assert_eq!(
        contents(&mut device),
        owned(&[("/lib/a.py", "1"), ("/lib/b.py", "3")])
    );
}
