//! The thread that is the board: it joins link, REPL and interpreter.

mod boot;
mod circuitpython;
mod hold;
mod input;
mod output;
mod power;
mod wakeup;
mod webrepl;

use std::collections::VecDeque;
use std::io::PipeReader;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::Error;
use crate::bus::Bus;
use crate::faults::{Direction, Injector, LinkFaults};
use crate::frames::Decoder;
use crate::hardware::Hardware;
use crate::home::Home;
use crate::interpreter::{Interpreter, Machine};
use crate::output::Output;
use crate::port::Port;
use crate::repl::Repl;

/// What the board's handle asks for.
pub(crate) enum Control {
    /// A hard reset; the sender hears when the interpreter has been started again.
    Reset(SyncSender<()>),
    /// A hard reset that nobody waits for, because the watchdog was not fed.
    Watchdog,
    /// The cable, out and in.
    Unplug(SyncSender<()>),
    PlugIn(SyncSender<Result<(), Error>>),
    PowerOff(SyncSender<()>),
    /// The sender hears when the board is up.
    PowerOn(SyncSender<Result<(), Error>>),
    LinkFaults(LinkFaults, SyncSender<()>),
    /// Something has been written to the drive, and not by the board.
    Written,
    /// The end.
    Stop,
}

/// What the thread shares with the board's handle.
pub(crate) struct Shared {
    pub(crate) home: Home,
    pub(crate) hardware: Arc<Hardware>,
    pub(crate) bus: Arc<Bus>,
    /// Bytes lost because the input buffer was full.
    pub(crate) lost: AtomicU64,
    /// How often a host has begun to speak.
    pub(crate) round_trips: AtomicU64,
    /// Why the board stopped by itself.
    pub(crate) failure: Mutex<Option<String>>,
    pub(crate) powered: AtomicBool,
    pub(crate) plugged_in: AtomicBool,
    /// The flash image.
    pub(crate) image: PathBuf,
}

/// What the board is made of.
pub(crate) struct Parts {
    pub(crate) machine: Machine,
    /// Bytes of the input buffer.
    pub(crate) buffer: usize,
    /// Whether a full input buffer loses bytes instead of holding the host up.
    pub(crate) lossy: bool,
    /// Whether output is slow enough for the buffers of the system to matter.
    pub(crate) slow: bool,
    /// Whether the link has a latency, which is to be kept exactly.
    pub(crate) delayed: bool,
    /// How much earlier than it is due the board takes what arrives, because it is that late
    /// until its interpreter has been woken. No answer leaves before that time is over.
    pub(crate) ahead: Duration,
    pub(crate) link_faults: LinkFaults,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reset {
    Soft,
    Hard,
    Watchdog,
    /// Not a reset but the end of power.
    Off,
}

pub(crate) struct Worker {
    /// Dropped before the flash image is unlocked.
    interpreter: Interpreter,
    parts: Parts,
    shared: Arc<Shared>,
    /// Taken out while it hands out pieces.
    decoder: Option<Decoder>,
    repl: Repl,
    boot: boot::Step,
    /// Why the board starts or has started.
    cause: boot::Cause,
    supervised: circuitpython::Supervised,
    ports: Vec<Port>,
    /// The link's faults.
    to_board: Injector,
    to_host: Injector,
    /// When the last bytes from the host were due.
    arrived: Option<Instant>,
    /// The link has been cut; the latest time when the client notices.
    hang_up: Option<Instant>,
    /// A line that waits for the interpreter to have had its time.
    hold: Option<hold::Hold>,
    /// What has arrived and neither REPL nor program has taken.
    input: VecDeque<u8>,
    /// The byte that interrupts a program.
    interrupt: Option<u8>,
    /// When it does that where the firmware is slow to notice it.
    late_interrupt: Option<Instant>,
    /// What the board says, on its way to the ports.
    out: Output,
    /// The text of a report, as far as it has come.
    report: Vec<u8>,
    /// A reset to be done as soon as the state of the loop allows.
    reset: Option<Reset>,
    /// What a client of WebREPL wants of the file system, and which port it is at: not yet begun, and
    /// under way.
    file_order: Option<(usize, webrepl::Order)>,
    file_port: Option<usize>,
    /// The board waits for a request and does nothing else.
    blocked: bool,
    /// Interpreters that died in a row without getting as far as a prompt.
    deaths: u32,
    control: Receiver<Control>,
    wake: PipeReader,
    /// Hears when the board is up for the first time.
    ready: Option<SyncSender<Result<(), Error>>>,
    /// Told when `boot.py` has run.
    booted: Option<SyncSender<Result<(), Error>>>,
}

/// More output than this waits in the interpreter's pipe.
const OUTPUT: usize = 8192;

/// The same on a slow link, where a program should not run ahead of what it prints.
const OUTPUT_SLOW: usize = 128;

impl Worker {
    pub(crate) fn new(
        hardware: Parts,
        shared: Arc<Shared>,
        ports: Vec<Port>,
        control: (Receiver<Control>, PipeReader),
        ready: SyncSender<Result<(), Error>>,
    ) -> Result<Self, Error> {
        let interpreter = Self::spawn(&hardware, &shared, boot::Cause::PowerOn)?;
        let to_board = hardware.link_faults.line(Direction::ToBoard);
        let to_host = hardware.link_faults.line(Direction::ToHost);
        let repl = Repl::new(hardware.machine.firmware.clone());
        Ok(Self {
            decoder: Some(Decoder::new(hardware.machine.mark)),
            parts: hardware,
            shared,
            interpreter,
            repl,
            boot: boot::Step::Starting,
            cause: boot::Cause::PowerOn,
            supervised: circuitpython::Supervised::default(),
            ports,
            to_board,
            to_host,
            arrived: None,
            hang_up: None,
            hold: None,
            input: VecDeque::new(),
            interrupt: Some(3),
            late_interrupt: None,
            out: Output::default(),
            report: Vec::new(),
            reset: None,
            file_order: None,
            file_port: None,
            blocked: false,
            deaths: 0,
            control: control.0,
            wake: control.1,
            ready: Some(ready),
            booted: None,
        })
    }

