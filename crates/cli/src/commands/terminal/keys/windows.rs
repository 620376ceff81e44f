//! The console of Windows: events for keys, which become the bytes that a Unix terminal sends.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

use belay_transport::Waker;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::CHUNKS;

/// A console whose keys are read one by one for a while.
pub(in super::super::super) struct RawMode(());

impl RawMode {
    /// `None` if it is no console.
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub(in super::super::super) fn of(input: &impl IsTerminal) -> io::Result<Option<Self>> {
        Ok(input.is_terminal().then_some(Self(())))
    }

    /// Does `work` while every key, also ctrl-C, is an event that nobody echoes. The settings are
    /// restored also when `work` panics.
    pub(in super::super::super) fn during<T>(self, work: impl FnOnce() -> T) -> io::Result<T> {
        enable_raw_mode()?;
        let value = work();
        drop(self);
        Ok(value)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A console that has gone away needs no settings.
        let _ = disable_raw_mode();
    }
}

/// Standard input, read by a thread. The wait for a key cannot be ended from outside: the thread
/// ends with the next key, or with the process.
pub(in super::super::super) struct Keys {
    received: Receiver<Vec<u8>>,
    left: Arc<AtomicBool>,
}

impl Keys {
    /// Begins to read, and wakes the board's reader for all that comes. With a byte `leave` the
    /// input is the console's keys, and ends at that byte; without, it is a file or a pipe.
    pub(in super::super::super) fn new(waker: Waker, leave: Option<u8>) -> io::Result<Self> {
        let (sender, received) = sync_channel(CHUNKS);
        let left = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&left);
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                match leave {
                    Some(leave) => pass_keys(&sender, &flag, &waker, leave),
                    None => pass_file(&sender, &waker),
                }
                drop(sender);
                // Now that the channel has ended, which the board's reader finds when it is woken.
                waker.wake();
            })?;
        Ok(Self { received, left })
    }

    /// The next bytes; `Disconnected` after the last ones.
    pub(in super::super::super) fn receive(&self) -> Result<Vec<u8>, TryRecvError> {
        self.received.try_recv()
    }

    /// Whether the byte that leaves has come.
    pub(in super::super::super) fn left(&self) -> bool {
        self.left.load(Ordering::SeqCst)
    }
}

fn pass_keys(sender: &SyncSender<Vec<u8>>, left: &AtomicBool, waker: &Waker, leave: u8) {
    while let Ok(event) = read() {
        let Event::Key(key) = event else { continue };
        let bytes = bytes_of(&key);
        if bytes == [leave] {
            left.store(true, Ordering::SeqCst);
            return;
        }
        if !bytes.is_empty() {
            if sender.send(bytes).is_err() {
                return;
            }
            waker.wake();
        }
    }
}

fn pass_file(sender: &SyncSender<Vec<u8>>, waker: &Waker) {
    let mut buffer = [0; 1024];
    loop {
        match io::stdin().read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return,
            Ok(count) => {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
                waker.wake();
            }
        }
    }
}

/// What an xterm sends for a key; nothing for one that means nothing by itself.
fn bytes_of(key: &KeyEvent) -> Vec<u8> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let modifiers = key.modifiers;
    let letter = |letter: char| escape(modifiers, 'O', letter);
    let number = |number: u8| numbered(modifiers, number);
    match key.code {
        KeyCode::Char(c) => character(c, modifiers),
        KeyCode::Enter => b"\r".to_vec(),
        KeyCode::Tab => b"\t".to_vec(),
        KeyCode::BackTab => b"\x1b[Z".to_vec(),
        KeyCode::Backspace => b"\x7f".to_vec(),
        KeyCode::Esc => b"\x1b".to_vec(),
        KeyCode::Null => b"\0".to_vec(),
        KeyCode::Up => escape(modifiers, '[', 'A'),
        KeyCode::Down => escape(modifiers, '[', 'B'),
        KeyCode::Right => escape(modifiers, '[', 'C'),
        KeyCode::Left => escape(modifiers, '[', 'D'),
        KeyCode::End => escape(modifiers, '[', 'F'),
        KeyCode::Home => escape(modifiers, '[', 'H'),
        KeyCode::Insert => number(2),
        KeyCode::Delete => number(3),
        KeyCode::PageUp => number(5),
        KeyCode::PageDown => number(6),
        KeyCode::F(1) => letter('P'),
        KeyCode::F(2) => letter('Q'),
        KeyCode::F(3) => letter('R'),
        KeyCode::F(4) => letter('S'),
        KeyCode::F(5) => number(15),
        KeyCode::F(n @ 6..=10) => number(n + 11),
        KeyCode::F(n @ 11..=12) => number(n + 12),
        _ => Vec::new(),
    }
}

