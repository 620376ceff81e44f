//! Finds framed reports in what a program prints.

use belay_rawrepl::Mark;
use memchr::memmem;

/// Takes frames out of a stream of output.
///
/// A frame is what `print(MARK, payload, MARK)` prints: the mark, a space, the payload, a space, the
/// mark and a line end. Everything else is the program's output.
#[derive(Debug)]
pub(crate) struct Frames {
    mark: Vec<u8>,
    limit: usize,
    buffer: Vec<u8>,
    /// How much of an open frame has been searched for what ends it.
    searched: usize,
    inside: bool,
    /// Whether a frame holds no control characters, so that one that does has broken off.
    lines: bool,
    /// A line end that belongs to a frame may be still to come.
    trailing: bool,
}

/// A part of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Output(Vec<u8>),
    Frame(Vec<u8>),
    /// A frame longer than the limit, in bytes; it was not kept.
    TooLong(u64),
    /// What began as a frame and went on as something else.
    Broken(Vec<u8>),
}

impl Frames {
    /// A filter for frames between two of `mark`, with payloads of up to `limit` bytes.
    pub(crate) fn new(mark: &Mark, limit: usize) -> Self {
        Self {
            mark: mark.as_str().as_bytes().to_vec(),
            limit,
            buffer: Vec::new(),
            searched: 0,
            inside: false,
            lines: false,
            trailing: false,
        }
    }

    /// A filter for frames that hold no control characters.
    pub(crate) fn of_lines(mark: &Mark, limit: usize) -> Self {
        Self {
            lines: true,
            ..Self::new(mark, limit)
        }
    }

    /// The next bytes of the stream.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.buffer.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while let Some(piece) = self.step() {
            match piece {
                Piece::Output(bytes) if bytes.is_empty() => {}
                piece => pieces.push(piece),
            }
        }
        pieces
    }

    /// What is left when the stream has ended: output, even if it looks like the beginning of a
    /// frame.
    pub(crate) fn end(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        if std::mem::take(&mut self.inside) {
            rest.extend_from_slice(&self.mark);
            rest.push(b' ');
        }
        self.trailing = false;
        self.searched = 0;
        rest.append(&mut self.buffer);
        rest
    }

    fn step(&mut self) -> Option<Piece> {
        if self.trailing {
            match self.buffer.as_slice() {
                [] | [b'\r'] => return None,
                [b'\r', b'\n', ..] => drop(self.buffer.drain(..2)),
                [b'\n', ..] => drop(self.buffer.drain(..1)),
                _ => {}
            }
            self.trailing = false;
        }
        if self.inside {
            return self.step_inside();
        }
        let mut open = self.mark.clone();
        open.push(b' ');
        if let Some(at) = memmem::find(&self.buffer, &open) {
            let output = self.buffer[..at].to_vec();
            self.buffer.drain(..at + open.len());
            self.inside = true;
            return Some(Piece::Output(output));
        }
        let kept = overlap(&self.buffer, &open);
        let free = self.buffer.len() - kept;
        (free > 0).then(|| Piece::Output(self.buffer.drain(..free).collect()))
    }

    fn step_inside(&mut self) -> Option<Piece> {
        let mut close = vec![b' '];
        close.extend_from_slice(&self.mark);
        if self.lines {
            return self.step_line(&close);
        }
        // A mark that no line end follows begins a frame in place of one that broke off.
        let at = loop {
            let Some(at) = memmem::find(&self.buffer[self.searched..], &close) else {
                let kept = self.buffer.len().saturating_sub(close.len());
                self.searched = self.searched.max(kept);
                return None;
            };
            let at = self.searched + at;
            match self.buffer.get(at + close.len()) {
                None => {
                    self.searched = at;
                    return None;
                }
                Some(b'\r' | b'\n') => break at,
                Some(_) => self.searched = at + 1,
            }
        };
        Some(self.close(at, close.len()))
    }

    /// The frame that ends with this line, or what has broken off.
    fn step_line(&mut self, close: &[u8]) -> Option<Piece> {
        let unseen = &self.buffer[self.searched..];
        let Some(control) = unseen.iter().position(|&byte| byte < b' ') else {
            self.searched = self.buffer.len();
            return None;
        };
        let control = self.searched + control;
        let line = &self.buffer[..control];
        if line.ends_with(close) && matches!(self.buffer[control], b'\r' | b'\n') {
            return Some(self.close(control - close.len(), close.len()));
        }
        self.inside = false;
        self.searched = 0;
        let mut broken = self.mark.clone();
        broken.push(b' ');
        broken.extend(self.buffer.drain(..control));
        Some(Piece::Broken(broken))
    }

    /// Takes out a frame of `length` bytes with what closes it.
    fn close(&mut self, length: usize, close: usize) -> Piece {
        let payload: Vec<u8> = self.buffer.drain(..length + close).take(length).collect();
        self.searched = 0;
        self.inside = false;
        self.trailing = true;
        if payload.len() > self.limit {
            Piece::TooLong(payload.len() as u64)
        } else {
            Piece::Frame(payload)
        }
    }

    /// How many bytes are kept until the end of a frame comes.
    pub(crate) fn pending(&self) -> usize {
        self.buffer.len()
    }
}

