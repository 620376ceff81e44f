//! The cache on a real disk.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::git::Repositories;
use super::repositories::git_of;
use super::world::files;
use crate::cache::Cache;
use crate::git::Limits;
use crate::http::Validator;
use crate::name::PathInRepo;

fn validator(etag: &str) -> Validator {
    Validator {
        etag: Some(etag.to_owned()),
        last_modified: None,
    }
}

#[test]
fn answers_are_kept_by_address_and_content() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path().join("cache"));
    assert_eq!(cache.list().unwrap(), []);
    assert_eq!(cache.info().unwrap().bytes, 0);

    let hash = cache
        .store("https://a.example/x.py", validator("1"), b"content")
        .unwrap();
    cache
        .store("https://b.example/y.py", validator("2"), b"content")
        .unwrap();
    let (answer, bytes) = cache.answer("https://a.example/x.py").unwrap();
    assert_eq!(
        (answer.validator, answer.object),
        (validator("1"), hash.clone())
    );
    assert_eq!(bytes, b"content");
    assert_eq!(cache.object(&hash).as_deref(), Some(&b"content"[..]));

    let names: Vec<String> = cache
        .list()
        .unwrap()
        .into_iter()
        .map(|item| item.name)
        .collect();
    assert_eq!(names, ["http-a.example-x.py", "http-b.example-y.py"]);
    let info = cache.info().unwrap();
    assert_eq!(
        (info.items, info.bytes),
        (2, 7),
        "equal content is kept once"
    );

    let removed = cache.clear("http-a").unwrap();
    assert_eq!(removed.len(), 1);
    assert!(cache.answer("https://a.example/x.py").is_none());
    assert!(
        cache.answer("https://b.example/y.py").is_some(),
        "the content is still needed"
    );
    cache.clear("").unwrap();
    assert!(cache.object(&hash).is_none());
    assert_eq!(cache.list().unwrap(), []);
}

#[test]
fn what_is_broken_counts_as_missing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    let hash = cache
        .store("https://a.example/", Validator::default(), b"content")
        .unwrap();
    let text = hash.to_string();
    let object = folder.path().join("objects").join(&text[..2]).join(&text);
    fs::write(&object, "other").unwrap();
    assert!(cache.object(&hash).is_none());
    assert!(cache.answer("https://a.example/").is_none());
    cache
        .store("https://a.example/", Validator::default(), b"content")
        .unwrap();
    assert!(cache.answer("https://a.example/").is_some());

    for answer in fs::read_dir(folder.path().join("http")).unwrap() {
        fs::write(answer.unwrap().path(), "{").unwrap();
    }
    assert!(cache.answer("https://a.example/").is_none());
    assert_eq!(cache.list().unwrap(), []);
    fs::write(folder.path().join("http/.belay-abc"), "begun").unwrap();
    cache.clear("").unwrap();
    for part in ["http", "objects"] {
        assert_eq!(files(&folder.path().join(part)), []);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_is_an_error_that_leaves_nothing() {
    // A cache in a place that takes no file at all.
    let cache = Cache::new("/proc/self/fd");
    let error = cache
        .store("https://a.example/", Validator::default(), b"content")
        .unwrap_err();
    assert!(error.path.starts_with("/proc/self/fd"), "{error:?}");
}

#[test]
fn a_cache_can_be_cleared_while_others_use_it() {
    let repositories = Repositories::new();
    repositories.write("a.py", "one");
    repositories.push();
    let url = repositories.file_url();
    let cache = Cache::new(repositories.path().join("cache"));
    let working = AtomicUsize::new(3);
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let (cache, url, working) = (&cache, &url, &working);
            let git = git_of(&repositories);
            scope.spawn(move || {
                // Counted down also when something fails here.
                let _done = Done(working);
                for round in 0..40 {
                    let text = format!("{worker} {round}");
                    let address = format!("https://a.example/{worker}");
                    cache
                        .store(&address, validator("1"), text.as_bytes())
                        .unwrap();
                    let commit = git.commit("lib", url, None).unwrap();
                    let path = PathInRepo::new("a.py").unwrap();
                    let file = commit.file(&path, &Limits::default()).unwrap();
                    assert_eq!(file.as_deref(), Some(&b"one"[..]));
                }
            });
        }
        let mut clears = 0;
        while working.load(Ordering::SeqCst) > 0 {
            cache.clear("").unwrap();
            clears += 1;
        }
        assert!(clears > 1);
    });
}

struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
