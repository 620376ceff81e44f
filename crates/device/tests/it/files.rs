//! Files to and from boards.

use std::ops::ControlFlow;

use belay_device::{Device, Error, FileFault};
use belay_sync::{Digest, DigestKind, Entry, EntryKind, Progress, Remote, RemotePath, Step};

use crate::support::{board, connect, noise};

mod changes;
mod cuts;
mod fallbacks;
mod folders;
mod noise;
mod room;
mod syncs;

fn path(text: &str) -> RemotePath {
    RemotePath::new(text).unwrap()
}

/// Does the steps, and checks that the events come in the order that is promised.
fn perform(device: &mut Device, steps: &[Step<'_>]) -> Result<(), Error> {
    let mut events = Vec::new();
    let result = device.files().perform(steps, &mut |event| {
        events.push(event);
        ControlFlow::Continue(())
    });
    let mut expected = 0;
    let mut sent = 0;
    for event in &events {
        match *event {
            Progress::Started { step } => {
                assert_eq!(step, expected);
                sent = 0;
            }
            Progress::Sent { step, content, .. } => {
                assert_eq!(step, expected);
                assert!(content >= sent);
                sent = content;
            }
            Progress::Done { step, .. } => {
                assert_eq!(step, expected);
                expected += 1;
            }
            _ => {}
        }
    }
    if result.is_ok() {
        assert_eq!(expected, steps.len(), "{events:?}");
    }
    result
}

fn put<'a>(path: &'a RemotePath, content: &'a [u8]) -> Step<'a> {
    Step::Put { path, content }
}

/// All files of the board with their contents, and all folders with `None`.
fn contents(device: &mut Device) -> Vec<(String, Option<Vec<u8>>)> {
    let tree = device.files().walk("/").unwrap();
    let entries = tree.entries.into_iter();
    let mut all: Vec<_> = entries
        .map(|Entry { path, kind }| {
            let name = path.as_str().to_owned();
            match kind {
                EntryKind::Folder => (name, None),
                EntryKind::File { size } => {
                    let content = device.files().read(path.as_str()).unwrap();
                    assert_eq!(content.len() as u64, size, "{name}");
                    (name, Some(content))
                }
            }
        })
        .collect();
    all.sort();
    all
}

fn fault(result: Result<(), Error>) -> (String, FileFault) {
    match result {
        Err(Error::File { path, fault }) => (path, fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_of_all_kinds_arrive() {
    let board = board();
    let (mut device, output) = connect(&board);
    let all: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let text = "print('a line of a program')\n".repeat(2000).into_bytes();
    let random = noise(20_000);
    let folders = [path("/a"), path("/a/b c"), path("/ü")];
    let files = [
        (path("/empty"), vec![]),
        (path("/one"), vec![3]),
        (path("/all.bin"), all),
        (path("/a/text.py"), text),
        (path("/a/b c/random"), random),
        (path("/ü/'quoted\" and\nbroken ☃"), b"x\r\n\x04".repeat(50)),
        (path("/a/interrupts"), vec![3; 700]),
    ];
    let mut steps: Vec<Step<'_>> = folders.iter().map(Step::CreateFolder).collect();
    steps.extend(files.iter().map(|(path, content)| put(path, content)));
    perform(&mut device, &steps).unwrap();
    let mut expected: Vec<_> = files
        .iter()
        .map(|(path, content)| (path.as_str().to_owned(), Some(content.clone())))
        .chain(folders.iter().map(|path| (path.as_str().to_owned(), None)))
        .collect();
    expected.sort();
    assert_eq!(contents(&mut device), expected);

    let paths: Vec<RemotePath> = files.iter().map(|(path, _)| path.clone()).collect();
    let digests = device.files().digests(&paths).unwrap();
    assert!(
        digests
            .iter()
            .all(|d| d.map(|d| d.kind()) == Some(DigestKind::Sha256))
    );
    assert_eq!(
        digests[4],
        Some(device.files().digest("/a/b c/random").unwrap())
    );
    assert_eq!(device.files().digests(&[path("/none")]).unwrap(), [None]);
    let Some(Digest::Sha256(empty)) = digests[0] else {
        panic!("{digests:?}")
    };
    assert_eq!(empty[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    assert_eq!(output.take_text(), "");
    device.exec("print('still there')").unwrap();
    assert_eq!(output.take_text(), "still there\n");
}
