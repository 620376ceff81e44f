//! The least that a call can take: one write, and reads until the answer has ended.

use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

/// How long a read waits for the board, in tenths of a second.
const PATIENCE: u8 = 50;

/// Ends a half-typed line, stops what runs, and asks for the raw REPL.
const ENTER: &[u8] = b"\r\x03\x03\x01";
const ENTERED: &[u8] = b"raw REPL; CTRL-B to exit\r\n>";
const LEAVE: &[u8] = b"\x02";
const LEFT: &[u8] = b"\r\n>>> ";

/// The shortest command that prints a result, and all that the raw REPL answers to it.
const CALL: &[u8] = b"print(0)\x04";
const ANSWER: &[u8] = b"OK0\r\n\x04\x04>";

/// The times of calls on a port, with nothing between this program and the system.
///
/// The reads block, so that a call costs one system call for the write and one for each piece in
/// which the answer comes.
pub(super) fn measure(port: &str, count: usize) -> Result<Vec<Duration>> {
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(i32::try_from(OFlags::NOCTTY.bits())?)
        .open(port)
        .with_context(|| format!("cannot open {port}"))?;
    let mut settings = tcgetattr(&file)?;
    settings.make_raw();
    settings.special_codes[SpecialCodeIndex::VMIN] = 0;
    settings.special_codes[SpecialCodeIndex::VTIME] = PATIENCE;
    tcsetattr(&file, OptionalActions::Now, &settings)?;

    exchange(&mut file, ENTER, ENTERED)?;
    let mut times = Vec::with_capacity(count);
    for number in 0..=count {
        let start = Instant::now();
        let answer = exchange(&mut file, CALL, ANSWER)?;
        let time = start.elapsed();
        ensure!(answer == ANSWER, "{port} answered {}", shown(&answer));
        // The first call is not counted, as with the clients.
        if number > 0 {
            times.push(time);
        }
    }
    exchange(&mut file, LEAVE, LEFT)?;
    Ok(times)
}

/// Sends a request and reads until the answer ends as it should.
fn exchange(stream: &mut (impl Read + Write), request: &[u8], end: &[u8]) -> Result<Vec<u8>> {
    stream.write_all(request)?;
    let mut answer = Vec::with_capacity(256);
    let mut buffer = [0; 256];
    while !answer.ends_with(end) {
        match stream.read(&mut buffer)? {
            0 => bail!("the board stopped in its answer {}", shown(&answer)),
            length => answer.extend_from_slice(&buffer[..length]),
        }
    }
    Ok(answer)
}

fn shown(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Answers in pieces, whatever it is asked.
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_answer_may_come_in_pieces() {
        let mut stream = Pieces(vec![b"\x04>", b"0\r\n\x04", b"OK"]);
        assert_eq!(exchange(&mut stream, CALL, ANSWER).unwrap(), ANSWER);
    }

    #[test]
    fn silence_is_an_error() {
        let mut stream = Pieces(vec![b"OK0\r\n"]);
        let error = exchange(&mut stream, CALL, ANSWER).unwrap_err();
        assert!(error.to_string().contains(r"OK0\r\n"), "{error}");
    }
}
