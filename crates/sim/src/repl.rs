//! The REPL of a firmware, without input and output: bytes go in, text and actions come out.
//!
//! It behaves as the recordings in `tests/data` show, and beyond them as MicroPython's
//! documentation of the REPL says.

mod readline;
mod scan;

use std::time::{Duration, Instant};

use crate::firmware::{Firmware, RawPaste};
use crate::output::Output;
use readline::{Key, Readline};

const CTRL_A: u8 = 1;
const CTRL_B: u8 = 2;
const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_E: u8 = 5;

const RAW_BANNER: &str = "raw REPL; CTRL-B to exit\r\n";

/// Erases what stands on the terminal's line.
const CLEAR_LINE: &[u8] = b"\x1b[2K\x1b[0G";

/// The title while no program runs.
const DONE: &str = "Done";

/// How long a raw-paste program has to pause before its first part is parsed.
const PAUSE: Duration = Duration::from_millis(5);

/// How long it has to pause before a part is parsed that has grown little.
const LONG_PAUSE: Duration = Duration::from_millis(100);

/// What the REPL wants done. It takes no bytes until it has been told the outcome, except
/// while a [`Action::Check`] is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Run a program, then call [`Repl::finished`].
    Exec { source: Vec<u8>, single: bool },
    /// Parse the first lines of a program, then call [`Repl::checked`].
    Check(Vec<u8>),
    /// Find what could follow, then call [`Repl::completed`].
    Complete(Vec<u8>),
    /// Reset the board softly, then call [`Repl::start`].
    SoftReset,
    /// The same, without a word: CircuitPython has an interpreter for each of its two REPLs.
    Restart,
    /// The line that the program asked for is there.
    Line(Answer),
}

/// What came of a question of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Line(Vec<u8>),
    End,
    Interrupt,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Normal,
    /// An uncaught exception, with the text that a board prints.
    Exception(Vec<u8>),
    /// SystemExit
    Exit,
}

#[derive(Debug)]
enum Mode {
    /// Nothing to read for: a program runs, or the board is starting.
    Busy(Busy),
    /// A line, or one more line, at the friendly prompt.
    Prompt(Readline),
    /// A line for the program's `input()`.
    Question(Readline, Busy),
    /// A tab is being looked up.
    Completing(Readline),
    Paste(Vec<u8>),
    Raw(Vec<u8>),
    RawPaste(Pasting),
    /// A raw-paste program is broken; what still comes of it is dropped.
    Discarding(Vec<u8>),
    /// CircuitPython's program is over, and any key leads to the REPL.
    Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Busy {
    Booting,
    Friendly,
    Raw,
}

#[derive(Debug)]
struct Pasting {
    source: Vec<u8>,
    window: u16,
    left: u16,
    /// How much of the source is whole lines.
    lines: usize,
    /// How much of the source has been parsed without an error.
    checked: usize,
    checking: bool,
    /// Credits that are given when the check has found no error.
    held: usize,
    last_byte: Instant,
}

#[derive(Debug)]
pub(crate) struct Repl {
    firmware: Firmware,
    banner: String,
    raw: bool,
    mode: Mode,
    history: Vec<Vec<u8>>,
    /// Whether the REPL comes after the next soft reset, and not CircuitPython's program.
    stays: bool,
}

impl Repl {
    /// A REPL before the board's first start.
    pub(crate) fn new(firmware: Firmware) -> Self {
        let banner = firmware.banner.clone().unwrap_or_default();
        Self {
            firmware,
            banner,
            raw: false,
            mode: Mode::Busy(Busy::Booting),
            history: Vec::new(),
            stays: false,
        }
    }

    /// Sets the first line of the banner, unless the firmware has one of its own.
    pub(crate) fn set_banner(&mut self, name: &str, version: &str, machine: &str) {
        if self.firmware.banner.is_none() {
            self.banner = format!("{name} {version}; {machine}");
        }
    }

    /// The first line of the banner.
    pub(crate) fn banner(&self) -> &str {
        &self.banner
    }

