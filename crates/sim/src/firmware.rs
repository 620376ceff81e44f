//! What one firmware says, has and does, where firmwares differ.

use std::time::Duration;

use crate::output::{Output, exception_writes};

/// What the computer at a board's USB has done with the drive `CIRCUITPY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drive {
    /// It is mounted: the computer may write, and programs on the board may not.
    Mounted,
    /// It is ejected: programs may remount it for themselves.
    Ejected,
    /// The computer sees no drive; programs may write.
    Hidden,
}

/// What CircuitPython says and does in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitPython {
    /// The version, as it stands in banner and titles.
    pub version: String,
    /// The day of the build, as it stands in the banner.
    pub date: String,
    /// The board and its chip; `None` says that of the engine.
    pub machine: Option<String>,
    /// The drive at the board's start.
    pub drive: Drive,
    /// Whether the drive can be taken from the computer while the board runs, as from 10.3 on:
    /// `storage.unsafe_disable_usb_drive` is there.
    pub takes_drive: bool,
}

impl Default for CircuitPython {
    fn default() -> Self {
        Self {
            version: "10.3.0".to_owned(),
            date: "2026-11-27".to_owned(),
            machine: None,
            drive: Drive::Mounted,
            takes_drive: true,
        }
    }
}

/// How a raw REPL answers the request for raw-paste mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawPaste {
    /// Supported; a credit stands for this many bytes, and two are given at the start.
    Window(u16),
    /// Known but not supported: the answer is `R\x00`.
    Refused,
    /// Not known, as before 1.14: the control characters do what they do alone, and the
    /// answer is the banner of the raw REPL.
    Unknown,
}

/// The texts and abilities by which one firmware differs from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firmware {
    /// Raw-paste mode.
    pub raw_paste: RawPaste,
    /// The line printed at a soft reset, without its line end.
    pub soft_reboot: String,
    /// The first line of the banner; `None` makes it from version, build date and machine of
    /// the engine, as `MicroPython v1.25.0 on 2025-05-04; Belay simulated board with …`.
    pub banner: Option<String>,
    /// What stands under the first line of the banner, with its line end.
    pub greeting: String,
    /// The files that run at a start, in their order: the first at every one, the others when none
    /// before has failed and the board does not come up in the raw REPL.
    ///
    /// With CircuitPython the first of them that is there is the program, which runs at every start
    /// that does not come up in the raw REPL.
    pub startup: Vec<String>,
    /// What a line feed of `print` becomes: `\r\n`, or `\r\r\n` on UART consoles of CircuitPython.
    /// Banners and prompts keep theirs, and so do most lines of a traceback.
    pub line_end: String,
    /// How long after a ctrl-C the program under way is interrupted.
    pub interrupt_delay: Duration,
    /// Whether a ctrl-C that interrupts a program takes away what has arrived before it, and in one
    /// piece with it, as CircuitPython does on native USB.
    pub interrupt_discards: bool,
    /// Whether an import looks into the file system before it takes a built-in module, except for
    /// those that cannot be extended (`sys`, `gc`, `micropython` and some more).
    pub files_first: bool,
    /// Whether there is `socket`, which reaches the loopback of this computer and nothing else. A
    /// board has no network otherwise.
    pub sockets: bool,
    /// The names of what is built in elsewhere and missing here: a module (`binascii`), a name in
    /// a module (`os.rename`, `sys.stdin.buffer`), a built-in function (`compile`) or a method of
    /// a built-in type (`bytes.decode`).
    pub without: Vec<String>,
    /// What is otherwise with CircuitPython; `None` is MicroPython.
    pub circuitpython: Option<CircuitPython>,
}

impl Default for Firmware {
    /// A current MicroPython.
    fn default() -> Self {
        Self {
            raw_paste: RawPaste::Window(128),
            soft_reboot: "MPY: soft reboot".to_owned(),
            banner: None,
            greeting: "Type \"help()\" for more information.\r\n".to_owned(),
            startup: vec!["boot.py".to_owned(), "main.py".to_owned()],
            line_end: "\r\n".to_owned(),
            interrupt_delay: Duration::ZERO,
            interrupt_discards: false,
            files_first: true,
            sockets: false,
            without: Vec::new(),
            circuitpython: None,
        }
    }
}

