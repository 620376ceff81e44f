//! A git server that says anything: its references, and what it sends of a repository.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use belay_fuzz::{Server, folder, settings_of};
use belay_pkgmgr::Project;
use libfuzzer_sys::fuzz_target;

struct World {
    root: PathBuf,
    server: Server,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World {
        root: folder(),
        server: Server::start("info/refs"),
    });
}

/// Lines of git's protocol: each with its length, an empty one as what separates sections.
fn lines(text: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    for line in text.split(|&byte| byte == b'\n') {
        match line.len() {
            0 => answer.extend_from_slice(b"0000"),
            length => {
                answer.extend_from_slice(format!("{:04x}", length + 5).as_bytes());
                answer.extend_from_slice(line);
                answer.push(b'\n');
            }
        }
    }
    answer
}

fuzz_target!(|input: (bool, bool, Vec<u8>, Vec<u8>)| {
    let (first, second, references, objects) = input;
    WORLD.with_borrow_mut(|world| {
        let cache = world.root.join("cache");
        let _ = fs::remove_dir_all(&cache);
        world.server.answer([
            if first {
                lines(&references)
            } else {
                references
            },
            if second { lines(&objects) } else { objects },
        ]);
        let root = world.root.join("project");
        fs::create_dir_all(&root).expect("a folder");
        let pyproject = format!(
            "[tool.belay.dependencies]\nabc = 'git+{}/r.git#a.py@main'\n",
            world.server.address()
        );
        fs::write(root.join("pyproject.toml"), pyproject).expect("a file");
        let project = Project::find(&root).expect("there is one");
        let settings = settings_of(&cache, false);
        let outcome = project.update(&settings, &[], &mut |_event| ControlFlow::Continue(()));
        // What nobody has made cannot be there.
        assert!(outcome.is_err());
        assert!(!root.join("belay.lock").exists());
    });
});
