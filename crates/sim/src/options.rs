//! Boards by name, as users write them behind `sim:`.

mod faults;
mod firmware;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::board::{Board, Builder};
use crate::error::{Error, OptionsError};
use crate::faults::{FlashFaults, LinkFaults};
use crate::firmware::Firmware;
use crate::flash::Flash;
use crate::named;
use faults::FaultWords;

/// What a user said about a simulated board: `NAME?key=value&key&…`, all of it optional.
///
/// | key | value | meaning |
/// |---|---|---|
/// | `baud` | bits per second | [`Builder::baud`] |
/// | `latency` | a time such as `2ms`, `500us`, `0.1s` | [`Builder::latency`] |
/// | `input_buffer` | bytes | [`Builder::input_buffer`] |
/// | `heap` | bytes, or `256k` | [`Builder::heap`] |
/// | `flash` | a path | the flash image, instead of the one that goes with the name |
/// | `fresh` | none | erases the flash first |
/// | `flash_size` | bytes, or `256k`; whole blocks of 4 KiB, at least four | [`Flash::geometry`] |
/// | `firmware` | `current`, `old`, `refusing` | [`Firmware`] |
/// | `personality` | `micropython`, `circuitpython` | [`Firmware::circuitpython`] |
/// | `build` | `full`, `small` | [`Firmware::small`] |
/// | `drive` | `mounted`, `ejected`, `hidden` | [`crate::CircuitPython::drive`] |
/// | `volume` | a path | [`Builder::volume`] |
/// | `web` | a port of 127.0.0.1 | [`Builder::web`] |
/// | `storage` | `new`, `old` | [`crate::CircuitPython::takes_drive`] |
/// | `without` | names such as `bytes.decode,os.rename,io` | [`Firmware::without`] |
/// | `imports` | `files_first`, `built_in_first` | [`Firmware::files_first`] |
/// | `network` | `loopback` | [`Firmware::sockets`] |
/// | `webrepl` | a password | [`Builder::webrepl`], at a port of this computer that is free |
/// | `line_end` | `crlf`, `crcrlf` | [`Firmware::line_end`] |
/// | `interrupt_delay` | a time | [`Firmware::interrupt_delay`] |
/// | `drop`, `flip`, `duplicate`, `swap`, `packet` | a probability for each byte, such as `0.001` | [`LinkFaults::rate`] of this [`crate::LinkFault`] |
/// | `cut_after` | bytes, or `64k` | [`LinkFaults::cut_after`] |
/// | `newlines` | `crlf`, `crcrlf` | [`LinkFaults::newlines`] |
/// | `direction` | `to_board`, `to_host` | the only direction of these faults but `newlines` |
/// | `seed` | a number | [`LinkFaults::seed`] |
/// | `power_cut` | a number from 1 | [`FlashFaults::power_cut`], before the operation |
/// | `full_after` | a number of erases | [`FlashFaults::full_after`] |
/// | `erase_time`, `program_time` | a time | [`FlashFaults::slow`] |
///
/// Faults count from the board's first byte and first operation on the flash.
///
/// ```
/// let options: belay_sim::SimOptions = "kitchen?baud=115200&latency=2ms".parse()?;
/// assert_eq!(options.name, "kitchen");
/// assert_eq!(options.baud, Some(115_200));
/// # Ok::<(), belay_sim::OptionsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimOptions {
    /// The name of the board, which its flash image goes by; `default` unless said.
    pub name: String,
    /// Bits per second; without it the link has no rate.
    pub baud: Option<u32>,
    /// Time of a round trip.
    pub latency: Duration,
    /// Bytes of an input buffer that loses what does not fit.
    pub input_buffer: Option<usize>,
    /// Bytes of the heap.
    pub heap: Option<usize>,
    /// The flash image.
    pub flash: Option<PathBuf>,
    /// Whether the flash is erased first.
    pub fresh: bool,
    /// Bytes of the flash.
    pub flash_size: Option<usize>,
    /// The password of a WebREPL server, which the board has then.
    pub webrepl: Option<String>,
    /// What goes wrong on the link.
    pub link_faults: LinkFaults,
    /// What goes wrong in the flash.
    pub flash_faults: FlashFaults,
    /// What the REPL says.
    pub firmware: Firmware,
    /// Where the drive appears as a folder.
    pub volume: Option<PathBuf>,
    /// The port of the web workflow; 0 lets the system choose.
    pub web: Option<u16>,
}

