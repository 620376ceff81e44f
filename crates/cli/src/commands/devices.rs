//! `belay devices`.

use belay_transport::{PortInfo, Specifier, find, list_ports, only_board};
use serde_json::{Value, json};

use crate::args::Devices;
use crate::candidates::{Answer, Candidate, Probe, candidates, is_same};
use crate::context::Context;
use crate::settings::Port;
use crate::{Error, env, text};

/// What stands before the device that commands use.
const MARK: &str = "*";

/// Lists the serial ports that may be boards.
pub(crate) fn devices(args: &Devices, context: &Context) -> Result<u8, Error> {
    if args.probe {
        return probe(args.json, context);
    }
    let ports = list_ports().map_err(Error::NoDevice)?;
    let port = Port::new(&context.workspace, None::<&str>)?;
    let chosen = chosen(&port, &ports);
    if args.json {
        context.printer.line(&as_json(&ports, chosen).to_string())?;
    } else if !ports.is_empty() {
        context.printer.line(&as_table(&ports, chosen))?;
    }
    if ports.is_empty() {
        context.printer.note(
            "no serial port was found: plug a board in, with a cable that carries data, or take a \
             simulated one: belay info sim:",
        );
    }
    if let (Port::Named(specifier), None) = (&port, chosen) {
        let name = env::BELAY_DEVICE.name;
        context
            .printer
            .note(&format!("{name} is {specifier}, which is none of these"));
    }
    Ok(0)
}

/// Lists all that may be boards, with what they say of themselves.
fn probe(json: bool, context: &Context) -> Result<u8, Error> {
    let candidates = candidates(context)?;
    let answers = Probe::start(&candidates, context).finish(candidates.len());
    let rows: Vec<_> = candidates.iter().zip(&answers).collect();
    context.printer.list(
        json,
        &rows,
        |(candidate, answer)| answer_as_json(candidate, answer),
        ["DEVICE", "NAMES", "STATE", "FIRMWARE"],
        |(candidate, answer)| {
            [
                candidate.specifier.to_string(),
                candidate.names.join(", "),
                answer.state.to_owned(),
                answer.firmware(),
            ]
        },
    )?;
    if rows.is_empty() {
        context.printer.note("no device was found");
    }
    Ok(0)
}

/// Facts that are not known are `null`.
fn answer_as_json(candidate: &Candidate, answer: &Answer) -> Value {
    let facts = answer.firmware.as_ref();
    let version = facts.map(|facts| {
        let (major, minor, patch) = facts.version;
        format!("{major}.{minor}.{patch}")
    });
    json!({
        "device": candidate.specifier.to_string(),
        "names": candidate.names,
        "state": answer.state,
        "trouble": answer.trouble,
        "name": facts.map(|facts| &facts.name),
        "version": version,
        "machine": facts.map(|facts| &facts.machine),
        "platform": facts.map(|facts| &facts.platform),
    })
}

/// The place among `ports` of the one that commands use when none is named.
fn chosen(port: &Port, ports: &[PortInfo]) -> Option<usize> {
    let path = match port {
        Port::OnlyBoard => only_board(ports).ok()?.path.clone(),
        Port::Named(Specifier::Usb(filter)) => find(filter, ports).ok()?.path.clone(),
        Port::Named(Specifier::Serial(path)) => path.clone(),
        Port::Named(_) => return None,
    };
    let path = Specifier::Serial(path);
    let same = |port: &PortInfo| is_same(&Specifier::Serial(port.path.clone()), &path);
    ports.iter().position(same)
}

