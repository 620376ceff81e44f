//! Cable and power.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::boot::{Cause, Step};
use super::{Control, Reset, Worker};
use crate::Error;
use crate::faults::Direction;

/// How long a client has to read what arrived before the link was cut.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(1);

impl Worker {
    /// Does what the handle asks for; whether the board goes on.
    pub(super) fn obey(&mut self, control: Control) -> Result<bool, Error> {
        // Whoever asked and does not wait for the answer does not want it.
        match control {
            Control::Stop => return Ok(false),
            Control::Reset(done) => {
                if self.is_powered() {
                    self.restart(Reset::Hard)?;
                }
                let _ = done.send(());
            }
            Control::Watchdog if self.is_powered() => self.restart(Reset::Watchdog)?,
            Control::Watchdog => {}
            Control::Unplug(done) => {
                self.unplug();
                let _ = done.send(());
            }
            Control::PlugIn(done) => {
                let result = if self.is_powered() {
                    self.plug_in()
                } else {
                    Ok(())
                };
                let _ = done.send(result);
            }
            Control::PowerOff(done) => {
                self.power_off();
                let _ = done.send(());
            }
            Control::PowerOn(done) => self.power_on(done)?,
            Control::Written => self.written(Instant::now()),
            Control::LinkFaults(faults, done) => {
                self.to_board = faults.line(Direction::ToBoard);
                self.to_host = faults.line(Direction::ToHost);
                let _ = done.send(());
            }
        }
        Ok(true)
    }

    pub(super) fn is_powered(&self) -> bool {
        self.shared.powered.load(Ordering::Acquire)
    }

    /// Pulls the cable.
    pub(super) fn unplug(&mut self) {
        self.shared.plugged_in.store(false, Ordering::Release);
        self.hang_up = None;
        for port in &mut self.ports {
            port.unplug();
        }
    }

    fn plug_in(&mut self) -> Result<(), Error> {
        self.hang_up = None;
        let mut plugs = self.ports.iter_mut().map(|port| port.plug.plug_in());
        plugs
            .try_for_each(|result: io::Result<()>| result)
            .map_err(|source| Error::Pty { source })?;
        self.shared.plugged_in.store(true, Ordering::Release);
        Ok(())
    }

    /// The board is off at once.
    pub(super) fn power_off(&mut self) {
        self.interpreter.end();
        self.shared.powered.store(false, Ordering::Release);
        // A power cut in the flash happens once. If that cannot be written, the next start
        // meets the same cut, which its client will notice.
        let _ = self.shared.home.put("faults", &[0; 8]);
        if let Some(ready) = self.ready.take() {
            let text = "power failed".to_owned();
            let _ = ready.send(Err(Error::Boot { text }));
        }
        self.shared.hardware.restart(true, true);
        // The clock has no battery. One that cannot be cleared goes on.
        let _ = self.shared.home.put("rtc", &[0; 8]);
        self.reset = None;
        self.input.clear();
        self.out.clear();
        self.repl.boot(false, &mut self.out);
        self.boot = Step::Starting;
        self.unplug();
    }

    fn power_on(&mut self, done: SyncSender<Result<(), Error>>) -> Result<(), Error> {
        if let Err(error) = self.plug_in() {
            let _ = done.send(Err(error));
            return Ok(());
        }
        if self.is_powered() {
            let _ = done.send(Ok(()));
            return Ok(());
        }
        self.ready = Some(done);
        self.begin(Cause::PowerOn)?;
        self.shared.powered.store(true, Ordering::Release);
        Ok(())
    }

    /// The link is cut behind what the board has said, as soon as the client has that.
    pub(super) fn cut_link(&mut self, now: Instant) {
        self.hang_up = Some(now + LAST_LOOK);
    }

    /// Hangs up if the time for it has come; otherwise when to look again.
    pub(super) fn hang_up(&mut self, now: Instant) {
        if let Some(limit) = self.hang_up
            && (now >= limit || self.ports.iter().all(crate::port::Port::is_drained))
        {
            self.unplug();
        }
    }

    /// When to look whether it is time to hang up.
    pub(super) fn next_look(&self, now: Instant) -> Option<Instant> {
        self.hang_up.map(|limit| limit.min(now + LOOK))
    }
}
