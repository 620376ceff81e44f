//! What a board tells everybody of itself.

use serde_json::{Value, json};

use super::response::Response;
use super::workflow::Workflow;
use crate::firmware::Drive;
use crate::opcodes::Fact;

/// The version of the interface.
const VERSION: u32 = 4;

impl Workflow {
    /// Whether files can be changed: not while a computer may.
    pub(super) fn is_writable(&self) -> bool {
        let state = self.shared.hardware.lock();
        let supervisor = &state.supervisor;
        supervisor.drive() != Drive::Mounted || !supervisor.is(Fact::ReadOnly)
    }

    fn hostname(&self) -> String {
        let id = &self.shared.hardware.unique_id;
        let last = id.iter().rev().take(3).rev();
        last.fold("cpy-".to_owned(), |name, byte| format!("{name}{byte:02x}"))
    }

    /// What the board's file system has and is.
    pub(super) fn space(&self) -> Option<Value> {
        let [size, all, free] = self.shared.hardware.files.space().ok()?;
        Some(json!({
            "free": free,
            "total": all,
            "block_size": size,
            "writable": self.is_writable(),
        }))
    }
}

pub(super) fn version(site: &Workflow) -> Response {
    let machine = site.firmware.machine.as_deref();
    Response::json(&json!({
        "web_api_version": VERSION,
        "version": site.firmware.version,
        "build_date": site.firmware.date,
        "board_name": machine.unwrap_or("Belay simulated board"),
        "mcu_name": "belay-sim",
        "board_id": "belay_sim",
        "creator_id": 0,
        "creation_id": 0,
        "hostname": site.hostname(),
        "port": site.address.port(),
    }))
}

pub(super) fn devices(site: &Workflow) -> Response {
    Response::json(&json!({
        "total": 1,
        "devices": [{
            "hostname": site.hostname(),
            "instance_name": "Belay simulated board",
            "port": site.address.port(),
            "ip": site.address.ip().to_string(),
        }],
    }))
}

pub(super) fn disks(site: &Workflow) -> Response {
    let Some(mut space) = site.space() else {
        return Response::new(500, "Internal Server Error").closing();
    };
    space["root"] = json!("/");
    Response::json(&json!([space]))
}