/// The length of the longest end of `bytes` that is a beginning of `text`.
fn overlap(bytes: &[u8], text: &[u8]) -> usize {
    (1..=bytes.len().min(text.len() - 1))
        .rev()
        .find(|&length| bytes.ends_with(&text[..length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use belay_rawrepl::{Config, Nonce, RawRepl};

    use super::*;

    fn mark() -> Mark {
        RawRepl::new(Nonce::new(1), Config::default()).next_mark()
    }

    fn read(text: &str, chunk: usize) -> (String, Vec<String>) {
        let mut frames = Frames::new(&mark(), 100);
        let mut output = Vec::new();
        let mut found = Vec::new();
        for bytes in text.as_bytes().chunks(chunk) {
            for piece in frames.receive(bytes) {
                match piece {
                    Piece::Output(bytes) => output.extend(bytes),
                    Piece::Frame(bytes) => found.push(String::from_utf8(bytes).unwrap()),
                    Piece::TooLong(length) => found.push(format!("{length} bytes")),
                    Piece::Broken(_) => unreachable!("only in lines"),
                }
            }
        }
        output.extend(frames.end());
        (String::from_utf8(output).unwrap(), found)
    }

    fn check(text: &str, output: &str, found: &[&str]) {
        let text = text.replace('M', mark().as_str());
        let output = output.replace('M', mark().as_str());
        for chunk in 1..=text.len() {
            let (printed, frames) = read(&text, chunk);
            assert_eq!(printed, output, "in pieces of {chunk}");
            let found: Vec<_> = found
                .iter()
                .map(|f| f.replace('M', mark().as_str()))
                .collect();
            assert_eq!(frames, found, "in pieces of {chunk}");
        }
    }

    #[test]
    fn a_frame_that_breaks_off_holds_nothing_up() {
        let check = |text: &str, output: &str, broken: usize| {
            let [text, output] = [text, output].map(|text| text.replace('M', mark().as_str()));
            for chunk in 1..=text.len() {
                let mut frames = Frames::of_lines(&mark(), 100);
                let (mut seen, mut found, mut count) = (Vec::new(), Vec::new(), 0);
                for piece in text
                    .as_bytes()
                    .chunks(chunk)
                    .flat_map(|bytes| frames.receive(bytes))
                {
                    match piece {
                        Piece::Output(bytes) => seen.extend(bytes),
                        Piece::Broken(bytes) => {
                            seen.extend(bytes);
                            count += 1;
                        }
                        other => found.push(other),
                    }
                }
                assert_eq!(
                    found,
                    [Piece::Frame(b"(2)".to_vec())],
                    "in pieces of {chunk}"
                );
                assert_eq!(
                    String::from_utf8(seen).unwrap(),
                    output,
                    "in pieces of {chunk}"
                );
                assert_eq!(count, broken);
            }
        };
        check("aM (1\r\n>>> M (2) M\r\nb", "aM (1\r\n>>> b", 1);
        check(
            "M (1) M\x0f\n\x04\x04>M (2) M\nb",
            "M (1) M\x0f\n\x04\x04>b",
            1,
        );
        check("M (1) M\x04\x04>M (2) M\r\n", "M (1) M\x04\x04>", 1);
        check("M (2) M\r\n\x04\x04>", "\x04\x04>", 0);
    }

    #[test]
    fn frames_are_told_from_output_in_any_chunking() {
        check("hello\r\n", "hello\r\n", &[]);
        check("aM 1 M\r\nb", "ab", &["1"]);
        check("M 1 M\nM 2 M\r\n\r\n", "\r\n", &["1", "2"]);
        check("M 'a b' M\r\nx\ry", "x\ry", &["'a b'"]);
        check("~0 M", "~0 M", &[]);
        check("M [1, M 2 M\r\n", "", &["[1, M 2"]);
        check("aM [1", "aM [1", &[]);
        let long = "x".repeat(101);
        check(&format!("M {long} M\r\n"), "", &["101 bytes"]);
    }
}
