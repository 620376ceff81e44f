//! What keeps tests from being run.

use std::io;
use std::path::PathBuf;

/// An error that is no test's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder of the host cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file whose name cannot be a module's.
    #[error("{}: not the name of a Python module", path.display())]
    Name {
        /// Its path.
        path: PathBuf,
    },
    /// A path where no tests are.
    #[error("{}: no file test_*.py", path.display())]
    NoTests {
        /// Its path.
        path: PathBuf,
    },
    /// The board, or the link to it, failed before a test could run.
    #[error(transparent)]
    Device(#[from] belay_device::Error),
    /// Somebody has interrupted the tests.
    #[error("interrupted")]
    Interrupted,
}
