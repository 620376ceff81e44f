//! A web server on this computer that can misbehave.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use belay_pkgmgr::HttpOptions;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a client asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// How it is answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    ending: Ending,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    /// The whole body.
    Whole,
    /// The connection ends after so many bytes of it.
    Cut(usize),
    /// Nothing follows after so many bytes of it, and the connection stays open.
    Stall(usize),
    /// The body comes a byte at a time, with so long a pause behind each.
    Drip(Duration),
    /// No head of an answer comes, and the connection stays open.
    Silent,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            ending: Ending::Whole,
        }
    }

    pub(crate) fn body(body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::status(200)
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.ending = Ending::Cut(bytes);
        self
    }

    pub(crate) fn stall_after(mut self, bytes: usize) -> Self {
        self.ending = Ending::Stall(bytes);
        self
    }

    pub(crate) fn drip(mut self, pause: Duration) -> Self {
        self.ending = Ending::Drip(pause);
        self
    }

    pub(crate) fn silence() -> Self {
        Self {
            ending: Ending::Silent,
            ..Self::status(200)
        }
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A server until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    handler: Box<Handler>,
    requests: Mutex<Vec<Request>>,
    /// Notified with each request.
    asked: Condvar,
    last: Mutex<Option<Instant>>,
    connections: AtomicUsize,
    stopped: AtomicBool,
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl Server {
    /// A server that answers with what `handler` gives; each connection has a thread of its own.
    pub(crate) fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(Box::new(handler), None)
    }

    /// The same over TLS, with a certificate for `localhost` that no system trusts.
    pub(crate) fn start_tls(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let data = data().join("tls");
        let certificate = CertificateDer::from_pem_file(data.join("localhost.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(data.join("localhost.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self::listen(Box::new(handler), Some(Arc::new(config)))
    }

    /// The repositories in the folder `root`, over git's smart protocol.
    pub(crate) fn git(root: &Path) -> Self {
        let root = root.to_owned();
        Self::start(move |request| git_backend(&root, request))
    }

    fn listen(handler: Box<Handler>, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            handler,
            requests: Mutex::default(),
            asked: Condvar::new(),
            last: Mutex::default(),
            connections: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            tls,
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&accepting)) else {
                    return;
                };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || shared.connection(stream));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        match self.shared.tls {
            Some(_) => format!("https://localhost:{}{path}", self.address.port()),
            None => format!("http://{}{path}", self.address),
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Waits until so many requests have come. Whether they have, within a minute.
    pub(crate) fn wait_for_requests(&self, count: usize) -> bool {
        let requests = self.shared.requests.lock().unwrap();
        let (requests, _) = self
            .shared
            .asked
            .wait_timeout_while(requests, Duration::from_secs(60), |all| all.len() < count)
            .unwrap();
        requests.len() >= count
    }

    /// When the last request came.
    pub(crate) fn last_request(&self) -> Option<Instant> {
        *self.shared.last.lock().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn connection(&self, stream: TcpStream) {
        match &self.tls {
            None => self.serve(&mut BufReader::new(stream)),
            Some(config) => {
                let session = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
                let stream = rustls::StreamOwned::new(session, stream);
                self.serve(&mut BufReader::new(stream));
            }
        }
    }

    fn serve(&self, stream: &mut BufReader<impl Read + Write>) {
        while let Some(request) = read_request(stream) {
            *self.last.lock().unwrap() = Some(Instant::now());
            self.requests.lock().unwrap().push(request.clone());
            self.asked.notify_all();
            let reply = (self.handler)(&request);
            if matches!(reply.ending, Ending::Silent) {
                // Until the client gives up.
                let _ = stream.read(&mut [0]);
                return;
            }
            let status = reply.status;
            let length = reply.body.len();
            let mut bytes = Vec::new();
            write!(
                bytes,
                "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\n"
            )
            .unwrap();
            for (name, value) in &reply.headers {
                write!(bytes, "{name}: {value}\r\n").unwrap();
            }
            bytes.extend(b"\r\n");
            match reply.ending {
                Ending::Drip(_) => {}
                Ending::Whole | Ending::Silent => bytes.extend(&reply.body),
                Ending::Cut(count) | Ending::Stall(count) => bytes.extend(&reply.body[..count]),
            }
            let out = stream.get_mut();
            if out.write_all(&bytes).and_then(|()| out.flush()).is_err() {
                return;
            }
            match reply.ending {
                Ending::Cut(_) => return,
                Ending::Stall(_) => {
                    let _ = stream.read(&mut [0]);
                    return;
                }
                Ending::Drip(pause) => {
                    for byte in &reply.body {
                        if out.write_all(&[*byte]).and_then(|()| out.flush()).is_err() {
                            return;
                        }
                        thread::sleep(pause);
                    }
                }
                Ending::Whole | Ending::Silent => {}
            }
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length");
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        headers,
        body,
    })
}

/// `git http-backend`, the server side that comes with git.
pub(crate) fn git_backend(root: &Path, request: &Request) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    let mut child = git_command(root)
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It may answer without reading what it was sent.
    let _ = child.stdin.take().unwrap().write_all(&request.body);
    let output = child.wait_with_output().unwrap().stdout;
    let end = output
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap();
    let mut reply = Reply::body(&output[end + 4..]);
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", status)) => reply.status = status[..3].parse().unwrap(),
            Some((name, value)) => reply = reply.header(name, value),
            None => {}
        }
    }
    reply
}

/// Git in the folder `folder`, without the user's configuration.
pub(crate) fn git_command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .env("GIT_AUTHOR_DATE", "2025-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2025-01-01T00:00:00Z");
    command
}

/// The folder of fixtures.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Options that make no test wait for long.
pub(crate) fn options() -> HttpOptions {
    let mut options = HttpOptions::default();
    options.backoff = std::time::Duration::from_millis(1);
    options.system_proxy = false;
    options
}
