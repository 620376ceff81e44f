//! Changes to what is there.

use super::*;

#[test]
fn what_is_there_is_replaced() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.files().write("/a.py", b"old").unwrap();
    device.files().write("/a.py", &noise(3000)).unwrap();
    assert_eq!(device.files().read("/a.py").unwrap(), noise(3000));
    device.files().write("/a.py", b"").unwrap();
    assert_eq!(contents(&mut device), [("/a.py".to_owned(), Some(vec![]))]);
}

#[test]
fn what_is_wrong_is_said() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.files().create_folder("/folder", false).unwrap();
    device.files().write("/file", b"1").unwrap();
    let check = |result, path: &str, expected| {
        assert_eq!(fault(result), (path.to_owned(), expected));
    };
    check(
        device.files().write("/folder", b"2"),
        "/folder",
        FileFault::IsAFolder,
    );
    check(
        device.files().write("/none/a", b"2"),
        "/none/a",
        FileFault::NotFound,
    );
    let long = format!("/{}", "x".repeat(300));
    check(
        device.files().write(&long, b"2"),
        &long,
        FileFault::NameTooLong,
    );
    check(
        device.files().read("/none").map(drop),
        "/none",
        FileFault::NotFound,
    );
    check(device.files().remove("/none"), "/none", FileFault::NotFound);
    check(
        device.files().remove("/folder"),
        "/folder",
        FileFault::IsAFolder,
    );
    check(
        device.files().create_folder("/folder", false),
        "/folder",
        FileFault::Exists,
    );
    check(
        device.files().create_folder("/file", true),
        "/file",
        FileFault::Exists,
    );
    check(
        device.files().list("/file").map(drop),
        "/file",
        FileFault::NotAFolder,
    );
    check(
        device.files().list("/none").map(drop),
        "/none",
        FileFault::NotFound,
    );
    check(
        device.files().rename("/none", "/b"),
        "/none",
        FileFault::NotFound,
    );
    check(
        device.files().rename("/folder", "/folder/in/it"),
        "/folder",
        FileFault::IntoItself,
    );
    check(
        device.files().rename("/folder", "/file"),
        "/file",
        FileFault::Exists,
    );
    check(
        device.files().remove_folder("/", false),
        "/",
        FileFault::Denied,
    );
    check(
        device.files().digest("/none").map(drop),
        "/none",
        FileFault::NotFound,
    );
    device.files().write("/folder/a", b"1").unwrap();
    check(
        device.files().remove_folder("/folder", false),
        "/folder",
        FileFault::NotEmpty,
    );
    assert!(matches!(device.files().read("../a"), Err(Error::Path(_))));
    // Nothing of all that has changed anything.
    let expected = [
        ("/file".to_owned(), Some(b"1".to_vec())),
        ("/folder".to_owned(), None),
        ("/folder/a".to_owned(), Some(b"1".to_vec())),
    ];
    assert_eq!(contents(&mut device), expected);
}

#[test]
fn steps_stop_at_the_first_that_fails() {
    let board = board();
    let (mut device, _) = connect(&board);
    let (a, b, c, d) = (path("/a"), path("/none/b"), path("/c"), path("/d"));
    let big = noise(5000);
    let steps = [
        put(&a, b"1"),
        Step::CreateFolder(&c),
        put(&b, &big),
        put(&d, &big),
    ];
    let mut done = Vec::new();
    let result = device.files().perform(&steps, &mut |event| {
        if let Progress::Done { step, .. } = event {
            done.push(step);
        }
        ControlFlow::Continue(())
    });
    assert_eq!(fault(result), ("/none/b".to_owned(), FileFault::NotFound));
    assert_eq!(done, [0, 1]);
    let expected = [
        ("/a".to_owned(), Some(b"1".to_vec())),
        ("/c".to_owned(), None),
    ];
    assert_eq!(contents(&mut device), expected);
}

#[test]
fn what_is_already_as_it_is_to_be_is_no_error() {
    let board = board();
    let (mut device, _) = connect(&board);
    let (a, b) = (path("/a"), path("/b"));
    let steps = [
        Step::CreateFolder(&a),
        Step::CreateFolder(&a),
        Step::Delete(&b),
        Step::DeleteFolder(&a),
        Step::DeleteFolder(&a),
    ];
    perform(&mut device, &steps).unwrap();
    assert_eq!(contents(&mut device), []);
}

#[test]
fn single_operations() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.files().create_folder("/a/b/c", true).unwrap();
    device.files().create_folder("/a/b/c", true).unwrap();
    device.files().touch("/a/file").unwrap();
    device.files().write("/a/b/x", b"12345").unwrap();
    device.files().touch("/a/b/x").unwrap();
    assert_eq!(device.files().stat("/a").unwrap(), Some(EntryKind::Folder));
    assert_eq!(device.files().stat("/").unwrap(), Some(EntryKind::Folder));
    assert_eq!(
        device.files().stat("/a/b/x").unwrap(),
        Some(EntryKind::File { size: 5 })
    );
    assert_eq!(device.files().stat("/a/none").unwrap(), None);
    let names = |entries: Vec<Entry>| {
        let names = entries.iter().map(|entry| entry.path.as_str().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        names(device.files().list("/a").unwrap()),
        ["/a/b", "/a/file"]
    );
    assert_eq!(names(device.files().list("/").unwrap()), ["/a"]);
    device.files().rename("/a/b/x", "/a/file").unwrap();
    assert_eq!(device.files().read("/a/file").unwrap(), b"12345");
    device.files().rename("/a/b", "/b").unwrap();
    assert_eq!(names(device.files().list("/b").unwrap()), ["/b/c"]);
    let space = device.files().space("/").unwrap().unwrap();
    assert_eq!(space.total, 2 << 20);
    assert!(space.free < space.total && space.free.is_multiple_of(space.block));
    device.files().remove("/a/file").unwrap();
    device.files().remove_folder("/a", false).unwrap();
    device.files().write("/b/c/d", b"1").unwrap();
    device.files().remove_folder("/b", true).unwrap();
    assert_eq!(names(device.files().walk("/").unwrap().entries), [""; 0]);
    let files = [
        (path("/lib/one/a.py"), b"1".to_vec()),
        (path("/lib/two/b.py"), b"2".to_vec()),
    ];
    device
        .files()
        .put_many(&files, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(device.files().read("/lib/two/b.py").unwrap(), b"2");
}

/// What is asked for first goes with the first question, whatever it is called.
#[test]
fn the_first_question_may_be_about_any_name() {
    let board = board();
    for name in ["/a#b", "/\"\"\"", "/'''", "/a\\", "/ä€😀", "/def x"] {
        let asked = connect(&board).0.files().stat(name).unwrap();
        assert_eq!(asked, None, "{name}");
        connect(&board).0.files().write(name, b"12345").unwrap();
        let asked = connect(&board).0.files().stat(name).unwrap();
        assert_eq!(asked, Some(EntryKind::File { size: 5 }), "{name}");
        let tree = connect(&board).0.files().walk("/").unwrap();
        assert!(tree.entries.iter().any(|entry| entry.path.as_str() == name));
    }
}
