//! A board that goes by the protocol and answers calls with anything: frames, answers with checks, listings, events.
#![no_main]

use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Value};
use belay_transport::{Error, Properties, Transport, Waker};
use libfuzzer_sys::fuzz_target;

/// What ends a command's answer behind its mark.
const END: &[u8] = b"\r\n\x04\x04>";
/// It can do all that it is asked for.
const ABILITIES: &[u8] = b"1073741823";

struct Board {
    typed: Vec<u8>,
    /// Whether that comes in raw-paste mode.
    pasting: bool,
    /// What it says to the host next.
    said: Vec<u8>,
    answers: std::vec::IntoIter<(bool, Vec<u8>)>,
}

/// The texts `~…~` of hexadecimal digits in code.
fn marks(code: &str) -> Vec<&str> {
    let parts: Vec<&str> = code.split('~').collect();
    let is_mark =
        |text: &&str| text.len() > 10 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    parts.into_iter().filter(is_mark).collect()
}

impl Board {
    fn answer(&mut self, code: &str) {
        let marks = marks(code);
        let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
            return;
        };
        let [first, last] = [first, last].map(|mark| format!("~{mark}~"));
        let begin: &[u8] = if std::mem::take(&mut self.pasting) {
            b"\x04"
        } else {
            b"OK"
        };
        self.said.extend_from_slice(begin);
        let checked = |text: &[u8], mark: &str| {
            let check = crc32fast::hash(text);
            [
                mark.as_bytes(),
                b" ",
                text,
                b" ",
                check.to_string().as_bytes(),
                b" ",
                mark.as_bytes(),
            ]
            .concat()
        };
        if code.contains("def _belay_x") {
            self.said.extend(checked(ABILITIES, &last));
        } else if code.contains("_belay_x(") {
            match self.answers.next() {
                // What passes the check is taken apart.
                Some((true, text)) => self.said.extend(checked(&text, &first)),
                // Where this byte stands, the mark does.
                Some((false, text)) => {
                    for byte in text {
                        match byte {
                            0xff => self.said.extend_from_slice(first.as_bytes()),
                            byte => self.said.push(byte),
                        }
                    }
                }
                None => self.said.extend(checked(b"[None]", &first)),
            }
        } else {
            self.said.extend_from_slice(last.as_bytes());
        }
        self.said.extend_from_slice(END);
    }
}

impl Transport for Board {
    fn read(&mut self, buffer: &mut [u8], _deadline: Instant) -> Result<usize, Error> {
        if self.said.is_empty() {
            // It has nothing more to say, and nobody waits for that.
            let port = "board".to_owned();
            return Err(Error::Disconnected { port });
        }
        let count = buffer.len().min(self.said.len());
        buffer[..count].copy_from_slice(&self.said[..count]);
        self.said.drain(..count);
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], _deadline: Instant) -> Result<usize, Error> {
        for &byte in bytes {
            if byte != b'\x04' {
                self.typed.push(byte);
                if self.typed.ends_with(b"\x05A\x01") {
                    self.typed.clear();
                    self.pasting = true;
                    // A window for all there is.
                    self.said.extend_from_slice(b"R\x01\xff\xff\x01");
                }
                continue;
            }
            let typed = std::mem::take(&mut self.typed);
            self.answer(&String::from_utf8_lossy(&typed));
        }
        Ok(bytes.len())
    }

    fn waker(&self) -> Waker {
        Waker::new(|| ())
    }

    fn name(&self) -> &str {
        "board"
    }

    fn properties(&self) -> Properties {
        // So that no time passes between two parts of a command.
        Properties::RELIABLE
    }
}

fuzz_target!(|answers: Vec<(bool, Vec<u8>)>| {
    let is_honest = answers.is_empty();
    let board = Board {
        typed: Vec::new(),
        pasting: false,
        said: Vec::new(),
        answers: answers.into_iter(),
    };
    let options = ConnectOptions {
        reset: false,
        checked: Some(true),
        timeout: Duration::from_millis(50),
        ..ConnectOptions::default()
    };
    let mut device = Device::connect(Box::new(board), options).expect("it goes by the protocol");
    device.set_output(std::io::sink());
    let value = device.eval::<Value>("a");
    assert!(!is_honest || value.is_ok(), "{value:?}");
    let _ = device.files().list("/");
    let _ = device.files().read("/a");
    let _ = device.files().digest("/a");
    let _ = device.drive();
    let _ = device.exec("b");
});
