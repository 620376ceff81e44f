//! Compiled files.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{LocalFile, RelativePath};

/// Files that the firmware runs by name, and only as source code, when they lie at the top.
///
/// MicroPython's ports execute `boot.py` and `main.py` from their text; CircuitPython also does
/// `code.py`, `safemode.py` and `repl.py`. A `main.mpy` would just never run.
const ALWAYS_SOURCE: [&str; 5] = ["boot.py", "main.py", "code.py", "safemode.py", "repl.py"];

/// Bytes of what a failing compiler printed that an error keeps.
const MESSAGE_LIMIT: usize = 8 << 10;

/// The architectures of native code by their numbers, as `py/persistentcode.h` counts them, by the names
/// that mpy-cross's `-march` takes: <https://docs.micropython.org/en/latest/reference/mpyfiles.html>
const ARCHITECTURES: [&str; 13] = [
    "none",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "rv64imc",
];

const ARMV6M: u8 = 4;
const ARMV7EMDP: u8 = 8;

/// The `.mpy` files that a firmware loads, from `sys.implementation._mpy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mpy {
    /// The version of the format.
    pub version: u8,
    /// The version of its native code.
    pub sub_version: u8,
    /// The architecture of its native code.
    pub architecture: Architecture,
    /// Flags of the architecture, since 1.27.
    pub flags: u64,
}

/// An architecture for native code in `.mpy` files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Architecture {
    /// The firmware takes no native code.
    None,
    /// One that MicroPython's documentation names, by that name: `armv6m`, `xtensawin`, `x64`, …
    Known(&'static str),
    /// A number that this version of Belay does not know.
    Unknown(u8),
}

/// What compiled files a board loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MpyTarget {
    /// Which of them: the version is the same for each file, the sub-version counts for those with machine
    /// code.
    pub mpy: Mpy,
    /// Whether the firmware is CircuitPython, whose files are marked with another letter.
    pub circuitpython: bool,
}

/// Why a file was not compiled to something the board can load.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MpyError {
    /// The compiler could not be started.
    #[error("cannot run {}", binary.display())]
    Start {
        /// The compiler.
        binary: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file could not be handed to the compiler or taken from it.
    #[error("cannot exchange files with {}", binary.display())]
    Exchange {
        /// The compiler.
        binary: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The compiler failed.
    #[error("{} failed: {message}", binary.display())]
    Failed {
        /// The compiler.
        binary: PathBuf,
        /// Its exit status; `None` when a signal ended it.
        status: Option<i32>,
        /// What it printed.
        message: String,
    },
    /// The bytes are no `.mpy` file.
    #[error("not an mpy file")]
    NotMpy,
    /// The file is made for another firmware: MicroPython's for CircuitPython or the other way round.
    #[error("an mpy file for {}, but the board runs {}", family(*.circuitpython), family(!*.circuitpython))]
    Family {
        /// Whether the file is made for CircuitPython.
        circuitpython: bool,
    },
    /// The board loads another version.
    #[error("mpy version {found}, but the board loads version {expected}")]
    Version {
        /// That of the file.
        found: u8,
        /// That of the board.
        expected: u8,
    },
    /// The file holds machine code, and the board loads that of another sub-version.
    #[error(
        "native code of mpy version {version}.{found}, but the board loads {version}.{expected}"
    )]
    SubVersion {
        /// The version of both.
        version: u8,
        /// That of the file.
        found: u8,
        /// That of the board.
        expected: u8,
    },
    /// The file holds machine code that the board cannot run.
    #[error("native code for {found}, but the board runs {expected}")]
    Arch {
        /// The file's architecture.
        found: Architecture,
        /// That of the board.
        expected: Architecture,
    },
}

fn family(circuitpython: bool) -> &'static str {
    if circuitpython {
        "CircuitPython"
    } else {
        "MicroPython"
    }
}

/// A compiler from Python to `.mpy` files, as a transformation of files.
#[derive(Debug, Clone)]
pub struct MpyCross {
    /// The program, `mpy-cross`.
    pub binary: PathBuf,
    /// Arguments that come before those of a file.
    pub arguments: Vec<OsString>,
    /// What the board loads; `None` when nobody knows, and nothing is checked.
    pub target: Option<MpyTarget>,
}

