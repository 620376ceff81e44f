//! What an error means for the user: a message, a hint that works when pasted, an exit status.

mod device;
mod files;
mod packages;
#[cfg(all(unix, feature = "sim"))]
mod sim;
mod transport;

use std::io;
use std::path::Path;

use belay_device::{Exception, Reboot, Script};
use belay_transport::SpecifierError;

pub(crate) use packages::warning;

use self::transport::{looks_like_script, order_hint};
use crate::diagnosis::{Diagnosis, Explanation, FAILED, USAGE, excerpt};
use crate::{Error, json};

/// What `error` means for the user: its text, its class as exit status, and a hint. Some errors say more
/// than their text.
pub fn diagnose(error: &Error) -> Diagnosis {
    match error {
        Error::Connect { port, source } => device::connecting(port, source),
        Error::Call {
            port,
            simulated,
            source,
        } => device::calling(port, *simulated, source),
        Error::Deploy { port, source } => {
            let port = port.as_deref().unwrap_or_default();
            files::transferring(port, source).unwrap_or_else(|| default(error))
        }
        Error::Raised { exception, script } => Diagnosis {
            explanation: Explanation::Board(traceback(exception, script.as_ref())),
            status: FAILED,
        },
        Error::Script { path, source } => script_failure(path, source),
        Error::Json(json::Error::NotALiteral { text }) => Diagnosis::failure(
            FAILED,
            format!("the value has no form in JSON: {}", excerpt(text)),
            Some("leave out --json to see it as the board prints it".to_owned()),
        ),
        Error::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => Diagnosis {
            explanation: Explanation::Nothing,
            status: 0,
        },
        error => default(error),
    }
}

const NO_TESTS: &str = "name the files, or a folder with files test_*.py in it: belay test tests";

fn default(error: &Error) -> Diagnosis {
    let status = if error.is_usage() { USAGE } else { FAILED };
    Diagnosis::failure(status, error.to_string(), hint(error))
}

const NO_SCREEN: &str =
    "see what there is with belay devices --probe, and name a board: export BELAY_DEVICE=PORT";

/// What to do about an error, where that is known.
fn hint(error: &Error) -> Option<String> {
    let text = match error {
        Error::MissingArgument {
            command: "fs cp",
            argument,
        } => {
            return Some(format!(
                "say where to: belay fs cp :main.py . brings a file here, belay fs cp main.py : puts \
                 one on the board; <{argument}> comes last"
            ));
        }
        Error::MissingArgument { command, argument } => {
            return Some(format!(
                "use it as belay {command} [PORT] <{argument}>; belay {command} --help has examples"
            ));
        }
        Error::NoScreen => NO_SCREEN,
        Error::OnlyDevice {
            command,
            argument,
            port,
        } => {
            return Some(format!(
                "use it as belay {command} {port} <{argument}>; belay {command} --help has examples"
            ));
        }
        Error::DeviceBehind { meant, .. } => return Some(format!("PORT comes first: {meant}")),
        Error::ExtraArgument { command, .. } => {
            return Some(format!("belay {command} --help has examples"));
        }
        Error::Tests(belay_testing::Error::NoTests { .. }) => NO_TESTS,
        Error::NoExpression => "give one, such as: belay eval \"2 ** 10\"",
        Error::MissingUri => "use it as belay add [NAME] <URI>; belay add --help has examples",
        Error::Specifier { text, source, .. } => return specifier_hint(text, source),
        Error::UnknownName {
            name,
            known,
            misspelt,
        } => return Some(name_hint(name, known, misspelt.as_deref())),
        Error::NamedDevice { .. } => {
            "a device is for instance /dev/ttyACM0, COM3, tcp://10.0.0.7:4000 or sim:"
        }
        Error::Config { source, .. } => return Some(packages::remedies(source)),
        Error::Project(source) => return packages::hint(source),
        Error::ProjectExists { path } => {
            let init = "make a project of what is there: belay init";
            return Some(format!("{init} {}", path.display()));
        }
        Error::NoCache => "set XDG_CACHE_HOME or HOME",
        Error::CacheUnconfirmed { .. } => "--yes deletes without asking",
        Error::NoDevice(source) | Error::Open(source) | Error::Link(source) => {
            return transport::hint(source);
        }
        Error::NotUtf8 { .. } => {
            "save the file as UTF-8; only the code's own encoding matters here, a program may \
             print any bytes"
        }
        Error::Json(_) => "leave out --json to see the value as the board prints it",
        #[cfg(all(unix, feature = "sim"))]
        Error::NoPins { .. } => "--pins works with simulated boards, by their names, such as sim:",
        Error::Reboot {
            reboot: Reboot::Bootloader,
            ..
        } => "hold the board's BOOT button while it is reset or plugged in, if it has one",
        Error::Reboot {
            reboot: Reboot::SafeMode,
            ..
        } => {
            "safe mode is CircuitPython's; with MicroPython, ctrl-C at the start keeps main.py from running"
        }
        Error::Reboot { .. } => "press the board's reset button",
        Error::SeveralToOne { .. } => {
            "name a folder for them: belay minify --output FOLDER FILE..."
        }
        Error::Overwrites { .. } => "name another place: belay minify --output PATH FILE",
        Error::NotOnBoard { text } => {
            return Some(format!(
                "a path on the board begins with a colon: :{text}; a device is for instance \
                 /dev/ttyACM0, COM3 or sim: and comes first"
            ));
        }
        Error::Deploy { source, .. } => return files::hint(source),
        Error::MixedSources => "copy them with two commands",
        Error::Mount(belay_mount::Error::Unsupported { .. }) => files::NO_MOUNT,
        Error::NothingOnBoard => "a path on the board begins with a colon: belay fs cp main.py :",
        Error::Unconfirmed { .. } => {
            "--dry-run shows all of them, --yes deletes them, --keep or --keep-all leaves them"
        }
        Error::BootUnconfirmed => "--yes changes it without asking; what it has is kept",
        Error::BootNoHelp { .. } => {
            "something in it makes the file system read-only again: belay fs cat :boot.py"
        }
        Error::NoEditor | Error::EditorStart { .. } => "set one, such as: export EDITOR=nano",
        #[cfg(all(unix, feature = "sim"))]
        Error::Sim(source) => return sim::hint(source),
        #[cfg(not(all(unix, feature = "sim")))]
        Error::NoSimulator => "simulated boards need Linux, macOS or WSL, and the feature `sim`",
        _ => return None,
    };
    Some(text.to_owned())
}

