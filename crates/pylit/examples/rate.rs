//! Times how a log is read and written, for `cargo xtask bench literals`.
//!
//! Arguments: the file that the log is written to as Python literals, the file for what is written of
//! its values, how many rounds. Prints `{"python": …, "json": …, "parse": […], "typed": […],
//! "format": […], "serde_json": […]}`: the bytes of both texts, and nanoseconds for each round.
//!
//! What is read is compared record by record, so that nothing is timed that leaves something out.

#[path = "../benches/sensor_log/log.rs"]
mod log;

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use belay_pylit::{Value, from_str, parse};
use serde_json::json;

use log::{RECORDS, Record};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, written, rounds] = &arguments[..] else {
        return Err("usage: rate FILE WRITTEN ROUNDS".into());
    };
    let (python, json) = log::log();
    std::fs::write(file, &python)?;
    let [mut parsed, mut typed, mut formatted, mut others] = [const { Vec::new() }; 4];
    let mut text = String::new();
    // The first round is not counted: it pays for the memory of all.
    for _ in 0..=rounds.parse()? {
        let (time, value) = timed(|| parse(black_box(&python)));
        parsed.push(time);
        let value = value?;
        let (time, records) = timed(|| from_str::<Vec<Record>>(black_box(&python)));
        typed.push(time);
        let (time, other) = timed(|| serde_json::from_str(black_box(&json)));
        others.push(time);
        let (time, ours) = timed(|| black_box(&value).to_string());
        formatted.push(time);
        text = ours;
        compare(&value, &records?, &other?)?;
    }
    std::fs::write(written, text)?;
    let report = json!({
        "python": python.len(), "json": json.len(), "parse": parsed[1..], "typed": typed[1..],
        "format": formatted[1..], "serde_json": others[1..],
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

/// The nanoseconds that something takes, and what it gives.
fn timed<T>(run: impl FnOnce() -> T) -> (u64, T) {
    let start = Instant::now();
    let result = run();
    let time = start.elapsed().as_nanos();
    (u64::try_from(time).unwrap_or(u64::MAX), result)
}

/// Expects that everybody has read the whole log, and the same.
fn compare(
    value: &Value,
    records: &[Record],
    other: &serde_json::Value,
) -> Result<(), Box<dyn Error>> {
    let (Value::List(values), Some(others)) = (value, other.as_array()) else {
        return Err("the log is no list".into());
    };
    let counts = [values.len(), records.len(), others.len()];
    if counts.map(|count| count as u64) != [RECORDS; 3] {
        return Err(format!("{counts:?} records of {RECORDS}").into());
    }
    for ((value, record), other) in values.iter().zip(records).zip(others) {
        let Record {
            t,
            name,
            raw,
            pos,
            err,
            ok,
        } = record;
        let (x, y, index) = *pos;
        let position = vec![Value::Float(x), Value::Float(y), Value::Int(index)];
        let expected = [
            ("t", Value::Float(*t)),
            ("name", Value::from(name.as_str())),
            ("raw", Value::Bytes(raw.clone())),
            ("pos", Value::Tuple(position)),
            ("err", err.as_deref().map_or(Value::None, Value::from)),
            ("ok", Value::Bool(*ok)),
        ];
        let is_same = expected
            .iter()
            .all(|(key, field)| value.get(key) == Some(field))
            && other["t"] == json!(t)
            && other["name"] == json!(name)
            && other["pos"] == json!([x, y, index]);
        if !is_same {
            return Err(format!("{value} and {other} are not the same").into());
        }
    }
    Ok(())
}