    /// The firmware whose REPL this is.
    pub(crate) fn firmware(&self) -> &Firmware {
        &self.firmware
    }

    /// Whether the raw REPL comes after the next soft reset.
    pub(crate) fn is_raw(&self) -> bool {
        self.raw
    }

    /// Whether a program is not to run at this start, because a REPL comes after it.
    pub(crate) fn stays(&self) -> bool {
        self.raw || self.stays
    }

    /// Whether any key leads to the REPL.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.mode, Mode::Waiting)
    }

    /// Whether a byte can be taken now.
    pub(crate) fn takes_bytes(&self) -> bool {
        !matches!(self.mode, Mode::Busy(_) | Mode::Completing(_))
    }

    /// Whether the program has asked for a line.
    pub(crate) fn is_asked(&self) -> bool {
        matches!(self.mode, Mode::Question(..))
    }

    /// Begins a start of the board. After a power-on or hard reset it is in the friendly REPL.
    pub(crate) fn boot(&mut self, soft: bool, out: &mut Output) {
        if soft {
            if !self.stays {
                out.extend_from_slice(self.firmware.soft_reboot.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        } else {
            self.raw = false;
            self.stays = false;
            self.history.clear();
        }
        self.mode = Mode::Busy(Busy::Booting);
    }

    /// Shows the prompt, when the files of the start have run.
    pub(crate) fn start(&mut self, out: &mut Output) {
        self.stays = false;
        if self.raw {
            out.extend_from_slice(RAW_BANNER.as_bytes());
            self.raw_prompt(out);
        } else {
            self.friendly_banner(out);
            self.prompt(out);
        }
    }

    /// Says that CircuitPython's program begins.
    pub(crate) fn program(&self, name: &str, out: &mut Output) {
        out.extend_from_slice(CLEAR_LINE);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b" output:\r\n");
        self.title(name, out);
    }

    /// Says that CircuitPython's program has ended.
    pub(crate) fn program_ended(&self, outcome: &Outcome, reloads: bool, out: &mut Output) {
        let state = match outcome {
            Outcome::Exception(text) => scan::place(text),
            _ => None,
        };
        self.title(state.as_deref().unwrap_or(DONE), out);
        out.extend_from_slice(if reloads {
            b"\r\nCode stopped by auto-reload. Reloading soon.\r\n"
        } else {
            b"\r\nCode done running.\r\n"
        });
    }

    /// Waits for a key, as CircuitPython does when its program is over, or there is none.
    pub(crate) fn wait(&mut self, status: &str, out: &mut Output) {
        out.extend_from_slice(CLEAR_LINE);
        out.extend_from_slice(status.as_bytes());
        out.extend_from_slice(b"\r\nPress any key to enter the REPL. Use CTRL-D to reload.\r\n");
        self.mode = Mode::Waiting;
    }

    /// The title of the terminal's window, which CircuitPython sets.
    fn title(&self, state: &str, out: &mut Output) {
        if let Some(own) = &self.firmware.circuitpython {
            let version = &own.version;
            out.extend_from_slice(format!("\x1b]0;🐍{state} | {version}\x1b\\").as_bytes());
        }
    }

    /// Takes a byte from the host.
    pub(crate) fn take(&mut self, byte: u8, now: Instant, out: &mut Output) -> Option<Action> {
        match std::mem::replace(&mut self.mode, Mode::Busy(Busy::Friendly)) {
            Mode::Prompt(line) => self.friendly(line, byte, out),
            Mode::Question(line, busy) => self.question(line, busy, byte, out),
            Mode::Paste(source) => self.paste(source, byte, out),
            Mode::Raw(line) => self.raw(line, byte, now, out),
            Mode::RawPaste(pasting) => self.raw_paste(pasting, byte, now, out),
            Mode::Discarding(error) => {
                if byte == CTRL_C || byte == CTRL_D {
                    self.raw_report(&Outcome::Exception(error), out)
                } else {
                    self.mode = Mode::Discarding(error);
                    None
                }
            }
            Mode::Waiting if byte == CTRL_D => Some(Action::SoftReset),
            Mode::Waiting => {
                self.enter(out);
                None
            }
            busy @ (Mode::Busy(_) | Mode::Completing(_)) => {
                debug_assert!(false, "a byte for a busy REPL");
                self.mode = busy;
                None
            }
        }
    }

    /// Takes the end of an [`Action::Exec`].
    pub(crate) fn finished(&mut self, outcome: &Outcome, out: &mut Output) -> Option<Action> {
        let (Mode::Busy(busy) | Mode::Question(_, busy)) = self.mode else {
            return None;
        };
        match busy {
            Busy::Raw => self.raw_report(outcome, out),
            Busy::Friendly | Busy::Booting => match outcome {
                Outcome::Exit => {
                    self.title(DONE, out);
                    Some(Action::SoftReset)
                }
                Outcome::Normal => {
                    self.prompt(out);
                    None
                }
                Outcome::Exception(text) => {
                    self.firmware.print_traceback(text, out);
                    self.prompt(out);
                    None
                }
            },
        }
    }

    /// The program under way asks for a line.
    pub(crate) fn ask(&mut self) {
        if let Mode::Busy(busy) = self.mode {
            self.mode = Mode::Question(Readline::new(Vec::new()), busy);
        }
    }

    /// The program no longer wants its line.
    pub(crate) fn withdraw(&mut self) {
        if let Mode::Question(_, busy) = self.mode {
            self.mode = Mode::Busy(busy);
        }
    }

    /// When to call [`Repl::pause`], if no byte comes before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let Mode::RawPaste(pasting) = &self.mode else {
            return None;
        };
        pasting
            .has_news()
            .then(|| pasting.last_byte + pasting.pause())
    }

    /// No byte has come until the deadline.
    pub(crate) fn pause(&mut self, now: Instant) -> Option<Action> {
        let Mode::RawPaste(pasting) = &mut self.mode else {
            return None;
        };
        pasting.check_if(now >= pasting.last_byte + pasting.pause())
    }

    /// Takes the end of an [`Action::Check`]: the text of the error, if there was one.
    pub(crate) fn checked(&mut self, error: Option<Vec<u8>>, out: &mut Output) {
        let Mode::RawPaste(pasting) = &mut self.mode else {
            return;
        };
        pasting.checking = false;
        let held = std::mem::take(&mut pasting.held);
        // An error behind the last line only says that more has to come.
        let lines = pasting.source[..pasting.checked]
            .split(|&byte| byte == b'\n')
            .count()
            - 1;
        match error {
            Some(error) if scan::error_line(&error).is_some_and(|line| line <= lines) => {
                out.push(CTRL_D);
                self.mode = Mode::Discarding(error);
            }
            _ => out.extend(std::iter::repeat_n(1, held)),
        }
    }

    /// Takes the end of an [`Action::Complete`]: the typed stem, then all names that begin
    /// with it, one a line.
    pub(crate) fn completed(&mut self, names: &[u8], out: &mut Output) {
        match std::mem::replace(&mut self.mode, Mode::Busy(Busy::Friendly)) {
            Mode::Completing(mut line) => {
                line.complete(names, out);
                self.mode = Mode::Prompt(line);
            }
            other => self.mode = other,
        }
    }

    /// Comes to the friendly REPL from elsewhere.
    pub(crate) fn enter(&mut self, out: &mut Output) {
        self.title("REPL", out);
        self.start(out);
    }

    /// Goes over to the other REPL.
    fn change(&mut self, raw: bool, out: &mut Output) -> Option<Action> {
        self.raw = raw;
        if self.firmware.circuitpython.is_some() {
            self.stays = true;
            return Some(Action::Restart);
        }
        self.start(out);
        None
    }

    fn friendly_banner(&self, out: &mut Output) {
        if self.firmware.circuitpython.is_some() {
            out.extend_from_slice(b"\r\n");
        }
        // Firmware writes what it is and where it runs apart.
        let machine = self.banner.find("; ").unwrap_or(self.banner.len());
        let (version, machine) = self.banner.split_at(machine);
        out.extend_from_slice(version.as_bytes());
        out.extend_from_slice(machine.as_bytes());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(self.firmware.greeting.as_bytes());
    }

    fn prompt(&mut self, out: &mut Output) {
        out.extend_from_slice(b">>> ");
        self.mode = Mode::Prompt(Readline::new(Vec::new()));
    }

    fn raw_prompt(&mut self, out: &mut Output) {
        out.push(b'>');
        self.mode = Mode::Raw(Vec::new());
    }

    fn friendly(&mut self, mut line: Readline, byte: u8, out: &mut Output) -> Option<Action> {
        match line.key(byte, &mut self.history, out) {
            Key::Tab => {
                let text = line.before_cursor().to_vec();
                self.mode = Mode::Completing(line);
                return Some(Action::Complete(text));
            }
            Key::Control(control) if line.is_first() => return self.control(control, out),
            Key::Control(CTRL_D) => return Some(self.run_line(line)),
            Key::Control(CTRL_C) => {
                out.extend_from_slice(b"\r\n");
                self.prompt(out);
            }
            // The other control characters do nothing in a continuation line.
            Key::More | Key::Control(_) => self.mode = Mode::Prompt(line),
            Key::Enter => {
                let text = line.text();
                if text.is_empty() {
                    self.prompt(out);
                } else if scan::continues(text) {
                    let mut text = line.into_text();
                    text.push(b'\n');
                    out.extend_from_slice(b"... ");
                    self.mode = Mode::Prompt(Readline::next(text, out));
                } else {
                    return Some(self.run_line(line));
                }
            }
        }
        None
    }

    fn run_line(&mut self, line: Readline) -> Action {
        self.mode = Mode::Busy(Busy::Friendly);
        Action::Exec {
            source: line.into_text(),
            single: true,
        }
    }

    /// A control character on an empty first line.
    fn control(&mut self, control: u8, out: &mut Output) -> Option<Action> {
        out.extend_from_slice(b"\r\n");
        match control {
            CTRL_A => {
                self.title(DONE, out);
                return self.change(true, out);
            }
            CTRL_B => self.start(out),
            CTRL_D => {
                self.title(DONE, out);
                return Some(Action::SoftReset);
            }
            CTRL_E => {
                out.extend_from_slice(b"paste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ");
                self.mode = Mode::Paste(Vec::new());
            }
            _ => self.prompt(out),
        }
        None
    }

    fn paste(&mut self, mut source: Vec<u8>, byte: u8, out: &mut Output) -> Option<Action> {
        match byte {
            CTRL_C => {
                out.extend_from_slice(b"\r\n");
                self.prompt(out);
                return None;
            }
            CTRL_D => {
                out.extend_from_slice(b"\r\n");
                self.mode = Mode::Busy(Busy::Friendly);
                return Some(Action::Exec {
                    source,
                    single: false,
                });
            }
            b'\r' => out.extend_from_slice(b"\r\n=== "),
            _ => out.push(byte),
        }
        source.push(byte);
        self.mode = Mode::Paste(source);
        None
    }

    fn question(
        &mut self,
        mut line: Readline,
        busy: Busy,
        byte: u8,
        out: &mut Output,
    ) -> Option<Action> {
        let answer = match line.key(byte, &mut self.history, out) {
            Key::Enter => Answer::Line(line.into_text()),
            Key::Control(CTRL_C) => Answer::Interrupt,
            Key::Control(CTRL_D) => Answer::End,
            Key::More | Key::Tab | Key::Control(_) => {
                self.mode = Mode::Question(line, busy);
                return None;
            }
        };
        self.mode = Mode::Busy(busy);
        Some(Action::Line(answer))
    }

    fn raw(
        &mut self,
        mut line: Vec<u8>,
        byte: u8,
        now: Instant,
        out: &mut Output,
    ) -> Option<Action> {
        match byte {
            CTRL_A => return self.raw_ctrl_a(&line, now, out),
            CTRL_B => {
                out.extend_from_slice(b"\r\n");
                self.title("REPL", out);
                return self.change(false, out);
            }
            CTRL_C => line.clear(),
            CTRL_D => {
                out.extend_from_slice(b"OK");
                if line.is_empty() {
                    out.extend_from_slice(b"\r\n");
                    return Some(Action::SoftReset);
                }
                self.mode = Mode::Busy(Busy::Raw);
                return Some(Action::Exec {
                    source: line,
                    single: false,
                });
            }
            _ => line.push(byte),
        }
        self.mode = Mode::Raw(line);
        None
    }

    fn raw_ctrl_a(&mut self, line: &[u8], now: Instant, out: &mut Output) -> Option<Action> {
        match (line, self.firmware.raw_paste) {
            ([CTRL_E, b'A'], RawPaste::Window(window)) => {
                out.extend_from_slice(b"R\x01");
                let [low, high] = window.to_le_bytes();
                out.extend_from_slice(&[low, high, 1]);
                self.mode = Mode::RawPaste(Pasting {
                    source: Vec::new(),
                    window,
                    left: window,
                    lines: 0,
                    checked: 0,
                    checking: false,
                    held: 0,
                    last_byte: now,
                });
            }
            ([CTRL_E, _], RawPaste::Window(_) | RawPaste::Refused) => {
                out.extend_from_slice(b"R\x00");
                self.raw_prompt(out);
            }
            _ => {
                out.extend_from_slice(RAW_BANNER.as_bytes());
                self.raw_prompt(out);
            }
        }
        None
    }

    fn raw_paste(
        &mut self,
        mut pasting: Pasting,
        byte: u8,
        now: Instant,
        out: &mut Output,
    ) -> Option<Action> {
        match byte {
            CTRL_C => {
                out.push(CTRL_D);
                let error = b"KeyboardInterrupt: \n".to_vec();
                self.raw_report(&Outcome::Exception(error), out)
            }
            CTRL_D => {
                out.push(CTRL_D);
                self.mode = Mode::Busy(Busy::Raw);
                Some(Action::Exec {
                    source: pasting.source,
                    single: false,
                })
            }
            _ => {
                pasting.source.push(byte);
                pasting.last_byte = now;
                if byte == b'\n' {
                    pasting.lines = scan::complete_lines(&pasting.source, pasting.lines);
                }
                pasting.left -= 1;
                let mut action = None;
                if pasting.left == 0 {
                    pasting.left = pasting.window;
                    // A board parses as it reads, and gives no credit behind an error.
                    action = pasting.check_if(pasting.has_doubled());
                    if pasting.checking {
                        pasting.held += 1;
                    } else {
                        out.push(1);
                    }
                }
                self.mode = Mode::RawPaste(pasting);
                action
            }
        }
    }

    /// Ends the answer to a program of the raw REPL.
    fn raw_report(&mut self, outcome: &Outcome, out: &mut Output) -> Option<Action> {
        out.push(CTRL_D);
        if let Outcome::Exception(text) = outcome {
            self.firmware.print_traceback(text, out);
        }
        out.push(CTRL_D);
        if *outcome == Outcome::Exit {
            return Some(Action::SoftReset);
        }
        self.raw_prompt(out);
        None
    }
}

impl Pasting {
    /// A parse costs as much as all that came before, so the source has to double between
    /// two, unless the host leaves plenty of time.
    fn has_doubled(&self) -> bool {
        self.source.len() >= 2 * self.checked
    }

    fn pause(&self) -> Duration {
        if self.has_doubled() {
            PAUSE
        } else {
            LONG_PAUSE
        }
    }

    /// Whether there are lines to be parsed.
    fn has_news(&self) -> bool {
        !self.checking && self.lines > self.checked
    }

    /// Begins to parse what has come, if it is `due` and there is something new.
    fn check_if(&mut self, due: bool) -> Option<Action> {
        if !due || !self.has_news() {
            return None;
        }
        self.checking = true;
        self.checked = self.lines;
        Some(Action::Check(self.source[..self.lines].to_vec()))
    }
}
