//! The pseudo-terminal by which a board is reached.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::PollFlags;
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};

use super::Plug;
#[cfg(target_os = "linux")]
use super::watch::Watch;

/// The master end, and a slave end of our own: without it a closing client would hang up the
/// terminal, and its settings would be lost.
pub(crate) struct Pty {
    master: OwnedFd,
    slave: OwnedFd,
    path: PathBuf,
    #[cfg(target_os = "linux")]
    watch: Watch,
}

impl Pty {
    pub(crate) fn new() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.to_str().map_err(|_| io::ErrorKind::InvalidData)?);
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = open(&path, flags, Mode::empty())?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let pty = Self {
            #[cfg(target_os = "linux")]
            watch: Watch::new(&path)?,
            master,
            slave,
            path,
        };
        pty.make_raw()?;
        Ok(pty)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn make_raw(&self) -> io::Result<()> {
        let mut settings = tcgetattr(&self.slave)?;
        settings.make_raw();
        tcsetattr(&self.slave, OptionalActions::Now, &settings)?;
        Ok(())
    }

    /// Leaves the terminal as a new client expects a serial port: nothing to read from before
    /// its time, no translation, nobody's exclusive use.
    #[cfg(target_os = "linux")]
    fn clean(&self) {
        let _ = tcflush(&self.slave, QueueSelector::IFlush);
        let _ = rustix::termios::ioctl_tiocnxcl(&self.slave);
        let _ = self.make_raw();
    }
}

impl Plug for Pty {
    fn interest(&self, read: bool, write: bool) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, read);
        flags.set(PollFlags::OUT, write);
        let mut all = Vec::with_capacity(2);
        if !flags.is_empty() {
            all.push((self.master.as_fd(), flags));
        }
        #[cfg(target_os = "linux")]
        all.push((self.watch.as_fd(), PollFlags::IN));
        all
    }

    #[cfg(target_os = "linux")]
    fn update(&mut self) -> bool {
        if self.watch.update() {
            self.clean();
        }
        self.watch.is_open()
    }

    /// Elsewhere than on Linux nothing tells of clients, and there always seems to be one.
    #[cfg(not(target_os = "linux"))]
    fn update(&mut self) -> bool {
        true
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        rustix::io::read(&self.master, buffer).unwrap_or(0)
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        rustix::io::write(&self.master, bytes).unwrap_or(0)
    }
}
