//! The words of the protocols between the interpreter and its host side.
//!
//! `board/*.py` has the same words from the module `opcodes`, which [`python`] writes.

macro_rules! opcodes {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $word:ident,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$doc])* $word,)* }

        impl $name {
            /// Every word, in the order of the codes.
            pub(crate) const ALL: &[Self] = &[$(Self::$word,)*];

            /// The number on the wire, from 1.
            pub(crate) fn code(self) -> u8 {
                self as u8 + 1
            }

            fn python() -> String {
                let protocol = stringify!($name).to_ascii_uppercase();
                let line = |word: &Self| {
                    let name = snake_case(&format!("{word:?}")).to_ascii_uppercase();
                    format!("{protocol}_{name} = {}\n", word.code())
                };
                Self::ALL.iter().map(line).collect()
            }
        }
    };
}

opcodes! {
    /// What the interpreter reports, in frames between what programs print.
    Report {
        /// The board is made: version, machine, and whether it takes nudges, one a line.
        Hello,
        /// The board cannot be made: why.
        Failed,
        /// A program asks for a hard reset.
        Reset,
        /// Power has failed in the flash.
        PowerFailed,
        /// Which character interrupts programs, two bytes.
        InterruptCharacter,
        /// A program asks for a line, with the line editor.
        Question,
        /// It no longer wants it.
        Withdrawn,
        /// A piece of the result's text: 1 for the first or 0, then the text.
        Text,
        /// A command is done: its number (4 bytes), status, and whether there was a text.
        Done,
        /// Bytes as they are, for the console.
        Output,
        /// A pin has changed.
        Pin,
        /// A file of the start runs: its name.
        Program,
        /// CircuitPython's program asks to be run again.
        Reload,
    }
}

opcodes! {
    /// What the host side has the interpreter do.
    Order {
        /// Run a program; flag 1 prints the values of expressions.
        Exec,
        /// Run a file of the flash: the first of these, one a line, that is there.
        File,
        /// Parse a program.
        Check,
        /// List what could follow a name.
        Complete,
        /// Do nothing, which shows that no interrupt is on its way.
        Sync,
        /// Close all files and end.
        Quit,
        /// The answer to a question: flag 0 with a line, 1 at the end, 2 interrupted.
        Line,
        /// Keep a text as CircuitPython's `boot_out.txt`.
        Record,
        /// What a client of WebREPL wants of the file system: flag 0 opens a file to read, 1 to
        /// write, 2 reads, 3 writes, 4 closes.
        Files,
    }
}

opcodes! {
    /// What the board's peripherals call the world around them for.
    Call {
        AdcRead,
        Bitstream,
        FilesListen,
        FilesTake,
        FilesAnswer,
        I2cScan,
        I2cRead,
        I2cWrite,
        I2cStart,
        I2cStop,
        I2cWriteBytes,
        I2cReadBytes,
        IrqListen,
        IrqTake,
        PinState,
        PinWatch,
        PwmSet,
        SpiTransfer,
        UartAny,
        UartRead,
        UartReadLine,
        UartWrite,
        UartBreak,
        SupervisorGet,
        SupervisorSet,
        UniqueId,
        WatchdogFeed,
        WatchdogStart,
    }
}

opcodes! {
    /// What CircuitPython's supervisor keeps, a byte for each.
    Fact {
        /// Whether the board presents its drive to the computer.
        DriveEnabled,
        /// Whether the computer has ejected it.
        DriveEjected,
        /// Whether there is no computer that could see it.
        DriveHidden,
        /// Whether programs may not write, because the computer may.
        ReadOnly,
        /// Whether what is written to the drive restarts the program.
        AutoReload,
        /// Why the program runs.
        RunReason,
        /// Whether the board runs no programs.
        SafeMode,
        /// How it is to start after the next hard reset.
        NextMode,
    }
}

/// The word with this code.
pub(crate) fn decode<T: Copy>(all: &[T], code: u8) -> Option<T> {
    all.get(usize::from(code).checked_sub(1)?).copied()
}

/// The module `opcodes` of the board's side: a name for each word, such as `REPORT_HELLO`, and its
/// number.
pub(crate) fn python() -> String {
    Report::python() + &Order::python() + &Call::python() + &Fact::python()
}

/// The name of a variant in lower case, with `_` between its words.
pub(crate) fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Call, Order, Report, decode, python};

    #[test]
    fn both_sides_have_the_same_words() {
        assert_eq!(decode(Report::ALL, 0), None);
        assert_eq!(decode(Report::ALL, 1), Some(Report::Hello));
        assert_eq!(decode(Order::ALL, Order::Line.code()), Some(Order::Line));
        assert_eq!(decode(Call::ALL, Call::WatchdogStart.code() + 1), None);
        let module = python();
        for line in [
            "REPORT_POWER_FAILED = 4\n",
            "ORDER_EXEC = 1\n",
            "CALL_I2C_READ_BYTES = 12\n",
        ] {
            assert!(module.contains(line), "{line} in {module}");
        }
        // Whatever the board's files say is there.
        for (name, text) in crate::home::FILES {
            for part in text.split("opcodes.").skip(1) {
                let word: String = part
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                assert!(module.contains(&format!("{word} = ")), "{word} in {name}");
            }
        }
    }
}
