//! Marks: words that no program on the board can print by accident.

use std::fmt;

/// What makes the marks of one session different from those of every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce(u64);

impl Nonce {
    /// A nonce from `random`, of which 40 bits are used.
    ///
    /// The crate has no source of randomness; the caller takes one per session from the system.
    pub fn new(random: u64) -> Self {
        Self(random & 0xff_ffff_ffff)
    }

    /// The `count`-th mark of the session.
    pub(crate) fn mark(self, count: u32) -> Mark {
        Mark(format!("~{:010x}{count:x}~", self.0))
    }
}

/// A word that ends a command's output, different for each command.
///
/// It consists of `~`, hexadecimal digits and `~`, so it stands in Python source between quotes as it
/// is. It never is a prefix of another mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// The mark as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A command that prints the mark, in as few bytes as possible.
    pub(crate) fn command(&self) -> String {
        format!("print('{self}')\x04")
    }

    /// A command that prints the mark even if a program has made something else of `print`.
    pub(crate) fn sure_command(&self) -> String {
        format!("import builtins as _belay_b;_belay_b.print('{self}')\x04")
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
