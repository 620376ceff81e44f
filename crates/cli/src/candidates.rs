//! The devices that there are to choose from, and what each says of itself.

mod probe;

use std::path::Path;

use belay_transport::{PortInfo, Specifier, UsbFilter, find, identity, list_ports};

use crate::Error;
use crate::context::Context;

pub(crate) use probe::{Answer, Probe};

/// A device that may be a board.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// What opens it now.
    pub(crate) specifier: Specifier,
    /// What is known of its port, where it is one of this computer.
    pub(crate) port: Option<PortInfo>,
    /// The names that it goes by.
    pub(crate) names: Vec<String>,
    /// What names it also after it has been plugged in again.
    pub(crate) lasting: Specifier,
}

/// The serial ports of this computer, the devices that have names, and the simulated boards that `belay sim`
/// runs.
pub(crate) fn candidates(context: &Context) -> Result<Vec<Candidate>, Error> {
    let ports = list_ports().map_err(Error::NoDevice)?;
    let mut all: Vec<_> = ports
        .iter()
        .map(|port| {
            let specifier = Specifier::Serial(port.path.clone());
            let identity = identity(&port.path, &ports);
            Candidate {
                lasting: identity.map_or_else(|| specifier.clone(), lasting),
                specifier,
                port: Some(port.clone()),
                names: Vec::new(),
            }
        })
        .collect();
    for (name, path) in running() {
        add(&mut all, Specifier::Serial(path), &format!("sim:{name}"));
    }
    let names = context.workspace.names()?;
    for (name, _) in names.all() {
        // What is wrong with a name is told to those who use it.
        let Ok(specifier) = names.specifier(name.to_owned()) else {
            continue;
        };
        match &specifier {
            Specifier::Usb(filter) => match find(filter, &ports) {
                Ok(port) => add(&mut all, Specifier::Serial(port.path.clone()), name),
                Err(_) => add(&mut all, specifier, name),
            },
            // One that does not run would be started, and what others start is not asked for.
            Specifier::Sim(text) => {
                let text = format!("sim:{text}");
                if let Some(running) = all.iter_mut().find(|other| other.names.contains(&text)) {
                    running.names.push(name.to_owned());
                }
            }
            Specifier::Exec(_) | Specifier::Pty(_) => {}
            _ => add(&mut all, specifier, name),
        }
    }
    Ok(all)
}

/// Gives the device that `specifier` opens one more name; a device that is not among `all` is added.
fn add(all: &mut Vec<Candidate>, specifier: Specifier, name: &str) {
    let known = all
        .iter_mut()
        .find(|other| is_same(&other.specifier, &specifier));
    if let Some(known) = known {
        if !known.names.iter().any(|other| other == name) {
            known.names.push(name.to_owned());
        }
        return;
    }
    all.push(Candidate {
        lasting: match name.parse() {
            Ok(named @ Specifier::Sim(_)) => named,
            _ => specifier.clone(),
        },
        specifier,
        port: None,
        names: vec![name.to_owned()],
    });
}

/// Whether two devices are one; udev's links by serial number lead to the port itself.
pub(crate) fn is_same(left: &Specifier, right: &Specifier) -> bool {
    let target = |path: &str| Path::new(path).canonicalize().ok();
    match (left, right) {
        (Specifier::Serial(left), Specifier::Serial(right)) => {
            left == right || target(left).is_some_and(|left| target(right) == Some(left))
        }
        _ => left == right,
    }
}

/// A serial number alone is enough, and shorter.
fn lasting(filter: UsbFilter) -> Specifier {
    let id = filter.serial_number.as_ref();
    let id = id.and_then(|number| format!("id:{number}").parse().ok());
    id.unwrap_or(Specifier::Usb(filter))
}

/// The simulated boards that run, and the paths of their ptys.
#[cfg(all(unix, feature = "sim"))]
fn running() -> Vec<(String, String)> {
    let boards = belay_sim::NamedBoard::all().unwrap_or_default();
    let shared = boards.into_iter().filter_map(|board| {
        let running = board.running.filter(|running| running.shared)?;
        Some((board.name, running.path.to_str()?.to_owned()))
    });
    shared.collect()
}

#[cfg(not(all(unix, feature = "sim")))]
fn running() -> Vec<(String, String)> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_with_several_names_comes_once() {
        let mut all = Vec::new();
        add(&mut all, Specifier::Serial("/dev/null".to_owned()), "sim:a");
        for name in ["bench", "sim:a", "bench"] {
            add(
                &mut all,
                Specifier::Serial("/dev/../dev/null".to_owned()),
                name,
            );
        }
        add(&mut all, "ws://10.0.0.7".parse().unwrap(), "wall");
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].names, ["sim:a", "bench"]);
        assert_eq!(all[0].lasting.to_string(), "sim:a");
        assert_eq!(all[1].lasting.to_string(), "ws://10.0.0.7");
    }

    #[test]
    fn a_board_without_a_serial_number_is_known_by_its_place() {
        let filter = UsbFilter {
            vid: Some(0x1a86),
            location: Some("1-4.2".to_owned()),
            ..UsbFilter::default()
        };
        let text = lasting(filter).to_string();
        assert_eq!(text, r#"{"vid":6790,"location":"1-4.2"}"#);
        let filter = UsbFilter {
            vid: Some(0x2e8a),
            serial_number: Some("e66".to_owned()),
            ..UsbFilter::default()
        };
        assert_eq!(lasting(filter), "id:e66".parse().unwrap());
    }
}
