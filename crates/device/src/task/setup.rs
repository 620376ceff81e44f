//! Code that prepares a board and cleans up after a session.

use serde::Serialize;

use crate::arguments::assignments;
use crate::board_code::{IMPORTS, prepare};
use crate::call::{CallOptions, Code};
use crate::{Device, Error, Source, Startup};

impl Device {
    /// Runs statements in the board's global name space, where the fields of `globals`, a struct or
    /// a map with names as keys, are variables; `()` has none. What the statements define stays.
    ///
    /// Takes one round trip, or more for a long text.
    ///
    /// ```no_run
    /// # fn prepare(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
    /// use std::collections::BTreeMap;
    ///
    /// let code = "from machine import Pin\nled = Pin(number, Pin.OUT)";
    /// device.setup(code, BTreeMap::from([("number", 25)]))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::ReservedName`] and [`Error::NotAName`] for fields that cannot be variables, and those
    /// of [`exec`](Self::exec).
    pub fn setup(
        &mut self,
        source: impl Into<Source>,
        globals: impl Serialize,
    ) -> Result<(), Error> {
        let (source, assignments) = (source.into(), assignments(globals)?);
        self.admit()?;
        self.run_source(&source, &assignments)?;
        self.record(|| Box::new(move |device| device.run_source(&source, &assignments)));
        Ok(())
    }

    /// Keeps statements that run on the board when the session ends, by [`close`](Self::close), by
    /// [`reboot`](Self::reboot) or by dropping it, in the order in which they were given. What
    /// `globals` are is said at [`setup`](Self::setup).
    ///
    /// All of them run, whatever one of them raises; closing reports the first exception, dropping
    /// reports none. A link that is gone ends the session without them.
    ///
    /// # Errors
    /// [`Error::ReservedName`] and [`Error::NotAName`] as for [`setup`](Self::setup), and
    /// [`Error::OtherImplementation`] for statements that are not meant for the board.
    pub fn teardown(
        &mut self,
        source: impl Into<Source>,
        globals: impl Serialize,
    ) -> Result<(), Error> {
        let (source, assignments) = (source.into(), assignments(globals)?);
        self.check_implementation(&source)?;
        let run = move |device: &mut Self| device.run_source(&source, &assignments);
        self.session.teardown.push(Box::new(run));
        Ok(())
    }

    /// Runs what a session begins with.
    pub(crate) fn start_up(&mut self) -> Result<(), Error> {
        match self.options.startup.clone() {
            Startup::Nothing => Ok(()),
            Startup::Imports => {
                let code = prepare(IMPORTS, &[]) + "_belay_v=None";
                if self.on_link(|link| link.ask_riding(&code))?.is_some() {
                    return Ok(());
                }
                self.call(&Code::Helper(&code, &[]), CallOptions::new())
                    .map(drop)
            }
            Startup::Code(code) => self.statements(&code, CallOptions::new()),
        }
    }

    /// Runs the code that is kept for the end of the session, and gives the first error.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        // The end of a session is no time to look for the board.
        self.session.revival = None;
        if self.link.driver.broken {
            return Ok(());
        }
        let mut result = Ok(());
        for mut action in std::mem::take(&mut self.session.teardown) {
            match action(self) {
                Err(error @ (Error::Transport(_) | Error::Timeout { .. })) => return Err(error),
                other => result = result.and(other),
            }
        }
        result
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // There is nobody left to report to.
        let _ = self.finish();
    }
}
