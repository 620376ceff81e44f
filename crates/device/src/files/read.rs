//! Files from a board.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use belay_pylit::Value;
use belay_sync::{Digest, DigestKind, Hasher, RemotePath};

use super::line::{codes_to_write, decoded, numbered_crc32};
use super::{digests, fault, flat};
use crate::board_code::{self, prepare, quoted};
use crate::check::Check;
use crate::link::{Link, Retry};
use crate::{Error, FileFault};

/// How often a file is asked for as bytes without a piece of it coming, and in how many bytes there would
/// have been one.
const BINARY_ATTEMPTS: u32 = 3;
const BYTES_OF_A_KIND: usize = 4096;
/// Bytes of a piece, as `board/send.py` has it.
const PIECE: u64 = 256;
/// How many pieces in a row may be lost without a trace.
const MAX_LOST: u64 = 64;
/// What the number of the last line is begun with.
const END: u32 = 0x2000_0000;

/// The pieces of a file that have come, in order to a writer.
struct Pieces<'a> {
    output: &'a mut dyn Write,
    progress: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
    /// Pieces in front of this one have been written.
    next: u64,
    written: u64,
    hasher: Hasher,
    /// Whether the whole has been compared with a digest that the board made of it.
    verified: bool,
    /// Pieces behind one that is missing.
    held: BTreeMap<u64, Vec<u8>>,
    /// How many there are; known from the end.
    count: Option<u64>,
}

impl Pieces<'_> {
    fn add(&mut self, number: u64, piece: Vec<u8>) -> Result<(), Error> {
        if number >= self.next {
            self.held.insert(number, piece);
        }
        while let Some(piece) = self.held.remove(&self.next) {
            self.output.write_all(&piece).map_err(Error::Output)?;
            self.hasher.update(&piece);
            self.written += piece.len() as u64;
            self.next += 1;
            if (self.progress)(self.written).is_break() {
                return Err(Error::Interrupted);
            }
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.count == Some(self.next)
    }

    /// The first pieces that are missing in one run; without an end, all that may follow.
    fn missing(&self) -> (u64, u64) {
        match (self.held.keys().next(), self.count) {
            (Some(held), _) => (self.next, held - self.next),
            (None, Some(count)) => (self.next, count - self.next),
            (None, None) => (self.next, MAX_PIECES),
        }
    }
}

/// What no file of a board has.
const MAX_PIECES: u64 = 1 << 28;

