//! A sensor log of 5,000 records: 750 KB of Python literals, and the same log as JSON.
//!
//! JSON has no bytes and no tuples: there, the 16 bytes are a string of 32 hexadecimal digits and
//! the tuples are lists.

use std::fmt::Write as _;

use belay_pylit::Value;

/// How many records the log has.
pub(crate) const RECORDS: u64 = 5000;

/// A record as a program has it.
#[derive(serde::Deserialize, serde::Serialize)]
pub(crate) struct Record {
    pub(crate) t: f64,
    pub(crate) name: String,
    pub(crate) raw: Vec<u8>,
    pub(crate) pos: (f64, f64, i64),
    pub(crate) err: Option<String>,
    pub(crate) ok: bool,
}

/// The log as Python literals and as JSON.
pub(crate) fn log() -> (String, String) {
    let (mut python, mut json) = (String::from("["), String::from("["));
    // A linear congruential generator (Knuth's MMIX) makes the same log every time.
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for index in 0..RECORDS {
        if index > 0 {
            python.push_str(", ");
            json.push_str(", ");
        }
        let temperature = format!("{}.{}", random(60), random(10_000) + 1);
        let name = format!("sensor-{:02}", random(40));
        let (x, y) = (
            format!("0.{}", random(1_000_000_000) + 1),
            format!("-{}.5", random(90)),
        );
        let raw: Vec<u8> = (0..16).map(|_| random(256) as u8).collect();
        let bytes = Value::Bytes(raw.clone());
        let hex = raw.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let _ = write!(
            python,
            "{{'t': {temperature}, 'name': '{name}', 'raw': {bytes}, 'pos': ({x}, {y}, {index}), \
             'err': None, 'ok': True}}"
        );
        let _ = write!(
            json,
            "{{\"t\": {temperature}, \"name\": \"{name}\", \"raw\": \"{hex}\", \
             \"pos\": [{x}, {y}, {index}], \"err\": null, \"ok\": true}}"
        );
    }
    python.push(']');
    json.push(']');
    (python, json)
}
