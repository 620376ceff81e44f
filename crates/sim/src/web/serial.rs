//! The board's console under `/cp/serial/`: a WebSocket.

mod frames;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::event::{PollFd, PollFlags, poll};
use sha1::{Digest as _, Sha1};

use super::request::{Head, Stream};
use super::response::Response;
use super::workflow::Workflow;
use frames::{Decoder, Message};

/// What RFC 6455 puts behind a client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Serves the console to a client that is let in, until either leaves or the server stops. There is one
/// client: the next takes the place of the one before.
pub(super) fn serve(
    head: &Head,
    stream: &mut Stream,
    stopped: impl AsFd,
    site: &Workflow,
) -> io::Result<()> {
    let wants = |name, word: &str| {
        let value = head.header(name).unwrap_or_default();
        value.to_ascii_lowercase().contains(word)
    };
    let key = head.header("sec-websocket-key");
    let Some(key) = key.filter(|_| wants("upgrade", "websocket") && wants("connection", "upgrade"))
    else {
        let response = Response::new(426, "Upgrade Required").with("Upgrade", "websocket");
        return response.closing().send(&mut stream.socket());
    };
    let accept = STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize());
    let mut received = stream.rest();
    let mut socket = stream.socket();
    write!(
        socket,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    take_place(socket, site)?;
    let mut console = TcpStream::connect(site.console)?;
    console.set_nodelay(true)?;
    let mut decoder = Decoder::default();
    let mut buffer = [0; 4096];
    loop {
        for message in decoder.feed(&received) {
            match message {
                Message::Data(bytes) => console.write_all(&bytes)?,
                Message::Ping(bytes) => frames::write(frames::PONG, &bytes, &mut socket)?,
                Message::Close(bytes) => {
                    return frames::write(frames::CLOSE, &bytes, &mut socket);
                }
            }
        }
        received.clear();
        let mut fds = [
            PollFd::new(&stopped, PollFlags::IN),
            PollFd::new(socket, PollFlags::IN),
            PollFd::new(&console, PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let [stop, asked, said] = fds.map(|fd| !fd.revents().is_empty());
        if stop {
            return Ok(());
        }
        if said {
            let count = console.read(&mut buffer)?;
            if count == 0 {
                return frames::write(frames::CLOSE, &[], &mut socket);
            }
            frames::write(frames::TEXT, &buffer[..count], &mut socket)?;
        }
        if asked {
            let count = socket.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            received.extend_from_slice(&buffer[..count]);
        }
    }
}

/// Ends the connection of the client before.
fn take_place(socket: &TcpStream, site: &Workflow) -> io::Result<()> {
    let mut client = site.client.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(before) = client.replace(socket.try_clone()?) {
        // It may have gone by itself.
        let _ = before.shutdown(std::net::Shutdown::Both);
    }
    Ok(())
}