fn as_table(ports: &[PortInfo], chosen: Option<usize>) -> String {
    let heads = ["", "PORT", "VID:PID", "SERIAL NUMBER", "DEVICE", "LOCATION"];
    let mut rows = vec![heads.map(str::to_owned)];
    for (index, port) in ports.iter().enumerate() {
        let mark = if chosen == Some(index) { MARK } else { "" };
        let usb = port.usb.clone().unwrap_or_default();
        let numbers = match port.usb {
            Some(_) => format!("{:04x}:{:04x}", usb.vid, usb.pid),
            None => String::new(),
        };
        let names: Vec<_> = [usb.manufacturer, usb.product]
            .into_iter()
            .flatten()
            .collect();
        let cells = [
            mark.to_owned(),
            port.path.clone(),
            numbers,
            usb.serial_number.unwrap_or_default(),
            names.join(" "),
            usb.location.unwrap_or_default(),
        ];
        rows.push(cells);
    }
    text::table(rows)
}

/// Facts that are not known are `null`, and so are all but the path of a port that is not on USB.
fn as_json(ports: &[PortInfo], chosen: Option<usize>) -> Value {
    let ports = ports.iter().enumerate().map(|(index, port)| {
        let usb = port.usb.as_ref();
        json!({
            "path": port.path,
            "vid": usb.map(|usb| usb.vid),
            "pid": usb.map(|usb| usb.pid),
            "serial_number": usb.map(|usb| &usb.serial_number),
            "manufacturer": usb.map(|usb| &usb.manufacturer),
            "product": usb.map(|usb| &usb.product),
            "location": usb.map(|usb| &usb.location),
            "default": chosen == Some(index),
        })
    });
    Value::Array(ports.collect())
}

#[cfg(test)]
mod tests {
    use belay_transport::UsbInfo;

    use super::*;

    fn ports() -> Vec<PortInfo> {
        let pico = UsbInfo {
            vid: 0x2e8a,
            pid: 5,
            serial_number: Some("e6614103e7452d2f".into()),
            manufacturer: Some("MicroPython".into()),
            product: Some("Board in\tFS mode\x1b[31m".into()),
            location: Some("1-4.2".into()),
        };
        let bridge = UsbInfo {
            vid: 0x1a86,
            pid: 0x7523,
            ..UsbInfo::default()
        };
        [
            ("/dev/ttyACM0", Some(pico)),
            ("/dev/ttyUSB10", Some(bridge)),
            ("/dev/ttyS4", None),
        ]
        .map(|(path, usb)| PortInfo {
            path: path.into(),
            usb,
        })
        .to_vec()
    }

    fn named(text: &str) -> Port {
        Port::Named(text.parse().unwrap())
    }

    #[test]
    fn the_table_has_a_column_for_each_fact() {
        let expected = [
            r"   PORT           VID:PID    SERIAL NUMBER     DEVICE                                LOCATION",
            r"*  /dev/ttyACM0   2e8a:0005  e6614103e7452d2f  MicroPython Board in FS mode\x1b[31m  1-4.2",
            r"   /dev/ttyUSB10  1a86:7523  -                 -                                     -",
            r"   /dev/ttyS4     -          -                 -                                     -",
        ];
        assert_eq!(as_table(&ports(), Some(0)), expected.join("\n"));
    }

    #[test]
    fn the_list_is_json() {
        let json = as_json(&ports(), Some(1));
        assert_eq!(json[0]["vid"], 0x2e8a);
        assert_eq!(json[0]["serial_number"], "e6614103e7452d2f");
        assert_eq!(json[0]["default"], false);
        assert_eq!(json[1]["default"], true);
        assert_eq!(json[1]["product"], Value::Null);
        assert_eq!(json[2]["pid"], Value::Null);
        assert_eq!(as_json(&[], None).to_string(), "[]");
    }

    #[test]
    fn the_device_that_is_meant_is_chosen() {
        let ports = ports();
        assert_eq!(chosen(&named("/dev/ttyUSB10"), &ports), Some(1));
        assert_eq!(chosen(&named(r#"{"vid": "2e8a"}"#), &ports), Some(0));
        assert_eq!(chosen(&named(r#"{"vid": "ffff"}"#), &ports), None);
        assert_eq!(chosen(&named("sim:"), &ports), None);
        // Two of them are boards.
        assert_eq!(chosen(&Port::OnlyBoard, &ports), None);
        assert_eq!(chosen(&Port::OnlyBoard, &ports[1..]), Some(0));
    }
}
