//! The pseudo-terminal by which a board is reached.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};

use super::Plug;
#[cfg(target_os = "linux")]
use super::watch::Watch;

/// A pseudo-terminal, and a symbolic link to it that stays when the cable is plugged in again.
pub(crate) struct Pty {
    /// `None` while it is unplugged.
    ends: Option<Ends>,
    link: PathBuf,
}

/// The master end, and a slave end of our own: without it a closing client would hang up the
/// terminal, and its settings would be lost.
struct Ends {
    master: OwnedFd,
    slave: OwnedFd,
    path: PathBuf,
    #[cfg(target_os = "linux")]
    watch: Watch,
}

impl Pty {
    /// Makes a terminal, and a link to it at `link`, where nothing is.
    pub(crate) fn new(link: PathBuf) -> io::Result<Self> {
        let ends = Ends::new()?;
        std::os::unix::fs::symlink(&ends.path, &link)?;
        Ok(Self {
            ends: Some(ends),
            link,
        })
    }

    /// The terminal itself.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.ends.as_ref().map(|ends| &*ends.path)
    }
}

impl Ends {
    fn new() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.to_str().map_err(|_| io::ErrorKind::InvalidData)?);
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = open(&path, flags, Mode::empty())?;
        rustix::io::ioctl_fionbio(&master, true)?;
        let ends = Self {
            #[cfg(target_os = "linux")]
            watch: Watch::new(&path)?,
            master,
            slave,
            path,
        };
        ends.make_raw()?;
        Ok(ends)
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
        let Some(ends) = &self.ends else {
            return Vec::new();
        };
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, read);
        flags.set(PollFlags::OUT, write);
        let mut all = Vec::with_capacity(2);
        if !flags.is_empty() {
            all.push((ends.master.as_fd(), flags));
        }
        #[cfg(target_os = "linux")]
        all.push((ends.watch.as_fd(), PollFlags::IN));
        all
    }

    #[cfg(target_os = "linux")]
    fn update(&mut self) -> bool {
        let Some(ends) = &mut self.ends else {
            return false;
        };
        if ends.watch.update() {
            ends.clean();
        }
        ends.watch.is_open()
    }

    /// Elsewhere than on Linux nothing tells of clients, and there always seems to be one.
    #[cfg(not(target_os = "linux"))]
    fn update(&mut self) -> bool {
        self.ends.is_some()
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        let ends = self.ends.as_ref();
        ends.map_or(0, |ends| {
            rustix::io::read(&ends.master, buffer).unwrap_or(0)
        })
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        let ends = self.ends.as_ref();
        ends.map_or(bytes.len(), |ends| {
            rustix::io::write(&ends.master, bytes).unwrap_or(0)
        })
    }

    fn is_drained(&self) -> bool {
        let Some(ends) = &self.ends else {
            return true;
        };
        // Bytes lie in a queue of the system before they count as readable; Linux empties it
        // when somebody asks whether there is something to read.
        let mut fds = [PollFd::new(&ends.slave, PollFlags::IN)];
        let _ = poll(&mut fds, Some(&Timespec::default()));
        rustix::io::ioctl_fionread(&ends.slave).is_ok_and(|left| left == 0)
    }

    fn unplug(&mut self) {
        // With the master end the system takes the terminal from whoever has it open.
        self.ends = None;
        let _ = std::fs::remove_file(&self.link);
    }

    fn plug_in(&mut self) -> io::Result<()> {
        if self.ends.is_none() {
            let ends = Ends::new()?;
            std::os::unix::fs::symlink(&ends.path, &self.link)?;
            self.ends = Some(ends);
        }
        Ok(())
    }
}
