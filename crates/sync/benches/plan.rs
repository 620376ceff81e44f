//! How long a plan takes for many files: everything new, and nothing changed.

#![expect(clippy::unwrap_used, reason = "the paths are plain")]

use std::hint::black_box;

use belay_sync::{MemoryRemote, PlanOptions, RelativePath, RemotePath, Wanted, plan};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// A hundred files of a kilobyte to a folder.
fn files(count: usize) -> impl Iterator<Item = (String, Vec<u8>)> {
    (0..count).map(|index| {
        let path = format!("package_{}/module_{index}.py", index / 100);
        let content = format!("value = {index:1016}").into_bytes();
        (path, content)
    })
}

fn wanted(count: usize) -> Wanted {
    let mut wanted = Wanted::new();
    for (path, content) in files(count) {
        wanted
            .add_file(RelativePath::new(&path).unwrap(), content)
            .unwrap();
    }
    wanted
}

fn board(count: usize) -> MemoryRemote {
    let mut board = MemoryRemote::new();
    for (path, content) in files(count) {
        board.insert(RemotePath::new(&path).unwrap(), content);
    }
    board
}

fn bench(criterion: &mut Criterion) {
    let options = PlanOptions::default();
    for (name, is_there) in [("all new", false), ("nothing changed", true)] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        for count in [1_000, 10_000] {
            let wanted = wanted(count);
            let mut board = board(if is_there { count } else { 0 });
            let planned = plan(wanted.clone(), &mut board, &options).unwrap();
            // A folder for each hundred files.
            let changes = if is_there { 0 } else { count + count / 100 };
            assert_eq!(planned.changes().count(), changes);
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(count.to_string(), |bencher| {
                bencher.iter_batched(
                    || wanted.clone(),
                    |wanted| black_box(plan(wanted, &mut board, &options).unwrap()),
                    BatchSize::LargeInput,
                );
                board.take_operations();
            });
        }
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