fn character(c: char, modifiers: KeyModifiers) -> Vec<u8> {
    let control = modifiers.contains(KeyModifiers::CONTROL);
    let alt = modifiers.contains(KeyModifiers::ALT);
    // Both together are AltGr, which is part of the character.
    let alt_graphic = control && alt && !c.is_ascii_alphabetic();
    let mut bytes = Vec::new();
    if alt && !alt_graphic {
        bytes.push(b'\x1b');
    }
    match controlled(c).filter(|_| control && !alt_graphic) {
        Some(byte) => bytes.push(byte),
        None => bytes.extend(c.to_string().bytes()),
    }
    bytes
}

/// The control character that a key makes together with ctrl.
fn controlled(c: char) -> Option<u8> {
    let byte = u8::try_from(c).ok()?.to_ascii_uppercase();
    match byte {
        b'@'..=b'_' => Some(byte & 0x1f),
        b' ' | b'2' => Some(0),
        b'3'..=b'7' => Some(byte - b'3' + 0x1b),
        b'8' | b'?' => Some(0x7f),
        b'/' | b'-' => Some(0x1f),
        _ => None,
    }
}

/// `ESC [ A` or `ESC O P`, and `ESC [ 1 ; m A` with modifiers.
fn escape(modifiers: KeyModifiers, introducer: char, letter: char) -> Vec<u8> {
    match modifier_number(modifiers) {
        1 => format!("\x1b{introducer}{letter}"),
        number => format!("\x1b[1;{number}{letter}"),
    }
    .into_bytes()
}

/// `ESC [ n ~`, and `ESC [ n ; m ~` with modifiers.
fn numbered(modifiers: KeyModifiers, key: u8) -> Vec<u8> {
    match modifier_number(modifiers) {
        1 => format!("\x1b[{key}~"),
        number => format!("\x1b[{key};{number}~"),
    }
    .into_bytes()
}

fn modifier_number(modifiers: KeyModifiers) -> u8 {
    let bit = |modifier, value| {
        if modifiers.contains(modifier) {
            value
        } else {
            0
        }
    };
    1 + bit(KeyModifiers::SHIFT, 1) + bit(KeyModifiers::ALT, 2) + bit(KeyModifiers::CONTROL, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: KeyCode, modifiers: KeyModifiers, expected: &[u8]) {
        assert_eq!(bytes_of(&KeyEvent::new(code, modifiers)), expected);
    }

    #[test]
    fn characters_are_sent_as_utf_8() {
        check(KeyCode::Char('a'), KeyModifiers::NONE, b"a");
        check(KeyCode::Char('A'), KeyModifiers::SHIFT, b"A");
        check(KeyCode::Char('ü'), KeyModifiers::NONE, "ü".as_bytes());
        check(KeyCode::Char('x'), KeyModifiers::ALT, b"\x1bx");
        check(
            KeyCode::Char('@'),
            KeyModifiers::CONTROL | KeyModifiers::ALT,
            b"@",
        );
    }

    #[test]
    fn ctrl_makes_control_characters() {
        for (c, byte) in [
            ('c', 3),
            ('C', 3),
            ('d', 4),
            (']', 0x1d),
            ('5', 0x1d),
            (' ', 0),
            ('\\', 0x1c),
        ] {
            check(KeyCode::Char(c), KeyModifiers::CONTROL, &[byte]);
        }
    }

    #[test]
    fn other_keys_are_sequences() {
        check(KeyCode::Up, KeyModifiers::NONE, b"\x1b[A");
        check(KeyCode::Left, KeyModifiers::CONTROL, b"\x1b[1;5D");
        check(KeyCode::Delete, KeyModifiers::NONE, b"\x1b[3~");
        check(KeyCode::F(1), KeyModifiers::NONE, b"\x1bOP");
        check(KeyCode::F(1), KeyModifiers::SHIFT, b"\x1b[1;2P");
        check(KeyCode::F(10), KeyModifiers::NONE, b"\x1b[21~");
        check(KeyCode::F(12), KeyModifiers::NONE, b"\x1b[24~");
        check(KeyCode::CapsLock, KeyModifiers::NONE, b"");
    }

    #[test]
    fn a_key_that_comes_up_says_nothing() {
        let mut key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert_eq!(bytes_of(&key), b"");
    }
}
