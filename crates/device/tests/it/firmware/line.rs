//! The line between the session and the emulated board.
//!
//! A UART's line gives the processor 87 µs for each byte. QEMU's has no speed: it interrupts the
//! firmware for one byte after the other, the 64 bytes of the firmware's input buffer are full before
//! anything reads them, and what comes then is lost. So this line has a speed, by the only clock that
//! the board goes by: the time that the system gives to the emulated processor.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use belay_transport::{Error, Transport, Waker};
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::LIMIT;

/// How many bytes may be on the way: half of the input buffer.
const ON_THE_WAY: usize = 32;
/// What a byte takes at 115200 baud.
const BYTE: Duration = Duration::from_micros(87);
/// How often the state of the processor is looked at.
const LOOK: Duration = Duration::from_micros(100);

/// The stream of an emulator to which the board's UART is connected.
pub(super) struct Line {
    port: Box<dyn Transport>,
    emulator: Pid,
    processor: Processor,
    /// Bytes that the board may not have read yet.
    on_the_way: usize,
}

impl Line {
    /// To the emulator with this process number.
    pub(super) fn new(port: Box<dyn Transport>, emulator: Pid) -> io::Result<Self> {
        Ok(Self {
            port,
            emulator,
            processor: Processor::of(emulator)?,
            on_the_way: 0,
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // The port would ask it to end, and it would say on standard error who asked.
        kill_process(self.emulator, Signal::KILL).ok();
    }
}

impl Transport for Line {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.port.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        if self.on_the_way == ON_THE_WAY {
            // An emulator that has ended is for the port to report.
            if !self
                .processor
                .takes_in(ON_THE_WAY, deadline)
                .unwrap_or(true)
            {
                return Ok(0);
            }
            self.on_the_way = 0;
        }
        let count = bytes.len().min(ON_THE_WAY - self.on_the_way);
        let count = self.port.write(&bytes[..count], deadline)?;
        self.on_the_way += count;
        Ok(count)
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }

    fn name(&self) -> &str {
        self.port.name()
    }
}

/// The thread of the emulator that is the board's processor, and what waits to be received.
struct Processor {
    thread: PathBuf,
    input: File,
}

impl Processor {
    fn of(emulator: Pid) -> io::Result<Self> {
        let process = Path::new("/proc").join(emulator.to_string());
        let deadline = Instant::now() + LIMIT;
        let thread = loop {
            if let Some(thread) = processor_thread(&process)? {
                break thread;
            }
            if Instant::now() >= deadline {
                return Err(io::Error::other("the emulator has no processor"));
            }
            std::thread::sleep(LOOK);
        };
        let input = File::options()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(process.join("fd/0"))?;
        Ok(Self { thread, input })
    }

    /// Waits until the board has received all that was sent, and then either has nothing more to do
    /// or has been given the time that the last `count` bytes take.
    ///
    /// Returns false if that is not so before the deadline.
    fn takes_in(&self, count: usize, deadline: Instant) -> io::Result<bool> {
        let time = BYTE * u32::try_from(count).map_err(io::Error::other)?;
        let mut since = None;
        let mut waits = 0;
        loop {
            if rustix::io::ioctl_fionread(&self.input)? == 0 {
                let now = self.time()?;
                let since = *since.get_or_insert(now);
                // A processor that waits only for the emulator's other thread does so but once.
                waits = if self.waits()? { waits + 1 } else { 0 };
                if waits == 3 || now.saturating_sub(since) >= time {
                    return Ok(true);
                }
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// The processor time that the thread has had.
    fn time(&self) -> io::Result<Duration> {
        let text = fs::read_to_string(self.thread.join("schedstat"))?;
        let first = text.split_whitespace().next().unwrap_or_default();
        first
            .parse()
            .map(Duration::from_nanos)
            .map_err(io::Error::other)
    }

    /// Whether the thread waits: the firmware has stopped the processor until the next interrupt.
    fn waits(&self) -> io::Result<bool> {
        let text = fs::read_to_string(self.thread.join("stat"))?;
        // The name before it is in brackets and may hold anything.
        Ok(text
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.starts_with(" S")))
    }
}

/// The thread that QEMU names `CPU 0/TCG`, once it has started.
fn processor_thread(process: &Path) -> io::Result<Option<PathBuf>> {
    for thread in fs::read_dir(process.join("task"))? {
        let thread = thread?.path();
        if fs::read_to_string(thread.join("comm"))?.starts_with("CPU 0") {
            return Ok(Some(thread));
        }
    }
    Ok(None)
}