impl Default for SimOptions {
    fn default() -> Self {
        Self {
            name: DEFAULT_NAME.to_owned(),
            baud: None,
            latency: Duration::ZERO,
            input_buffer: None,
            heap: None,
            flash: None,
            fresh: false,
            flash_size: None,
            webrepl: None,
            link_faults: LinkFaults::default(),
            flash_faults: FlashFaults::default(),
            firmware: Firmware::default(),
            volume: None,
            web: None,
        }
    }
}

const KEYS: &[&str] = &[
    "baud",
    "latency",
    "input_buffer",
    "heap",
    "flash",
    "fresh",
    "flash_size",
    "personality",
    "firmware",
    "build",
    "drive",
    "storage",
    "volume",
    "web",
    "without",
    "imports",
    "network",
    "webrepl",
    "line_end",
    "interrupt_delay",
    "drop",
    "flip",
    "duplicate",
    "swap",
    "packet",
    "cut_after",
    "newlines",
    "direction",
    "seed",
    "power_cut",
    "full_after",
    "erase_time",
    "program_time",
];

/// The name of a board of MicroPython without one. That of CircuitPython is that of its personality: their
/// flash is not the same.
const DEFAULT_NAME: &str = "default";

/// The block size of a board by name, in bytes.
const BLOCK: usize = 4096;

impl SimOptions {
    /// The image that the board keeps its flash in: the one said, or `belay/sim/NAME.img` in
    /// the user's data folder.
    ///
    /// # Errors
    /// [`Error::NoDataFolder`] when there is no such folder and no image was said.
    pub fn flash_path(&self) -> Result<PathBuf, Error> {
        if let Some(path) = &self.flash {
            return Ok(path.clone());
        }
        Ok(named::folder()?.join(format!("{}.img", self.name)))
    }

    /// A builder for this board.
    ///
    /// # Errors
    /// As for [`SimOptions::flash_path`], [`Builder::web`] and [`Builder::webrepl`].
    pub fn builder(&self) -> Result<Builder, Error> {
        let mut flash = Flash::file(self.flash_path()?);
        if self.fresh {
            flash = flash.erased();
        }
        if let Some(bytes) = self.flash_size {
            let blocks = u32::try_from(bytes / BLOCK).unwrap_or(u32::MAX);
            flash = flash.geometry(BLOCK as u32, blocks);
        }
        let mut builder = Board::builder()
            .flash(flash)
            .firmware(self.firmware.clone())
            .link_faults(self.link_faults.clone())
            .flash_faults(self.flash_faults)
            .latency(self.latency);
        if let Some(baud) = self.baud {
            builder = builder.baud(baud);
        }
        if let Some(bytes) = self.input_buffer {
            builder = builder.input_buffer(bytes);
        }
        if let Some(bytes) = self.heap {
            builder = builder.heap(bytes);
        }
        if let Some(path) = &self.volume {
            builder = builder.volume(path);
        }
        if let Some(port) = self.web {
            builder = builder.web((Ipv4Addr::LOCALHOST, port))?;
        }
        if let Some(password) = &self.webrepl {
            builder = builder.webrepl((Ipv4Addr::LOCALHOST, 0), password)?;
        }
        Ok(builder)
    }

