//! Files on a flat file system, with some 6 KB of memory for whatever handles them, and without
//! `binascii`, `hashlib`, `os.rename`, `sys.stdin` or folders.

use std::ops::ControlFlow;

use belay_device::{Device, Error, FileFault};
use belay_sync::{Digest, DigestKind, EntryKind, Remote, RemotePath, Step};

use super::emulator::connect;
use crate::support::noise;

fn path(text: &str) -> RemotePath {
    RemotePath::new(text).unwrap()
}

fn fault<T: std::fmt::Debug>(result: Result<T, Error>) -> FileFault {
    match result {
        Err(Error::File { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

fn names(device: &mut Device) -> Vec<String> {
    let mut names: Vec<String> = device.eval("__import__('os').listdir()").unwrap();
    names.sort();
    names
}

#[test]
fn files_go_there_and_come_back() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    assert_eq!(device.files().walk("/").unwrap().entries, []);
    let text = b"print('hello')\n".repeat(20);
    let all: Vec<u8> = (0..=255).collect();
    let files = [
        (path("/main.py"), text.clone()),
        (path("/all.bin"), all.clone()),
        (path("/empty"), Vec::new()),
        (path("/noise"), noise(1500)),
    ];
    device
        .files()
        .put_many(&files, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(names(&mut device), ["all.bin", "empty", "main.py", "noise"]);
    for (path, content) in &files {
        assert_eq!(
            &device.files().read(path.as_str()).unwrap(),
            content,
            "{path}"
        );
        let digest = device.files().digest(path.as_str()).unwrap();
        assert_eq!(digest, Digest::of(DigestKind::Fnv1a, content), "{path}");
        let size = content.len() as u64;
        let kind = device.files().stat(path.as_str()).unwrap();
        assert_eq!(kind, Some(EntryKind::File { size }), "{path}");
    }
    let tree = device.files().tree(&RemotePath::root()).unwrap();
    assert_eq!((tree.entries.len(), tree.space), (4, None));
    assert_eq!(device.files().list("/").unwrap().len(), 4);
    device.files().write("/main.py", b"1").unwrap();
    assert_eq!(device.files().read("/main.py").unwrap(), b"1");
    device.files().remove("/noise").unwrap();
    let (gone, main) = (path("/noise"), path("/main.py"));
    device
        .files()
        .perform(&[Step::Delete(&gone), Step::Delete(&main)], &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(names(&mut device), ["all.bin", "empty"]);
}

#[test]
fn what_such_a_board_cannot_do_is_said() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    device.files().write("/a", b"1").unwrap();
    assert_eq!(fault(device.files().read("/none")), FileFault::NotFound);
    assert_eq!(fault(device.files().digest("/none")), FileFault::NotFound);
    let folder = fault(device.files().create_folder("/folder", true));
    assert!(
        matches!(folder, FileFault::Unsupported { .. }),
        "{folder:?}"
    );
    let renamed = fault(device.files().rename("/a", "/b"));
    assert!(
        matches!(renamed, FileFault::Unsupported { .. }),
        "{renamed:?}"
    );
    assert_eq!(device.files().space("/").unwrap(), None);
    assert_eq!(device.files().stat("/none").unwrap(), None);
    assert_eq!(names(&mut device), ["a"]);
}

#[test]
fn a_full_file_system_keeps_no_half_file() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    let content = noise(6000);
    let mut written = Vec::new();
    let fault = loop {
        let name = format!("file{}", written.len());
        match device.files().write(&format!("/{name}"), &content) {
            Ok(()) => written.push(name),
            Err(Error::File { fault, .. }) => break fault,
            Err(error) => panic!("{error}"),
        }
        assert!(written.len() < 12, "it does not get full");
    };
    assert_eq!(fault, FileFault::Full);
    let mut found = names(&mut device);
    found.sort();
    assert_eq!(found, written);
    assert_eq!(device.files().read("/file0").unwrap(), content);
}
