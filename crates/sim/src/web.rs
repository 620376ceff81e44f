//! The web workflow of a board with CircuitPython: its files and its console over HTTP.
//!
//! It behaves as CircuitPython's documentation of the workflow says, in version 4 of its interface.

mod facts;
mod files;
mod request;
mod response;
mod serial;
mod workflow;

use std::io::{self, PipeReader, PipeWriter};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Error;
use crate::firmware::CircuitPython;
use crate::port::{Port, Tcp};
use crate::readable::wait;
use crate::wire::Wire;
use crate::worker::Shared;
use request::{Head, Stream};
use response::Response;
use workflow::Workflow;

/// How long a client may take for a request that it has begun, and to take its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the workflow until it is dropped.
#[derive(Debug)]
pub(crate) struct Web {
    address: SocketAddr,
    /// All threads end when this is closed.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

/// Where a board's workflow is to be served, and the line that leads from there to its console.
#[derive(Debug)]
pub(crate) struct Site {
    listener: TcpListener,
    console: TcpListener,
}

impl Site {
    pub(crate) fn open(listener: TcpListener) -> Result<Self, Error> {
        let console = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        Ok(Self {
            listener,
            console: console.map_err(Error::system("opening the web workflow's console"))?,
        })
    }

    /// The board's end of the console.
    pub(crate) fn port(&self) -> Result<Port, Error> {
        let failed = Error::system("opening the web workflow's console");
        let listener = self.console.try_clone().map_err(&failed)?;
        let plug = Box::new(Tcp::new(listener).map_err(&failed)?);
        let wire = || Wire::new(None, Duration::ZERO);
        Ok(Port::new(plug, wire(), wire()))
    }
}

impl Web {
    pub(crate) fn start(
        site: Site,
        shared: Arc<Shared>,
        firmware: CircuitPython,
        written: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let Site { listener, console } = site;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let console = console.local_addr()?;
        let (stopped, stop) = io::pipe()?;
        let site = Arc::new(Workflow {
            shared,
            firmware,
            address,
            console,
            client: Mutex::default(),
            written: Box::new(written),
        });
        let thread = std::thread::Builder::new()
            .name("belay-sim-web".to_owned())
            .spawn(move || accept(&listener, &stopped, &site))?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, stopped: &PipeReader, site: &Arc<Workflow>) {
    while wait(listener, stopped) {
        let (Ok((stream, _)), Ok(stopped)) = (listener.accept(), stopped.try_clone()) else {
            continue;
        };
        let site = Arc::clone(site);
        // A client that gets no thread sees its connection closed.
        let _ = std::thread::Builder::new()
            .name("belay-sim-web-client".to_owned())
            .spawn(move || serve(stream, &stopped, &site));
    }
}

/// Answers the requests of one connection.
fn serve(stream: TcpStream, stopped: &PipeReader, site: &Workflow) {
    let settings = [
        stream.set_nonblocking(false),
        stream.set_nodelay(true),
        stream.set_read_timeout(Some(PATIENCE)),
        stream.set_write_timeout(Some(PATIENCE)),
    ];
    if settings.iter().any(Result::is_err) {
        return;
    }
    let mut stream = Stream::new(stream);
    while stream.has_more() || wait(stream.socket(), stopped) {
        let Ok(Some(head)) = stream.head() else {
            return;
        };
        if head.path() == "/cp/serial/" && refusal(&head, site).is_none() {
            // However it ends, the client sees it.
            let _ = serial::serve(&head, &mut stream, stopped, site);
            return;
        }
        let Ok(response) = respond(&head, &mut stream, site) else {
            return;
        };
        let closes = response.closes || head.wants_close();
        if response.send(&mut stream.socket()).is_err() || closes {
            return;
        }
    }
}

/// Answers a request. What the client sends behind its head is read, or the connection closed.
fn respond(head: &Head, stream: &mut Stream, site: &Workflow) -> io::Result<Response> {
    // Every board in the network answers to this name, and says which it is.
    if head
        .header("host")
        .is_some_and(|host| host.split(':').next() == Some("circuitpython.local"))
    {
        let place = format!("http://{}{}", site.address, head.target);
        return Ok(Response::new(307, "Temporary Redirect")
            .with("Location", &place)
            .closing());
    }
    let path = head.path();
    match path.as_str() {
        "/cp/version.json" => return Ok(facts::version(site)),
        "/cp/devices.json" => return Ok(facts::devices(site)),
        "/cp/diskinfo.json" => return Ok(facts::disks(site)),
        "/" => return Ok(Response::html("<title>CircuitPython</title>")),
        _ => {}
    }
    if !path.starts_with("/fs/") && path != "/cp/serial/" {
        return Ok(Response::new(404, "Not Found").closing());
    }
    if head.method != "OPTIONS"
        && let Some(refusal) = refusal(head, site)
    {
        return Ok(refusal.closing());
    }
    files::respond(head, stream, site)
}

/// Why a client is not let in; `None` if it is.
fn refusal(head: &Head, site: &Workflow) -> Option<Response> {
    let Some(password) = site.password() else {
        return Some(Response::new(403, "Forbidden"));
    };
    let given = head.header("authorization").and_then(|text| {
        let (kind, digits) = text.split_once(' ')?;
        kind.eq_ignore_ascii_case("basic")
            .then(|| STANDARD.decode(digits.trim()).ok())?
    });
    if given == Some(format!(":{password}").into_bytes()) {
        return None;
    }
    Some(
        Response::new(401, "Unauthorized")
            .with("WWW-Authenticate", "Basic realm=\"CircuitPython\""),
    )
}
