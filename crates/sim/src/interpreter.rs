//! The interpreter process behind a board, and the commands it is given.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionread};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process};

use crate::Error;
use crate::engine::Engine;
use crate::firmware::Firmware;
use crate::flash::Image;
use crate::frames::MARK;
use crate::home::Home;
use crate::opcodes::Order;
use crate::webrepl;

/// What the interpreter can be told to do. Each is answered by a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Run a program; `single` prints the values of expressions.
    Exec { source: Vec<u8>, single: bool },
    /// Run a file of the flash: the first of these, one a line, that is there.
    File(String),
    /// Keep a text as CircuitPython's `boot_out.txt`.
    Record(Vec<u8>),
    /// Parse a program, and report the error if it has one.
    Check(Vec<u8>),
    /// List what could follow the name at the end of a line.
    Complete(Vec<u8>),
    /// Do nothing. A report proves that no interrupt is still on its way.
    Sync,
    /// Do something for a client of WebREPL.
    Files(webrepl::Order),
    /// Close all files and end.
    Quit,
}

impl Command {
    fn parts(&self) -> (Order, u8, &[u8]) {
        match self {
            Self::Exec { source, single } => (Order::Exec, u8::from(*single), source),
            Self::File(name) => (Order::File, 0, name.as_bytes()),
            Self::Record(text) => (Order::Record, 0, text),
            Self::Check(source) => (Order::Check, 0, source),
            Self::Complete(line) => (Order::Complete, 0, line),
            Self::Files(order) => {
                let (operation, data) = order.parts();
                (Order::Files, operation, data)
            }
            Self::Sync => (Order::Sync, 0, b""),
            Self::Quit => (Order::Quit, 0, b""),
        }
    }

    /// Whether a ctrl-C can end it.
    fn is_program(&self) -> bool {
        matches!(self, Self::Exec { .. } | Self::File(_))
    }
}

/// What an interpreter is started with.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    pub(crate) image: Image,
    pub(crate) firmware: Firmware,
    /// Bytes.
    pub(crate) heap: usize,
    /// What frames begin with.
    pub(crate) mark: [u8; MARK],
    /// Whether what it writes at once is read at once, and what it writes apart is read apart. Only
    /// Linux can do that.
    pub(crate) writes: bool,
}

/// A running interpreter.
///
/// Only file descriptors 0, 1 and 2 are passed on. All others of this process close on exec,
/// so several boards can start at once without keeping each other's pipes open.
#[derive(Debug)]
pub(crate) struct Interpreter {
    child: Child,
    /// What the program on the board reads.
    input: OwnedFd,
    /// The other end of `input`, to take back what the program left unread.
    unread: OwnedFd,
    /// What the program prints, and frames.
    output: OwnedFd,
    /// Headers of commands; back come the interpreter's own error texts.
    commands: UnixStream,
    mailbox: File,
    sequence: u32,
    /// The command under way.
    current: Option<Command>,
    /// A command that waits for the one under way.
    next: Option<Command>,
    /// Whether an interrupt has been sent since the last [`Command::Sync`].
    interrupted: bool,
    /// Whether the next program is to be interrupted as soon as it starts.
    interrupt_next: bool,
    takes_nudges: bool,
    /// When the program is nudged next, and how long after the last time that is.
    nudge: Option<(Instant, Duration)>,
    /// The call that the interpreter was in at the last nudge, as the system tells.
    #[cfg(target_os = "linux")]
    last_call: String,
}

/// What an interpreter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Activity {
    /// Whether it neither computes nor waits for its turn to.
    pub(crate) sleeping: bool,
    /// How long it has computed since it was started. The system counts in steps of a few
    /// milliseconds.
    pub(crate) computed: Duration,
}

/// A call that blocks when an interrupt comes would not notice it before it returns, so the
/// program is nudged a little later, and again as often as time doubles.
const FIRST_NUDGE: Duration = Duration::from_micros(100);
const LAST_NUDGE: Duration = Duration::from_secs(1);

