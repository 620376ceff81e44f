//! One connection of each kind, with the other end in the test's hands.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use belay_transport::{
    Memory, OpenOptions, Rfc2217, Tcp, Telnet, Transport, WebRepl, pair_with_capacity, write_all,
};

use crate::far;

/// The board's end of a connection. Dropping it disconnects the host.
pub(crate) trait Peer: Send {
    /// Waits for bytes; 0 is the end of the stream.
    fn receive(&mut self, buffer: &mut [u8]) -> usize;

    fn send(&mut self, bytes: &[u8]);
}

pub(crate) struct Connection {
    pub(crate) host: Box<dyn Transport>,
    pub(crate) peer: Box<dyn Peer>,
    /// The name that the host's end must have.
    pub(crate) name: String,
    /// Whether bytes that the host has not read yet outlive the peer. The kernel discards those in
    /// a pty.
    pub(crate) keeps_unread: bool,
}

pub(crate) fn memory() -> Connection {
    let (host, peer) = pair_with_capacity(100_000);
    Connection {
        host: Box::new(host.named("board")),
        peer: Box::new(peer),
        name: "board".to_owned(),
        keeps_unread: true,
    }
}

pub(crate) fn tcp() -> Connection {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let host = Tcp::connect("127.0.0.1", port, &OpenOptions::default()).unwrap();
    let (peer, _) = listener.accept().unwrap();
    Connection {
        host: Box::new(host),
        peer: Box::new(tcp_ends(peer)),
        name: format!("tcp://127.0.0.1:{port}"),
        keeps_unread: true,
    }
}

/// A server of WebSockets that asks for a password, and takes and gives any bytes afterwards.
pub(crate) fn webrepl() -> Connection {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = std::thread::spawn(move || crate::webrepl::serve(&listener, "secret"));
    let options = crate::webrepl::password("secret");
    let host = WebRepl::connect(false, "127.0.0.1", port, "", &options).unwrap();
    Connection {
        host: Box::new(host),
        peer: Box::new(peer.join().unwrap()),
        name: format!("ws://127.0.0.1:{port}"),
        keeps_unread: true,
    }
}

pub(crate) fn telnet() -> Connection {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let host = Telnet::connect("127.0.0.1", port, &OpenOptions::default()).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(&OFFER).unwrap();
    Connection {
        host: Box::new(host),
        peer: Box::new(TelnetPeer::new(stream)),
        name: format!("127.0.0.1:{port}"),
        keeps_unread: true,
    }
}

/// A telnet server with a serial port, which does not mind the settings.
pub(crate) fn rfc2217() -> Connection {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(&OFFER).unwrap();
        set_up(&mut stream, 115_200);
        stream
    });
    let host = Rfc2217::connect("127.0.0.1", port, &OpenOptions::default()).unwrap();
    Connection {
        host: Box::new(host),
        peer: Box::new(TelnetPeer::new(server.join().unwrap())),
        name: format!("rfc2217://127.0.0.1:{port}"),
        keeps_unread: true,
    }
}

#[cfg(unix)]
pub(crate) fn serial() -> Connection {
    let (master, path) = open_pty();
    Connection {
        host: Box::new(belay_transport::Serial::open(&path, 115_200).unwrap()),
        peer: Box::new(master_ends(master)),
        name: path,
        keeps_unread: false,
    }
}

/// The command prints the path of a pty that the test has made.
#[cfg(unix)]
pub(crate) fn pty() -> Connection {
    let (master, path) = open_pty();
    let command = format!("sh -c 'echo \"redirected to {path} (label serial0)\"; exec cat'");
    Connection {
        host: Box::new(belay_transport::Pty::spawn(&command, &OpenOptions::default()).unwrap()),
        peer: Box::new(master_ends(master)),
        name: format!("pty:{command}"),
        keeps_unread: false,
    }
}

/// The command connects its standard input and output to two named pipes.
#[cfg(unix)]
pub(crate) fn exec() -> Connection {
    use std::fs::File;
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let [to_host, from_host] = ["to-host", "from-host"].map(|name| {
        let path = folder.path().join(name);
        let status = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(status.success());
        path
    });
    let command = format!(
        "sh -c 'cat <{} & exec cat >{}'",
        to_host.display(),
        from_host.display()
    );
    let host = belay_transport::Exec::spawn(&command).unwrap();
    // Opening a named pipe waits for its other end.
    let writer = File::options().write(true).open(to_host).unwrap();
    let reader = File::open(from_host).unwrap();
    Connection {
        host: Box::new(host),
        peer: Box::new(Ends { reader, writer }),
        name: format!("exec:{command}"),
        keeps_unread: true,
    }
}

