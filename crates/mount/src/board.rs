//! The code that runs on the board, and what it says.

use std::time::Duration;

use belay_device::HostCall;
use belay_pylit::Value;

/// How long a board trusts what it holds after an answer.
pub const TRUST: Duration = Duration::from_millis(100);
/// How many bytes a program writes before they go to the host, at most.
const CHUNK: usize = 2048;

/// The name by which the board calls the host.
pub(crate) const NAME: &str = "_belay_mount";

const MOUNT: &str = include_str!("../board/mount.py");

/// The program that mounts the folder.
pub(crate) fn mount() -> String {
    (UNMOUNT.to_owned() + MOUNT)
        .replace("$TRUST", &TRUST.as_millis().to_string())
        .replace("$CHUNK", &CHUNK.to_string())
}

/// The program that takes it away again.
pub(crate) const UNMOUNT: &str = include_str!("../board/unmount.py");

/// A question of the board.
#[derive(Debug)]
pub(crate) struct Question {
    /// What is asked.
    pub(crate) kind: String,
    /// The number of what the board holds.
    pub(crate) held: i64,
    /// How much memory it has, in bytes.
    pub(crate) free: u64,
    rest: std::vec::IntoIter<Value>,
}

impl Question {
    pub(crate) fn of(call: HostCall) -> Option<Self> {
        let mut rest = call.arguments.into_iter();
        let kind = rest.next()?;
        let (Value::Str(kind), Some(Value::Int(held)), Some(Value::Int(free))) =
            (kind, rest.next(), rest.next())
        else {
            return None;
        };
        Some(Self {
            kind,
            held,
            free: u64::try_from(free).unwrap_or(0),
            rest,
        })
    }

    /// The next argument, which is a text.
    pub(crate) fn text(&mut self) -> Option<String> {
        match self.rest.next()? {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The next argument, which is a number of at least zero.
    pub(crate) fn number(&mut self) -> Option<u64> {
        match self.rest.next()? {
            Value::Int(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }
}
