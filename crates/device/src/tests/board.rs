//! A board without an interpreter: the raw REPL, and programs that are known by their text.
//!
//! A text that is another one, because it was damaged on its way, raises what an interpreter would most
//! often raise. What a program of the session does is written here once more.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use belay_pylit::Value;

use crate::board_code::{self, prepare};
use crate::check::{Check, crc32};
use crate::files::frame;

const WINDOW: usize = 128;
const RAW_BANNER: &[u8] = b"raw REPL; CTRL-B to exit\r\n>";
const FRIENDLY_BANNER: &[u8] =
    b"MicroPython v1.29.0; peer\r\nType \"help()\" for more information.\r\n>>> ";
/// Standard streams with bytes, `deflate` and `os.rename`.
const REPORT: &str = "164";
/// `board/begin.py` up to its argument.
static BEGIN: LazyLock<String> = LazyLock::new(|| {
    let code = prepare(board_code::BEGIN, &[]);
    code.split_once("$CODE").unwrap().0.to_owned()
});
static FLAT_ASK: LazyLock<String> = LazyLock::new(|| {
    let flat = Check::Sum.of(0, b"flat").to_string();
    let code = prepare(board_code::FLAT_ASK, &[("$FLAT", &flat)]);
    code.split_once("$MARK").unwrap().0.to_owned()
});
static SERVE: LazyLock<String> =
    LazyLock::new(|| prepare(board_code::SERVE, &[]).trim_end().to_owned());
static HELLO: LazyLock<String> =
    LazyLock::new(|| prepare(board_code::HELLO, &[]).trim_end().to_owned());
/// The line in which a program of the session runs.
const IN_CHECK: &str = "  File \"<stdin>\", line 40, in _belay_x\r\n";

#[derive(Debug, Default)]
pub(super) struct Board {
    mode: Mode,
    line: Vec<u8>,
    /// What a running program has not read of its standard input.
    stdin: Vec<u8>,
    pub(super) output: Vec<u8>,
    program: Option<Program>,
    has_core: bool,
    text: Option<Vec<u8>>,
    raised: u32,
    /// The mark of events, and how many have been told.
    events: Option<(String, u32)>,
    /// How often each call has run.
    pub(super) ran: BTreeMap<u32, u32>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) restarts: u32,
}

#[derive(Debug, Default, Clone, Copy)]
enum Mode {
    #[default]
    Friendly,
    Raw,
    /// So many bytes of the window have been taken.
    Paste(usize),
}

/// A program that has not ended.
#[derive(Debug)]
enum Program {
    /// It sleeps, and then answers with this.
    Sleeping {
        until: Duration,
        answer: String,
    },
    /// It reads its own text; the command has this check, mark and kind.
    Reading {
        sum: u64,
        mark: String,
        kind: u64,
    },
    Serving(Serving),
}

/// `board/serve.py`.
#[derive(Debug)]
struct Serving {
    mark: String,
    taken: u32,
    waits: Waits,
}

/// What the next frame is.
#[derive(Debug)]
enum Waits {
    Code,
    /// A part of code that comes in so many.
    Pieces {
        left: usize,
        code: Vec<u8>,
        /// Whether it is to be inflated, and is programs.
        packed: bool,
    },
    /// The digest of a file, or a part of its blocks.
    File(Writing),
}

#[derive(Debug)]
struct Writing {
    path: String,
    blocks: Vec<u64>,
    digest: Option<Vec<u8>>,
    block: Vec<u8>,
    content: Vec<u8>,
}

impl Board {
    pub(super) fn wakes_at(&self) -> Option<Duration> {
        match &self.program {
            Some(Program::Sleeping { until, .. }) => Some(*until),
            _ => None,
        }
    }

    /// Takes what has arrived by `now`.
    pub(super) fn receive(&mut self, bytes: &[u8], now: Duration) {
        for &byte in bytes {
            if self.program.is_some() {
                if byte == 3 {
                    self.program = None;
                    self.stdin.clear();
                    self.raise(IN_CHECK, "KeyboardInterrupt", "");
                } else {
                    self.stdin.push(byte);
                    if byte == b'\n' {
                        self.read_lines(now);
                    }
                }
                continue;
            }
            match self.mode {
                Mode::Friendly => self.friendly(byte),
                Mode::Raw => self.raw(byte, now),
                Mode::Paste(taken) => self.paste(byte, taken, now),
            }
        }
        if self.wakes_at().is_some_and(|at| at <= now)
            && let Some(Program::Sleeping { answer, .. }) = self.program.take()
        {
            self.end(&answer);
        }
    }