    /// Is the board until it is dropped or its interpreter is gone for good.
    pub(crate) fn run(mut self) {
        if let Err(error) = self.serve() {
            let mut reason = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                reason = format!("{reason}: {cause}");
                source = cause.source();
            }
            *self
                .shared
                .failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(reason);
            if let Some(ready) = self.ready.take() {
                let _ = ready.send(Err(error));
            }
        }
        self.shared.hardware.stop();
    }

    fn serve(&mut self) -> Result<(), Error> {
        wakeup::minimize_slack();
        let mut ready = Ready::default();
        loop {
            if ready.control && !self.controlled()? {
                return Ok(());
            }
            let now = Instant::now();
            for &index in &ready.ports {
                self.ports[index].transfer(now);
            }
            let round_trips = self.ports.iter().map(|port| port.round_trips).sum();
            let counter = &self.shared.round_trips;
            counter.store(round_trips, Ordering::Relaxed);
            self.look_after_webrepl();
            self.arrive(now + self.parts.ahead)?;
            if ready.output {
                self.read_output()?;
            }
            if ready.errors {
                self.read_errors();
            }
            self.interrupt_late(now);
            self.reload_when_due(now);
            self.interpreter.nudge(now);
            if let Some(action) = self.repl.pause(now) {
                self.act(action)?;
            }
            self.pump(now)?;
            while let Some(reset) = self.reset.take() {
                self.restart(reset)?;
                self.pump(now)?;
            }
            self.out.close(now);
            self.send(now);
            self.hang_up(now);
            ready = if self.look_after_webrepl() {
                Ready::default()
            } else {
                self.wait()?
            };
        }
    }

    /// Waits until there is something to do.
    fn wait(&mut self) -> Result<Ready, Error> {
        #[derive(Clone, Copy)]
        enum Source {
            Control,
            Output,
            Errors,
            Input,
            Port(usize),
        }

        let room = self.room();
        let powered = self.is_powered();
        let mut sources = vec![Source::Control];
        let mut fds = vec![PollFd::new(&self.wake, PollFlags::IN)];
        if powered {
            sources.push(Source::Errors);
            fds.push(PollFd::from_borrowed_fd(
                self.interpreter.errors(),
                PollFlags::IN,
            ));
        }
        if powered && self.takes_output() {
            sources.push(Source::Output);
            fds.push(PollFd::from_borrowed_fd(
                self.interpreter.output(),
                PollFlags::IN,
            ));
        }
        if self.hold.is_some() || self.waits_for_program(room) {
            sources.push(Source::Input);
            fds.push(PollFd::from_borrowed_fd(
                self.interpreter.input(),
                PollFlags::OUT,
            ));
        }
        let mut deadline = [
            self.repl.deadline(),
            self.interpreter.next_nudge(),
            self.late_interrupt,
            self.next_reload(),
            self.out.deadline(),
            self.next_look(Instant::now()),
            self.next_hold(Instant::now()),
        ]
        .into_iter()
        .flatten()
        .min();
        let mut due = None;
        for (index, port) in self.ports.iter().enumerate() {
            let read = port.incoming.room() > 0 && (self.parts.lossy || room > 0);
            for (fd, flags) in port.interest(read) {
                sources.push(Source::Port(index));
                fds.push(PollFd::from_borrowed_fd(fd, flags));
            }
            let take = self.taken_by_server(index);
            let take = take.map_or(room > 0 && self.hold.is_none(), |room| room > 0);
            let next = port.next(take, self.parts.ahead);
            due = [due, next].into_iter().flatten().min();
        }
        let wake = due.map(|due| {
            if self.parts.delayed {
                wakeup::before(due)
            } else {
                due
            }
        });
        deadline = [deadline, wake].into_iter().flatten().min();
        let timeout = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            Timespec {
                tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            }
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(0) if self.parts.delayed => due.into_iter().for_each(wakeup::spin_until),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Error::system("waiting for the link")(error.into())),
        }
        let mut ready = Ready::default();
        for (fd, source) in fds.iter().zip(sources) {
            if fd.revents().is_empty() {
                continue;
            }
            match source {
                Source::Control => ready.control = true,
                Source::Output => ready.output = true,
                Source::Errors => ready.errors = true,
                Source::Input => {}
                Source::Port(index) => {
                    if !ready.ports.contains(&index) {
                        ready.ports.push(index);
                    }
                }
            }
        }
        Ok(ready)
    }

    /// Does what the handle asks for; whether the board goes on.
    fn controlled(&mut self) -> Result<bool, Error> {
        let mut byte = [0; 64];
        rustix::io::read(&self.wake, &mut byte)
            .map_err(|error| Error::system("listening to the handle")(error.into()))?;
        while let Ok(control) = self.control.try_recv() {
            if !self.obey(control)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What there is to do after waiting.
#[derive(Default)]
struct Ready {
    control: bool,
    output: bool,
    errors: bool,
    ports: Vec<usize>,
}
