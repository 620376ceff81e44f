//! What the REPL of a firmware says, where firmwares differ.

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

/// The texts and abilities by which the REPL of one firmware differs from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firmware {
    /// Raw-paste mode.
    pub raw_paste: RawPaste,
    /// The line printed at a soft reset, without its line end.
    pub soft_reboot: String,
    /// The first line of the banner; `None` makes it from version, build date and machine of
    /// the engine, as `MicroPython v1.25.0 on 2025-05-04; Belay simulated board with …`.
    pub banner: Option<String>,
}

impl Default for Firmware {
    /// A current MicroPython.
    fn default() -> Self {
        Self {
            raw_paste: RawPaste::Window(128),
            soft_reboot: "MPY: soft reboot".to_owned(),
            banner: None,
        }
    }
}

impl Firmware {
    /// A firmware of the time before raw-paste mode, such as MicroPython 1.9.2 on a micro:bit.
    pub fn old() -> Self {
        Self {
            raw_paste: RawPaste::Unknown,
            soft_reboot: "soft reboot".to_owned(),
            banner: None,
        }
    }

    /// A current MicroPython built without raw-paste mode, which says so.
    pub fn refusing() -> Self {
        Self {
            raw_paste: RawPaste::Refused,
            ..Self::default()
        }
    }
}
