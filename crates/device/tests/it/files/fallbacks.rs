//! Boards that lack what transfers use elsewhere.

use std::time::Duration;

use belay_sim::{Firmware, RawPaste};

use super::*;
use crate::support::{Unknown, builder, open};

/// What a board may hold after the transfers of `check`.
fn files() -> [(RemotePath, Vec<u8>); 4] {
    [
        (path("/text.py"), b"print('over and over')\n".repeat(300)),
        (path("/noise"), noise(2500)),
        (path("/empty"), Vec::new()),
        (path("/controls"), (0..=255).cycle().take(600).collect()),
    ]
}

/// Runs `setup` on the board, which takes away something, and then transfers files both ways.
fn check(setup: &str, kind: DigestKind) -> Device {
    let board = board();
    let (mut device, _) = connect(&board);
    device.exec(setup).unwrap();
    check_device(&mut device, kind);
    // The board outlives the test's use of it in the device's port only.
    drop(board);
    device
}

fn check_device(device: &mut Device, kind: DigestKind) {
    device.files().write("/text.py", b"old").unwrap();
    let files = files();
    let steps: Vec<Step<'_>> = files
        .iter()
        .map(|(path, content)| put(path, content))
        .collect();
    perform(device, &steps).unwrap();
    for (path, content) in &files {
        assert_eq!(
            &device.files().read(path.as_str()).unwrap(),
            content,
            "{path}"
        );
        let digest = device.files().digest(path.as_str()).unwrap();
        assert_eq!(digest, Digest::of(kind, content), "{path}");
    }
    let names: Vec<String> = device
        .files()
        .list("/")
        .unwrap()
        .into_iter()
        .map(|entry| entry.path.to_string())
        .collect();
    assert_eq!(names, ["/controls", "/empty", "/noise", "/text.py"]);
    device.files().remove("/empty").unwrap();
    assert_eq!(device.files().stat("/empty").unwrap(), None);
}

/// Code that makes a module of the board lack names, or be missing as a whole.
fn without(module: &str, names: &[&str]) -> String {
    include_str!("../../data/without.py")
        .replace("$MODULE", module)
        .replace("$NAMES", &format!("{names:?}"))
}

#[test]
fn without_deflate() {
    // It has zlib neither; uzlib never was in this engine.
    let setup = without("deflate", &[]) + &without("zlib", &[]);
    check(&setup, DigestKind::Sha256);
}

#[test]
fn without_hashlib() {
    check(&without("hashlib", &[]), DigestKind::Crc32);
}

#[test]
fn without_hashlib_and_binascii() {
    let setup = without("hashlib", &[]) + &without("binascii", &[]);
    check(&setup, DigestKind::Fnv1a);
}

#[test]
fn without_renaming() {
    check(&without("os", &["rename"]), DigestKind::Sha256);
}

#[test]
fn without_ilistdir_and_statvfs() {
    check(&without("os", &["ilistdir", "statvfs"]), DigestKind::Sha256);
}

#[test]
fn without_kbd_intr() {
    check(&without("micropython", &["kbd_intr"]), DigestKind::Sha256);
}

#[test]
fn without_bytes_on_standard_input() {
    check(&without("sys", &["stdin.buffer"]), DigestKind::Sha256);
}

#[test]
fn without_raw_paste() {
    for firmware in [Firmware::old(), Firmware::refusing()] {
        let board = builder().firmware(firmware).start().unwrap();
        let (mut device, _) = connect(&board);
        check_device(&mut device, DigestKind::Sha256);
    }
}

fn connect_uart(board: &belay_sim::Board) -> Device {
    let options = belay_device::ConnectOptions {
        reset: false,
        timeout: crate::support::LIMIT,
        ..belay_device::ConnectOptions::default()
    };
    Device::connect(Box::new(Unknown(open(board))), options).unwrap()
}

#[test]
fn a_uart_with_the_smallest_buffer() {
    let firmware = Firmware {
        raw_paste: RawPaste::Window(64),
        ..Firmware::default()
    };
    let board = builder()
        .firmware(firmware)
        .baud(460_800)
        .latency(Duration::from_millis(1))
        .input_buffer(128)
        .start()
        .unwrap();
    let mut device = connect_uart(&board);
    check_device(&mut device, DigestKind::Sha256);
    // Now it is known how much the board takes in.
    device.files().write("/noise", &noise(2000)).unwrap();
    assert_eq!(device.files().read("/noise").unwrap(), noise(2000));
    assert_eq!(board.lost_bytes(), 0);
}

#[test]
fn a_uart_that_is_taken_for_a_better_link() {
    let board = builder().baud(460_800).input_buffer(256).start().unwrap();
    let (mut device, _) = connect(&board);
    check_device(&mut device, DigestKind::Sha256);
}

#[test]
fn a_fat_file_system() {
    let board = board();
    let (mut device, _) = connect(&board);
    device.exec(include_str!("../../data/fat.py")).unwrap();
    let (a, b, folder) = (path("/fat/a.txt"), path("/fat/sub/b.bin"), path("/fat/sub"));
    let random = noise(5000);
    let steps = [
        put(&a, b"old"),
        Step::CreateFolder(&folder),
        put(&b, &random),
        put(&a, b"new"),
    ];
    perform(&mut device, &steps).unwrap();
    assert_eq!(device.files().read("/fat/a.txt").unwrap(), b"new");
    assert_eq!(device.files().read("/fat/sub/b.bin").unwrap(), random);
    assert!(device.files().write("/fat/sub", b"1").is_err());
    device.files().write("/fat/c", b"2").unwrap();
    device.files().rename("/fat/c", "/fat/a.txt").unwrap();
    assert_eq!(device.files().read("/fat/a.txt").unwrap(), b"2");
    let tree = device.files().walk("/fat").unwrap();
    assert_eq!(tree.entries.len(), 3, "{tree:?}");
}

/// What CircuitPython's `storage` says while a computer has the drive.
#[test]
fn a_read_only_file_system_is_known_beforehand() {
    let board = board();
    let (mut device, _) = connect(&board);
    assert_eq!(device.files().walk("/").unwrap().writable, None);
    device.exec(include_str!("../../data/storage.py")).unwrap();
    assert_eq!(device.files().walk("/").unwrap().writable, Some(false));
}
