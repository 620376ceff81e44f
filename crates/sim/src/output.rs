//! What a board says, in the pieces in which it wrote it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Bytes on their way to the host. A serial line knows no boundaries; WebREPL sends a frame for
/// each write.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: VecDeque<u8>,
    /// Where writes end, counted from the first byte that was ever written.
    ends: VecDeque<u64>,
    /// How many bytes have been taken.
    taken: u64,
    /// Until when the last write may go on.
    open: Option<Instant>,
}

/// How long the rest of a write is waited for.
const REST: Duration = Duration::from_millis(50);

impl Output {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Writes one byte.
    pub(crate) fn push(&mut self, byte: u8) {
        self.extend_from_slice(&[byte]);
    }

    /// Writes bytes at once.
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.extend(bytes.iter().copied());
    }

    /// Lets what is written next belong to what was written last, if it comes soon; or no longer.
    pub(crate) fn keep_open(&mut self, open: bool, now: Instant) {
        self.open = (open && !self.is_empty()).then(|| now + REST);
    }

    /// When the last write is over at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.open
    }

    /// Ends the last write if its rest has not come in time.
    pub(crate) fn close(&mut self, now: Instant) {
        self.open = self.open.filter(|&until| now < until);
    }

    /// Whether the last write goes on.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The length of the first write, if it is complete.
    pub(crate) fn first(&self) -> Option<usize> {
        let end = *self.ends.front()?;
        if self.is_open() && self.ends.len() == 1 {
            return None;
        }
        Some(usize::try_from(end - self.taken).unwrap_or(usize::MAX))
    }

    /// Takes so many bytes from the front, at most.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        let count = count.min(self.len());
        self.taken += count as u64;
        while self.ends.front().is_some_and(|&end| end <= self.taken) {
            self.ends.pop_front();
        }
        self.open = self.open.filter(|_| !self.ends.is_empty());
        self.bytes.drain(..count).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.take(self.len());
    }
}

impl Extend<u8> for Output {
    fn extend<T: IntoIterator<Item = u8>>(&mut self, bytes: T) {
        let before = self.len();
        self.bytes.extend(bytes);
        if self.len() == before {
            return;
        }
        if self.open.take().is_some() {
            self.ends.pop_back();
        }
        self.ends.push_back(self.taken + self.len() as u64);
    }
}

/// An exception's text in the pieces in which MicroPython writes it, without line feeds between:
/// `  File "`, the file, `", line `, the number, `, in `, the function; the type, `: `, the rest.
pub(crate) fn exception_writes(text: &[u8]) -> Vec<&[u8]> {
    const FILE: &[u8] = b"  File \"";
    let mut writes = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let marks: &[&[u8]] = if line.starts_with(FILE) {
            &[FILE, b"\", line ", b", in "]
        } else if line.starts_with(b"Traceback ") {
            &[]
        } else {
            &[b": "]
        };
        let mut rest = line.strip_suffix(b"\n").unwrap_or(line);
        let end = &line[rest.len()..];
        for mark in marks {
            let Some(at) = memchr::memmem::find(rest, mark) else {
                break;
            };
            writes.extend([&rest[..at], &rest[at..at + mark.len()]]);
            rest = &rest[at + mark.len()..];
        }
        writes.extend([rest, end]);
    }
    writes.retain(|write| !write.is_empty());
    writes
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Output, exception_writes};

    fn pieces(output: &mut Output) -> Vec<Vec<u8>> {
        let next = || Some(output.first()?).map(|length| output.take(length));
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn writes_keep_their_boundaries() {
        let mut output = Output::default();
        output.extend_from_slice(b"one");
        output.extend_from_slice(b"");
        output.push(b'2');
        output.extend(std::iter::repeat_n(b'3', 2));
        assert_eq!(output.len(), 6);
        assert_eq!(output.take(1), b"o");
        assert_eq!(pieces(&mut output), [&b"ne"[..], b"2", b"33"]);
        assert!(output.is_empty());
        output.push(b'4');
        output.clear();
        assert_eq!(output.first(), None);
    }

    #[test]
    fn a_write_that_goes_on_is_not_over() {
        let mut output = Output::default();
        output.push(b'a');
        output.extend_from_slice(b"bc");
        let now = Instant::now();
        output.keep_open(true, now);
        assert_eq!(output.take(1), b"a");
        assert_eq!(output.first(), None);
        output.extend_from_slice(b"de");
        assert_eq!(output.first(), Some(4));
        output.keep_open(true, now);
        output.close(now);
        assert_eq!(output.first(), None);
        output.close(output.deadline().unwrap());
        assert_eq!(pieces(&mut output), [b"bcde"]);
    }

    #[test]
    fn an_exception_is_written_in_pieces() {
        let text = "Traceback (most recent call last):\n  File \"<stdin>\", line 3, in <module>\n  \
                    File \"<stdin>\", line 2, in f\nZeroDivisionError: divide by zero\n";
        let pieces = exception_writes(text.as_bytes());
        let pieces = pieces.iter().map(|piece| String::from_utf8_lossy(piece));
        let expected = [
            "Traceback (most recent call last):",
            "\n",
            "  File \"",
            "<stdin>",
            "\", line ",
            "3",
            ", in ",
            "<module>",
            "\n",
            "  File \"",
            "<stdin>",
            "\", line ",
            "2",
            ", in ",
            "f",
            "\n",
            "ZeroDivisionError",
            ": ",
            "divide by zero",
            "\n",
        ];
        assert!(pieces.eq(expected));
        assert_eq!(
            exception_writes(b"KeyboardInterrupt: \n"),
            [&b"KeyboardInterrupt"[..], b": ", b"\n"]
        );
    }
}
