//! What errors of a session mean.

use belay_device::{Error, Phase};

use super::{Diagnosis, FAILED, Report, excerpt, transport};

/// The board did not come to the raw REPL.
pub(super) fn connecting(port: &str, error: &Error) -> Diagnosis {
    let hint = match error {
        Error::Timeout { phase: Phase::Resetting, .. } => {
            "the board's boot.py may run for too long: allow more with --timeout, or keep the \
             interpreter as it is (run --no-reset, the others without --reset)"
                .to_owned()
        }
        Error::Timeout { last_seen, .. } if last_seen.is_empty() => {
            "press the board's reset button and try again; check that MicroPython is on it, that \
             this is its port, and --baud".to_owned()
        }
        Error::Timeout { last_seen, .. } if !is_text(last_seen) => {
            "what it said is no text, so the speed is likely wrong: try --baud 9600 or --baud 115200".to_owned()
        }
        Error::Timeout { .. } | Error::Violation { .. } => {
            "press the board's reset button and try again; check that MicroPython is on it; --timeout \
             allows it longer".to_owned()
        }
        Error::Transport(source) => return failure(source.to_string(), transport::hint(source)),
        _ => return failure(format!("{port}: {error}"), None),
    };
    failure(format!("{port}: {error}"), Some(hint))
}

/// A call failed after the board had come to the raw REPL.
pub(super) fn calling(port: &str, simulated: bool, error: &Error) -> Diagnosis {
    match error {
        Error::Transport(belay_transport::Error::Disconnected { .. }) if simulated => failure(
            "the simulated board has ended in the middle of the call".to_owned(),
            None,
        ),
        Error::Transport(source @ belay_transport::Error::Disconnected { .. }) => failure(
            format!("{source} in the middle of the call"),
            Some(transport::replug()),
        ),
        Error::Transport(source) => failure(source.to_string(), transport::hint(source)),
        Error::Timeout { .. } | Error::Violation { .. } => failure(
            format!("{port}: {error}"),
            Some(
                "the board may have restarted: try again, with its reset button if need be"
                    .to_owned(),
            ),
        ),
        Error::DamagedAnswer => failure(
            format!("{port}: {error}"),
            Some(
                "the line loses or changes bytes: check the cable, or try a lower --baud if the board allows it"
                    .to_owned(),
            ),
        ),
        Error::Abandoned if simulated => failure(
            "stopped waiting; the program ended with the simulated board".to_owned(),
            None,
        ),
        Error::Abandoned => failure(
            format!("stopped waiting; the program may still run on {port}"),
            Some(format!(
                "stop it with the board's reset button, or try: belay exec --timeout 60 {port} pass"
            )),
        ),
        Error::Interrupted => failure("interrupted".to_owned(), None),
        Error::File { fault, .. } => {
            failure(format!("{port}: {error}"), super::files::fault_hint(fault))
        }
        Error::Damaged { .. } => failure(
            format!("{port}: {error}"),
            Some(
                "check the cable, or take a lower --baud; the next run goes on from here"
                    .to_owned(),
            ),
        ),
        Error::NotALiteral { text } => {
            failure(format!("the result is no literal: {}", excerpt(text)), None)
        }
        other => failure(format!("{port}: {other}"), None),
    }
}

fn failure(message: String, hint: Option<String>) -> Diagnosis {
    Diagnosis {
        report: Report::Failure { message, hint },
        status: FAILED,
    }
}

/// Whether bytes look like what a board prints, rather than like a line at the wrong speed.
fn is_text(bytes: &[u8]) -> bool {
    let odd = |c: char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|&c| odd(c)).count() * 4 <= text.chars().count()
}
