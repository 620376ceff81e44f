//! The simulated board of a command, where this build has one.

#[cfg(not(all(unix, feature = "sim")))]
pub(crate) use absent::Simulated;

#[cfg(not(all(unix, feature = "sim")))]
mod absent {
    use crate::Error;
    use crate::commands::Context;

    /// No board: this build has no simulator.
    pub(crate) struct Simulated;

    impl Simulated {
        pub(crate) fn start(_: &Context, _: &str) -> Result<Self, Error> {
            Err(Error::NoSimulator)
        }

        /// The stand-in for a board that is elsewhere.
        pub(crate) fn none() -> Self {
            Self
        }

        /// Whether a simulated board lives in this process.
        pub(crate) fn is_here(&self) -> bool {
            false
        }

        /// The path of the board's pty.
        pub(crate) fn path(&self) -> &str {
            ""
        }
    }
}
