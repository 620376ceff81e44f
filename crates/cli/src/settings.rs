//! What the command line means, together with the environment.

mod names;
mod places;

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use belay_transport::{OpenOptions, Specifier};

use crate::args::{Color, Global};
use crate::password::Password;
use crate::workspace::Workspace;
use crate::{Error, env};

pub(crate) use names::{Names, user_file};
pub(crate) use places::{Operand, copy, has_port_form, is_device, on_board};

/// What holds for every command.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How long a board may take to answer when connecting.
    pub(crate) timeout: Duration,
    /// The line speed, where the user asked for one.
    pub(crate) baud: Option<u32>,
    /// The password of a device that asks for one.
    pub(crate) password: Option<Password>,
    /// Whether calls carry checks, if the user has said so.
    pub(crate) checked: Option<bool>,
    /// How much is said on stderr.
    pub(crate) verbosity: Verbosity,
    /// Whether stderr gets colours.
    pub(crate) color: bool,
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
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
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        Self {
            timeout: global.timeout,
            baud: global.baud,
            password: global.password.clone().or_else(|| {
                let text = env::BELAY_PASSWORD.value()?;
                text.to_string_lossy().parse().ok()
            }),
            checked: (global.checked || global.no_checked).then_some(global.checked),
            verbosity,
            color,
        }
    }

    pub(crate) fn open_options(&self) -> OpenOptions {
        let mut options = OpenOptions {
            connect_timeout: self.timeout,
            password: self
                .password
                .as_ref()
                .map(|password| password.reveal().to_owned()),
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
    workspace: &Workspace,
    command: &'static str,
    argument: &'static str,
    (first, second): (Option<&P>, Option<&T>),
) -> Result<(Port, T), Error>
where
    P: AsRef<OsStr> + Clone,
    T: From<P> + Clone,
{
    match (first, second) {
        (port, Some(last)) => Ok((Port::new(workspace, port)?, last.clone())),
        (Some(last), None) if is_only_device(last.as_ref()) => Err(Error::OnlyDevice {
            command,
            argument,
            port: last.as_ref().to_string_lossy().into_owned(),
        }),
        (Some(last), None) => Ok((Port::new(workspace, None::<P>)?, last.clone().into())),
        (None, None) => Err(Error::MissingArgument { command, argument }),
    }
}

/// Whether `text` names a device and can be nothing else. What stands in braces can be a value.
fn is_only_device(text: &OsStr) -> bool {
    let specifier = text.to_str().and_then(|text| text.parse().ok());
    let other = matches!(
        specifier,
        None | Some(Specifier::Usb(_) | Specifier::Name(_))
    );
    !other && has_port_form(text)
}

/// The device, the script and its arguments.
pub(crate) fn script<'o>(
    workspace: &Workspace,
    operands: &'o [OsString],
) -> Result<(Port, &'o OsStr, &'o [OsString]), Error> {
    let missing = Error::MissingArgument {
        command: "run",
        argument: "SCRIPT",
    };
    let (first, rest) = operands.split_first().ok_or(missing)?;
    // A name in front of a script that is there was meant for a device.
    let is_script = |text: &OsStr| {
        let path = Path::new(text);
        text == "-" || path.extension().is_some_and(|extension| extension == "py") || path.is_file()
    };
    let is_port = is_device(workspace, first)
        || !is_script(first) && rest.first().is_some_and(|second| is_script(second));
    if !is_port {
        return match rest.first().filter(|second| is_only_device(second)) {
            None => Ok((Port::new(workspace, None::<&OsStr>)?, first, rest)),
            Some(port) => {
                let [port, script] = [port, first].map(|text| text.to_string_lossy());
                Err(Error::DeviceBehind {
                    meant: format!("belay run {port} {script}"),
                    port: port.into_owned(),
                })
            }
        };
    }
    let Some((script, arguments)) = rest.split_first() else {
        return Err(Error::OnlyDevice {
            command: "run",
            argument: "SCRIPT",
            port: first.to_string_lossy().into_owned(),
        });
    };
    Ok((Port::new(workspace, Some(first))?, script, arguments))
}

impl Port {
    /// The device named on the command line, or else by `BELAY_DEVICE`.
    pub(crate) fn new(
        workspace: &Workspace,
        argument: Option<impl AsRef<OsStr>>,
    ) -> Result<Self, Error> {
        let (origin, text) = match argument {
            Some(text) => ("PORT", text.as_ref().to_owned()),
            None => match env::BELAY_DEVICE.value() {
                Some(text) => (env::BELAY_DEVICE.name, text),
                None => return Ok(Self::OnlyBoard),
            },
        };
        let text = text.to_string_lossy().into_owned();
        match text.parse() {
            Ok(Specifier::Name(name)) => Ok(Self::Named(workspace.names()?.specifier(name)?)),
            Ok(specifier) => Ok(Self::Named(specifier)),
            Err(source) => Err(Error::Specifier {
                origin,
                text,
                source,
            }),
        }
    }
}
