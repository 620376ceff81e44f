//! What a call may be told.

use std::io::Write;
use std::time::Duration;

/// Where the output of a call goes, and what bounds it. Each field is of one call only.
///
/// ```no_run
/// # fn measure(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
/// use std::time::Duration;
///
/// use belay_device::CallOptions;
///
/// let mut printed = Vec::new();
/// let options = CallOptions::new()
///     .output(&mut printed)
///     .timeout(Duration::from_secs(2));
/// let sum: i32 = device.eval_with("measure()", options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct CallOptions<'a> {
    /// What takes the output of the code while it runs; `None` for that of the session.
    pub output: Option<&'a mut dyn Write>,
    /// How long the call may take, from its first byte to its last. `None` for what
    /// [`ConnectOptions::call_timeout`](crate::ConnectOptions::call_timeout) says.
    pub timeout: Option<Duration>,
    /// Whether the output comes byte by byte as the board sends it. Otherwise it is text, with LF at the ends
    /// of lines where a board says CR LF.
    pub raw: bool,
    /// Whether the call is left out of the history of [`Device::set_reconnect`](crate::Device::set_reconnect).
    pub unrecorded: bool,
}

impl<'a> CallOptions<'a> {
    /// Those of a session.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the output to `output`.
    #[must_use]
    pub fn output(mut self, output: &'a mut dyn Write) -> Self {
        self.output = Some(output);
        self
    }

    /// Interrupts the program after `timeout`.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Leaves the output as the board sends it.
    #[must_use]
    pub fn raw(mut self) -> Self {
        self.raw = true;
        self
    }

    /// Leaves the call out of the history.
    #[must_use]
    pub fn unrecorded(mut self) -> Self {
        self.unrecorded = true;
        self
    }
}
