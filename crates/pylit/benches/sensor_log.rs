//! A sensor log of 5,000 records, 750 KB of Python literals: this crate, `serde_json::Value` on
//! the same log as JSON, and CPython's `ast.literal_eval`, which times itself in a child process.
//!
//! JSON has no bytes and no tuples: there, the 16 bytes are a string of 32 hexadecimal digits and
//! the tuples are lists.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use belay_pylit::{Value, from_str, parse};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Times its standard input and prints seconds per evaluation, the best of five.
const LITERAL_EVAL: &str = "
import ast, sys, time
text = sys.stdin.read()
times = []
for _ in range(5):
    start = time.perf_counter()
    ast.literal_eval(text)
    times.append(time.perf_counter() - start)
print(min(times))
";

#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "reading the fields is what is measured")]
struct Record {
    t: f64,
    name: String,
    raw: Vec<u8>,
    pos: (f64, f64, i64),
    err: Option<String>,
    ok: bool,
}

/// The log as Python literals and as JSON.
fn log() -> (String, String) {
    let (mut python, mut json) = (String::from("["), String::from("["));
    // A linear congruential generator (Knuth's MMIX) makes the same log every time.
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for index in 0..5000_u64 {
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

/// The time that `ast.literal_eval` takes, or `None` without a working `python3`.
fn literal_eval(text: &str) -> Option<Duration> {
    let mut child = Command::new("python3")
        .args(["-I", "-c", LITERAL_EVAL])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let seconds = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}

/// Grows the heap to what every measurement needs, and keeps the allocator from giving it back:
/// else whoever is measured first pays for the memory of all. What is returned must be kept.
fn warm_heap(python: &str, json: &str) -> Vec<Vec<u8>> {
    let values = (
        parse(python),
        serde_json::from_str::<serde_json::Value>(json),
    );
    // Small enough to lie behind the values in the same heap.
    let anchors = (0..64).map(|_| vec![1; 1000]).collect();
    drop(values);
    anchors
}

fn sensor_log(criterion: &mut Criterion) {
    let (python, json) = log();
    let anchors = warm_heap(&python, &json);
    let mut group = criterion.benchmark_group("sensor_log");
    group.throughput(Throughput::Bytes(python.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| parse(black_box(&python)));
    });
    group.bench_function("from_str", |bencher| {
        bencher.iter(|| from_str::<Vec<Record>>(black_box(&python)));
    });
    let value = parse(&python).expect("a literal");
    group.bench_function("to_string", |bencher| {
        bencher.iter(|| black_box(&value).to_string());
    });
    match literal_eval(&python) {
        Some(time) => {
            group.bench_function("ast.literal_eval", |bencher| {
                bencher.iter_custom(|count| {
                    time.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
                });
            });
        }
        None => panic!("the comparison with ast.literal_eval needs python3 on the path"),
    }
    group.throughput(Throughput::Bytes(json.len() as u64));
    group.bench_function("serde_json::Value", |bencher| {
        bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(&json)));
    });
    group.finish();
    drop(anchors);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = sensor_log
}
criterion_main!(benches);
