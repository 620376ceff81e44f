//! Changes of `pyproject.toml` by adding and removing dependencies: what comes out is TOML, says what it
//! should, and otherwise what it said; what fails has changed nothing.
#![no_main]

use std::cell::RefCell;

use belay_fuzz::Place;
use belay_pkgmgr::{Addition, Config, DependencyName};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

#[derive(Arbitrary, Debug)]
struct Session<'a> {
    text: &'a str,
    changes: Vec<Change<'a>>,
}

#[derive(Arbitrary, Debug)]
struct Change<'a> {
    removes: bool,
    /// `None` is the group of those that are in none.
    group: Option<&'a str>,
    name: &'a str,
    develop: bool,
    rename_to_init: bool,
}

/// The document as values, without empty tables, which a change may leave or make.
fn values(text: &str) -> Option<Value> {
    fn prune(value: &mut Value) {
        if let Value::Object(table) = value {
            table.values_mut().for_each(prune);
            table.retain(|_, value| value.as_object().is_none_or(|table| !table.is_empty()));
        }
    }
    let mut value = toml_edit::de::from_str(text).ok()?;
    prune(&mut value);
    Some(value)
}

/// Whether a project has the dependency.
fn has(text: &str, change: &Change<'_>) -> bool {
    let config = Config::parse(text).expect("a change leaves a project");
    let group = config.group(change.group.unwrap_or("main"));
    group.is_some_and(|group| group.get(change.name).is_some())
}

thread_local! {
    static PLACE: RefCell<Place> = RefCell::new(Place::new());
}

fuzz_target!(|session: Session<'_>| {
    PLACE.with_borrow_mut(|place| {
        let (project, settings) = place.project(session.text, &[("a.py", b"a = 1\n")]);
        let read = || std::fs::read_to_string(project.pyproject()).expect("it is there");
        let mut listen = |_event| std::ops::ControlFlow::Continue(());
        let mut text = session.text.to_owned();
        for change in session.changes.iter().take(4) {
            let group = change.group.map(str::to_owned);
            let names = [change.name.to_owned()];
            let result = if change.removes {
                project.remove(&settings, &names, change.group, &mut listen)
            } else {
                let Ok(name) = DependencyName::new(change.name) else {
                    continue;
                };
                let addition = Addition {
                    name: Some(name),
                    uri: "./package/a.py".to_owned(),
                    group,
                    develop: change.develop,
                    rename_to_init: change.rename_to_init,
                };
                project.add(&settings, &addition, &mut listen)
            };
            let after = read();
            if result.is_err() {
                assert_eq!(after, text, "what fails changes nothing");
                continue;
            }
            assert!(values(&after).is_some(), "a change gives TOML");
            if !change.removes {
                assert!(has(&after, change));
            } else if change.group.is_some() {
                assert!(!has(&after, change));
            }
            if !change.removes && !has(&text, change) {
                let group = Some(change.group.unwrap_or("main"));
                let removed = project.remove(&settings, &names, group, &mut listen);
                removed.expect("what was added can be removed");
                assert_eq!(values(&read()), values(&text), "{after}");
                std::fs::write(project.pyproject(), &after).expect("a file");
            }
            text = after;
        }
    });
});