/// What the builds of CircuitPython for the smallest chips lack.
const SMALL: &[&str] = &[
    "bytes.decode",
    "io",
    "hashlib",
    "json",
    "re",
    "errno",
    "frozenset",
    "complex",
    "collections.OrderedDict",
    "collections.deque",
];

impl Firmware {
    /// A firmware of the time before raw-paste mode, such as MicroPython 1.9.2 on a micro:bit.
    pub fn old() -> Self {
        Self {
            raw_paste: RawPaste::Unknown,
            soft_reboot: "soft reboot".to_owned(),
            ..Self::default()
        }
    }

    /// A current MicroPython built without raw-paste mode, which says so.
    pub fn refusing() -> Self {
        Self {
            raw_paste: RawPaste::Refused,
            ..Self::default()
        }
    }

    /// A current CircuitPython, built with all that there is room for on a larger chip.
    pub fn circuitpython() -> Self {
        Self {
            soft_reboot: "soft reboot".to_owned(),
            greeting: String::new(),
            startup: ["code.txt", "code.py", "main.py", "main.txt"]
                .map(str::to_owned)
                .to_vec(),
            files_first: false,
            interrupt_discards: true,
            circuitpython: Some(CircuitPython::default()),
            ..Self::default()
        }
    }

    /// The same firmware as CircuitPython's builds for the smallest chips are.
    #[must_use]
    pub fn small(self) -> Self {
        let traceback: &[&str] = if self.circuitpython.is_some() {
            &["traceback"]
        } else {
            &[]
        };
        self.lacking(SMALL).lacking(traceback)
    }

    /// The same firmware without some names, besides those in [`Firmware::without`].
    ///
    /// ```
    /// let small = belay_sim::Firmware::default().lacking(&["bytes.decode", "hashlib", "io"]);
    /// assert_eq!(small.without.len(), 3);
    /// ```
    #[must_use]
    pub fn lacking(mut self, names: &[&str]) -> Self {
        self.without
            .extend(names.iter().map(|&name| name.to_owned()));
        self
    }

    /// A traceback as this firmware prints it. Its heading and the lines that name a function end
    /// with CR LF on every console, as the recordings show.
    pub(crate) fn print_traceback(&self, text: &[u8], out: &mut Output) {
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let plain = line.starts_with(b"Traceback (")
                || line.starts_with(b"  File \"") && memchr::memmem::find(line, b", in ").is_some();
            for write in exception_writes(line) {
                if plain && write == b"\n" {
                    out.extend_from_slice(b"\r\n");
                } else {
                    self.print(write, out);
                }
            }
        }
    }

    /// What the board's side has to know, as the module `firmware` of `board/*.py`.
    /// `serves_files` is whether others than programs want something of the files.
    pub(crate) fn python(&self, serves_files: bool) -> String {
        use std::fmt::Write;
        let truth = |fact: bool| if fact { "True" } else { "False" };
        let mut text = format!(
            "FILES_FIRST = {}\nSOCKETS = {}\nWITHOUT = \"{}\".split()\n",
            truth(self.files_first),
            truth(self.sockets),
            self.without.join(" "),
        );
        if let Some(own) = &self.circuitpython {
            let drive = match own.drive {
                Drive::Mounted => "mounted",
                Drive::Ejected => "ejected",
                Drive::Hidden => "hidden",
            };
            let machine = own.machine.as_deref().unwrap_or_default();
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "CIRCUITPYTHON = True\nVERSION = {:?}\nDATE = {:?}\nMACHINE = {machine:?}\n\
                 DRIVE = {drive:?}\nTAKES_DRIVE = {}\nSERVES_FILES = {}\n",
                own.version,
                own.date,
                truth(own.takes_drive),
                truth(serves_files),
            );
        } else {
            text.push_str("CIRCUITPYTHON = False\n");
        }
        text
    }

    /// Text as this firmware prints it.
    pub(crate) fn print(&self, text: &[u8], out: &mut Output) {
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            if let Some(line) = line.strip_suffix(b"\n") {
                out.extend_from_slice(line);
                out.extend_from_slice(self.line_end.as_bytes());
            } else {
                out.extend_from_slice(line);
            }
        }
    }
}
