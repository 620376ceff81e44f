//! The standard library of the machine's Python, without its tests: all files one after the other,
//! and a small, a typical and a large one alone. Needs `python3` on the path.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use belay_instrument::{Options, instrument};
use belay_tokenize::{decode, tokenize};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const FIND: &str = "
import pathlib, sysconfig
library = pathlib.Path(sysconfig.get_paths()['stdlib'])
apart = {'site-packages', 'dist-packages', 'test', 'tests', 'idle_test'}
for path in sorted(library.rglob('*.py')):
    if not apart & set(path.parts): print(path)
";

/// The files that are UTF-8 and can be split into tokens.
fn library() -> Vec<(PathBuf, String)> {
    let output = Command::new("python3")
        .args(["-I", "-c", FIND])
        .output()
        .expect("the standard library is that of python3, which must be on the path");
    let paths = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let files = paths.lines().filter_map(|path| {
        let bytes = std::fs::read(path).ok()?;
        let text = decode(&bytes).ok()?;
        tokenize(text).ok()?;
        Some((PathBuf::from(path), text.to_owned()))
    });
    files.collect()
}

fn standard_library(criterion: &mut Criterion) {
    let files = library();
    let one = |name: &str| {
        let found = files
            .iter()
            .find(|(path, _)| path.ends_with(Path::new(name)));
        std::slice::from_ref(found.expect("a file that every Python has"))
    };
    let subjects = [
        ("small", one("stat.py")),
        ("typical", one("tempfile.py")),
        ("large", one("_pydecimal.py")),
        ("all", &files[..]),
    ];
    for (name, files) in subjects {
        let mut group = criterion.benchmark_group(format!("standard_library/{name}"));
        let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function("tokenize", |bencher| {
            bencher.iter(|| {
                for (_, text) in files {
                    black_box(tokenize(black_box(text)).expect("a program"));
                }
            });
        });
        for (name, assertions, lines) in [("assertions", true, false), ("lines", false, true)] {
            let options = Options {
                assertions,
                lines,
                ..Options::default()
            };
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    for (_, text) in files {
                        black_box(instrument(black_box(text), &options).expect("a program"));
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = standard_library
}
criterion_main!(benches);