    fn say(&mut self, text: impl AsRef<[u8]>) {
        self.output.extend_from_slice(text.as_ref());
    }

    fn friendly(&mut self, byte: u8) {
        match byte {
            1 => {
                self.mode = Mode::Raw;
                self.line.clear();
                self.say("\r\n");
                self.say(RAW_BANNER);
            }
            3 | b'\r' => self.say("\r\n>>> "),
            4 => {
                self.restart();
                self.say("\r\nMPY: soft reboot\r\n");
                self.say(FRIENDLY_BANNER);
            }
            byte => self.say([byte]),
        }
    }

    fn raw(&mut self, byte: u8, now: Duration) {
        match byte {
            1 if self.line == b"\x05A" => {
                self.line.clear();
                self.mode = Mode::Paste(0);
                self.say([b'R', 1, WINDOW as u8, 0, 1]);
            }
            1 => {
                self.line.clear();
                self.say(RAW_BANNER);
            }
            2 => {
                self.mode = Mode::Friendly;
                self.say("\r\n");
                self.say(FRIENDLY_BANNER);
            }
            3 => self.line.clear(),
            4 if self.line.is_empty() => {
                self.restart();
                self.say("OK\r\nMPY: soft reboot\r\n");
                self.say(RAW_BANNER);
            }
            4 => {
                self.say("OK");
                self.run(now);
            }
            byte => self.line.push(byte),
        }
    }

    fn paste(&mut self, byte: u8, taken: usize, now: Duration) {
        match byte {
            3 => {
                self.mode = Mode::Raw;
                self.line.clear();
                self.say("\x04");
                self.raise("", "KeyboardInterrupt", "");
            }
            4 => {
                self.mode = Mode::Raw;
                self.say("\x04");
                self.run(now);
            }
            byte => {
                self.line.push(byte);
                let taken = taken + 1;
                if taken == WINDOW {
                    self.say([1]);
                }
                self.mode = Mode::Paste(taken % WINDOW);
            }
        }
    }

    fn restart(&mut self) {
        let kept = std::mem::take(self);
        *self = Self {
            mode: kept.mode,
            output: kept.output,
            ran: kept.ran,
            files: kept.files,
            restarts: kept.restarts + 1,
            raised: kept.raised,
            ..Self::default()
        };
    }

    /// The end of a command that has printed `text`.
    fn end(&mut self, text: &str) {
        self.say(text);
        self.say("\x04\x04>");
    }

    fn raise(&mut self, frames: &str, kind: &str, message: &str) {
        // Where damage is found is hardly the same line twice.
        self.raised += 1;
        let module = format!("  File \"<stdin>\", line {}, in <module>\r\n", self.raised);
        self.say(format!(
            "\x04Traceback (most recent call last):\r\n{module}{frames}{kind}: {message}\r\n\x04>"
        ));
    }

    fn fail(&mut self, kind: &str, message: &str) {
        self.raise("", kind, message);
    }

    /// Runs the command that has come.
    fn run(&mut self, now: Duration) {
        let line = std::mem::take(&mut self.line);
        // What is no text any more is in no program of ours.
        let code = String::from_utf8_lossy(&line).into_owned();
        if let Some(mark) = quoted(&code, "print('", "')")
            .or_else(|| quoted(&code, "import builtins as _belay_b;_belay_b.print('", "')"))
        {
            self.end(&format!("{mark}\r\n"));
        } else if let Some(mark) = quoted(&code, &FLAT_ASK, "\")\n") {
            self.end(&format!("{mark} ! 33 {mark}\r\n"));
        } else if let Some(arguments) = code.strip_prefix(&**BEGIN) {
            self.begin(arguments.trim_end());
        } else if let Some(arguments) = quoted(&code, "_belay_x(", ")") {
            self.check(arguments, now);
        } else if !self.add_piece(&code) {
            self.fail("SyntaxError", "invalid syntax");
        }
    }

