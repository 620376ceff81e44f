//! Boards that lack what transfers use elsewhere.

use std::time::{Duration, Instant};

use belay_sim::{Firmware, LinkFaults, Newlines, RawPaste};
use belay_transport::{Error as TransportError, Properties, Transport, Waker};

use super::*;
use crate::support::{Unknown, builder, connect_with, open};

/// What a board may hold after the transfers of `check`.
fn files() -> [(RemotePath, Vec<u8>); 4] {
    [
        (path("/text.py"), b"print('over and over')\n".repeat(300)),
        (path("/noise"), noise(2500)),
        (path("/empty"), Vec::new()),
        (path("/controls"), (0..=255).cycle().take(600).collect()),
    ]
}

/// Transfers files both ways on a board whose firmware lacks some names.
fn check(names: &[&str], kind: DigestKind) {
    let firmware = Firmware::default().lacking(names);
    let board = builder().firmware(firmware).start().unwrap();
    let (mut device, _) = connect(&board);
    check_device(&mut device, kind);
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

#[test]
fn without_deflate() {
    check(&["deflate"], DigestKind::Sha256);
    check(&["deflate", "zlib"], DigestKind::Sha256);
}

#[test]
fn without_hashlib() {
    check(&["hashlib"], DigestKind::Crc32);
}

#[test]
fn without_binascii() {
    check(&["hashlib", "binascii"], DigestKind::Fnv1a);
    check(&["binascii.crc32"], DigestKind::Fnv1a);
}

#[test]
fn without_renaming() {
    check(&["os.rename"], DigestKind::Sha256);
    check(&["os.rename", "binascii"], DigestKind::Fnv1a);
}

/// What hides a module is put in its place there, and nothing of ours trusts it meanwhile.
#[test]
fn a_package_that_hides_a_module_without_renaming() {
    let firmware = Firmware::default().lacking(&["os.rename"]);
    let board = builder().firmware(firmware).start().unwrap();
    let (mut device, _) = connect(&board);
    let [lib, os, init] = ["/lib", "/lib/os", "/lib/os/__init__.py"].map(path);
    let steps = [
        Step::CreateFolder(&lib),
        Step::CreateFolder(&os),
        put(&init, b"hidden = 1\n"),
    ];
    belay_sync::perform(&steps, &mut device.files()).unwrap();
    device.soft_reset().unwrap();
    assert_eq!(device.eval::<i32>("__import__('os').hidden").unwrap(), 1);
    let steps = [Step::Delete(&init), Step::DeleteFolder(&os)];
    belay_sync::perform(&steps, &mut device.files()).unwrap();
    assert_eq!(device.files().list("/lib").unwrap(), []);
}

#[test]
fn without_ilistdir_and_statvfs() {
    check(&["os.ilistdir", "os.statvfs"], DigestKind::Sha256);
}

#[test]
fn without_kbd_intr() {
    check(&["micropython.kbd_intr"], DigestKind::Sha256);
}

#[test]
fn without_bytes_on_standard_input() {
    check(&["sys.stdin.buffer"], DigestKind::Sha256);
    check(
        &["sys.stdin.buffer", "sys.stdout.buffer"],
        DigestKind::Sha256,
    );
    check(&["sys.stdin.buffer", "hashlib"], DigestKind::Crc32);
}

/// What builds of CircuitPython for boards with little flash lack.
#[test]
fn without_what_small_builds_lack() {
    let names = [
        "bytes.decode",
        "io",
        "hashlib",
        "json",
        "re",
        "errno",
        "frozenset",
        "complex",
        "deflate",
        "collections.OrderedDict",
        "sys.stdin.buffer",
        "os.ilistdir",
    ];
    check(&names, DigestKind::Crc32);
    check(&[&names[..], &["binascii"]].concat(), DigestKind::Fnv1a);
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

/// Servers and adapters that take a board's output for text change the ends of lines in all of it.
#[test]
fn a_link_that_changes_the_ends_of_lines() {
    for newlines in [Newlines::CrLf, Newlines::CrCrLf] {
        let board = board();
        board
            .set_link_faults(LinkFaults::default().newlines(newlines))
            .unwrap();
        let (mut device, _) = connect(&board);
        check_device(&mut device, DigestKind::Sha256);
        let all: Vec<u8> = (0..=255).cycle().take(4000).collect();
        let all = [&b"\n".repeat(300)[..], &b"\r\n".repeat(300), &all].concat();
        device.files().write("/all", &all).unwrap();
        assert_eq!(device.files().read("/all").unwrap(), all, "{newlines:?}");
    }
}

/// A link that lets no byte above 127 through, as some servers and terminals do.
#[test]
fn a_link_with_seven_bits() {
    struct SevenBits(Box<dyn Transport>);

    impl Transport for SevenBits {
        fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
            let count = self.0.read(buffer, deadline)?;
            buffer[..count].iter_mut().for_each(|byte| *byte &= 0x7f);
            Ok(count)
        }

        fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, TransportError> {
            let bytes: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
            self.0.write(&bytes, deadline)
        }

        fn waker(&self) -> Waker {
            self.0.waker()
        }

        fn name(&self) -> &str {
            self.0.name()
        }

        fn properties(&self) -> Properties {
            self.0.properties()
        }
    }

    let board = board();
    let (mut device, _) = connect_with(
        Box::new(SevenBits(open(&board))),
        belay_device::ConnectOptions {
            timeout: crate::support::LIMIT,
            ..belay_device::ConnectOptions::default()
        },
    );
    device.files().write("/noise", &noise(3000)).unwrap();
    assert_eq!(device.files().read("/noise").unwrap(), noise(3000));
}
