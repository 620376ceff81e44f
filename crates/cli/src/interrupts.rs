//! What ctrl-C does.
//!
//! Before a program runs on the board it ends the command at once. While one runs, the first ctrl-C goes to
//! the board, and so does the second in case the program caught the first; the third gives up. A
//! request to terminate, and a terminal that closes, count as ctrl-C.

use std::process;
#[cfg(all(unix, feature = "sim"))]
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use belay_device::Interrupter;

use crate::Error;
use crate::cancel::Cancel;
use crate::diagnostics::diagnose;
use crate::printer::Printer;

/// The one handler of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupts {
    target: Arc<Mutex<Target>>,
}

/// What the next ctrl-C stops.
#[derive(Debug, Default)]
enum Target {
    /// This process, which has nothing to leave in order.
    #[default]
    Process,
    /// The attempt to reach a board, or to leave it in order.
    Connection(Cancel),
    /// A program on the board, which has been interrupted this many times.
    Program {
        interrupter: Interrupter,
        count: u32,
    },
    /// Nothing: who is to hear of it has heard, or hears from the terminal. The third ends this process.
    HeldOff { count: u32 },
    /// Whoever waits for it.
    #[cfg(all(unix, feature = "sim"))]
    Waiter(Sender<()>),
}

impl Interrupts {
    /// Begins to handle ctrl-C.
    pub(crate) fn install(&self, printer: &Printer) -> Result<(), Error> {
        let (target, printer) = (Arc::clone(&self.target), printer.clone());
        ctrlc::set_handler(move || lock(&target).signal(&printer))?;
        Ok(())
    }

    /// Ends what `cancel` guards at ctrl-C from now on.
    pub(crate) fn to_connection(&self, cancel: &Cancel) {
        *lock(&self.target) = Target::Connection(cancel.clone());
    }

    /// Does nothing at ctrl-C from now on, but ends this process at the third.
    pub(crate) fn hold_off(&self) {
        *lock(&self.target) = Target::HeldOff { count: 0 };
    }

    /// Sends ctrl-C to the board from now on.
    pub(crate) fn to_program(&self, interrupter: Interrupter) {
        *lock(&self.target) = Target::Program {
            interrupter,
            count: 0,
        };
    }

    /// Tells of ctrl-C through a channel from now on.
    #[cfg(all(unix, feature = "sim"))]
    pub(crate) fn to_waiter(&self) -> Receiver<()> {
        let (sender, receiver) = channel();
        *lock(&self.target) = Target::Waiter(sender);
        receiver
    }
}

impl Target {
    fn signal(&mut self, printer: &Printer) {
        match self {
            Self::Process => {
                printer.report(&diagnose(&Error::Interrupted).report);
                process::exit(1);
            }
            Self::Connection(cancel) => cancel.cancel(),
            Self::HeldOff { count } => {
                *count += 1;
                if *count > 2 {
                    process::exit(1);
                }
            }
            Self::Program { interrupter, count } => {
                *count += 1;
                match *count {
                    1 => {
                        printer.step("interrupting the program");
                        interrupter.interrupt();
                    }
                    2 => {
                        printer.note(
                            "the program goes on after ctrl-C; interrupting it again (a third \
                             ctrl-C stops waiting for it)",
                        );
                        interrupter.interrupt();
                    }
                    3 => interrupter.abandon(),
                    // Whatever holds the session up, such as a reader of the output that pauses.
                    _ => process::exit(1),
                }
            }
            #[cfg(all(unix, feature = "sim"))]
            Self::Waiter(sender) => {
                // The receiver is gone when the wait is over, and then all is said.
                let _ = sender.send(());
            }
        }
    }
}

/// A panic elsewhere leaves a target that is as good as any.
fn lock(target: &Mutex<Target>) -> MutexGuard<'_, Target> {
    target.lock().unwrap_or_else(PoisonError::into_inner)
}