    /// `board/begin.py`, behind its function.
    fn begin(&mut self, arguments: &str) {
        let parsed = (|| {
            let arguments = arguments.strip_suffix(')')?;
            let (source, rest) = self.source(arguments)?;
            let (sum, mark) = rest
                .strip_prefix(", ")
                .or(rest.strip_prefix(','))?
                .split_once(',')?;
            let mark = quoted(mark.trim(), "\"", "\"")?;
            Some((source?, sum.trim().parse::<u32>().ok()?, mark.to_owned()))
        })();
        let Some((code, sum, mark)) = parsed else {
            return self.fail("SyntaxError", "invalid syntax");
        };
        if Check::Sum.of(0, &code) != sum {
            return self.end(&format!("{mark} ! 33 {mark}\r\n"));
        }
        self.has_core = true;
        self.reply(&mark, REPORT);
    }

    /// The bytes that a literal or a name at the start of `text` stands for, and what is behind it. There
    /// are none where it is text that was to be read.
    fn source<'a>(&self, text: &'a str) -> Option<(Option<Vec<u8>>, &'a str)> {
        if let Some(raw) = text.strip_prefix("rb'''") {
            let (code, rest) = raw.split_once("'''")?;
            return Some((Some(code.as_bytes().to_vec()), rest));
        }
        if let Some(rest) = text.strip_prefix("None") {
            return Some((None, rest));
        }
        if let Some(rest) = text.strip_prefix("_belay") {
            return Some((Some(self.text.clone()?), rest));
        }
        // A string ends at the quote that it begins with, unless a backslash is in front of it.
        let start = usize::from(text.starts_with('b'));
        let quote = text[start..]
            .chars()
            .next()
            .filter(|c| "'\"".contains(*c))?;
        let mut escaped = false;
        let end = text[start + 1..].find(|c| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        let (literal, rest) = text.split_at(start + 1 + end + 1);
        match belay_pylit::parse(literal).ok()? {
            Value::Str(text) => Some((Some(text.into_bytes()), rest)),
            Value::Bytes(bytes) => Some((Some(bytes), rest)),
            _ => None,
        }
    }

    /// `_belay_x` of `board/core.py`.
    fn check(&mut self, arguments: &str, now: Duration) {
        let parsed = (|| {
            let (sum, rest) = arguments.split_once(",'")?;
            let (mark, rest) = rest.split_once("',")?;
            let (code, rest) = self.source(rest)?;
            let kind = match rest {
                "" => 0,
                rest => rest.strip_prefix(',')?.parse().ok()?,
            };
            Some((sum.parse::<u64>().ok()?, mark.to_owned(), code, kind))
        })();
        if !self.has_core {
            return self.fail("NameError", "name '_belay_x' isn't defined");
        }
        match parsed {
            None => self.fail("SyntaxError", "invalid syntax"),
            Some((sum, mark, None, kind)) => {
                self.say("<");
                self.program = Some(Program::Reading { sum, mark, kind });
            }
            Some((sum, mark, Some(code), kind)) => self.run_checked(sum, &mark, &code, kind, now),
        }
    }

    fn run_checked(&mut self, sum: u64, mark: &str, code: &[u8], kind: u64, now: Duration) {
        let found = crc32(crc32(0, mark.as_bytes()), code);
        if u64::from(found) + kind != sum {
            self.reply(mark, "!");
            return;
        }
        let code = String::from_utf8_lossy(code).into_owned();
        match kind {
            0 => self.evaluate(mark, &code, now),
            1 => self.emit(mark, &code),
            _ => self.help(mark, &code),
        }
    }

    /// Answers with a text and its check.
    fn reply(&mut self, mark: &str, text: &str) {
        let check = crc32(0, text.as_bytes());
        self.end(&format!("{mark} {text} {check} {mark}\r\n"));
    }

    /// `call(N)` counts, and has a value that only it has; `sleep(N)` takes so many seconds.
    fn evaluate(&mut self, mark: &str, code: &str, now: Duration) {
        let number = |name: &str| quoted(code, name, "))")?.parse::<u32>().ok();
        if let Some(number) = number("(call(") {
            *self.ran.entry(number).or_default() += 1;
            self.reply(mark, &format!("[({}, 'n{number}')]", number * 7919));
        } else if let Some(seconds) = number("(sleep(") {
            let text = "[None]";
            let check = crc32(0, text.as_bytes());
            self.program = Some(Program::Sleeping {
                until: now + Duration::from_secs(seconds.into()),
                answer: format!("{mark} {text} {check} {mark}\r\n"),
            });
        } else {
            self.raise(IN_CHECK, "NameError", "name isn't defined");
        }
    }

    /// `emit(N)` tells five events.
    fn emit(&mut self, mark: &str, code: &str) {
        let number = quoted(code, "emit(", ")").and_then(|n| n.parse::<u32>().ok());
        let (Some(number), Some((events, told))) = (number, &mut self.events) else {
            return self.raise(IN_CHECK, "NameError", "name 'emit' isn't defined");
        };
        for index in 0..5 {
            *told += 1;
            let text = format!("('n', '({number}, {})')", index * 7919);
            let check = crc32(*told, text.as_bytes());
            let line = format!("{events} {text} {check} {events}\r\n");
            self.output.extend_from_slice(line.as_bytes());
        }
        self.reply(mark, "[None]");
    }

    /// The session's own programs.
    fn help(&mut self, mark: &str, code: &str) {
        let packed = code.split_once("exec(z(find('binascii').a2b_base64('");
        let packed = packed.and_then(|(_, text)| STANDARD.decode(text.strip_suffix("')))")?).ok());
        let packed = packed.map(|bytes| String::from_utf8(inflated(&bytes)).unwrap());
        let code = packed.as_deref().unwrap_or(code);
        if code.trim_end().ends_with(&**SERVE) {
            let serving = Serving {
                mark: mark.to_owned(),
                taken: 1,
                waits: Waits::Code,
            };
            serving.tell("R", &mut self.output);
            serving.answer(b'G', &mut self.output);
            self.program = Some(Program::Serving(serving));
        } else if let Some((_, rest)) = code.split_once("belay_emit=belay_emit")
            && !rest.is_empty()
            && let Some(at) = code.find('~')
        {
            let end = code[at + 1..].find('~').map_or(0, |end| at + end + 2);
            self.events = Some((code[at..end].to_owned(), 0));
            self.reply(mark, "[None]");
        } else {
            self.raise(IN_CHECK, "RuntimeError", "no program of the peer");
        }
    }

    /// `board/piece.py`.
    fn add_piece(&mut self, code: &str) -> bool {
        let known = (|| {
            let rest = code.strip_prefix("import builtins as _belay_b;_belay_q=")?;
            let (literal, _) = rest.split_once(";_belay_s=0")?;
            let (_, end) = code.rsplit_once("\nprint('")?;
            let mark = end.strip_suffix("')")?.to_owned();
            let (Some(piece), "") = self.source(literal)? else {
                return None;
            };
            let (_, at) = code.rsplit_once("_belay_b.len(_belay)==")?;
            let at: usize = at.split_once(':')?.0.parse().ok()?;
            let whole = board_code::piece(&piece, at);
            Some((
                whole.trim_end() == code.rsplit_once("\nprint(")?.0,
                piece,
                at,
                mark,
            ))
        })();
        let Some((whole, piece, at, mark)) = known else {
            return false;
        };
        if !whole {
            self.fail("ValueError", "damaged");
        } else if at > 0 && self.text.is_none() {
            self.fail("NameError", "name '_belay' isn't defined");
        } else {
            let text = self.text.get_or_insert_default();
            if at == 0 {
                text.clear();
            }
            if text.len() == at {
                text.extend_from_slice(&piece);
            }
            self.end(&format!("{mark}\r\n"));
        }
        true
    }

    /// Hands whole lines of standard input to the program.
    fn read_lines(&mut self, now: Duration) {
        while let Some(end) = self.stdin.iter().position(|&byte| byte == b'\n') {
            match self.program.take() {
                Some(Program::Reading { sum, mark, kind }) => {
                    let line: Vec<u8> = self.stdin.drain(..=end).collect();
                    self.run_checked(sum, &mark, &line, kind, now);
                }
                Some(Program::Serving(mut serving)) => {
                    let line: Vec<u8> = self.stdin.drain(..=end).collect();
                    if serving.read(&line[..end], &mut self.files, &mut self.output) {
                        self.program = Some(Program::Serving(serving));
                    } else {
                        self.reply(&serving.mark, "[None]");
                        // The rest goes to the prompt.
                        for byte in std::mem::take(&mut self.stdin) {
                            self.raw(byte, now);
                        }
                    }
                }
                other => {
                    self.program = other;
                    return;
                }
            }
        }
    }
}

