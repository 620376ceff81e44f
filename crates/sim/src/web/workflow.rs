//! What all connections of a web workflow share.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use super::request::Stream;
use crate::firmware::CircuitPython;
use crate::worker::Shared;

/// What all connections share.
pub(super) struct Workflow {
    pub(super) shared: Arc<Shared>,
    pub(super) firmware: CircuitPython,
    pub(super) address: SocketAddr,
    /// Where the board's console is.
    pub(super) console: SocketAddr,
    /// Who is at it.
    pub(super) client: Mutex<Option<TcpStream>>,
    /// Called when files have changed.
    pub(super) written: Box<dyn Fn() + Send + Sync>,
}

impl Workflow {
    /// That of `settings.toml`, without which nobody is let in.
    pub(super) fn password(&self) -> Option<String> {
        let text = self.shared.hardware.files.read("/settings.toml").ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut top = text.lines().take_while(|line| !line.starts_with('['));
        top.find_map(|line| {
            let (key, value) = line.split_once('=')?;
            let value = value.trim().strip_prefix('"')?;
            let (value, _) = value.split_once('"')?;
            let known = key.trim() == "CIRCUITPY_WEB_API_PASSWORD" && !value.is_empty();
            known.then(|| value.to_owned())
        })
    }

    pub(super) fn written(&self) {
        (self.written)();
    }
}

/// Sends a piece of the answer before all of it.
pub(super) fn send_now(stream: &Stream, text: &str) -> io::Result<()> {
    stream.socket().write_all(text.as_bytes())
}
