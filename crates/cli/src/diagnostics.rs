//! What an error means for the user: a message, a hint that works when pasted, an exit status.

mod device;
mod faults;
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
use crate::report::{Diagnosis, FAILED, Report, USAGE, excerpt};
use crate::{Error, json};

/// What `error` means for the user.
#[expect(clippy::too_many_lines, reason = "an arm for each kind of error")]
pub fn diagnose(error: &Error) -> Diagnosis {
    let failure = |status, hint| Diagnosis::failure(status, error.to_string(), hint);
    match error {
        Error::MissingArgument {
            command: "fs cp",
            argument,
        } => failure(
            USAGE,
            Some(format!(
                "say where to: belay fs cp :main.py . brings a file here, belay fs cp main.py : puts \
                 one on the board; <{argument}> comes last"
            )),
        ),
        Error::OnlyDevice {
            command,
            argument,
            port,
        } => failure(
            USAGE,
            Some(format!(
                "use it as belay {command} {port} <{argument}>; belay {command} --help has examples"
            )),
        ),
        Error::DeviceBehind { meant, .. } => {
            failure(USAGE, Some(format!("PORT comes first: {meant}")))
        }
        Error::NoExpression => failure(
            USAGE,
            Some("give one, such as: belay eval \"2 ** 10\"".to_owned()),
        ),
        Error::MissingArgument { command, argument } => failure(
            USAGE,
            Some(format!(
                "use it as belay {command} [PORT] <{argument}>; belay {command} --help has examples"
            )),
        ),
        Error::Specifier { text, source, .. } => failure(USAGE, specifier_hint(text, source)),
        Error::UnknownName {
            name,
            known,
            misspelt,
        } => failure(USAGE, Some(name_hint(name, known, misspelt.as_deref()))),
        Error::NamedDevice { .. } => failure(
            USAGE,
            Some(
                "a device is for instance /dev/ttyACM0, COM3, tcp://10.0.0.7:4000 or sim:"
                    .to_owned(),
            ),
        ),
        Error::Config { source, .. } => failure(USAGE, Some(packages::remedies(source))),
        Error::Project(source) => failure(packages::status(source), packages::hint(source)),
        Error::ExtraArgument { command, .. } => {
            failure(USAGE, Some(format!("belay {command} --help has examples")))
        }
        Error::Program { .. } => failure(USAGE, None),
        Error::ProjectExists { path } => failure(
            USAGE,
            Some(format!(
                "make a project of what is there: belay init {}",
                path.display()
            )),
        ),
        Error::Cache(_) => failure(FAILED, None),
        Error::NoCache => failure(USAGE, Some("set XDG_CACHE_HOME or HOME".to_owned())),
        Error::CacheUnconfirmed { .. } => {
            failure(USAGE, Some("--yes deletes without asking".to_owned()))
        }
        Error::MissingUri => failure(
            USAGE,
            Some("use it as belay add [NAME] <URI>; belay add --help has examples".to_owned()),
        ),
        Error::NoDevice(source) | Error::Open(source) => failure(USAGE, transport::hint(source)),
        Error::Connect { port, source } => device::connecting(port, source),
        Error::Call {
            port,
            simulated,
            source,
        } => device::calling(port, *simulated, source),
        Error::Raised { exception, script } => Diagnosis {
            report: Report::Board(traceback(exception, script.as_ref())),
            status: FAILED,
        },
        Error::Script { path, source } => script_failure(path, source),
        Error::NotUtf8 { .. } => failure(
            USAGE,
            Some(
                "save the file as UTF-8; only the code's own encoding matters here, a program may \
                  print any bytes"
                    .to_owned(),
            ),
        ),
        Error::Json(json::Error::NotALiteral { text }) => Diagnosis::failure(
            FAILED,
            format!("the value has no form in JSON: {}", excerpt(text)),
            Some("leave out --json to see it as the board prints it".to_owned()),
        ),
        Error::Json(_) => failure(
            FAILED,
            Some("leave out --json to see the value as the board prints it".to_owned()),
        ),
        Error::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => Diagnosis {
            report: Report::Nothing,
            status: 0,
        },
        #[cfg(all(unix, feature = "sim"))]
        Error::NoPins { .. } => failure(
            USAGE,
            Some("--pins works with simulated boards, such as sim:".to_owned()),
        ),
        Error::Reboot {
            reboot: Reboot::Bootloader,
            ..
        } => failure(
            FAILED,
            Some(
                "hold the board's BOOT button while it is reset or plugged in, if it has one"
                    .to_owned(),
            ),
        ),
        Error::Reboot { .. } => failure(FAILED, Some("press the board's reset button".to_owned())),
        Error::Link(source) => failure(FAILED, transport::hint(source)),
        Error::Minify { .. } => failure(FAILED, None),
        Error::File { .. } | Error::Read { .. } => failure(USAGE, None),
        Error::SeveralToOne { .. } => failure(
            USAGE,
            Some("name a folder for them: belay minify --output FOLDER FILE...".to_owned()),
        ),
        Error::Overwrites { .. } => failure(
            USAGE,
            Some("name another place: belay minify --output PATH FILE".to_owned()),
        ),
        Error::Interrupted | Error::Output(_) | Error::Signals(_) | Error::Terminal(_) => {
            failure(FAILED, None)
        }
        Error::NotOnBoard { .. }
        | Error::NotText { .. }
        | Error::MixedSources
        | Error::NothingOnBoard
        | Error::OneFile { .. }
        | Error::Deploy { .. }
        | Error::Unconfirmed { .. }
        | Error::NoSpaceFigures { .. }
        | Error::NoEditor
        | Error::EditorStart { .. }
        | Error::EditorFailed { .. }
        | Error::Editor(_) => files::diagnose(error),
        #[cfg(all(unix, feature = "sim"))]
        Error::Sim(source) => sim::failure(source),
        #[cfg(all(unix, feature = "sim"))]
        Error::SimOptions { .. } => failure(USAGE, None),
        #[cfg(not(all(unix, feature = "sim")))]
        Error::NoSimulator => failure(
            USAGE,
            Some("simulated boards need Linux, macOS or WSL, and the feature `sim`".to_owned()),
        ),
    }
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
