//! Libraries for CircuitPython, out of bundles on a web server in GitHub's layout and on this computer.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::sync::{Arc, Mutex};

use belay_pkgmgr::{FetchError, Project, ProjectError};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::server::{Reply, Server};
use crate::world::{World, full, owned};

/// A repository with releases of a bundle.
struct Releases {
    server: Server,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    latest: Arc<Mutex<String>>,
}

/// A library of a release: its name, its version, what it needs, and what is in its module.
type Library<'t> = (&'t str, &'t str, &'t [&'t str], &'t str);

impl Releases {
    fn new() -> Self {
        let files = Arc::<Mutex<BTreeMap<String, Vec<u8>>>>::default();
        let latest = Arc::<Mutex<String>>::default();
        let (content, tag) = (Arc::clone(&files), Arc::clone(&latest));
        let server = Server::start(move |request| {
            let tag = tag.lock().unwrap();
            match &*request.path {
                "/ada/Circuit_Bundle/releases/latest" => Reply::status(302).header(
                    "Location",
                    &format!("/ada/Circuit_Bundle/releases/tag/{tag}"),
                ),
                page if page.ends_with(&format!("/tag/{tag}")) => Reply::body("<html>"),
                path => match content.lock().unwrap().get(path) {
                    Some(bytes) => Reply::body(bytes.clone()),
                    None => Reply::status(404),
                },
            }
        });
        Self {
            server,
            files,
            latest,
        }
    }

    fn url(&self) -> String {
        self.server.url("/ada/Circuit_Bundle")
    }

