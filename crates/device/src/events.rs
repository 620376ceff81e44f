//! Events: what a board tells unasked.

use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use crate::board_code::{EVENTS, prepare};
use crate::call::{CallOptions, Code};
use crate::inbox::{Event, Inbox};
use crate::{Device, Error};

/// How many events wait for whoever takes them.
const WAITING: usize = 4096;

impl Device {
    /// The events that the board tells from now on, and a function for it that makes them:
    /// `belay_emit(name, value=None)`. A queue that was given out before gets no more.
    ///
    /// Code on the board may call it anywhere: in a task, in a thread, in an interrupt handler, even
    /// one that may not allocate memory. Events come into the queue while the session reads what the
    /// board prints, so during calls; what is told between calls comes with the next one, or with
    /// [`listen`](Self::listen). Whoever takes one, on any thread, may call the device. Up to 32 events
    /// wait on the board, and 4,096 in the queue; what does not fit is counted by
    /// [`lost_events`](Self::lost_events).
    ///
    /// Takes one round trip; after a restart of the board it has to be called again.
    ///
    /// ```no_run
    /// # fn watch(device: &mut belay_device::Device) -> Result<(), belay_device::Error> {
    /// use std::time::Duration;
    ///
    /// let events = device.events()?;
    /// device.exec("Pin(14, Pin.IN).irq(lambda pin: belay_emit('pressed', pin.value()))")?;
    /// device.listen(Duration::from_secs(60))?;
    /// for event in events.try_iter() {
    ///     println!("{} {}", event.name, event.value::<i32>()?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`exec`](Self::exec). The queue from before goes on then.
    pub fn events(&mut self) -> Result<Receiver<Event>, Error> {
        self.ready()?;
        let check = if self.is_checked()? {
            Some(self.link.check()?)
        } else {
            None
        };
        let mark = self.link.driver.repl().next_mark();
        let lost = self.lost_events();
        let (sender, events) = sync_channel(WAITING);
        let inbox = Inbox::new(mark, sender, lost, check);
        let earlier = self.link.driver.inbox.replace(inbox);
        let result = self.send_emitter();
        if result.is_err() {
            self.link.driver.inbox = earlier;
        }
        result.map(|()| events)
    }

    /// Gives a board that has come back what it needs to tell events.
    pub(crate) fn restore_events(&mut self) -> Result<(), Error> {
        let Some(inbox) = &mut self.link.driver.inbox else {
            return Ok(());
        };
        inbox.forget();
        self.send_emitter()
    }

    fn send_emitter(&mut self) -> Result<(), Error> {
        let Some(inbox) = &self.link.driver.inbox else {
            return Ok(());
        };
        let checked = if inbox.check.is_some() { "1" } else { "0" };
        let values = [("$MARK", inbox.mark.as_str()), ("$CHECKED", checked)];
        let code = prepare(EVENTS, &values);
        self.call(&Code::Helper(&code, &[]), CallOptions::new())
            .map(drop)
    }

    /// Waits until the board has told something that has not come into the queue yet, for at most `wait`, and says
    /// whether it has. The board's main program does nothing else meanwhile; its threads and interrupts do.
    ///
    /// # Errors
    /// [`Error::Gone`] if the board has no `belay_emit`.
    pub fn listen(&mut self, wait: Duration) -> Result<bool, Error> {
        let limit = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let known = self
            .link
            .driver
            .inbox
            .as_ref()
            .map_or(0, |inbox| inbox.told);
        // The wait itself is no part of what a call may take.
        let options = CallOptions {
            timeout: self
                .options
                .call_timeout
                .map(|limit| limit.saturating_add(wait)),
            ..CallOptions::new()
        };
        let told: u64 = self.eval_with(&format!("_belay_listen({known},{limit})"), options)?;
        if let Some(inbox) = &mut self.link.driver.inbox {
            // What was damaged on the way has been told, too.
            if inbox.check.is_some() {
                inbox.lost += told.saturating_sub(inbox.told);
            }
            inbox.told = told;
        }
        Ok(told != known)
    }

    /// How many events have been lost: for lack of room on the board, or damaged on the way.
    pub fn lost_events(&self) -> u64 {
        self.link
            .driver
            .inbox
            .as_ref()
            .map_or(0, |inbox| inbox.lost)
    }
}
