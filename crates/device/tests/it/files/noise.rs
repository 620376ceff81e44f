//! Links that damage what they carry.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use belay_device::ConnectOptions;
use belay_transport::{Properties, Transport, Waker};

use super::*;
use crate::support::{LIMIT, connect_with, open};

/// What happens to a byte.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Damage {
    Drop,
    Flip,
    Repeat,
}

/// A byte stream that damages one byte in `rate`, in both directions, while it is switched on.
pub(super) struct Noisy {
    pub(super) port: Box<dyn Transport>,
    pub(super) damage: &'static [Damage],
    pub(super) rate: u64,
    pub(super) state: u64,
    pub(super) on: Arc<AtomicBool>,
    pub(super) damaged: Arc<AtomicU64>,
    pub(super) flow: Properties,
    /// What has come and was not asked for yet.
    pub(super) pending: Vec<u8>,
}

impl Noisy {
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        if !self.on.load(Ordering::SeqCst) {
            return bytes.to_vec();
        }
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if !self.random().is_multiple_of(self.rate) {
                out.push(byte);
                continue;
            }
            self.damaged.fetch_add(1, Ordering::SeqCst);
            let choice = self.random() as usize % self.damage.len();
            match self.damage[choice] {
                Damage::Drop => {}
                Damage::Flip => out.push(byte ^ 1 << (self.random() % 8)),
                Damage::Repeat => out.extend([byte, byte]),
            }
        }
        out
    }
}

impl Transport for Noisy {
    fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, belay_transport::Error> {
        if self.pending.is_empty() {
            let count = self.port.read(buffer, deadline)?;
            self.pending = self.spoil(&buffer[..count]);
        }
        let count = self.pending.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.pending[..count]);
        self.pending.drain(..count);
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, belay_transport::Error> {
        let spoilt = self.spoil(bytes);
        belay_transport::write_all(self.port.as_mut(), &spoilt, deadline)?;
        Ok(bytes.len())
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }

    fn name(&self) -> &str {
        self.port.name()
    }

    fn properties(&self) -> Properties {
        self.flow
    }
}

fn steps_of(files: &[(RemotePath, Vec<u8>)]) -> Vec<Step<'_>> {
    files
        .iter()
        .map(|(path, content)| put(path, content))
        .collect()
}

/// Transfers over a noisy link, one after the other. Each ends with the right files or an error, and
/// once the noise is over the next one brings all in order.
fn check(damage: &'static [Damage], rate: u64, flow: Properties, runs: u64) {
    let board = board();
    let on = Arc::new(AtomicBool::new(false));
    let damaged = Arc::new(AtomicU64::new(0));
    let port = Noisy {
        port: open(&board),
        damage,
        rate,
        state: 0x9e37_79b9_7f4a_7c15 ^ rate,
        on: Arc::clone(&on),
        damaged: Arc::clone(&damaged),
        flow,
        pending: Vec::new(),
    };
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(Box::new(port), options);
    for run in 0..runs {
        let text = format!("value = {run}\n").repeat(400).into_bytes();
        let files = [
            (path("/text.py"), text),
            (path("/random"), noise(3000 + 100 * run as usize)),
            (path("/small"), run.to_le_bytes().to_vec()),
        ];
        on.store(true, Ordering::SeqCst);
        let result = perform(&mut device, &steps_of(&files));
        let read = device.files().read("/random");
        on.store(false, Ordering::SeqCst);
        if result.is_err() {
            perform(&mut device, &steps_of(&files)).unwrap();
        }
        if let (Ok(()), Ok(read)) = (result, read) {
            assert_eq!(read, files[1].1);
        }
        let mut expected: Vec<_> = files
            .into_iter()
            .map(|(path, content)| (path.as_str().to_owned(), Some(content)))
            .collect();
        expected.sort();
        assert_eq!(contents(&mut device), expected);
    }
    assert!(damaged.load(Ordering::SeqCst) > runs);
}

#[test]
fn all_of_it() {
    let damage = &[Damage::Drop, Damage::Flip, Damage::Repeat];
    check(damage, 1000, Properties::LOSSY, 2);
}

/// A byte stream that damages a name on its way to the board, once.
struct Misnaming {
    port: Box<dyn Transport>,
    done: Arc<AtomicBool>,
}

impl Transport for Misnaming {
    fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
    ) -> Result<usize, belay_transport::Error> {
        self.port.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, belay_transport::Error> {
        let mut bytes = bytes.to_vec();
        let length = bytes.len();
        let at = bytes.windows(4).position(|part| part == b"/one");
        if let Some(at) = at.filter(|_| !self.done.swap(true, Ordering::SeqCst)) {
            bytes[at + 1..at + 4].copy_from_slice(b"two");
        }
        belay_transport::write_all(self.port.as_mut(), &bytes, deadline)?;
        Ok(length)
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }

    fn name(&self) -> &str {
        self.port.name()
    }

    fn properties(&self) -> Properties {
        self.port.properties()
    }
}

#[test]
fn a_damaged_name_is_not_the_one_of_another_file() {
    type Change = fn(&mut Device) -> Result<(), Error>;
    let changes: [(Change, &[&str]); 4] = [
        (|device| device.files().remove("/one"), &["two"]),
        (
            |device| device.files().rename("/one", "/three"),
            &["three", "two"],
        ),
        (|device| device.files().touch("/one"), &["one", "two"]),
        (
            |device| device.files().create_folder("/one!", false),
            &["one", "one!", "two"],
        ),
    ];
    let board = board();
    for (change, expected) in changes {
        let done = Arc::new(AtomicBool::new(true));
        let port = Misnaming {
            port: open(&board),
            done: Arc::clone(&done),
        };
        let options = ConnectOptions {
            timeout: LIMIT,
            ..ConnectOptions::default()
        };
        let (mut device, _) = connect_with(Box::new(port), options);
        device.files().remove_folder("/", true).unwrap();
        for name in ["/one", "/two"] {
            device.files().write(name, b"1").unwrap();
        }
        done.store(false, Ordering::SeqCst);
        change(&mut device).unwrap();
        assert!(done.load(Ordering::SeqCst));
        let mut names: Vec<String> = device.eval("__import__('os').listdir('/')").unwrap();
        names.sort();
        assert_eq!(names, expected);
    }
}
