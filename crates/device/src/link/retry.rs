//! How often something is tried over a link that damages it.

use std::time::Duration;

use crate::Error;

/// How many attempts in a row may bring nothing.
const ATTEMPTS: u32 = 16;

/// Counts the attempts that have brought nothing.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Retry {
    fruitless: u32,
    /// When it is to be over, whatever comes.
    until: Option<Duration>,
}

impl Retry {
    /// Attempts from `now` on that are over after `limit`.
    pub(crate) fn within(limit: Option<Duration>, now: Duration) -> Self {
        Self {
            fruitless: 0,
            until: limit.and_then(|limit| now.checked_add(limit)),
        }
    }

    /// As many attempts, which are over at the same time.
    pub(crate) fn anew(self) -> Self {
        Self {
            fruitless: 0,
            ..self
        }
    }

    /// How long an answer may be waited for.
    pub(crate) fn patience(self, usual: Duration, now: Duration) -> Duration {
        self.until
            .map_or(usual, |until| usual.min(until.saturating_sub(now)))
    }

    /// One more attempt has brought nothing.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there were too many in a row, or it is too late for more.
    pub(crate) fn failed(&mut self, now: Duration) -> Result<(), Error> {
        self.fruitless += 1;
        let over = self.until.is_some_and(|until| now >= until);
        if self.fruitless < ATTEMPTS && !over {
            return Ok(());
        }
        Err(Error::Damaged {
            attempts: self.fruitless,
        })
    }

    /// An attempt has brought something, or nothing.
    ///
    /// # Errors
    /// As [`failed`](Self::failed).
    pub(crate) fn count(&mut self, got_on: bool, now: Duration) -> Result<(), Error> {
        if got_on {
            self.fruitless = 0;
            return Ok(());
        }
        self.failed(now)
    }

    /// How many attempts in a row have brought nothing.
    pub(crate) fn fruitless(&self) -> u32 {
        self.fruitless
    }
}
