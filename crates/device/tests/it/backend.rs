//! What stands between the tests and a board. `cargo xtask test-sim` runs them with each.

use std::env;
use std::sync::LazyLock;
use std::time::Instant;

use belay_sim::{Board, Builder, Drive, Firmware};
use belay_transport::{
    Error, OpenOptions, Properties, Serial, SerialControl, Specifier, Transport, Waker, open,
};

use crate::native::Interpreter;
#[cfg(target_os = "linux")]
use crate::ser2net::Ser2net;

/// Names the backend; without it, that is [`Backend::Pty`].
const VARIABLE: &str = "BELAY_TEST_BACKEND";

const PASSWORD: &str = "secret";

/// How a test reaches its board, and what board that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Pty,
    Tcp,
    WebRepl,
    /// Through ser2net.
    Rfc2217,
    /// A board with CircuitPython whose drive no computer has, on a pty.
    CircuitPython,
    /// No simulated board, but the raw REPL that the engine has by itself: each time it is opened, a new
    /// one.
    Native,
}

static BACKEND: LazyLock<Backend> = LazyLock::new(|| {
    let name = env::var(VARIABLE).unwrap_or_default();
    match &*name {
        "" | "pty" => Backend::Pty,
        "tcp" => Backend::Tcp,
        "webrepl" => Backend::WebRepl,
        "rfc2217" => Backend::Rfc2217,
        "circuitpython" => Backend::CircuitPython,
        "native" => Backend::Native,
        _ => panic!("{VARIABLE} is {name:?}, which is no backend"),
    }
});

impl Backend {
    pub(crate) fn get() -> Self {
        *BACKEND
    }

    /// Gives a board what it is reached by.
    pub(crate) fn prepare(self, builder: Builder) -> Builder {
        match self {
            Self::Pty | Self::Rfc2217 | Self::Native => builder,
            Self::Tcp => builder.tcp("127.0.0.1:0").unwrap(),
            Self::WebRepl => builder.webrepl("127.0.0.1:0", PASSWORD).unwrap(),
            Self::CircuitPython => {
                let mut firmware = Firmware::circuitpython();
                firmware.circuitpython.as_mut().unwrap().drive = Drive::Hidden;
                builder.firmware(firmware)
            }
        }
    }

    /// Opens the board's link. A board that was not prepared is reached by its pty.
    pub(crate) fn open(self, board: &Board) -> Box<dyn Transport> {
        let path = board.path().to_str().unwrap();
        match self {
            Self::Tcp => board
                .tcp_address()
                .map(|address| format!("tcp://{address}")),
            Self::WebRepl => board
                .webrepl_address()
                .map(|address| format!("ws://{address}")),
            #[cfg(target_os = "linux")]
            Self::Rfc2217 => {
                let server = Ser2net::start(path, "telnet(rfc2217),tcp").unwrap();
                let link = by_name(&format!("rfc2217://{}", server.address()));
                return Box::new(Held { link, _end: server });
            }
            Self::Native => {
                let (interpreter, link) = Interpreter::start().expect("an engine with a raw REPL");
                return Box::new(Held {
                    link,
                    _end: interpreter,
                });
            }
            _ => None,
        }
        .map_or_else(
            || Box::new(Serial::open(path, 115_200).unwrap()) as Box<dyn Transport>,
            |name| by_name(&name),
        )
    }
}

fn by_name(name: &str) -> Box<dyn Transport> {
    let specifier: Specifier = name.parse().unwrap();
    let options = OpenOptions {
        password: Some(PASSWORD.to_owned()),
        ..OpenOptions::default()
    };
    open(&specifier, &options).unwrap()
}

/// A link, and what must stay as long as it does.
struct Held<T> {
    link: Box<dyn Transport>,
    _end: T,
}

impl<T: Send> Transport for Held<T> {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, Error> {
        self.link.read(buffer, deadline)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, Error> {
        self.link.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.link.waker()
    }

    fn name(&self) -> &str {
        self.link.name()
    }

    fn properties(&self) -> Properties {
        self.link.properties()
    }

    fn reopen(&mut self, deadline: Instant) -> Result<(), Error> {
        self.link.reopen(deadline)
    }

    fn serial(&mut self) -> Option<&mut dyn SerialControl> {
        self.link.serial()
    }
}