impl Architecture {
    /// The architecture with this number.
    pub fn from_number(number: u8) -> Self {
        match ARCHITECTURES.get(usize::from(number)) {
            _ if number == 0 => Self::None,
            Some(name) => Self::Known(name),
            None => Self::Unknown(number),
        }
    }

    /// The number that `.mpy` files and `sys.implementation._mpy` have for it.
    pub fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Known(name) => {
                let index = ARCHITECTURES.iter().position(|&known| known == name);
                index.map_or(0, |index| index as u8)
            }
            Self::Unknown(number) => number,
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Known(name) => f.write_str(name),
            Self::Unknown(number) => write!(f, "architecture {number}"),
        }
    }
}

impl Mpy {
    /// Reads `sys.implementation._mpy`: the version in the lowest 8 bits, then 2 bits of
    /// sub-version, 6 bits of architecture, and flags from bit 16.
    pub fn from_bits(bits: u64) -> Self {
        Self {
            version: (bits & 0xff) as u8,
            sub_version: (bits >> 8 & 3) as u8,
            architecture: Architecture::from_number((bits >> 10 & 0x3f) as u8),
            flags: bits >> 16,
        }
    }
}

impl MpyTarget {
    /// Whether the board can load a compiled file, as far as its first bytes tell.
    pub fn check(&self, file: &[u8]) -> Result<(), MpyError> {
        let [letter, version, features, _small_int_bits, ..] = *file else {
            return Err(MpyError::NotMpy);
        };
        let circuitpython = match letter {
            b'M' => false,
            b'C' => true,
            _ => return Err(MpyError::NotMpy),
        };
        if circuitpython != self.circuitpython {
            return Err(MpyError::Family { circuitpython });
        }
        if version != self.mpy.version {
            return Err(MpyError::Version {
                found: version,
                expected: self.mpy.version,
            });
        }
        // The two upper bits say what follows the header, not what the file is for.
        let arch = features >> 2 & 0xf;
        if arch == 0 {
            return Ok(());
        }
        let sub_version = features & 3;
        if sub_version != self.mpy.sub_version {
            return Err(MpyError::SubVersion {
                version,
                found: sub_version,
                expected: self.mpy.sub_version,
            });
        }
        let own = self.mpy.architecture.number();
        let runs = arch == own
            // Each of the Cortex-M architectures runs the code of the smaller ones.
            || (ARMV6M..=ARMV7EMDP).contains(&own) && (ARMV6M..=own).contains(&arch);
        if runs {
            Ok(())
        } else {
            Err(MpyError::Arch {
                found: Architecture::from_number(arch),
                expected: self.mpy.architecture,
            })
        }
    }
}

impl MpyCross {
    /// A compiler for boards of which nothing is known.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            arguments: Vec::new(),
            target: None,
        }
    }

    /// Whether the file is one to compile: a `.py` that the firmware does not run by name.
    pub fn takes(path: &RelativePath) -> bool {
        path.extension() == Some("py") && !ALWAYS_SOURCE.contains(&path.as_str())
    }

    /// Compiles a file that it [takes](Self::takes), which becomes a `.mpy`; hands back any other as
    /// it is.
    ///
    /// The path of the file goes into it, for tracebacks. When the target's architecture is known, the
    /// compiler is told.
    ///
    /// # Errors
    ///
    /// When the compiler cannot be run or fails, and when the board could not load what it made.
    pub fn compile(&self, file: LocalFile) -> Result<LocalFile, MpyError> {
        if !Self::takes(&file.path) {
            return Ok(file);
        }
        let exchange = |source| MpyError::Exchange {
            binary: self.binary.clone(),
            source,
        };
        let folder = tempfile::tempdir().map_err(exchange)?;
        let input = folder.path().join("in.py");
        let output = folder.path().join("out.mpy");
        fs::write(&input, &file.content).map_err(exchange)?;

        let mut command = Command::new(&self.binary);
        command.args(&self.arguments);
        if let Some(Architecture::Known(arch)) = self.target.map(|t| t.mpy.architecture) {
            command.arg(format!("-march={arch}"));
        }
        let result = command
            .args(["-s", file.path.as_str(), "-o"])
            .arg(&output)
            .arg(&input)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| MpyError::Start {
                binary: self.binary.clone(),
                source,
            })?;
        if !result.status.success() {
            return Err(MpyError::Failed {
                binary: self.binary.clone(),
                status: result.status.code(),
                message: message(&result.stderr, &result.stdout)
                    .replace(&*input.to_string_lossy(), file.path.as_str()),
            });
        }
        let content = fs::read(&output).map_err(exchange)?;
        if let Some(target) = self.target {
            target.check(&content)?;
        }
        Ok(LocalFile {
            path: file.path.with_extension("mpy"),
            content,
        })
    }
}

