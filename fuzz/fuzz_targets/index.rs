//! A package index that says anything: lists of packages and packages, over HTTP on this computer.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use belay_fuzz::{Server, folder, settings_of};
use belay_pkgmgr::{Config, Project, search};
use libfuzzer_sys::fuzz_target;

struct World {
    root: PathBuf,
    server: Server,
    pyproject: String,
}

impl World {
    fn start() -> Self {
        let server = Server::start("index.json");
        let pyproject = format!(
            "[tool.belay]\npackage_indices = ['{}']\n[tool.belay.dependencies]\nabc = '*'\n",
            server.address()
        );
        Self {
            root: folder(),
            server,
            pyproject,
        }
    }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::start());
}

fuzz_target!(|answers: (Vec<u8>, Vec<u8>)| {
    WORLD.with_borrow_mut(|world| {
        let cache = world.root.join("cache");
        // Answers are kept, and there would be no others.
        let _ = fs::remove_dir_all(&cache);
        world.server.answer(answers);
        let root = world.root.join("project");
        fs::create_dir_all(&root).expect("a folder");
        fs::write(root.join("pyproject.toml"), &world.pyproject).expect("a file");
        let _ = fs::remove_file(root.join("belay.lock"));
        let settings = settings_of(&cache, false);
        let mut listen = |_event| ControlFlow::Continue(());
        let config = Config::parse(&world.pyproject).expect("it is right");
        let _ = search(&settings, &config, &["a"], &mut listen);
        let project = Project::find(&root).expect("there is one");
        let _ = project.update(&settings, &[], &mut listen);
        assert!(!world.root.join("abc").exists());
    });
});
