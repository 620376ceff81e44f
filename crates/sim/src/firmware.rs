//! What one firmware says, has and does, where firmwares differ.

use std::time::Duration;

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
    pub startup: Vec<String>,
    /// What a line feed of `print` and of tracebacks becomes: `\r\n`, or `\r\r\n` on UART
    /// consoles of CircuitPython. Banners and prompts keep theirs.
    pub line_end: String,
    /// How long after a ctrl-C the program under way is interrupted.
    pub interrupt_delay: Duration,
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
            files_first: true,
            sockets: false,
            without: Vec::new(),
        }
    }
}

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

    /// Text as this firmware prints it.
    pub(crate) fn print(&self, text: &[u8], out: &mut Vec<u8>) {
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