/// What the compiler printed, which is an exception's text.
fn message(stderr: &[u8], stdout: &[u8]) -> String {
    let bytes = if stderr.trim_ascii().is_empty() {
        stdout
    } else {
        stderr
    };
    let end = bytes.len().min(MESSAGE_LIMIT);
    String::from_utf8_lossy(bytes[..end].trim_ascii()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_any_firmware_are_read() {
        // The unix port 1.25 on x64; a RISC-V RP2350, whose flags broke clients that took them for
        // part of the architecture; and a number that is not given out yet.
        let unix = Mpy::from_bits(2822);
        assert_eq!((unix.version, unix.sub_version), (6, 3));
        assert_eq!(unix.architecture, Architecture::Known("x64"));
        let rp2350 = Mpy::from_bits(3 << 16 | 11 << 10 | 3 << 8 | 6);
        assert_eq!(rp2350.architecture, Architecture::Known("rv32imc"));
        assert_eq!(rp2350.flags, 3);
        assert_eq!(
            Mpy::from_bits(63 << 10 | 6).architecture,
            Architecture::Unknown(63)
        );
        assert_eq!(Mpy::from_bits(6).architecture, Architecture::None);
    }

    fn target(bits: u64) -> MpyTarget {
        MpyTarget {
            mpy: Mpy::from_bits(bits),
            circuitpython: false,
        }
    }

    #[test]
    fn an_architecture_has_a_name() {
        // A Raspberry Pi Pico: version 6.3, armv6m.
        let name = |bits| Mpy::from_bits(bits).architecture.to_string();
        assert_eq!(name(0x1306), "armv6m");
        assert_eq!(name(6), "none");
        assert_eq!(name(6 | 60 << 10), "architecture 60");
    }

    #[test]
    fn files_for_others_are_refused() {
        let armv7em = target(6 | 3 << 8 | 6 << 10);
        let header = |letter, version, sub: u8, arch: u8| [letter, version, arch << 2 | sub, 31];
        let check = |bytes: &[u8]| armv7em.check(bytes);
        check(&header(b'M', 6, 3, 0)).unwrap();
        // Without machine code the sub-version does not count.
        check(&header(b'M', 6, 1, 0)).unwrap();
        check(&header(b'M', 6, 3, 6)).unwrap();
        check(&header(b'M', 6, 3, 4)).unwrap();
        assert!(matches!(
            check(&header(b'M', 5, 3, 0)),
            Err(MpyError::Version {
                found: 5,
                expected: 6
            })
        ));
        assert!(matches!(
            check(&header(b'M', 6, 2, 6)),
            Err(MpyError::SubVersion { found: 2, .. })
        ));
        for arch in [2, 3, 7, 10] {
            let error = check(&header(b'M', 6, 3, arch)).unwrap_err();
            assert!(
                matches!(error, MpyError::Arch { found, .. } if found.number() == arch),
                "{error}"
            );
        }
        assert!(matches!(
            check(&header(b'C', 6, 3, 0)),
            Err(MpyError::Family {
                circuitpython: true
            })
        ));
        for bytes in [&b""[..], b"M\x06\x00", b"import x\n"] {
            assert!(matches!(check(bytes), Err(MpyError::NotMpy)));
        }
    }

    #[test]
    fn what_the_firmware_runs_by_name_stays_source() {
        let takes = |path| MpyCross::takes(&RelativePath::new(path).unwrap());
        assert!(takes("a.py"));
        assert!(takes("x/main.py"));
        assert!(takes("x/__init__.py"));
        assert!(!takes("main.py"));
        assert!(!takes("boot.py"));
        assert!(!takes("code.py"));
        assert!(!takes("a.txt"));
        assert!(!takes("a.mpy"));
    }
}