    fn set(&mut self, key: &'static str, value: &str) -> Result<(), OptionsError> {
        let bad = |expected| OptionsError::BadValue {
            key,
            value: value.to_owned(),
            expected,
        };
        match key {
            "baud" => {
                let rate = value.parse().ok().filter(|&rate| rate > 0);
                self.baud = Some(rate.ok_or_else(|| bad("bits per second, such as 115200"))?);
            }
            "latency" => {
                let time = duration(value);
                self.latency = time.ok_or_else(|| bad("a time such as 2ms, 500us or 0.1s"))?;
            }
            "input_buffer" => {
                let bytes = size(value).ok_or_else(|| bad("a number of bytes, such as 256"))?;
                self.input_buffer = Some(bytes);
            }
            "heap" => {
                let bytes = size(value).ok_or_else(|| bad("a number of bytes, such as 256k"))?;
                self.heap = Some(bytes);
            }
            "volume" if value.is_empty() => return Err(bad("a path for the drive")),
            "volume" => self.volume = Some(PathBuf::from(value)),
            "web" => {
                let port = value.parse().ok();
                self.web = Some(port.ok_or_else(|| bad("a port, such as 8080, or 0"))?);
            }
            "webrepl" if matches!(value.len(), 1..=9) => self.webrepl = Some(value.to_owned()),
            "webrepl" => return Err(bad("a password of one to nine bytes")),
            "flash" if value.is_empty() => return Err(bad("the path of an image")),
            "flash" => self.flash = Some(PathBuf::from(value)),
            "fresh" if !value.is_empty() => return Err(bad("nothing")),
            "fresh" => self.fresh = true,
            "flash_size" => {
                let bytes = size(value)
                    .filter(|&bytes| bytes % BLOCK == 0 && (4..1 << 20).contains(&(bytes / BLOCK)));
                let expected = "a multiple of 4k from 16k on";
                self.flash_size = Some(bytes.ok_or_else(|| bad(expected))?);
            }
            _ => {
                firmware::set(&mut self.firmware, key, value)?;
                if self.firmware.circuitpython.is_some() && self.name == DEFAULT_NAME {
                    "circuitpython".clone_into(&mut self.name);
                }
            }
        }
        Ok(())
    }
}

impl FromStr for SimOptions {
    type Err = OptionsError;

    fn from_str(text: &str) -> Result<Self, OptionsError> {
        let mut options = Self::default();
        let (name, rest) = text.split_once('?').unwrap_or((text, ""));
        if !name.is_empty() {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !name.chars().all(plain) || name.starts_with('.') {
                return Err(OptionsError::BadName {
                    name: name.to_owned(),
                });
            }
            name.clone_into(&mut options.name);
        }
        let mut items = Vec::new();
        for item in rest.split('&').filter(|item| !item.is_empty()) {
            let (key, value) = item.split_once('=').unwrap_or((item, ""));
            let Some(&key) = KEYS.iter().find(|&&known| known == key) else {
                return Err(OptionsError::UnknownKey {
                    key: key.to_owned(),
                    known: KEYS,
                });
            };
            if items.iter().any(|&(seen, _)| seen == key) {
                return Err(OptionsError::Repeated { key });
            }
            items.push((key, value));
        }
        // The others say how it differs.
        items.sort_by_key(|&(key, _)| match key {
            "personality" => 0,
            "firmware" => 1,
            _ => 2,
        });
        let mut faults = FaultWords::default();
        for (key, value) in items {
            if !faults.set(key, value)? {
                options.set(key, value)?;
            }
        }
        (options.link_faults, options.flash_faults) = faults.finish();
        Ok(options)
    }
}

/// A number with one of the units `us`, `ms`, `s`.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = [("us", 1e-6), ("ms", 1e-3), ("s", 1.0)]
        .iter()
        .find_map(|&(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))?;
    // What `f64` takes beyond plain numbers is no time.
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
}

