//! What errors of files mean.

use belay_deploy::Error as Deploy;
use belay_sync::{ApplyError, LocalError, PlanError};

use super::faults::{no_space, read_only};
use super::{device, packages};
use crate::Error;
use crate::report::{Diagnosis, FAILED, Report, USAGE};

/// What an error of files means for the user.
pub(super) fn diagnose(error: &Error) -> Diagnosis {
    if let Error::Deploy { port, source } = error {
        let port = port.as_deref().unwrap_or_default();
        match &**source {
            Deploy::Plan(source) => return planning(port, source),
            Deploy::Apply(source) => return applying(port, source),
            _ => {}
        }
    }
    Diagnosis::failure(status(error), error.to_string(), hint(error))
}

fn status(error: &Error) -> u8 {
    match error {
        Error::Deploy { source, .. } => match &**source {
            // A folder that is not there is a mistake in the command line.
            Deploy::Local(LocalError::Io { .. })
            | Deploy::Ignore(_)
            | Deploy::Path(_)
            | Deploy::Pattern { .. }
            | Deploy::IsAFolder { .. }
            | Deploy::IsALocalFolder { .. }
            | Deploy::Read { .. }
            | Deploy::Write { .. } => USAGE,
            _ => FAILED,
        },
        Error::NoSpaceFigures { .. } | Error::EditorFailed { .. } | Error::Editor(_) => FAILED,
        _ => USAGE,
    }
}

fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::NotOnBoard { text } => format!(
            "a path on the board begins with a colon: :{text}; a device is for instance /dev/ttyACM0, \
             COM3 or sim: and comes first"
        ),
        Error::Deploy { source, .. } => match &**source {
            Deploy::NoFolder { path } => {
                let folder = path.parent().unwrap_or_default();
                format!("create it first: belay fs mkdir -p :{folder}")
            }
            Deploy::IsAFolder { .. } | Deploy::IsALocalFolder { .. } => {
                "with -r, cp and rm take folders with all that lies below them".to_owned()
            }
            Deploy::SameTarget { .. } => {
                "give them different names, one command for each".to_owned()
            }
            Deploy::Mpy { source, .. } => return packages::of_mpy(source),
            _ => return None,
        },
        Error::MixedSources => "copy them with two commands".to_owned(),
        Error::NothingOnBoard => {
            "a path on the board begins with a colon: belay fs cp main.py :".to_owned()
        }
        Error::Unconfirmed { .. } => {
            "--dry-run shows all of them, --yes deletes them, --keep or --keep-all leaves them"
                .to_owned()
        }
        Error::NoEditor | Error::EditorStart { .. } => {
            "set one, such as: export EDITOR=nano".to_owned()
        }
        _ => return None,
    })
}

/// There is no way to make the board hold what it should.
fn planning(port: &str, error: &PlanError<belay_device::Error>) -> Diagnosis {
    let hint = match error {
        PlanError::ReadOnly { .. } => read_only(),
        PlanError::NoSpace {
            freed_at_the_end, ..
        } if *freed_at_the_end > 0 => {
            "what would be deleted goes last: delete it first with belay fs rm, or leave files out \
             with --ignore"
                .to_owned()
        }
        PlanError::NoSpace { .. } => no_space(),
        PlanError::KeptInTheWay { .. } => {
            "move what is kept out of the way with belay fs mv, or give --keep without it"
                .to_owned()
        }
        _ => return failure(port, error, None),
    };
    failure(port, error, Some(hint))
}

/// The changes were not made to the end.
fn applying(port: &str, error: &ApplyError<belay_device::Error>) -> Diagnosis {
    let ApplyError::Remote { source, report } = error else {
        return failure(port, error, None);
    };
    let Report::Failure { message, hint } = device::calling(port, false, source).report else {
        return failure(port, error, None);
    };
    let done = report.done.len();
    let message = format!("{message}; {done} of {} changes were made", report.changes);
    let rest = || "every file is whole; the next run makes the rest".to_owned();
    Diagnosis::failure(FAILED, message, hint.or_else(|| Some(rest())))
}

fn failure(port: &str, error: &dyn std::error::Error, hint: Option<String>) -> Diagnosis {
    let message = format!("{port}: {}", crate::error::with_causes(error));
    Diagnosis::failure(FAILED, message, hint)
}
