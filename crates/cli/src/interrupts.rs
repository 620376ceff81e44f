//! What ctrl-C does, and a request to terminate.
//!
//! Before a program runs on the board, ctrl-C ends the command at once. While one runs, the first ctrl-C
//! goes to the board, and so does the second in case the program caught the first; the third gives up.
//!
//! A request to terminate, and a terminal that closes, begin as ctrl-C does, and end the command within
//! two seconds whatever the program on the board does.

use std::io;
use std::process;
#[cfg(all(unix, feature = "sim"))]
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(unix)]
use std::thread::{self, sleep};
#[cfg(unix)]
use std::time::Duration;

use belay_device::Interrupter;
use belay_transport::Cancel;

use crate::Error;
use crate::diagnostics::diagnose;
use crate::printer::Printer;

/// How long a program on the board has to end in its own way when this process is asked to terminate.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(1);
/// After that it is interrupted this often, at this distance: one that catches ctrl-C is stopped by one
/// that arrives while it handles another.
#[cfg(unix)]
const STROKES: u32 = 50;
#[cfg(unix)]
const TICK: Duration = Duration::from_millis(10);
/// How long the command has then to say what has become of it.
#[cfg(unix)]
const LAST: Duration = Duration::from_millis(300);

/// The one handler of this process.
#[derive(Debug, Clone)]
pub(crate) struct Interrupts {
    target: Arc<Mutex<Target>>,
    /// What says what has been done.
    printer: Arc<Mutex<Printer>>,
}

/// What the next ctrl-C stops.
#[derive(Debug, Default)]
enum Target {
    /// This process, which has nothing to leave in order.
    #[default]
    Process,
    /// The attempt to reach a board, or to leave it in order.
    Connection(Cancel),
    /// A program on the board, or on each of several, which has been interrupted this many times.
    Program {
        interrupters: Vec<Interrupter>,
        count: u32,
    },
    /// Nothing: who is to hear of it has heard, or hears from the terminal, as a program of this computer
    /// does. The third ends this process.
    HeldOff { count: u32, program: Option<u32> },
    /// Whoever waits for it.
    #[cfg(all(unix, feature = "sim"))]
    Waiter(Sender<()>),
}

impl Interrupts {
    /// A handler that says through `printer` what it does, once it is [installed](Self::install).
    pub(crate) fn new(printer: Printer) -> Self {
        Self {
            target: Arc::default(),
            printer: Arc::new(Mutex::new(printer)),
        }
    }

    /// Says through another `printer` what is done from now on.
    pub(crate) fn speak_through(&self, printer: &Printer) {
        *lock(&self.printer) = printer.clone();
    }

    /// Begins to handle ctrl-C and requests to terminate.
    #[cfg(unix)]
    pub(crate) fn install(&self) -> Result<(), Error> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

        let mut wanted = vec![SIGINT, SIGTERM];
        // What `nohup` has started outlives its terminal.
        if !is_ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let mut signals = signal_hook::iterator::Signals::new(wanted).map_err(Error::Signals)?;
        let interrupts = self.clone();
        thread::spawn(move || {
            for signal in signals.forever() {
                let printer = lock(&interrupts.printer).clone();
                lock(&interrupts.target).signal(&printer);
                if signal != SIGINT {
                    interrupts.terminate();
                }
            }
        });
        Ok(())
    }

    /// Begins to handle ctrl-C.
    #[cfg(not(unix))]
    pub(crate) fn install(&self) -> Result<(), Error> {
        let interrupts = self.clone();
        let set = ctrlc::set_handler(move || {
            let printer = lock(&interrupts.printer).clone();
            lock(&interrupts.target).signal(&printer);
        });
        set.map_err(|error| Error::Signals(io::Error::other(error)))
    }

    /// Ends this process, which has been asked to end what it does. The command most often ends by itself.
    #[cfg(unix)]
    fn terminate(&self) -> ! {
        use rustix::process::{Pid, Signal, kill_process};

        if let Target::HeldOff {
            program: Some(id), ..
        } = &*lock(&self.target)
            && let Some(id) = i32::try_from(*id).ok().and_then(Pid::from_raw)
        {
            // It may have ended by itself.
            let _ = kill_process(id, Signal::TERM);
        }
        sleep(GRACE);
        for _ in 0..STROKES {
            if let Target::Program { interrupters, .. } = &*lock(&self.target) {
                interrupters.iter().for_each(Interrupter::interrupt);
            }
            sleep(TICK);
        }
        if let Target::Program { interrupters, .. } = &*lock(&self.target) {
            interrupters.iter().for_each(Interrupter::abandon);
        }
        sleep(LAST);
        process::exit(1)
    }

    /// Ends what `cancel` guards at ctrl-C from now on.
    pub(crate) fn to_connection(&self, cancel: &Cancel) {
        *lock(&self.target) = Target::Connection(cancel.clone());
    }

    /// Does nothing at ctrl-C from now on, but ends this process at the third.
    pub(crate) fn hold_off(&self) {
        *lock(&self.target) = Target::HeldOff {
            count: 0,
            program: None,
        };
    }

    /// Starts a program of this computer. It hears of ctrl-C from the terminal, and from here of a request
    /// to terminate.
    pub(crate) fn spawn(&self, command: &mut process::Command) -> io::Result<process::Child> {
        // A request that comes meanwhile waits, and then finds the program.
        let mut target = lock(&self.target);
        let child = command.spawn()?;
        *target = Target::HeldOff {
            count: 0,
            program: Some(child.id()),
        };
        Ok(child)
    }

    /// Sends ctrl-C to the board from now on.
    pub(crate) fn to_program(&self, interrupter: Interrupter) {
        self.to_programs(vec![interrupter]);
    }

    /// Sends ctrl-C to one more board than before.
    pub(crate) fn to_program_as_well(&self, interrupter: Interrupter) {
        if let Target::Program { interrupters, .. } = &mut *lock(&self.target) {
            interrupters.push(interrupter);
        }
    }

    /// Sends ctrl-C to several boards from now on.
    pub(crate) fn to_programs(&self, interrupters: Vec<Interrupter>) {
        *lock(&self.target) = Target::Program {
            interrupters,
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
                printer.explain(&diagnose(&Error::Interrupted).explanation);
                process::exit(1);
            }
            Self::Connection(cancel) => cancel.cancel(),
            Self::HeldOff { count, .. } => {
                *count += 1;
                if *count > 2 {
                    process::exit(1);
                }
            }
            Self::Program {
                interrupters,
                count,
            } => {
                *count += 1;
                match *count {
                    1 => {
                        printer.step("interrupting the program");
                        interrupters.iter().for_each(Interrupter::interrupt);
                    }
                    2 => {
                        printer.note(
                            "the program goes on after ctrl-C; interrupting it again (a third \
                             ctrl-C stops waiting for it)",
                        );
                        interrupters.iter().for_each(Interrupter::interrupt);
                    }
                    3 => interrupters.iter().for_each(Interrupter::abandon),
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

/// Whether the system drops a signal to this process, because who has started it wanted so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    // Only Linux has this file.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// A panic elsewhere leaves a target, or a printer, that is as good as any.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
