//! Links that come back.

use std::fmt;
use std::time::Duration;

use belay_transport::{Cancel, OpenOptions, Specifier, Transport, find, identity, list_ports};

use crate::driver::Opener;
use crate::{Device, Error};

/// How many entries a history has, at most.
pub const MAX_HISTORY: usize = 1_000;

/// How a session finds its board again.
pub struct Reconnect {
    /// How often it is tried, at least once; negative: for ever.
    pub attempts: i32,
    /// The pause between two attempts.
    pub pause: Duration,
    /// Opens the byte stream to the board anew.
    pub open: Opener,
}

impl Reconnect {
    /// Tries `attempts` times, with a second in between.
    pub fn new(
        attempts: i32,
        open: impl FnMut(&Cancel) -> Result<Box<dyn Transport>, belay_transport::Error> + Send + 'static,
    ) -> Self {
        Self {
            attempts,
            pause: Duration::from_secs(1),
            open: Box::new(open),
        }
    }

    /// Tries `attempts` times to find again the board that `specifier` names now, with a second in
    /// between. One on USB is known by what it is, on whatever port it comes back.
    pub fn to(attempts: i32, specifier: &Specifier, mut options: OpenOptions) -> Self {
        let ports = list_ports().unwrap_or_default();
        let known = match specifier {
            Specifier::Serial(path) => identity(path, &ports),
            Specifier::Usb(filter) => find(filter, &ports)
                .ok()
                .and_then(|port| identity(&port.path, &ports)),
            _ => None,
        };
        let specifier = known.map_or_else(|| specifier.clone(), Specifier::Usb);
        Self::new(attempts, move |cancel| {
            options.cancel = cancel.clone();
            belay_transport::open(&specifier, &options)
        })
    }
}

impl fmt::Debug for Reconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnect")
            .field("attempts", &self.attempts)
            .field("pause", &self.pause)
            .finish_non_exhaustive()
    }
}

/// What a session does again on a board that has come back.
pub(crate) type Action = Box<dyn FnMut(&mut Device) -> Result<(), Error> + Send>;

/// What a session needs to begin again.
pub(crate) struct Revival {
    reconnect: Reconnect,
    history: Vec<Action>,
}

impl fmt::Debug for Revival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revival")
            .field("reconnect", &self.reconnect)
            .field("history", &self.history.len())
            .finish()
    }
}

impl Device {
    /// Lets the session outlive its link from now on.
    ///
    /// The call during which the link breaks fails with [`Error::ConnectionLost`], and is not run
    /// again: whether it has run is not known. The next call connects anew, restarts the board's
    /// interpreter and does again, in order, what the session has done to it from now on: what
    /// [`exec`](Self::exec), [`setup`](Self::setup), [`task`](Self::task) and
    /// [`Task::spawn`](crate::Task::spawn) have run, and what [`remember`](Self::remember) was given.
    /// Calls of tasks, evaluations and batches are not done again. Tasks and the queue of events work
    /// on; proxies and generators are gone.
    ///
    /// The history has up to [`MAX_HISTORY`] entries; what would be one more is refused with
    /// [`Error::HistoryFull`] before it runs.
    pub fn set_reconnect(&mut self, reconnect: Reconnect) {
        let history = self.session.revival.take();
        self.session.revival = Some(Revival {
            reconnect,
            history: history.map_or_else(Vec::new, |revival| revival.history),
        });
    }

    /// Does something now, and again whenever the session has come back to its board: syncing a
    /// folder with `belay-deploy` for example, which writes only what differs. An error that is none of
    /// this crate's is [`Error::Remembered`].
    ///
    /// ```no_run
    /// # fn deploy(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
    /// device.remember(|device| device.files().write("/mode", b"field"))
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `action`, which is not remembered then, and [`Error::HistoryFull`] before it is done.
    pub fn remember(
        &mut self,
        mut action: impl FnMut(&mut Self) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.admit()?;
        // What the action does on its own is not recorded beside it.
        let revival = self.session.revival.take();
        let result = action(self);
        self.session.revival = revival;
        result?;
        self.record(|| Box::new(action));
        Ok(())
    }

    /// Connects anew and does again what the history holds.
    ///
    /// # Errors
    /// [`Error::NotReconnected`] when all attempts have failed or there is no
    /// [`set_reconnect`](Self::set_reconnect); an exception of what is done again.
    pub fn reconnect(&mut self) -> Result<(), Error> {
        let Some(mut revival) = self.session.revival.take() else {
            return Err(Error::NotReconnected {
                attempts: 0,
                source: None,
            });
        };
        let result = self.revive_often(&mut revival);
        self.session.revival = Some(revival);
        if result.is_err() {
            self.link.driver.broken = true;
        }
        result
    }

    fn revive_often(&mut self, revival: &mut Revival) -> Result<(), Error> {
        let mut attempts = 0_u32;
        self.link.driver.forget_requests();
        loop {
            let error = match self.revive(revival) {
                Err(
                    error @ (Error::Transport(_)
                    | Error::Timeout { .. }
                    | Error::Violation { .. }
                    | Error::Damaged { .. }
                    | Error::DamagedAnswer),
                ) => error,
                other => return other,
            };
            attempts = attempts.saturating_add(1);
            let limit = revival.reconnect.attempts;
            if u32::try_from(limit).is_ok_and(|limit| attempts >= limit) {
                return Err(Error::NotReconnected {
                    attempts,
                    source: Some(Box::new(error)),
                });
            }
            self.link.driver.pause(revival.reconnect.pause)?;
        }
    }

    fn revive(&mut self, revival: &mut Revival) -> Result<(), Error> {
        let transport = self.link.driver.open(&mut revival.reconnect.open)?;
        self.renew(transport);
        self.soft_reset()?;
        self.start_up()?;
        self.restore_events()?;
        for entry in &mut revival.history {
            entry(self)?;
        }
        Ok(())
    }

    /// Refuses what the history has no room for.
    pub(crate) fn admit(&mut self) -> Result<(), Error> {
        match &self.session.revival {
            Some(revival) if revival.history.len() >= MAX_HISTORY => {
                Err(Error::HistoryFull { limit: MAX_HISTORY })
            }
            _ => Ok(()),
        }
    }

    /// Adds to the history, if there is one.
    pub(crate) fn record(&mut self, entry: impl FnOnce() -> Action) {
        if let Some(revival) = &mut self.session.revival {
            revival.history.push(entry());
        }
    }

    /// The error of a call, said as it is where the link may come back.
    pub(crate) fn lost(&self, error: Error) -> Error {
        match error {
            Error::Transport(source)
                if self.link.driver.broken && self.session.revival.is_some() =>
            {
                Error::ConnectionLost { source }
            }
            error => error,
        }
    }
}
