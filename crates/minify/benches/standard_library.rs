//! The standard library of the machine's Python, without its tests: all files one after the other,
//! and a small, a typical and a large one alone. Needs `python3` on the path.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use belay_minify::{Options, minify};
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
        // How fast a minifier is that does nothing, or leaves nothing, is no figure.
        let before: usize = files.iter().map(|(_, text)| text.len()).sum();
        let minified = |(_, text): &(PathBuf, String)| {
            minify(text, &Options::default()).expect("a program").len()
        };
        let after: usize = files.iter().map(minified).sum();
        assert!(
            before / 10 < after && after < before,
            "{name}: {before}, {after}"
        );
        let mut group = criterion.benchmark_group(format!("standard_library/{name}"));
        group.throughput(Throughput::Bytes(before as u64));
        group.bench_function("tokenize", |bencher| {
            bencher.iter(|| {
                for (_, text) in files {
                    black_box(tokenize(black_box(text)).expect("a program"));
                }
            });
        });
        for (level, strip) in [("lines", false), ("strip", true)] {
            group.bench_function(level, |bencher| {
                bencher.iter(|| {
                    for (_, text) in files {
                        black_box(minify(black_box(text), &Options { strip }).expect("a program"));
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
