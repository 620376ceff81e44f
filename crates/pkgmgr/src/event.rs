//! What is told about an operation while it goes on.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc;

use crate::name::PackagePath;

/// What happens while packages are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Another process works on the project; this one waits for it. The first event if it comes.
    Waiting {
        /// The file that is locked.
        path: PathBuf,
    },
    /// A package is being looked up.
    Resolving {
        /// Its canonical URI.
        package: String,
    },
    /// All packages are known.
    Resolved {
        /// How many.
        packages: usize,
        /// How many files they have.
        files: usize,
    },
    /// A file is strange, and accepted all the same.
    Strange {
        /// Its path.
        path: PackagePath,
        /// The line, from 1.
        line: usize,
        /// What is strange there.
        message: String,
    },
    /// A file is there. Comes once for each file, after [`Event::Resolved`].
    File {
        /// Its path.
        path: PackagePath,
        /// Its length in bytes.
        bytes: u64,
    },
    /// More of an answer has come. Not for answers that come at once, and a few times a second at most.
    Received {
        /// The address.
        url: String,
        /// How much it is by now, in bytes.
        bytes: u64,
    },
    /// A request is repeated. May come at any time.
    Retrying {
        /// The address.
        url: String,
        /// Which repetition this is, from 1.
        attempt: u32,
        /// What went wrong.
        reason: String,
    },
}

/// What is told about an operation; the answer `Break` stops it.
pub(crate) type Events<'e> = &'e mut dyn FnMut(Event) -> ControlFlow<()>;

/// Where events go while several threads work.
#[derive(Debug, Clone)]
pub(crate) struct EventSender(pub(crate) mpsc::Sender<Event>);

impl EventSender {
    /// Where nobody listens.
    pub(crate) fn nowhere() -> Self {
        Self(mpsc::channel().0)
    }

    pub(crate) fn send(&self, event: Event) {
        // Who no longer listens has been told enough.
        let _ = self.0.send(event);
    }
}
