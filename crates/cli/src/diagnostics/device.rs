//! What errors of a session mean.

use std::time::Duration;

use belay_device::{Error, Phase};

use super::{files, transport};
use crate::diagnosis::{Diagnosis, FAILED, excerpt};

/// The board did not come to the raw REPL.
pub(super) fn connecting(port: &str, error: &Error) -> Diagnosis {
    let hint = match error {
        Error::Timeout {
            phase: Phase::Entering,
            waited,
            restarts,
            last_seen,
        } => return unreachable(port, *waited, *restarts, last_seen),
        Error::Timeout {
            phase: Phase::Resetting,
            ..
        } => "the board's boot.py may run for too long: allow more with --timeout, or keep the \
             interpreter as it is (run --no-reset, the others without --reset)"
            .to_owned(),
        Error::Timeout { .. } | Error::Violation { .. } => {
            "check that MicroPython is on it; --timeout allows it longer".to_owned()
        }
        Error::NoMemory => return full(port),
        Error::Transport(source) => return failure(source.to_string(), transport::hint(source)),
        _ => return failure(format!("{port}: {error}"), None),
    };
    failure(format!("{port}: {error}"), Some(hint))
}

/// The board did not come to the raw REPL, and this is what was seen of it.
fn unreachable(port: &str, waited: Duration, restarts: u32, last_seen: &[u8]) -> Diagnosis {
    let seconds = waited.as_secs_f64();
    let last = String::from_utf8_lossy(last_seen);
    let (message, hint) = if restarts > 1 {
        (
            format!(
                "the board has restarted {restarts} times in {seconds:.1} s, each time before it could be interrupted"
            ),
            "a main.py that ends in sys.exit() or machine.reset() does that: --timeout 60 tries for longer; \
             where that does not help, start the board in its safe mode or erase its flash",
        )
    } else if last_seen.is_empty() {
        (
            format!("no answer within {seconds:.1} s; the board said nothing"),
            "press the board's reset button and try again; check that MicroPython is on it, that \
             this is its port, and --baud; a main.py that restarts the board at once keeps it silent, too: \
             start it in its safe mode, or erase its flash",
        )
    } else if is_text(last_seen)
        && let Some(unit) = repeated(&last)
    {
        (
            format!(
                "no raw REPL within {seconds:.1} s; it says the same again and again: {unit:?}"
            ),
            "its main.py restarts it, with machine.reset() for example, before it can be interrupted, or \
             catches ctrl-C (KeyboardInterrupt): --timeout 60 tries for longer; where that does not help, \
             start the board in its safe mode or erase its flash",
        )
    } else if is_text(last_seen) {
        (
            format!("no raw REPL within {seconds:.1} s; last seen: {last:?}"),
            "a program that catches ctrl-C (KeyboardInterrupt) goes on, or resets the board before it \
             can be interrupted: --timeout 60 tries for longer; if no program runs there, check that \
             MicroPython is on it",
        )
    } else {
        (
            format!("no raw REPL within {seconds:.1} s; last seen: {last:?}"),
            "what it said is no text, so the speed is likely wrong: try --baud 9600 or --baud 115200",
        )
    };
    failure(format!("{port}: {message}"), Some(hint.to_owned()))
}

/// What a text consists of that says the same three times or more: from the beginning of a line on, if there
/// is one.
fn repeated(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let length = (1..=bytes.len() / 3).find(|&n| bytes[n..] == bytes[..bytes.len() - n])?;
    let begin = text[..length].find('\n').map_or(0, |at| at + 1);
    let unit = text.get(begin..begin + length)?;
    (!unit.trim().is_empty()).then_some(unit)
}

/// A program has filled the board's memory, and what was asked for does not restart the interpreter.
fn full(port: &str) -> Diagnosis {
    failure(
        format!(
            "{port}: a program has filled the board's memory, and no command runs there any more"
        ),
        Some(format!(
            "restart its interpreter, which empties the memory: belay exec --reset {port} pass"
        )),
    )
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
            Some(transport::replug(port)),
        ),
        Error::Transport(source) => failure(source.to_string(), transport::hint(source)),
        Error::Timeout { .. } | Error::Violation { .. } => failure(
            format!("{port}: {error}"),
            Some(
                "the board may have restarted: try again, with its reset button if need be"
                    .to_owned(),
            ),
        ),
        Error::NoMemory => full(port),
        Error::Restarted => failure(
            format!("{port}: {error}"),
            Some(format!(
                "if the program has done that itself, with machine.reset(): belay reset --hard {port} does it"
            )),
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
            failure(format!("{port}: {error}"), files::of_fault(fault))
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
    Diagnosis::failure(FAILED, message, hint)
}

/// Whether bytes look like what a board prints, rather than like a line at the wrong speed.
fn is_text(bytes: &[u8]) -> bool {
    let odd = |c: char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace());
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|&c| odd(c)).count() * 4 <= text.chars().count()
}
