//! Projects on boards.

use belay_deploy::{BoardPath, Installation, remove};
use belay_sync::{RemotePath, apply};

use super::*;

/// Installs files whose folder is `lib`, and gives the paths of those that are foreign.
fn install(device: &mut Device, files: &[(&str, &str)], prune: bool) -> Vec<RemotePath> {
    let library = RelativePath::new("lib").unwrap();
    let installation = Installation::plan(device, &[library], wanted(files), prune).unwrap();
    assert_eq!(
        installation.deletes_foreign(),
        prune && !installation.foreign.is_empty()
    );
    apply(&installation.plan, &mut device.files(), &mut go_on).unwrap();
    installation.foreign
}

fn paths(device: &mut Device) -> Vec<String> {
    contents(device).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn only_what_was_put_there_is_deleted() {
    let (_board, mut device) = board();
    device.files().write("/own.py", b"1").unwrap();
    device.files().create_folder("/lib", false).unwrap();
    device.files().write("/lib/odd[1]*.py", b"1").unwrap();
    let both = [("lib/a.py", "1"), ("lib/b/c.py", "2"), ("main.py", "3")];
    let odd = RemotePath::new("/lib/odd[1]*.py").unwrap();
    assert_eq!(
        install(&mut device, &both, false),
        std::slice::from_ref(&odd)
    );
    let expected = [
        "/lib/.belay.json",
        "/lib/a.py",
        "/lib/b/c.py",
        "/lib/odd[1]*.py",
        "/main.py",
        "/own.py",
    ];
    assert_eq!(paths(&mut device), expected);
    // What has been changed since is somebody's, and what is no longer wanted goes.
    device.files().write("/lib/a.py", b"changed").unwrap();
    let changed = RemotePath::new("/lib/a.py").unwrap();
    assert_eq!(install(&mut device, &[], false), [changed, odd]);
    let expected = [
        "/lib/.belay.json",
        "/lib/a.py",
        "/lib/odd[1]*.py",
        "/main.py",
        "/own.py",
    ];
    assert_eq!(paths(&mut device), expected);
    assert_eq!(install(&mut device, &[], true).len(), 2);
    assert_eq!(
        paths(&mut device),
        ["/lib/.belay.json", "/main.py", "/own.py"]
    );
}

/// Folders are made first otherwise, and a board that is asked for `os` finds an empty one.
#[test]
fn a_package_that_hides_a_module_comes_and_goes_whole() {
    let (board, mut device) = board();
    let os = [
        ("lib/os/__init__.py", "from uos import *\n"),
        ("lib/os/path.py", "sep=1\n"),
    ];
    for files in [&os[..], &[], &os[..]] {
        install(&mut device, files, false);
        drop(device);
        device = connect(&board);
        device.soft_reset().unwrap();
        let names: Vec<String> = device.eval("__import__('os').listdir('/')").unwrap();
        assert!(names.contains(&"lib".to_owned()), "{names:?}");
    }
    remove(&mut device, &[BoardPath::new("lib").unwrap()], true, false).unwrap();
    device.soft_reset().unwrap();
    assert_eq!(
        device
            .eval::<usize>("len(__import__('os').listdir('/'))")
            .unwrap(),
        0
    );
}

/// Power may fail behind the last file of a folder that goes and in front of the folder.
#[test]
fn a_folder_that_a_cut_has_left_empty_goes_with_the_next_installation() {
    let (_board, mut device) = board();
    device.files().create_folder("/lib/own", true).unwrap();
    let package = [("lib/a.py", "1"), ("lib/pkg/sub/b.py", "2")];
    install(&mut device, &package, false);
    device.files().remove("/lib/pkg/sub/b.py").unwrap();
    install(&mut device, &package[..1], false);
    let folders = |device: &mut Device| {
        let entries = device.files().walk("/").unwrap().entries.into_iter();
        let folders = entries.filter(|entry| entry.kind == belay_sync::EntryKind::Folder);
        folders
            .map(|entry| entry.path.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(folders(&mut device), ["/lib", "/lib/own"]);
}