impl Interpreter {
    pub(crate) fn spawn(machine: &Machine, home: &Home, cause: u8) -> Result<Self, Error> {
        let Machine { engine, image, .. } = machine;
        let failed = Error::system("setting up the interpreter");
        let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(io::Error::from);
        let (unread, input) = pipe().map_err(&failed)?;
        let (output, stdout) = output_pipe(machine.writes).map_err(&failed)?;
        let (commands, theirs) = UnixStream::pair().map_err(&failed)?;
        commands.set_nonblocking(true).map_err(&failed)?;
        rustix::io::ioctl_fionbio(&input, true)
            .and_then(|()| rustix::io::ioctl_fionbio(&output, true))
            .map_err(|error| failed(error.into()))?;
        let stdin = unread.try_clone().map_err(&failed)?;
        let hex = format!("{:016x}", u64::from_be_bytes(machine.mark));
        let child = engine
            .command()
            .arg("-X")
            .arg(format!("heapsize={}", machine.heap))
            .arg(home.file("runtime.py"))
            .arg(home.path())
            .arg(hex)
            .arg(&image.path)
            .arg(image.block_size.to_string())
            .arg(image.block_count.to_string())
            .arg(home.file("counters"))
            .arg(cause.to_string())
            .current_dir(home.path())
            .process_group(0)
            .stdin(Stdio::from(stdin))
            .stdout(Stdio::from(stdout))
            .stderr(Stdio::from(OwnedFd::from(theirs)))
            .spawn()
            .map_err(|source| Error::EngineSpawn {
                path: engine.path().to_owned(),
                source,
            })?;
        Ok(Self {
            child,
            input,
            unread,
            output,
            commands,
            mailbox: home.open("mailbox").map_err(&failed)?,
            sequence: 0,
            current: None,
            next: None,
            interrupted: false,
            interrupt_next: false,
            takes_nudges: false,
            nudge: None,
            #[cfg(target_os = "linux")]
            last_call: String::new(),
        })
    }

