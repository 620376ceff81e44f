//! The private folder of a board: its modules, and the files it shares with the interpreter.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::faults::FlashFaults;
use crate::firmware::Firmware;
use crate::opcodes;

macro_rules! board_files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../board/", $name)))),*]
    };
}

/// The board's side, in MicroPython.
pub(crate) const FILES: &[(&str, &str)] = board_files![
    "board_analog.py",
    "board_clock.py",
    "board_i2c.py",
    "board_irq.py",
    "board_machine.py",
    "board_micropython.py",
    "board_neopixel.py",
    "board_os.py",
    "board_pin.py",
    "board_pulses.py",
    "board_select.py",
    "board_socket.py",
    "board_spi.py",
    "board_sys.py",
    "board_time.py",
    "board_timer.py",
    "board_uart.py",
    "board_vfs.py",
    "bus.py",
    "circuit.py",
    "circuit_analogio.py",
    "circuit_board.py",
    "circuit_busio.py",
    "circuit_digitalio.py",
    "circuit_files.py",
    "circuit_hashlib.py",
    "circuit_microcontroller.py",
    "circuit_neopixel_write.py",
    "circuit_os.py",
    "circuit_pins.py",
    "circuit_pwmio.py",
    "circuit_storage.py",
    "circuit_supervisor.py",
    "circuit_sys.py",
    "circuit_time.py",
    "circuit_traceback.py",
    "circuit_value.py",
    "circuit_zlib.py",
    "console.py",
    "executor.py",
    "flash.py",
    "interrupt.py",
    "link.py",
    "modules.py",
    "runtime.py",
    "tables.py",
];

/// A folder that only this user can read and that goes with the board.
#[derive(Debug)]
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new(firmware: &Firmware, serves_files: bool) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("belay-sim-").tempdir()?;
        for (name, text) in FILES {
            fs::write(folder.path().join(name), text)?;
        }
        fs::write(folder.path().join("opcodes.py"), opcodes::python())?;
        fs::write(
            folder.path().join("firmware.py"),
            firmware.python(serves_files),
        )?;
        for name in ["mailbox", "inputs", "bus"] {
            fs::write(folder.path().join(name), b"")?;
        }
        fs::write(folder.path().join("counters"), [0; 24])?;
        fs::write(folder.path().join("rtc"), [0; 8])?;
        let faults = FlashFaults::default().words(0, 0);
        fs::write(folder.path().join("faults"), faults)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Overwrites the beginning of a file.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.open(name)?.write_all_at(bytes, 0)
    }

    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.file(name))
    }
}
