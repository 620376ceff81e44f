//! An index of packages on this computer, in mip's layout.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use belay_sync::{Digest, DigestKind};
use serde_json::{Value, json};

use crate::support::HANG;

/// What is served, by path.
type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// What requests pass before they are answered.
#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    /// How many requests have come.
    requests: usize,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.requests += 1;
        self.changed.notify_all();
        drop(
            self.changed
                .wait_while(state, |state| state.closed)
                .unwrap(),
        );
    }
}

/// An index until it is dropped.
pub(crate) struct Index {
    address: SocketAddr,
    files: Files,
    gate: Arc<Gate>,
    packages: Mutex<BTreeMap<String, Vec<String>>>,
    stopped: Arc<AtomicBool>,
}

impl Index {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (files, stopped) = (Files::default(), Arc::<AtomicBool>::default());
        let gate = Arc::<Gate>::default();
        let (served, stop, passed) = (Arc::clone(&files), Arc::clone(&stopped), Arc::clone(&gate));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (served, passed) = (Arc::clone(&served), Arc::clone(&passed));
                thread::spawn(move || answer(stream.unwrap(), &served, &passed));
            }
        });
        Self {
            address,
            files,
            gate,
            packages: Mutex::default(),
            stopped,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds back all answers from now on.
    pub(crate) fn hold(&self) {
        let mut state = self.gate.state.lock().unwrap();
        (state.closed, state.requests) = (true, 0);
    }

    /// Waits for a request that is held back.
    pub(crate) fn wait_for_request(&self) {
        let state = self.gate.state.lock().unwrap();
        let (state, _) = self
            .gate
            .changed
            .wait_timeout_while(state, HANG, |state| state.requests == 0)
            .unwrap();
        assert!(state.requests > 0, "no request came");
    }

    /// Lets the answers go.
    pub(crate) fn release(&self) {
        self.gate.state.lock().unwrap().closed = false;
        self.gate.changed.notify_all();
    }

    /// Serves a file.
    pub(crate) fn serve(&self, path: &str, content: impl Into<Vec<u8>>) {
        let mut files = self.files.lock().unwrap();
        files.insert(path.to_owned(), content.into());
    }

    /// Adds a version of a package; the one added last is the latest.
    pub(crate) fn add(
        &self,
        name: &str,
        version: &str,
        files: &[(&str, &str)],
        needs: &[(&str, &str)],
    ) {
        let mut hashes = Vec::new();
        for (path, content) in files {
            let Digest::Sha256(hash) = Digest::of(DigestKind::Sha256, content.as_bytes()) else {
                unreachable!();
            };
            let hash = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
            let hash = format!("{hash:08x}");
            self.serve(&format!("/file/{}/{hash}", &hash[..2]), *content);
            hashes.push(json!([path, hash]));
        }
        let package = json!({ "v": 1, "version": version, "hashes": hashes, "deps": needs });
        for wanted in [version, "latest"] {
            let path = format!("/package/py/{name}/{wanted}.json");
            self.serve(&path, package.to_string());
        }
        let mut packages = self.packages.lock().unwrap();
        let versions = packages.entry(name.to_owned()).or_default();
        versions.push(version.to_owned());
        let list = packages.iter().map(|(name, versions)| {
            json!({
                "name": name, "version": versions.last(), "author": "", "license": "MIT",
                "description": format!("About {name}"), "versions": { "py": versions },
            })
        });
        let list = json!({ "v": 2, "packages": list.collect::<Value>() });
        self.serve("/index.json", list.to_string());
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.release();
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

/// Answers one request.
fn answer(stream: TcpStream, files: &Files, gate: &Gate) {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|count| count > 2) {
        request.push_str(&line);
        line.clear();
    }
    gate.pass();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = files.lock().unwrap().get(path).cloned();
    let (status, body) = match body {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let mut reply =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
            .into_bytes();
    reply.extend(body);
    // A client that goes away has what it wanted.
    let _ = stream.get_mut().write_all(&reply);
}
