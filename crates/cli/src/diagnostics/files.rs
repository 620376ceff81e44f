//! What errors of files mean.

use belay_deploy::Error as Deploy;
use belay_device::FileFault;
use belay_sync::{ApplyError, LocalError, PlanError};

use super::{Diagnosis, FAILED, Report, USAGE, device, packages};
use crate::Error;

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
    Diagnosis {
        report: Report::Failure {
            message: error.to_string(),
            hint: hint(error),
        },
        status: status(error),
    }
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
        PlanError::NoRoom {
            freed_at_the_end, ..
        } if *freed_at_the_end > 0 => {
            "what would be deleted goes last: delete it first with belay fs rm, or leave files out \
             with --ignore"
                .to_owned()
        }
        PlanError::NoRoom { .. } => no_room(),
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
    Diagnosis {
        report: Report::Failure {
            message: format!("{message}; {done} of {} changes were made", report.changes),
            hint: hint
                .or_else(|| Some("every file is whole; the next run makes the rest".to_owned())),
        },
        status: FAILED,
    }
}

/// What to do about a file that the board cannot handle.
pub(super) fn fault_hint(fault: &FileFault) -> Option<String> {
    match fault {
        FileFault::ReadOnly => Some(read_only()),
        FileFault::NoSpace { .. } | FileFault::Full => Some(no_room()),
        FileFault::NotEmpty => {
            Some("belay fs rm -r deletes a folder with what it holds".to_owned())
        }
        FileFault::NameTooLong | FileFault::BadName => {
            Some("give it another name, or leave it out".to_owned())
        }
        _ => None,
    }
}

fn read_only() -> String {
    "on CircuitPython, either the computer or the board may write: put import storage; \
     storage.remount('/', readonly=False) into boot.py and reset"
        .to_owned()
}

fn no_room() -> String {
    "belay fs df shows the room there is, belay fs tree what takes it".to_owned()
}

fn failure(port: &str, error: &dyn std::error::Error, hint: Option<String>) -> Diagnosis {
    Diagnosis {
        report: Report::Failure {
            message: format!("{port}: {}", crate::error::with_causes(error)),
            hint,
        },
        status: FAILED,
    }
}