/// A pty: its master end, and the path of its slave end, in raw mode.
#[cfg(unix)]
pub(crate) fn open_pty() -> (std::fs::File, String) {
    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    // A child of this or another test that inherited the master end would keep the pty alive.
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    #[cfg(target_os = "linux")]
    let flags = flags | OpenptFlags::CLOEXEC;
    let master = openpt(flags).unwrap();
    #[cfg(not(target_os = "linux"))]
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(path.as_str(), flags, Mode::empty()).unwrap();
    let mut settings = tcgetattr(&slave).unwrap();
    settings.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &settings).unwrap();
    (std::fs::File::from(master), path)
}

impl Peer for Memory {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        self.read(buffer, far()).unwrap_or_default()
    }

    fn send(&mut self, bytes: &[u8]) {
        write_all(self, bytes, far()).unwrap();
    }
}

/// The two directions of a file or a socket.
struct Ends<R, W> {
    reader: R,
    writer: W,
}

impl<R: Read + Send, W: Write + Send> Peer for Ends<R, W> {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        self.reader.read(buffer).unwrap_or_default()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).unwrap();
    }
}

fn tcp_ends(reader: TcpStream) -> Ends<TcpStream, TcpStream> {
    Ends {
        writer: reader.try_clone().unwrap(),
        reader,
    }
}

#[cfg(unix)]
fn master_ends(reader: std::fs::File) -> Ends<std::fs::File, std::fs::File> {
    Ends {
        writer: reader.try_clone().unwrap(),
        reader,
    }
}

const IAC: u8 = 255;

/// `WILL ECHO`, `WILL SUPPRESS-GO-AHEAD`, `WILL BINARY`, `DO BINARY`, `DO NAWS`.
const OFFER: [u8; 15] = [
    IAC, 251, 1, IAC, 251, 3, IAC, 251, 0, IAC, 253, 0, IAC, 253, 31,
];

/// Agrees to the settings of a serial port, and when the speed is asked for, says that it is this one.
pub(crate) fn set_up(stream: &mut TcpStream, speed: u32) {
    stream.write_all(&[IAC, 253, 44]).unwrap();
    let mut asked = Vec::new();
    // The speed is asked for behind all else.
    while !asked.ends_with(&[44, 1, 0, 1, 0xC2, 0, IAC, 240]) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        asked.extend(byte);
    }
    let [a, b, c, d] = speed.to_be_bytes();
    stream
        .write_all(&[IAC, 250, 44, 101, a, b, c, d, IAC, 240])
        .unwrap();
}

/// A telnet server that offers some options and does not mind the answers.
struct TelnetPeer {
    stream: TcpStream,
    /// How many bytes of a command are still to come.
    skip: usize,
    after_iac: bool,
    in_parameters: bool,
}

impl TelnetPeer {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            skip: 0,
            after_iac: false,
            in_parameters: false,
        }
    }
}

impl Peer for TelnetPeer {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            let mut raw = vec![0; buffer.len()];
            let length = self.stream.read(&mut raw).unwrap_or_default();
            if length == 0 {
                return 0;
            }
            let mut count = 0;
            for &byte in &raw[..length] {
                if self.skip > 0 {
                    self.skip -= 1;
                } else if !self.after_iac && byte == IAC {
                    self.after_iac = true;
                } else if self.after_iac && byte != IAC {
                    // The end of parameters, their beginning, or a verb; an option follows.
                    self.after_iac = false;
                    self.in_parameters = byte == 250;
                    self.skip = usize::from(byte != 240);
                } else if self.in_parameters {
                    self.after_iac = false;
                } else {
                    self.after_iac = false;
                    buffer[count] = byte;
                    count += 1;
                }
            }
            if count > 0 {
                return count;
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let mut raw = Vec::new();
        for &byte in bytes {
            raw.push(byte);
            if byte == IAC {
                raw.push(IAC);
            }
        }
        self.stream.write_all(&raw).unwrap();
    }
}
