//! What byte streams bear.

/// What a stream bears, and what becomes of it.
///
/// Whether it has a speed and modem lines is what [`Transport::serial`](crate::Transport::serial) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Properties {
    /// Bytes may be lost or changed on their way, and nothing below sees to them.
    pub damages: bool,
    /// How long a command may be, in bytes, that goes out in one write, without asking how much the
    /// board takes in; zero for no more than its input buffer holds. The board keeps the whole text.
    pub largest_write: usize,
    /// How many bytes may be under way beyond what the board has granted or acknowledged: more than
    /// zero where the sender is held back and what the board has no room for waits.
    pub unacknowledged: usize,
    /// The stream ends when the board's interpreter restarts, and [`Transport::reopen`](crate::Transport::reopen) opens it anew.
    pub ends_with_restart: bool,
}

impl Properties {
    /// The sender is held back and nothing is lost: TCP, a pty, a chip's native USB.
    pub const RELIABLE: Self = Self {
        damages: false,
        largest_write: 2048,
        unacknowledged: 8192,
        ends_with_restart: false,
    };
    /// What the board has no room for is lost, and noise changes bytes: a UART, alone or behind a USB
    /// bridge, and what is not known.
    pub const LOSSY: Self = Self {
        damages: true,
        largest_write: 0,
        unacknowledged: 0,
        ends_with_restart: false,
    };
}