impl Serving {
    fn tell(&self, body: &str, output: &mut Vec<u8>) {
        let fact = format!("{}!{body}", self.taken);
        let check = crc32(0, fact.as_bytes());
        output.extend(format!("{fact}!{check}\r\n").bytes());
    }

    fn answer(&self, first: u8, output: &mut Vec<u8>) {
        output.push(first + (self.taken % 20) as u8);
    }

    /// Takes a line; false at the end of the program.
    fn read(
        &mut self,
        line: &[u8],
        files: &mut BTreeMap<String, Vec<u8>>,
        output: &mut Vec<u8>,
    ) -> bool {
        let frame = frame(line);
        let (check, data) = frame.split_at(frame.len().min(3));
        let found = crc32(self.taken.wrapping_mul(0x6c8e_9cf5), data).to_le_bytes();
        if data.is_empty() || check != &found[..3] {
            self.answer(b'g', output);
            return true;
        }
        self.taken += 1;
        let waits = std::mem::replace(&mut self.waits, Waits::Code);
        match waits {
            Waits::Code => {
                if !self.execute(data, output) {
                    return false;
                }
            }
            Waits::Pieces {
                left,
                mut code,
                packed,
            } => {
                code.extend_from_slice(data);
                if left > 1 {
                    self.waits = Waits::Pieces {
                        left: left - 1,
                        code,
                        packed,
                    };
                } else if packed {
                    let programs = inflated(&code);
                    for program in programs.split(|&byte| byte == b'#') {
                        assert!(self.execute(program, output));
                    }
                } else if !self.execute(&code, output) {
                    return false;
                }
            }
            Waits::File(mut writing) => {
                if writing.digest.is_none() {
                    writing.digest = Some(data.to_vec());
                } else {
                    writing.add(data);
                }
                if writing.blocks.is_empty() {
                    let digest = crc32(0, &writing.content).to_le_bytes();
                    assert_eq!(
                        writing.digest.as_deref(),
                        Some(&digest[..]),
                        "{}",
                        writing.path
                    );
                    files.insert(writing.path, writing.content);
                    self.tell("D", output);
                } else {
                    self.waits = Waits::File(writing);
                }
            }
        }
        self.answer(b'G', output);
        true
    }