    /// Makes a release with these libraries, as source and compiled for version 9.
    fn release(&self, tag: &str, libraries: &[Library<'_>]) {
        tag.clone_into(&mut self.latest.lock().unwrap());
        let mut files = self.files.lock().unwrap();
        let place = format!("/ada/Circuit_Bundle/releases/download/{tag}");
        for (path, bytes) in release("circuit-bundle", tag, libraries) {
            files.insert(format!("{place}/{path}"), bytes);
        }
    }

    fn serve(&self, path: &str, content: &[u8]) {
        let path = format!("/ada/Circuit_Bundle/releases/download/{path}");
        self.files.lock().unwrap().insert(path, content.to_vec());
    }

    /// A project with these settings and dependencies.
    fn world(&self, settings: &str, dependencies: &str) -> World {
        let url = self.url();
        World::new(&format!(
            "[tool.belay]\ncircuitpython_bundles = [\"{url}\"]\n{settings}\n\
             [tool.belay.dependencies]\n{dependencies}\n"
        ))
    }
}

/// The files of a release.
fn release(name: &str, tag: &str, libraries: &[Library<'_>]) -> Vec<(String, Vec<u8>)> {
    let entry = |(name, version, needs, _): &Library<'_>| {
        let entry = json!({
            "package": false, "pypi_name": format!("circuit-{name}"), "version": version,
            "repo": format!("https://code.example/{name}.git"), "path": format!("lib/{name}"), "dependencies": needs, "external_dependencies": ["blinka"],
        });
        ((*name).to_owned(), entry)
    };
    let index: serde_json::Map<_, Value> = libraries.iter().map(entry).collect();
    let mut files = vec![(
        format!("{name}-{tag}.json"),
        Value::Object(index).to_string().into_bytes(),
    )];
    for (format, extension, mark) in [("py", "py", ""), ("9.x-mpy", "mpy", "C")] {
        let top = format!("{name}-{format}-{tag}");
        let members: Vec<_> = libraries
            .iter()
            .map(|(library, _, _, text)| {
                let path = format!("{top}/lib/{library}.{extension}");
                (path, format!("{mark}{text}"))
            })
            .collect();
        files.push((format!("{top}.zip"), archive(&members)));
    }
    files
}

fn archive(members: &[(String, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let options = SimpleFileOptions::default();
        writer.start_file(name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn libraries_of_bundles_are_found() {
    let bundle = Releases::new();
    bundle.release(
        "20251101",
        &[
            ("bus_device", "5.2.6", &[], ""),
            ("sensor", "1.4.0", &[], ""),
            ("sensor_bus", "x", &[], ""),
        ],
    );
    let mut world = bundle.world("", "");
    let mut search = |words: &[&str]| {
        let found = world.run(|project, settings, events| {
            belay_pkgmgr::search(settings, &*project.config()?, words, events)
        });
        let entry = |entry: &belay_pkgmgr::IndexEntry| {
            let versions = entry.versions_in("py").iter().map(ToString::to_string);
            format!(
                "{} {} {}",
                entry.name,
                versions.collect::<String>(),
                entry.description
            )
        };
        found.unwrap().iter().map(entry).collect::<Vec<_>>()
    };
    let both = [
        "circup:bus_device 5.2.6 https://code.example/bus_device.git",
        "circup:sensor_bus  https://code.example/sensor_bus.git",
    ];
    assert_eq!(search(&["circup:BUS"]), both);
    assert_eq!(search(&["circup:bus", "device"]), both[..1]);
    assert_eq!(search(&["circup:"]).len(), 3);
    assert!(search(&["circup:nothing"]).is_empty());
}

#[test]
fn a_library_of_a_bundle_comes_with_what_it_needs() {
    let bundle = Releases::new();
    bundle.release(
        "20251101",
        &[
            ("bus", "5.2.6", &[], "bus = 1"),
            ("sensor", "1.4.0", &["bus"], "sensor = 1"),
            ("other", "1", &[], "other = 1"),
        ],
    );
    let mut world = bundle.world("", "");
    world.add(None, "circup:sensor").unwrap();
    let expected = owned(&[("main/bus.py", "bus = 1"), ("main/sensor.py", "sensor = 1")]);
    assert_eq!(world.tree(), expected);
    let text = fs::read_to_string(world.root().join("pyproject.toml")).unwrap();
    assert!(text.contains("sensor = \"circup:sensor\""), "{text}");
    let lock = world.project().lock().unwrap().unwrap();
    let packages = lock.dependencies[0].packages.iter();
    let packages: Vec<_> = packages
        .map(|package| (package.source.to_string(), package.version.clone().unwrap()))
        .collect();
    let expected = [("circup:bus", "5.2.6"), ("circup:sensor", "1.4.0")];
    assert_eq!(packages, owned(&expected));
    let url = lock.dependencies[0]
        .files()
        .next()
        .unwrap()
        .url
        .clone()
        .unwrap();
    assert!(
        url.ends_with("circuit-bundle-py-20251101.zip#bus.py"),
        "{url}"
    );
    world.run(Project::verify).unwrap();

    // What is there already is not asked for again.
    let asked = bundle.server.requests().len();
    assert_eq!(world.sync().unwrap().files, 0);
    assert_eq!(bundle.server.requests().len(), asked);
}

#[test]
fn all_libraries_come_from_the_release_that_is_locked_until_an_update() {
    let bundle = Releases::new();
    let first: [Library<'_>; 2] = [("a", "1", &["b"], "a = 1"), ("b", "1", &[], "b = 1")];
    bundle.release("20251101", &first);
    let mut world = bundle.world("", "a = \"circup:a\"");
    world.sync().unwrap();
    let second: [Library<'_>; 3] = [
        ("a", "2", &["b"], "a = 2"),
        ("b", "2", &[], "b = 2"),
        ("c", "2", &["b"], "c = 2"),
    ];
    bundle.release("20251201", &second);

    // A library that fits the others there is in their release.
    world.add(None, "circup:b").unwrap();
    let old = owned(&[("main/a.py", "a = 1"), ("main/b.py", "b = 1")]);
    assert_eq!(world.tree(), old);
    let error = full(&world.add(None, "circup:c").unwrap_err());
    assert!(error.contains("there is no library \"c\" in"), "{error}");

    // From the lock file alone the same comes again, whatever is newest.
    let lock = fs::read(world.root().join("belay.lock")).unwrap();
    fs::remove_dir_all(world.root().join(".belay")).unwrap();
    fs::remove_dir_all(world.folder.path().join("cache")).unwrap();
    world.sync().unwrap();
    assert_eq!(world.tree(), old);
    assert_eq!(fs::read(world.root().join("belay.lock")).unwrap(), lock);

    let outdated = world.run(Project::outdated).unwrap();
    let outdated: Vec<_> = outdated
        .into_iter()
        .map(|each| (each.current.unwrap(), each.latest))
        .collect();
    assert_eq!(outdated, owned(&[("1", "2"), ("1", "2")]));
    // They go on together, whichever of them is named.
    world.update(&["b"]).unwrap();
    let new = owned(&[("main/a.py", "a = 2"), ("main/b.py", "b = 2")]);
    assert_eq!(world.tree(), new);
}

#[test]
fn the_format_is_that_of_the_version_of_circuitpython() {
    let bundle = Releases::new();
    bundle.release("20251101", &[("a", "1", &[], "a = 1")]);
    let mut world = bundle.world("circuitpython_version = \"9\"", "a = \"circup:a\"");
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/a.mpy", "Ca = 1")]));

    let path = world.root().join("pyproject.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"9\"", "\"py\"")).unwrap();
    assert!(matches!(
        world.run(Project::verify),
        Err(ProjectError::Differs { .. })
    ));
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/a.py", "a = 1")]));

    fs::write(&path, text.replace("\"9\"", "\"7\"")).unwrap();
    let error = full(&world.sync().unwrap_err());
    assert!(
        error.contains("circuit-bundle-7.x-mpy-20251101.zip"),
        "{error}"
    );
}

#[test]
fn bundles_are_archives_and_folders_of_archives_too() {
    let folder = tempfile::tempdir().unwrap();
    let write = |tag: &str, text: &str| {
        for (name, bytes) in release("b", tag, &[("a", tag, &[], text)]) {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
    };
    write("1", "a = 1");
    write("2", "a = 2");
    let place = folder.path().display();
    for (location, expected) in [
        (format!("{place}"), "a = 2"),
        (format!("{place}/b-py-1.zip"), "a = 1"),
        (format!("{place}/b-9.x-mpy-1.zip"), "a = 1"),
    ] {
        let mut world = World::new(&format!(
            "[tool.belay]\ncircuitpython_bundles = ['{location}']\n\
             [tool.belay.dependencies]\na = 'circup:a'\n"
        ));
        world.sync().unwrap();
        assert_eq!(
            world.tree(),
            owned(&[("main/a.py", expected)]),
            "{location}"
        );
        world.run(Project::verify).unwrap();
    }

    let files = release("b", "1", &[("a", "1", &[], "a = 3")]);
    let server = Server::start(move |request| {
        let found = files
            .iter()
            .find(|(name, _)| request.path == format!("/x/{name}"));
        found.map_or(Reply::status(404), |(_, bytes)| Reply::body(bytes.clone()))
    });
    let url = server.url("/x/b-py-1.zip");
    let mut world = World::new(&format!(
        "[tool.belay]\ncircuitpython_bundles = ['{place}/b-py-9.zip', '{url}']\n\
         [tool.belay.dependencies]\na = 'circup:a'\n"
    ));
    let error = full(&world.sync().unwrap_err());
    assert!(
        error.contains("there is no file or folder") && error.contains("b-9.json"),
        "{error}"
    );
    let path = world.root().join("pyproject.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&format!("'{place}/b-py-9.zip', "), "")).unwrap();
    world.sync().unwrap();
    assert_eq!(world.tree(), owned(&[("main/a.py", "a = 3")]));
}

#[test]
fn a_bundle_that_cannot_be_used_changes_nothing() {
    let bundle = Releases::new();
    bundle.release(
        "1",
        &[("sensor", "1", &[], "x"), ("needy", "1", &["gone"], "x")],
    );
    let fails = |dependency: &str, limit: u64| {
        let mut world = bundle.world("", &format!("x = \"{dependency}\""));
        world.settings().limits.file_bytes = limit;
        let before = world.state();
        let error = world.sync().unwrap_err();
        assert_eq!(world.state(), before, "{dependency}");
        match error {
            ProjectError::Package { source, .. } => *source,
            other => panic!("{other:?}"),
        }
    };
    let whole = 1 << 20;
    let error = fails("circup:sensr", whole);
    let FetchError::NoLibrary { similar, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(similar, &["sensor"]);
    let error = fails("circup:needy", whole);
    assert!(matches!(&error, FetchError::NoLibrary { name, .. } if name == "gone"));

    let zip = "1/circuit-bundle-py-1.zip";
    let member = |path: &str, content: &str| archive(&[(path.to_owned(), content.to_owned())]);
    bundle.serve(zip, &member("b/lib/sensor/../../../x.py", ""));
    assert!(matches!(
        fails("circup:sensor", whole),
        FetchError::Path { .. }
    ));
    bundle.serve(zip, &member("b/lib/other.py", ""));
    assert!(matches!(
        fails("circup:sensor", whole),
        FetchError::NotFound { .. }
    ));
    bundle.serve(zip, &member("b/lib/sensor.py", &"x".repeat(5000)));
    assert!(matches!(
        fails("circup:sensor", 4999),
        FetchError::TooLarge { .. }
    ));
    let sound = member("b/lib/sensor.py", "x = 1");
    bundle.serve(zip, &sound[..sound.len() - 9]);
    assert!(matches!(
        fails("circup:sensor", whole),
        FetchError::Archive { .. }
    ));
    bundle.serve(zip, b"<!doctype html>");
    assert!(matches!(
        fails("circup:sensor", whole),
        FetchError::Page { .. }
    ));
    bundle.serve("1/circuit-bundle-1.json", b"[1]");
    assert!(matches!(
        fails("circup:sensor", whole),
        FetchError::PackageJson { .. }
    ));
}
