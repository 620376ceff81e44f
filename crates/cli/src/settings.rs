//! What the command line means, together with the environment.

mod names;
mod places;

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::time::Duration;

use belay_transport::{OpenOptions, Specifier};

use crate::args::{Color, Global};
use crate::{Error, env};

use names::Names;
pub(crate) use places::{BoardPath, Place, copy, is_device, on_board};

/// What holds for every command.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How long a board may take to answer when connecting.
    pub(crate) timeout: Duration,
    /// The line speed, where the user asked for one.
    pub(crate) baud: Option<u32>,
    /// How much is said on stderr.
    pub(crate) talk: Talk,
    /// Whether stderr gets colours.
    pub(crate) color: bool,
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Errors only.
    Quiet,
    /// What is good to know.
    Normal,
    /// What is being done.
    Verbose,
}

/// The device to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Port {
    /// This one.
    Named(Specifier),
    /// The only board that is plugged in.
    OnlyBoard,
}

impl Settings {
    pub(crate) fn new(global: &Global) -> Self {
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let wanted = env::NO_COLOR.value().is_none() && io::stderr().is_terminal();
                wanted && understands_escapes()
            }
        };
        let talk = match (global.quiet, global.verbose) {
            (true, _) => Talk::Quiet,
            (false, true) => Talk::Verbose,
            (false, false) => Talk::Normal,
        };
        Self {
            timeout: global.timeout,
            baud: global.baud,
            talk,
            color,
        }
    }

    pub(crate) fn open_options(&self) -> OpenOptions {
        let mut options = OpenOptions {
            connect_timeout: self.timeout,
            ..OpenOptions::default()
        };
        if let Some(baud) = self.baud {
            options.baud_rate = baud;
        }
        options
    }
}

/// Whether the terminal does what escape sequences say, which a console of Windows does once it has
/// been told to.
fn understands_escapes() -> bool {
    #[cfg(windows)]
    return crossterm::ansi_support::supports_ansi();
    #[cfg(not(windows))]
    true
}

/// The device, and what is to be run there, from the arguments of `exec`, `eval` and `run`.
///
/// The first of the two may be missing. clap cannot express that together with flags in any place:
/// it fills the arguments from the front, and a single one is moved to the back here.
pub(crate) fn operands<P, T>(
    command: &'static str,
    argument: &'static str,
    (first, second): (Option<&P>, Option<&T>),
) -> Result<(Port, T), Error>
where
    P: AsRef<OsStr> + Clone,
    T: From<P> + Clone,
{
    match (first, second) {
        (port, Some(last)) => Ok((Port::new(port)?, last.clone())),
        (Some(last), None) => Ok((Port::new(None::<P>)?, last.clone().into())),
        (None, None) => Err(Error::MissingArgument { command, argument }),
    }
}

impl Port {
    /// The device named on the command line, or else by `BELAY_DEVICE`.
    pub(crate) fn new(argument: Option<impl AsRef<OsStr>>) -> Result<Self, Error> {
        let (origin, text) = match argument {
            Some(text) => ("PORT", text.as_ref().to_owned()),
            None => match env::BELAY_DEVICE.value() {
                Some(text) => (env::BELAY_DEVICE.name, text),
                None => return Ok(Self::OnlyBoard),
            },
        };
        let text = text.to_string_lossy().into_owned();
        match text.parse() {
            Ok(Specifier::Name(name)) => Ok(Self::Named(Names::load()?.specifier(name)?)),
            Ok(specifier) => Ok(Self::Named(specifier)),
            Err(source) => Err(Error::Specifier {
                origin,
                text,
                source,
            }),
        }
    }
}
