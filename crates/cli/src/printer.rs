//! Data on stdout, talk on stderr.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::diagnosis::Explanation;
use crate::settings::Verbosity;
use crate::{Error, text};

/// Everything that a command says goes through here.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    verbosity: Verbosity,
    color: bool,
    /// Whether what a terminal shows ends in the middle of a line.
    mid_line: Arc<AtomicBool>,
}

impl Printer {
    pub(crate) fn new(verbosity: Verbosity, color: bool) -> Self {
        Self {
            verbosity,
            color,
            mid_line: Arc::default(),
        }
    }

    /// Hears whether a bar stands on the terminal's last line. What is said then begins a new one.
    pub(crate) fn bar(&self, shown: bool) {
        self.mid_line.store(shown, Ordering::SeqCst);
    }

    /// Writes a line of data.
    pub(crate) fn line(&self, text: &str) -> Result<(), Error> {
        let mut output = self.output();
        output
            .write_all(text.as_bytes())
            .and_then(|()| output.write_all(b"\n"))
            .and_then(|()| output.flush())
            .map_err(Error::Output)
    }

    /// Writes a list: for programs as JSON, for people as a table, and nothing if it is empty.
    pub(crate) fn list<T, const N: usize>(
        &self,
        json: bool,
        items: &[T],
        as_json: impl FnMut(&T) -> Value,
        headings: [&str; N],
        row: impl FnMut(&T) -> [String; N],
    ) -> Result<(), Error> {
        if json {
            let items: Value = items.iter().map(as_json).collect();
            return self.line(&items.to_string());
        }
        if items.is_empty() {
            return Ok(());
        }
        let rows = std::iter::once(headings.map(str::to_owned));
        self.line(&text::table(rows.chain(items.iter().map(row)).collect()))
    }

    /// Where the output of a program goes.
    pub(crate) fn output(&self) -> Output {
        let shared = io::stdout().is_terminal() && io::stderr().is_terminal();
        Output {
            mid_line: shared.then(|| Arc::clone(&self.mid_line)),
            #[cfg(windows)]
            text: text::Decoder::default(),
        }
    }

    /// Says what is being done, to those who want to know.
    pub(crate) fn step(&self, text: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.say(&self.painted("2", &text::escape(text)));
        }
    }

    /// Says what is good to know.
    pub(crate) fn note(&self, text: &str) {
        if self.verbosity != Verbosity::Quiet {
            self.say(&text::escape(text));
        }
    }

    /// Says what may be wrong, though it keeps nothing from being done.
    pub(crate) fn warn(&self, text: &str) {
        if self.verbosity != Verbosity::Quiet {
            let label = self.painted("1;33", "warning:");
            self.say(&format!("{label} {}", text::escape(text)));
        }
    }

    /// Says what the program on the board wants to have said.
    pub(crate) fn board(&self, text: &str) {
        self.say(&text::escape(text));
    }

    /// Says that a program waits for a line to be typed, where it has not asked for one itself.
    pub(crate) fn waits_for_input(&self) {
        if io::stdin().is_terminal() && !self.mid_line.load(Ordering::SeqCst) {
            self.note("the program waits for a line of input");
        }
    }

    /// Hears that a line has been read: where it was typed, the terminal has shown its end.
    pub(crate) fn typed(&self) {
        if io::stdin().is_terminal() {
            self.mid_line.store(false, Ordering::SeqCst);
        }
    }

    /// Shows what is to happen and asks for a yes. Where nobody can answer, it is a no, and nothing
    /// is shown.
    pub(crate) fn confirmed(&self, lines: &[String], question: &str) -> Result<bool, Error> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Ok(false);
        }
        for line in lines {
            self.board(line);
        }
        let _ = write!(io::stderr(), "{question} [y/N] ");
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.map_err(Error::Terminal)?;
        let answer = answer.trim().to_ascii_lowercase();
        Ok(matches!(answer.as_str(), "y" | "yes"))
    }

    /// Says what went wrong, and what to do.
    pub(crate) fn explain(&self, explanation: &Explanation) {
        match explanation {
            Explanation::Nothing => {}
            Explanation::Board(text) => self.board(text),
            Explanation::Failure { message, hint } => {
                let label = self.painted("1;31", "error:");
                self.say(&format!("{label} {}", text::escape(message)));
                if let Some(hint) = hint {
                    let label = self.painted("1;36", " hint:");
                    self.say(&format!("{label} {}", text::escape(hint)));
                }
            }
        }
    }

    /// Nothing can be done if stderr is closed, and a command is not worth failing for it.
    fn say(&self, text: &str) {
        let start = if self.mid_line.swap(false, Ordering::SeqCst) {
            "\n"
        } else {
            ""
        };
        let _ = io::stderr().write_all(format!("{start}{text}\n").as_bytes());
    }

    fn painted(&self, color: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{color}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Standard output, on which nothing is held back after a flush.
#[derive(Debug)]
pub(crate) struct Output {
    /// Kept where stdout and stderr are the same terminal, most likely.
    mid_line: Option<Arc<AtomicBool>>,
    #[cfg(windows)]
    text: text::Decoder,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.write_stdout(bytes)?;
        if let (Some(mid_line), Some(&last)) = (&self.mid_line, bytes[..count].last()) {
            mid_line.store(last != b'\n', Ordering::SeqCst);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

impl Output {
    #[cfg(not(windows))]
    #[expect(
        clippy::unused_self,
        reason = "on Windows it keeps what a write has begun"
    )]
    fn write_stdout(&self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes)
    }

    /// A console of Windows takes text only, and refuses all of what is not UTF-8. What a board
    /// prints there is shown with U+FFFD in the place of such bytes; a file or a pipe gets the bytes.
    #[cfg(windows)]
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut output = io::stdout();
        if !output.is_terminal() {
            return output.write(bytes);
        }
        output.write_all(self.text.decode(bytes).as_bytes())?;
        Ok(bytes.len())
    }
}