    /// What the program's output is read from.
    pub(crate) fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// What the interpreter's error texts are read from.
    pub(crate) fn errors(&self) -> BorrowedFd<'_> {
        self.commands.as_fd()
    }

    /// What the program's input is written to.
    pub(crate) fn input(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }

    /// Whether nothing is under way or waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.current.is_none() && self.next.is_none()
    }

    /// Whether a program is running, and reads what is fed.
    pub(crate) fn runs_program(&self) -> bool {
        self.current.as_ref().is_some_and(Command::is_program)
    }

    /// Whether a program is running, or waits only for the end of another command. Either way
    /// it can be interrupted.
    pub(crate) fn has_program(&self) -> bool {
        self.runs_program() || self.next.as_ref().is_some_and(Command::is_program)
    }

    /// Gives a command, now or when the one under way is done.
    pub(crate) fn command(&mut self, command: Command) -> io::Result<()> {
        self.next = Some(command);
        self.advance()
    }

    /// Takes the sequence number of a report, and says which command it ends. A report that
    /// comes twice ends nothing.
    pub(crate) fn reported(&mut self, sequence: u32) -> io::Result<Option<Command>> {
        if sequence != self.sequence {
            return Ok(None);
        }
        let done = self.current.take();
        self.nudge = None;
        self.advance()?;
        Ok(done)
    }

    fn advance(&mut self) -> io::Result<()> {
        if self.current.is_some() || self.next.is_none() {
            return Ok(());
        }
        // An interrupt may have been sent when the program was already done. Nothing it could
        // hit may follow before the interpreter has shown that it is over.
        let command = if std::mem::take(&mut self.interrupted) {
            Command::Sync
        } else {
            self.next.take().unwrap_or(Command::Sync)
        };
        self.sequence = self.sequence.wrapping_add(1);
        let (order, flags, text) = command.parts();
        self.post(order, flags, self.sequence, text)?;
        let program = command.is_program();
        self.current = Some(command);
        if program && std::mem::take(&mut self.interrupt_next) {
            self.interrupt();
        }
        Ok(())
    }

    /// Answers a call of the program under way.
    pub(crate) fn answer(&mut self, flags: u8, text: &[u8]) -> io::Result<()> {
        self.post(Order::Line, flags, 0, text)
    }

    fn post(&self, order: Order, flags: u8, sequence: u32, text: &[u8]) -> io::Result<()> {
        let length = u32::try_from(text.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a program of 4 GiB"))?;
        if !text.is_empty() {
            self.mailbox.write_all_at(text, 0)?;
        }
        let mut header = [0; 16];
        header[0] = order.code();
        header[1] = flags;
        header[4..8].copy_from_slice(&sequence.to_le_bytes());
        header[8..12].copy_from_slice(&length.to_le_bytes());
        // Sixteen bytes always fit the buffer of a socket whose other end waits for them.
        match rustix::io::write(&self.commands, &header) {
            Ok(16) => Ok(()),
            Ok(_) => Err(io::ErrorKind::WriteZero.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Raises KeyboardInterrupt in the program under way.
    pub(crate) fn interrupt(&mut self) {
        if !self.runs_program() {
            self.interrupt_next = true;
            return;
        }
        self.interrupted = true;
        self.signal(Signal::INT);
        #[cfg(target_os = "linux")]
        self.last_call.clear();
        if self.takes_nudges {
            self.nudge = Some((Instant::now() + FIRST_NUDGE, FIRST_NUDGE));
        }
    }

    /// Whether the interpreter has a handler for nudges; it would die of one otherwise.
    pub(crate) fn takes_nudges(&mut self, takes: bool) {
        self.takes_nudges = takes;
    }

    /// When to call [`Interpreter::nudge`].
    pub(crate) fn next_nudge(&self) -> Option<Instant> {
        self.nudge.map(|(at, _)| at)
    }

    /// Makes a program that was interrupted look for that, if it is time to.
    pub(crate) fn nudge(&mut self, now: Instant) {
        if let Some((at, wait)) = self.nudge
            && at <= now
        {
            if let Some(signal) = self.nudge_signal() {
                self.signal(signal);
            }
            self.nudge = (wait < LAST_NUDGE).then(|| (now + wait * 2, wait * 2));
        }
    }

    /// What ends the call that the interpreter is in; nothing while it computes, or its garbage collector
    /// waits for other threads.
    ///
    /// By the time a signal arrives, it may be in another call, the garbage collector's even. So what ends
    /// all calls is for its pipes, at which only this thread can let it go on, and for those that it has
    /// been in for long.
    #[cfg(target_os = "linux")]
    fn nudge_signal(&mut self) -> Option<Signal> {
        #[cfg(target_arch = "x86_64")]
        mod calls {
            pub(super) const TRANSFERS: [&str; 2] = ["0", "1"];
            pub(super) const FUTEX: &str = "202";
            /// Polls and sleeps, which the system never takes up again.
            pub(super) const PAUSES: [&str; 8] =
                ["7", "23", "35", "230", "232", "270", "271", "281"];
        }
        #[cfg(not(target_arch = "x86_64"))]
        mod calls {
            pub(super) const TRANSFERS: [&str; 2] = ["63", "64"];
            pub(super) const FUTEX: &str = "98";
            pub(super) const PAUSES: [&str; 5] = ["22", "72", "73", "101", "115"];
        }
        const PIPES: [&str; 3] = ["0x0", "0x1", "0x2"];
        // `running`, or the number of the call and its arguments.
        let Ok(text) = std::fs::read_to_string(format!("/proc/{}/syscall", self.child.id())) else {
            return Some(Signal::USR2);
        };
        let mut words = text.split_whitespace();
        let call = words.next().unwrap_or_default();
        let first = words.next().unwrap_or_default();
        if matches!(call, "running" | "-1" | calls::FUTEX) {
            return None;
        }
        let stays = calls::TRANSFERS.contains(&call) && PIPES.contains(&first)
            || !calls::PAUSES.contains(&call) && text == self.last_call;
        self.last_call = text;
        Some(if stays { Signal::USR1 } else { Signal::USR2 })
    }

    /// Only Linux tells.
    #[cfg(not(target_os = "linux"))]
    fn nudge_signal(&mut self) -> Option<Signal> {
        Some(Signal::USR1)
    }

    /// What the interpreter does, if the system tells.
    #[cfg(target_os = "linux")]
    pub(crate) fn activity(&self) -> Option<Activity> {
        let process = format!("/proc/{}", self.child.id());
        let call = std::fs::read_to_string(format!("{process}/syscall")).ok()?;
        let times = std::fs::read_to_string(format!("{process}/schedstat")).ok()?;
        let nanoseconds = times.split_whitespace().next()?.parse().ok()?;
        if nanoseconds == 0 {
            // The system does not count.
            return None;
        }
        Some(Activity {
            sleeping: call.trim_end() != "running",
            computed: Duration::from_nanos(nanoseconds),
        })
    }

    /// Only Linux tells.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn activity(&self) -> Option<Activity> {
        None
    }

    /// Stops the process, or lets it go on.
    pub(crate) fn pause(&self, pause: bool) {
        self.signal(if pause { Signal::STOP } else { Signal::CONT });
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // A process that has ended but was not waited for takes signals without harm.
            let _ = kill_process(pid, signal);
        }
    }

    /// How many bytes the program has not read.
    pub(crate) fn unread(&self) -> usize {
        let count = ioctl_fionread(&self.unread).unwrap_or(0);
        usize::try_from(count).unwrap_or(0)
    }

    /// Passes bytes to the program, as many as fit.
    pub(crate) fn feed(&self, bytes: &[u8]) -> usize {
        rustix::io::write(&self.input, bytes).unwrap_or(0)
    }

    /// Takes back what no program has read.
    pub(crate) fn take_unread(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.unread()];
        if bytes.is_empty() {
            return bytes;
        }
        let count = rustix::io::read(&self.unread, &mut bytes).unwrap_or(0);
        bytes.truncate(count);
        bytes
    }

    /// Reads output; `None` when there is none now, 0 at the end.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> Option<usize> {
        match rustix::io::read(&self.output, buffer) {
            Ok(count) => Some(count),
            Err(Errno::AGAIN | Errno::INTR) => None,
            Err(_) => Some(0),
        }
    }

    /// Reads error text; empty when there is none.
    pub(crate) fn read_errors(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = self.commands.read(&mut buffer) {
            text.extend_from_slice(&buffer[..count]);
        }
        text
    }

    /// Lets the interpreter close its files and end, at most two seconds long. Its output goes
    /// to `sink` meanwhile, which says whether to go on.
    pub(crate) fn quit(&mut self, mut sink: impl FnMut(&[u8]) -> bool) {
        self.next = None;
        self.current = None;
        self.interrupted = false;
        if self.command(Command::Quit).is_err() {
            return;
        }
        let deadline = Instant::now() + Duration::from_secs(2);
        let mut buffer = [0; 4096];
        loop {
            match self.read(&mut buffer) {
                Some(0) => return,
                Some(count) if sink(&buffer[..count]) => {}
                Some(_) => return,
                None => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return;
                    }
                    let mut fds = [PollFd::new(&self.output, PollFlags::IN)];
                    let _ = poll(&mut fds, Timespec::try_from(left).ok().as_ref());
                }
            }
        }
    }

    /// Ends the process, if it has not ended by itself; says in words how it did.
    pub(crate) fn end(&mut self) -> String {
        self.nudge = None;
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => format!("the interpreter ended with {status}"),
            Err(error) => format!("the interpreter is lost: {error}"),
        }
    }

    /// Fits the buffers of the system to those of the board: the program's input to `buffer`
    /// bytes, and its output to a link that is `slow`.
    #[cfg(target_os = "linux")]
    pub(crate) fn size_buffers(&self, buffer: usize, slow: bool) {
        use rustix::pipe::fcntl_setpipe_size;
        // With a single page the pipe counts as writable exactly when it is empty. A system
        // that refuses keeps its larger pipes, which only makes the board less exact.
        let _ = fcntl_setpipe_size(&self.input, buffer.max(4096));
        if slow {
            let _ = fcntl_setpipe_size(&self.output, 4096);
        }
    }

    /// Only Linux can change the size of a pipe.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn size_buffers(&self, _buffer: usize, _slow: bool) {}
}

/// A pipe that may keep writes apart.
fn output_pipe(writes: bool) -> io::Result<(OwnedFd, OwnedFd)> {
    #[cfg(target_os = "linux")]
    if writes {
        return Ok(pipe_with(PipeFlags::CLOEXEC | PipeFlags::DIRECT)?);
    }
    let _ = writes;
    Ok(pipe_with(PipeFlags::CLOEXEC)?)
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        self.end();
    }
}
