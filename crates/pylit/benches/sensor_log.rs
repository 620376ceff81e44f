//! A sensor log of 5,000 records, 750 KB of Python literals: read as values and as records, and written.
//!
//! How fast that is beside other programs, `cargo xtask bench literals` tells.

#[path = "sensor_log/log.rs"]
mod log;

use std::hint::black_box;

use belay_pylit::{from_str, parse};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use log::Record;

fn sensor_log(criterion: &mut Criterion) {
    let (python, _) = log::log();
    let value = parse(&python).expect("a literal");
    // What is timed is looked at once.
    assert_eq!(parse(&value.to_string()).as_ref(), Ok(&value));
    assert_eq!(
        from_str::<Vec<Record>>(&python).expect("records").len(),
        5000
    );
    let mut group = criterion.benchmark_group("sensor_log");
    group.throughput(Throughput::Bytes(python.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| parse(black_box(&python)).expect("a literal"));
    });
    group.bench_function("from_str", |bencher| {
        bencher.iter(|| from_str::<Vec<Record>>(black_box(&python)).expect("records"));
    });
    group.bench_function("to_string", |bencher| {
        bencher.iter(|| black_box(&value).to_string());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = sensor_log
}
criterion_main!(benches);
