//! A package index that says anything: lists of packages and packages, over HTTP on this computer.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use belay_fuzz::{folder, settings_of};
use belay_pkgmgr::{Config, Project, search};
use libfuzzer_sys::fuzz_target;

/// What the server answers: to the question for the list, and to every other one.
type Answers = Arc<Mutex<[Vec<u8>; 2]>>;

struct World {
    root: PathBuf,
    answers: Answers,
    pyproject: String,
    turns: u32,
}

impl World {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let answers = Answers::default();
        let shared = Arc::clone(&answers);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answers = Arc::clone(&shared);
                thread::spawn(move || serve(&stream.expect("somebody connects"), &answers));
            }
        });
        let pyproject = format!(
            "[tool.belay]\npackage_indices = ['http://127.0.0.1:{port}']\n\
             [tool.belay.dependencies]\nabc = '*'\n"
        );
        Self {
            root: folder(),
            answers,
            pyproject,
            turns: 0,
        }
    }
}

/// Answers the requests of a connection.
fn serve(stream: &TcpStream, answers: &Answers) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            line.clear();
        }
        let body = answers.lock().expect("nobody panics")
            [usize::from(!first.contains("index.json"))]
        .clone();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        if writer
            .write_all(&[head.as_bytes(), &body].concat())
            .is_err()
        {
            return;
        }
    }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::start());
}

fuzz_target!(|answers: (Vec<u8>, Vec<u8>)| {
    WORLD.with_borrow_mut(|world| {
        world.turns += 1;
        let cache = world.root.join("cache");
        // Answers are kept, and there would be no others.
        let _ = fs::remove_dir_all(&cache);
        *world.answers.lock().expect("nobody panics") = answers.into();
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
