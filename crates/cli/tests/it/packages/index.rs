//! An index of packages on this computer, in mip's layout.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use belay_sync::{Digest, DigestKind};
use serde_json::{Value, json};

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
    /// The header `Authorization` that is asked for.
    login: Option<String>,
}

impl Gate {
    /// Waits until requests may pass, and says whether this one may.
    fn pass(&self, request: &Request) -> bool {
        let mut state = self.state.lock().unwrap();
        state.requests += 1;
        self.changed.notify_all();
        let state = self
            .changed
            .wait_while(state, |state| state.closed)
            .unwrap();
        state.login.is_none() || state.login.as_ref() == request.headers.get("authorization")
    }
}

/// An index until it is dropped.
pub(crate) struct Index {
    address: SocketAddr,
    files: Files,
    gate: Arc<Gate>,
    #[cfg_attr(not(unix), expect(dead_code, reason = "boards are simulated on Unix"))]
    repositories: Arc<Mutex<Option<PathBuf>>>,
    packages: Mutex<BTreeMap<String, Vec<String>>>,
    stopped: Arc<AtomicBool>,
}

impl Index {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (files, stopped) = (Files::default(), Arc::<AtomicBool>::default());
        let gate = Arc::<Gate>::default();
        let repositories = Arc::<Mutex<_>>::default();
        let (served, stop, passed) = (Arc::clone(&files), Arc::clone(&stopped), Arc::clone(&gate));
        let kept = Arc::clone(&repositories);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (served, passed) = (Arc::clone(&served), Arc::clone(&passed));
                let kept = Arc::clone(&kept);
                thread::spawn(move || answer(stream.unwrap(), &served, &passed, &kept));
            }
        });
        Self {
            address,
            files,
            gate,
            repositories,
            packages: Mutex::default(),
            stopped,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds back all answers from now on.
    #[cfg(unix)]
    pub(crate) fn hold(&self) {
        let mut state = self.gate.state.lock().unwrap();
        (state.closed, state.requests) = (true, 0);
    }

    /// Waits for a request that is held back.
    #[cfg(unix)]
    pub(crate) fn wait_for_request(&self) {
        let state = self.gate.state.lock().unwrap();
        let (state, _) = self
            .gate
            .changed
            .wait_timeout_while(state, crate::support::HANG, |state| state.requests == 0)
            .unwrap();
        assert!(state.requests > 0, "no request came");
    }

    /// Asks for a login from now on: the value of the header.
    pub(crate) fn require(&self, login: &str) {
        self.gate.state.lock().unwrap().login = Some(login.to_owned());
    }

    /// Lets the answers go.
    pub(crate) fn release(&self) {
        self.gate.state.lock().unwrap().closed = false;
        self.gate.changed.notify_all();
    }

    /// Serves the repositories in a folder: `OWNER/REPO.git`.
    #[cfg(unix)]
    pub(crate) fn serve_repositories(&self, root: &str) {
        *self.repositories.lock().unwrap() = Some(root.into());
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
fn answer(stream: TcpStream, files: &Files, gate: &Gate, repositories: &Mutex<Option<PathBuf>>) {
    let mut stream = BufReader::new(stream);
    let Some(request) = Request::read(&mut stream) else {
        // Such as the beginning of TLS, which is not spoken here.
        let _ = stream.get_mut().write_all(&plain("400 Bad Request", b""));
        return;
    };
    let allowed = gate.pass(&request);
    let repositories = repositories.lock().unwrap().clone();
    let file = files.lock().unwrap().get(&request.path).cloned();
    let reply = match (file, repositories) {
        _ if !allowed => plain("401 Unauthorized", b""),
        (Some(file), _) => plain("200 OK", &file),
        (None, Some(root)) if request.path.contains(".git/") => request.git(&root),
        _ => plain("404 Not Found", b""),
    };
    // A client that goes away has what it wanted.
    let _ = stream.get_mut().write_all(&reply);
}

fn plain(status: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

struct Request {
    method: String,
    path: String,
    /// Names in lower case.
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            lines.push(line);
        }
        let mut words = lines.first()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let headers = lines[1..].iter().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        let headers: BTreeMap<_, _> = headers.collect();
        let length = headers.get("content-length").and_then(|n| n.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).ok()?;
        Some(Self {
            method,
            path,
            headers,
            body,
        })
    }

    /// What git's own server side answers about the repositories in `root`.
    fn git(&self, root: &Path) -> Vec<u8> {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let header = |name: &str| self.headers.get(name).map_or("", String::as_str);
        let mut child = Command::new("git")
            .arg("http-backend")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_PROJECT_ROOT", root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", &self.method)
            .env("CONTENT_TYPE", header("content-type"))
            .env("CONTENT_LENGTH", self.body.len().to_string())
            .env("GIT_PROTOCOL", header("git-protocol"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It may answer without reading what it was sent.
        let _ = child.stdin.take().unwrap().write_all(&self.body);
        let output = child.wait_with_output().unwrap().stdout;
        let status = match output.strip_prefix(b"Status: ") {
            Some(rest) => String::from_utf8_lossy(&rest[..3]).into_owned(),
            None => "200".to_owned(),
        };
        // The end of the connection is the end of the body.
        let head = format!("HTTP/1.1 {status} Git\r\nConnection: close\r\n");
        [head.as_bytes(), &output].concat()
    }
}
