//! What errors of the simulator mean.

use belay_sim::Error;

use crate::env;

/// What to do about a simulated board that did not start, or has ended.
pub(super) fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::EngineSpawn { .. } | Error::EngineAnswer { .. } | Error::EngineTooOld { .. } => {
            let variable = env::BELAY_MICROPYTHON.name;
            match env::BELAY_MICROPYTHON.value() {
                Some(_) => format!("{variable} names it: correct it, or unset {variable}"),
                None => format!("name another one: export {variable}=PATH"),
            }
        }
        Error::FlashInUse { .. } => {
            "wait for the other command to end, or take another board, for instance sim:second"
                .to_owned()
        }
        Error::UnknownBoard { .. } => "see those there are: belay sim --list".to_owned(),
        Error::FlashSize { .. } => {
            "take another image, or start anew with an empty one (?fresh)".to_owned()
        }
        Error::Boot { .. } => {
            "if boot.py is the reason, start with an empty flash: sim:?fresh".to_owned()
        }
        Error::NoDataFolder => {
            format!(
                "say where it is with {} or HOME, or name a file: sim:?flash=PATH",
                env::XDG_DATA_HOME.name
            )
        }
        Error::WebReplPassword => format!(
            "give it: export {}=PASSWORD, or --password",
            env::BELAY_PASSWORD.name
        ),
        Error::Listen { .. } => {
            "choose another address or port; port 0 is any that is free".to_owned()
        }
        _ => return None,
    })
}