    fn execute(&mut self, code: &[u8], output: &mut Vec<u8>) -> bool {
        let code = String::from_utf8_lossy(code).into_owned();
        if code == "raise StopIteration" {
            return false;
        }
        let inner = quoted(&code, "for p in z(", ").split(b'#'):exec(p)");
        let packed = inner.is_some();
        let inner = inner.or_else(|| quoted(&code, "exec(", ")"));
        let count = inner.and_then(|inner| match inner {
            "take()" => Some(1),
            inner => quoted(inner, "b''.join([take()for _ in range(", ")])")?
                .parse()
                .ok(),
        });
        if let Some(left) = count {
            self.waits = Waits::Pieces {
                left,
                code: Vec::new(),
                packed,
            };
        } else if code.trim_end().ends_with(HELLO.as_str()) {
            self.tell("H100000,4096,250", output);
        } else if code == "tell('D')" {
            self.tell("D", output);
        } else if let Some(arguments) = quoted(&code, "put(", ")") {
            let call = belay_pylit::parse(&format!("({arguments},)"));
            let Ok(Value::Tuple(values)) = call else {
                panic!("{code}");
            };
            let mut values = values.into_iter();
            let Some(Value::Str(path)) = values.next() else {
                panic!("{code}");
            };
            let block = |value| match value {
                Value::Int(number) => u64::try_from(number).unwrap(),
                other => panic!("{other}"),
            };
            self.waits = Waits::File(Writing {
                path,
                blocks: values.map(block).collect(),
                digest: None,
                block: Vec::new(),
                content: Vec::new(),
            });
        } else {
            assert!(code.contains("def "), "{code}");
        }
        true
    }
}

impl Writing {
    /// Takes a part of the first block.
    fn add(&mut self, data: &[u8]) {
        self.block.extend_from_slice(data);
        let Some(&first) = self.blocks.first() else {
            return;
        };
        assert!(self.block.len() as u64 <= first >> 4, "{}", self.path);
        if self.block.len() as u64 == first >> 4 {
            let block = std::mem::take(&mut self.block);
            if first.is_multiple_of(16) {
                self.content.extend(block);
            } else {
                self.content.extend(inflated(&block));
            }
            self.blocks.remove(0);
        }
    }
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut inflater = flate2::read::DeflateDecoder::new(bytes);
    inflater.read_to_end(&mut content).unwrap();
    content
}

/// What stands between two texts, if `text` is that.
fn quoted<'a>(text: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(behind)
}
