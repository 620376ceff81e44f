//! The simulated board of a command, where this build has one.

#[cfg(not(all(unix, feature = "sim")))]
pub(crate) use absent::Simulated;
#[cfg(all(unix, feature = "sim"))]
pub(crate) use board::{Simulated, delete, list, parse, path};

#[cfg(all(unix, feature = "sim"))]
mod board;

#[cfg(not(all(unix, feature = "sim")))]
mod absent {
    use crate::Error;
    use crate::context::Context;

    /// A board that no build without the simulator has.
    pub(crate) enum Simulated {}

    impl Simulated {
        pub(crate) fn start(_: &Context, _: &str) -> Result<Self, Error> {
            Err(Error::NoSimulator)
        }

        pub(crate) fn may_damage(&self) -> bool {
            match *self {}
        }

        pub(crate) fn webrepl(&self) -> Option<(std::net::SocketAddr, &str)> {
            match *self {}
        }

        pub(crate) fn press_reset(&self) -> bool {
            match *self {}
        }

        /// The path of the board's pty.
        pub(crate) fn path(&self) -> &str {
            match *self {}
        }
    }
}
