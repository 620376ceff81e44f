//! Caches that are damaged or vanish, and servers that answer nonsense.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use belay_pkgmgr::{Event, Sha256};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::server::{Reply, Server};
use crate::world::{Index, World, full, owned};

/// Overwrites every file in a folder.
fn spoil(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            spoil(&path);
        } else {
            fs::write(path, "spoilt").unwrap();
        }
    }
}

#[test]
fn what_is_damaged_in_the_cache_is_downloaded_again() {
    let index = Index::new();
    index.add("a", "1", &[("a.py", "a1")], &[]);
    let mut world = World::with_index(&index, "a = '*'");
    world.sync().unwrap();
    for folder in ["objects", "http"] {
        spoil(&world.folder.path().join("cache").join(folder));
        fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
        world.update(&[]).unwrap();
        assert_eq!(world.tree(), owned(&[("main/a.py", "a1")]), "{folder}");
    }
    // And is whole then.
    fs::remove_dir_all(world.root().join(".belay/dependencies")).unwrap();
    world.settings().http.offline = true;
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/a.py", "a1")]));
}

#[test]
fn a_cache_may_be_cleared_while_it_is_in_use() {
    let cache = Arc::new(OnceLock::<PathBuf>::new());
    let cleared = Arc::clone(&cache);
    let server = Server::start(move |request| {
        if request.headers.contains_key("if-none-match") {
            fs::remove_dir_all(cleared.get().unwrap()).unwrap();
            return Reply::status(304);
        }
        Reply::body("x = 1").header("ETag", "\"1\"")
    });
    let url = server.url("/x.py");
    let mut world = World::new(&format!("[tool.belay.dependencies]\nx = '{url}'\n"));
    cache.set(world.folder.path().join("cache")).unwrap();
    world.sync().unwrap();
    let asked = server.requests().len();
    world.update(&[]).unwrap();
    let known: Vec<bool> = server.requests()[asked..]
        .iter()
        .map(|request| request.headers.contains_key("if-none-match"))
        .collect();
    assert_eq!(known, [true, false], "asked again without what is gone");
    assert_eq!(world.tree(), owned(&[("main/x/__init__.py", "x = 1")]));
}

#[test]
fn who_knows_nothing_takes_nothing_for_unchanged() {
    let server = Server::start(|_| Reply::status(304));
    let url = server.url("/x.py");
    let mut world = World::new(&format!("[tool.belay.dependencies]\nx = '{url}'\n"));
    let before = world.state();
    let error = full(&world.sync().unwrap_err());
    assert!(error.contains("answers with status 304"), "{error}");
    assert_eq!(world.state(), before);
}

#[test]
fn a_server_in_trouble_is_asked_again_and_that_is_told() {
    let content = "x = 1\n".repeat(1000);
    let hash = &Sha256::of(content.as_bytes()).to_string()[..8];
    let package = format!("{{\"v\": 1, \"version\": \"1\", \"hashes\": [[\"a.py\", \"{hash}\"]]}}");
    let counts = Mutex::new(HashMap::<bool, usize>::new());
    let body = content.clone();
    let server = Server::start(move |request| {
        let is_file = request.path.starts_with("/file/");
        let mut counts = counts.lock().unwrap();
        let count = counts.entry(is_file).or_default();
        *count += 1;
        match (is_file, *count) {
            (false, 1 | 2) => Reply::status(503).header("Retry-After", "0"),
            (false, _) => Reply::body(package.clone()),
            (true, 1) => Reply::body(body.clone()).cut_after(100),
            (true, 2) => Reply::body(body.clone()).stall_after(100),
            (true, _) => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::default());
                packed.write_all(body.as_bytes()).unwrap();
                Reply::body(packed.finish().unwrap()).header("Content-Encoding", "gzip")
            }
        }
    });
    let url = server.url("");
    let mut world = World::new(&format!(
        "[tool.belay]\npackage_indices = ['{url}']\n[tool.belay.dependencies]\na = '*'\n"
    ));
    // A machine that is busy may be silent as long, which only adds to the repetitions.
    world.settings().http.silence_timeout = Duration::from_secs(1);
    world.settings().http.retries = 20;
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/a.py", &content)]));
    for is_file in [false, true] {
        let told: Vec<u32> = world
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Retrying { url, attempt, .. } if url.contains("/file/") == is_file => {
                    Some(*attempt)
                }
                _ => None,
            })
            .collect();
        assert!(told.len() >= 2, "{told:?}");
        assert!(
            told.iter()
                .copied()
                .zip(1..)
                .all(|(told, expected)| told == expected),
            "{told:?}"
        );
        let asked = server.requests();
        let asked = asked
            .iter()
            .filter(|request| request.path.starts_with("/file/") == is_file);
        assert_eq!(asked.count(), told.len() + 1);
    }
}

#[test]
fn an_index_may_answer_anything() {
    let deep = "[".repeat(200_000);
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    for garbage in [
        "",
        "<html><body>Log in to this network</body></html>",
        "null",
        "[]",
        "{}",
        "\"\\ud800\"",
        "{\"v\": 1, \"hashes\": {}}",
        "{\"v\": 1, \"hashes\": [[1, 2]], \"packages\": [{\"name\": 3}]}",
        "{\"v\": 1e999, \"hashes\": [[\"a.py\"]], \"packages\": 1}",
        &deep,
        &large,
    ] {
        let index = Index::new();
        index.serve("/index.json", garbage);
        index.serve("/package/py/a/latest.json", garbage);
        let about: String = garbage.chars().take(60).collect();
        let mut world = World::with_index(&index, "a = '>=1'");
        let before = world.state();
        let listed = world.sync();
        let found = world.run(|project, settings, events| {
            belay_pkgmgr::search(settings, &*project.config()?, &["a"], events)
        });
        let error = full(&listed.unwrap_err());
        assert!(
            error.contains("index.json cannot be read")
                || error.contains("index.json is a page for a browser")
                || error.contains("no package \"a\""),
            "{about}: {error}"
        );
        if let Err(error) = found {
            let error = full(&error);
            assert!(
                error.contains("index.json cannot be read") || error.contains("is a page"),
                "{error}"
            );
        }
        assert_eq!(world.state(), before, "{about}");

        let mut world = World::with_index(&index, "a = '*'");
        let before = world.state();
        match world.sync() {
            // A package without any file is one.
            Ok(_) => assert!(garbage == "{}" && world.tree().is_empty(), "{about}"),
            Err(error) => {
                let error = full(&error);
                assert!(
                    error.contains("latest.json cannot be read") || error.contains("is a page"),
                    "{error}"
                );
                assert_eq!(world.state(), before, "{about}");
            }
        }
    }
}