/// A number, perhaps with one of the units `k` (1024) and `m` (1024²).
fn size(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let (number, unit) = if let Some(number) = lower.strip_suffix('k') {
        (number, 1024)
    } else if let Some(number) = lower.strip_suffix('m') {
        (number, 1024 * 1024)
    } else {
        (&lower[..], 1)
    };
    number
        .parse::<usize>()
        .ok()?
        .checked_mul(unit)
        .filter(|&bytes| bytes > 0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::SimOptions;
    use crate::{Drive, Firmware};

    fn parse(text: &str) -> SimOptions {
        text.parse()
            .unwrap_or_else(|error| panic!("{text:?}: {error}"))
    }

    fn refused(text: &str) -> String {
        text.parse::<SimOptions>().unwrap_err().to_string()
    }

    #[test]
    fn everything_has_a_default() {
        assert_eq!(parse(""), SimOptions::default());
        assert_eq!(parse("?"), SimOptions::default());
        assert_eq!(parse("").name, "default");
        let path = parse("bench").flash_path().unwrap();
        assert!(path.ends_with("belay/sim/bench.img"), "{}", path.display());
    }

    #[test]
    fn options_are_read() {
        let options = parse("a-b_1?baud=9600&latency=2.5ms&input_buffer=128&heap=64k&fresh");
        assert_eq!(options.name, "a-b_1");
        assert_eq!(options.baud, Some(9600));
        assert_eq!(options.latency, Duration::from_micros(2500));
        assert_eq!(options.input_buffer, Some(128));
        assert_eq!(options.heap, Some(65_536));
        assert!(options.fresh);
        let options = parse("?flash=/tmp/x y.img&firmware=old");
        assert_eq!(options.flash_path().unwrap(), Path::new("/tmp/x y.img"));
        assert_eq!(options.firmware, Firmware::old());
        let small =
            parse("?without=io,bytes.decode&line_end=crcrlf&interrupt_delay=2s&firmware=old");
        let expected = Firmware {
            line_end: "\r\r\n".to_owned(),
            interrupt_delay: Duration::from_secs(2),
            ..Firmware::old().lacking(&["io", "bytes.decode"])
        };
        assert_eq!(small.firmware, expected);
        assert!(parse("?network=loopback").firmware.sockets);
        assert_eq!(parse("?webrepl=secret").webrepl.unwrap(), "secret");
        assert!(refused("?webrepl=tenletters").contains("one to nine bytes"));
        assert!(!parse("?imports=built_in_first").firmware.files_first);
        let other = parse("?build=small&drive=ejected&personality=circuitpython&storage=old");
        let own = other.firmware.circuitpython.clone().unwrap();
        assert_eq!((own.drive, own.takes_drive), (Drive::Ejected, false));
        assert!(other.firmware.without.contains(&"bytes.decode".to_owned()));
        // The flash of one is nothing for the other.
        assert_eq!(other.name, "circuitpython");
        assert_eq!(parse("mine?personality=circuitpython").name, "mine");
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            refused("?bauds=1"),
            "unknown option \"bauds\"; known are baud, latency, input_buffer, heap, flash, \
             fresh, flash_size, personality, firmware, build, drive, storage, volume, web, without, imports, network, webrepl, line_end, interrupt_delay, \
             drop, flip, duplicate, swap, packet, cut_after, newlines, direction, seed, power_cut, full_after, erase_time, program_time"
        );
        assert_eq!(
            refused("?baud=fast"),
            "option baud does not take \"fast\", but bits per second, such as 115200"
        );
        assert!(refused("?baud=0").contains("bits per second"));
        for latency in ["2", "ms", "-1ms", "infs", "nans", "1e40s"] {
            assert!(
                refused(&format!("?latency={latency}")).contains("a time"),
                "{latency}"
            );
        }
        assert_eq!(refused("?fresh&fresh"), "option fresh is given twice");
        assert!(refused("?fresh=yes").contains("but nothing"));
        assert!(refused("?flash").contains("path"));
        for flash_size in ["12k", "5000", "0", "1000000m"] {
            let text = refused(&format!("?flash_size={flash_size}"));
            assert!(text.contains("a multiple of 4k"), "{flash_size}");
        }
        assert!(refused("?firmware=new").contains("current, old or refusing"));
        for option in ["drive=hidden", "storage=new"] {
            let text = refused(&format!("?{option}"));
            assert!(text.contains("without personality=circuitpython"), "{text}");
        }
        assert!(refused("a/b").contains("no name of a board"));
        assert!(refused("..").contains("no name of a board"));
    }
}