/// The traceback, with the lines of the script that is at hand.
fn traceback(exception: &Exception, script: Option<&Script>) -> String {
    exception.render(|file, line| {
        let script = script.filter(|script| script.name == file)?;
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let line = script.source.lines().nth(index)?.trim();
        (!line.is_empty()).then(|| excerpt(line))
    })
}

fn specifier_hint(text: &str, source: &SpecifierError) -> Option<String> {
    match source {
        _ if looks_like_script(text) => Some(order_hint()),
        SpecifierError::InvalidJson { .. } => Some(
            "put the whole object in single quotes, so that the shell leaves it as it is"
                .to_owned(),
        ),
        SpecifierError::BadName { .. } => Some(
            "PORT is for instance /dev/ttyACM0, COM3, tcp://10.0.0.7:4000 or sim:, and comes \
             before what is to be run"
                .to_owned(),
        ),
        _ => None,
    }
}

fn name_hint(name: &str, known: &[String], misspelt: Option<&str>) -> String {
    if looks_like_script(name) {
        return order_hint();
    }
    if let Some(misspelt) = misspelt {
        return misspelt.to_owned();
    }
    if !known.is_empty() {
        return format!("the devices that have names are {}", known.join(", "));
    }
    "PORT is for instance /dev/ttyACM0, COM3, tcp://10.0.0.7:4000 or sim:".to_owned()
}

fn script_failure(path: &Path, source: &io::Error) -> Diagnosis {
    let shown = path.display();
    let (message, hint) = match source.kind() {
        io::ErrorKind::NotFound => {
            let text = path.to_string_lossy();
            let is_port =
                text.starts_with("sim:") || text.starts_with("/dev/") || text.contains("://");
            let hint = is_port.then(|| {
                format!(
                    "{shown} names a device; the script comes after it: belay run {shown} SCRIPT"
                )
            });
            (format!("there is no script {shown}"), hint)
        }
        io::ErrorKind::IsADirectory => (
            format!("{shown} is a folder, not a script"),
            Some(format!(
                "name the file in it: belay run {}",
                path.join("main.py").display()
            )),
        ),
        _ => (format!("cannot read {shown}: {source}"), None),
    };
    Diagnosis::failure(USAGE, message, hint)
}

#[cfg(test)]
mod tests;