/// Copies a file from the board to `output` and tells its length.
pub(super) fn read(
    link: &mut Link,
    remote: &RemotePath,
    output: &mut dyn Write,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<u64, Error> {
    let path = remote.as_str();
    let mut pieces = Pieces {
        output,
        progress,
        next: 0,
        written: 0,
        hasher: Hasher::default(),
        verified: false,
        held: BTreeMap::new(),
        count: None,
    };
    let mut retry = Retry::default();
    let mut binary = link.capabilities()?.sends_bytes;
    while !pieces.is_complete() {
        let (before, held) = (pieces.next, pieces.held.len());
        let heard =
            pass(link, remote, binary, &mut pieces).map_err(|error| fault::located(error, path))?;
        let got_on = pieces.next > before || pieces.held.len() != held;
        retry.count(got_on, link.driver.now())?;
        // A link that lets no piece through in so many bytes changes bytes of a kind: text is of others.
        binary &= got_on || heard < BYTES_OF_A_KIND && retry.fruitless() < BINARY_ATTEMPTS;
    }
    pieces.output.flush().map_err(Error::Output)?;
    if !pieces.verified {
        let digests = digests::of(link, std::slice::from_ref(remote))?;
        if digests[0].is_none_or(|found| found != pieces.hasher.digest(found.kind())) {
            return Err(Error::File {
                path: path.to_owned(),
                fault: FileFault::Unverified,
            });
        }
    }
    Ok(pieces.written)
}

/// Has the board send the first pieces that are missing.
fn pass(
    link: &mut Link,
    path: &RemotePath,
    binary: bool,
    pieces: &mut Pieces<'_>,
) -> Result<usize, Error> {
    let (from, count) = pieces.missing();
    let whole = from == 0 && pieces.count.is_none() && count == MAX_PIECES;
    let codes = codes_to_write();
    let values = [
        ("$FROM", &*from.to_string()),
        ("$COUNT", &count.to_string()),
        ("$CODES", &codes),
        ("$PATH", &quoted(path.as_str())),
    ];
    let code = match (binary, link.is_flat()?) {
        (_, true) => flat::send(path, from, count),
        (true, _) => prepare(board_code::SEND, &values),
        (false, _) => prepare(board_code::SEND_TEXT, &values),
    };
    let check = link.check()?;
    let mut heard = 0;
    let mut row = Vec::new();
    let mut expected = from;
    let mut end = None;
    link.report(&code, &mut |mut bytes: &[u8]| {
        heard += bytes.len();
        while let Some(at) = memchr::memchr(b'\n', bytes) {
            row.extend_from_slice(&bytes[..at]);
            bytes = &bytes[at + 1..];
            let found = if binary {
                binary_line(&row, expected)
            } else {
                text_line(check, &row)
            };
            row.clear();
            match found {
                None => {}
                Some(Line::Piece(number, piece)) => {
                    expected = number + 1;
                    pieces.add(number, piece)?;
                }
                Some(Line::End(number, crc)) => end = Some((number, crc)),
            }
        }
        row.extend_from_slice(bytes);
        // No line of a board in order is that long.
        row.truncate(8 * 1024);
        Ok(())
    })?;
    let Some((number, crc)) = end else {
        return Ok(heard);
    };
    if count == MAX_PIECES {
        pieces.count = Some(number.max(pieces.next));
    }
    if let (true, Some(crc)) = (whole && pieces.is_complete(), crc) {
        if Digest::Crc32(crc) != pieces.hasher.digest(DigestKind::Crc32) {
            return Err(Error::File {
                path: path.as_str().to_owned(),
                fault: FileFault::Unverified,
            });
        }
        pieces.verified = true;
    }
    Ok(heard)
}

enum Line {
    Piece(u64, Vec<u8>),
    /// How many pieces there are up to here, and the CRC-32 of those in this pass.
    End(u64, Option<u32>),
}

/// Takes a line of `board/send.py` apart. Its number is found by trying.
fn binary_line(line: &[u8], expected: u64) -> Option<Line> {
    // What a link has put in front of the line end was not sent.
    let end = line.iter().rposition(|&byte| byte != b'\r')?;
    let mut bytes = Vec::with_capacity(line.len());
    let mut letters = line[..=end].iter();
    while let Some(&byte) = letters.next() {
        bytes.push(match byte {
            b'}' => decoded(*letters.next()?)?,
            byte => byte,
        });
    }
    let (check, data) = bytes.split_at_checked(3)?;
    if data.is_empty() {
        return None;
    }
    let passes = |seed: u32| numbered_crc32(seed, data).to_le_bytes()[..3] == *check;
    for number in expected..=expected + MAX_LOST {
        let seed = u32::try_from(number).ok()?;
        if data.len() == 4 && passes(seed + END) {
            let crc = u32::from_le_bytes([data[0], data[1], data[2], data[3]]);
            return Some(Line::End(number, Some(crc)));
        }
        if data.len() as u64 <= PIECE && passes(seed + 1) {
            return Some(Line::Piece(number, data.to_vec()));
        }
    }
    None
}

/// Takes a line of `board/send_text.py` apart: base 64, or a repr where the board has none.
fn text_line(check: Check, line: &[u8]) -> Option<Line> {
    let (number, fact) = check.fact(line)?;
    if fact.is_empty() {
        return Some(Line::End(number, None));
    }
    if let Some(Value::Bytes(piece)) = fact
        .starts_with('b')
        .then(|| belay_pylit::parse(&fact).ok())
        .flatten()
    {
        return Some(Line::Piece(number, piece));
    }
    STANDARD
        .decode(&fact)
        .ok()
        .map(|piece| Line::Piece(number, piece))
}
