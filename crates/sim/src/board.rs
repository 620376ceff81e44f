//! The handle of a simulated board.

mod hardware;

use std::fmt;
use std::io::{PipeWriter, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::Error;
use crate::bus::{self, Bus};
use crate::drive::Volume;
use crate::engine::Engine;
use crate::faults::{FlashFaults, LinkFaults};
use crate::firmware::{CircuitPython, Firmware};
use crate::flash::{Flash, FlashCounters, read_counters};
use crate::frames::MARK;
use crate::hardware::Hardware;
use crate::home::Home;
use crate::interpreter::Machine;
use crate::pins::{Level, PinEvent, Pins};
use crate::port::{Plug, Port, Pty, Tcp, WebRepl};
use crate::running::RunningBoard;
use crate::web::{Site, Web};
use crate::webrepl::Server;
use crate::wire::Wire;
use crate::worker::{Control, Parts, Shared, Worker};

/// Heap of the interpreter unless set, in bytes. Objects of the 64-bit engine take up to twice
/// what they take on a board, and the board's own modules some 40 KiB, which makes this an
/// RP2040 with its 190 KB.
pub const DEFAULT_HEAP: usize = 448 * 1024;

/// What the peripherals of `machine` take, and what is set aside for reports when programs leave no
/// memory, in bytes. They are C code on a board, so this comes on top of the heap.
const PERIPHERALS: usize = 38 * 1024;

/// What CircuitPython's modules take beyond that.
const CIRCUITPYTHON: usize = 44 * 1024;

/// Input buffer unless set, in bytes, as on RP2 and STM32.
pub const DEFAULT_INPUT_BUFFER: usize = 512;

/// Input buffer of a board with WebREPL unless set, in bytes: the ring of an ESP32 has 260 places, one
/// of which stays free.
const WEBREPL_INPUT_BUFFER: usize = 259;

/// How long a password of WebREPL may be, in bytes.
const WEBREPL_PASSWORD: std::ops::RangeInclusive<usize> = 1..=9;

/// How long a byte takes at least through a pseudo-terminal. It is part of the latency.
const HANDOVER: Duration = Duration::from_micros(7);

/// How long it takes about until an interpreter that sleeps has been woken, has run the
/// shortest program, and its answer has been read.
const AHEAD: Duration = Duration::from_micros(100);

/// What a board is to be like. [`Board::builder`] makes one.
#[derive(Debug)]
pub struct Builder {
    engine: Option<Engine>,
    flash: Flash,
    firmware: Firmware,
    heap: usize,
    baud: Option<u32>,
    latency: Duration,
    input_buffer: Option<usize>,
    listener: Option<TcpListener>,
    webrepl: Option<(TcpListener, String)>,
    unique_id: Option<Vec<u8>>,
    link_faults: LinkFaults,
    flash_faults: FlashFaults,
    shared: bool,
    volume: Option<PathBuf>,
    web: Option<TcpListener>,
}

/// A running board. It ends when it is dropped.
///
/// The board is reached by its pseudo-terminal, and by its TCP port if it has one. Both are
/// ends of the same link: what comes from either is taken as it comes, and what the board says
/// goes to every client that is there. The board goes on without clients; what it says then
/// is lost. (Elsewhere than on Linux nothing tells of clients of the terminal, and the board
/// waits when its buffer of a few KiB is full.)
pub struct Board {
    path: PathBuf,
    pub(crate) stable_path: PathBuf,
    address: Option<SocketAddr>,
    webrepl: Option<SocketAddr>,
    pub(crate) shared: Arc<Shared>,
    control: Sender<Control>,
    wake: PipeWriter,
    thread: Option<JoinHandle<()>>,
    /// The thread behind the peripherals, which ends when its pipe is closed.
    bus: Option<(PipeWriter, JoinHandle<()>)>,
    /// The computer that has mounted the drive.
    volume: Option<Volume>,
    web: Option<Web>,
}

impl Board {
    /// Begins a board with a temporary flash of 2 MiB and a link without limits.
    pub fn builder() -> Builder {
        Builder {
            engine: None,
            flash: Flash::default(),
            firmware: Firmware::default(),
            heap: DEFAULT_HEAP,
            baud: None,
            latency: Duration::ZERO,
            input_buffer: None,
            listener: None,
            webrepl: None,
            unique_id: None,
            link_faults: LinkFaults::default(),
            flash_faults: FlashFaults::default(),
            shared: false,
            volume: None,
            web: None,
        }
    }

    /// The pseudo-terminal, to be opened as a serial port. Any number of clients can come and
    /// go; two at a time share what the board says, as on any terminal.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The address of the TCP port, if the board has one. It serves one client at a time; the
    /// connection of another is made at once but stays silent until the first has gone.
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The address of the web workflow, if the board serves it.
    pub fn web_address(&self) -> Option<SocketAddr> {
        self.web.as_ref().map(Web::address)
    }

    /// The address of the WebREPL server, if the board has one.
    pub fn webrepl_address(&self) -> Option<SocketAddr> {
        self.webrepl
    }

    /// Every change of the pin since the board was made, the oldest first. Resets do not
    /// clear it. Changes beyond [`crate::PIN_HISTORY`] are forgotten, the oldest first.
    ///
    /// Pins go by the text of their number or name: `Pin(25)` is `"25"`.
    pub fn pin_history(&self, pin: &str) -> Vec<PinEvent> {
        self.shared.hardware.pins.history(pin)
    }

    /// All pins that programs have used.
    pub fn pins(&self) -> Vec<String> {
        self.shared.hardware.pins.names()
    }

    /// Drives a pin from outside, or lets go of it with `None`. A program that runs sees the
    /// new level at its next look.
    pub fn set_pin(&self, pin: &str, level: Option<Level>) -> Result<(), Error> {
        self.shared.hardware.pins.drive(pin, level)
    }

    /// Waits until the board drives the pin to the level; false when the deadline comes or
    /// the board stops before. It is true at once when the pin already is there.
    pub fn wait_for_pin(&self, pin: &str, level: Level, deadline: Instant) -> bool {
        self.shared.hardware.pins.wait(pin, level, deadline)
    }

    /// Presses the reset button: a hard reset, which clears memory and input buffer. Link,
    /// flash and pin history stay. Returns when the board is starting again.
    pub fn press_reset(&self) -> Result<(), Error> {
        self.order(Control::Reset)
    }

    /// How often the flash has been erased and programmed since the board was made.
    pub fn flash_counters(&self) -> Result<FlashCounters, Error> {
        read_counters(&self.shared.home.file("counters"))
            .map_err(Error::system("reading the flash counters"))
    }

    /// How many bytes from the host were lost because the input buffer was full.
    pub fn lost_bytes(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// How many round trips the hosts have made: how often one has sent something for the first time,
    /// or after it had received something.
    pub fn round_trips(&self) -> u64 {
        self.shared.round_trips.load(Ordering::Relaxed)
    }

    /// Why the board has stopped by itself; `None` while it runs.
    pub fn failure(&self) -> Option<String> {
        self.shared
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits for the interpreter, and a while for `boot.py`.
    fn come_up(&self, up: &Receiver<Result<(), Error>>) -> Result<(), Error> {
        match up.recv() {
            Ok(result) => result?,
            Err(_) => {
                return Err(Error::Stopped {
                    reason: self.failure().unwrap_or_default(),
                });
            }
        }
        // Before that no program runs that could be interrupted.
        let _ = up.recv_timeout(BOOT);
        Ok(())
    }

    /// Lets others than programs have the board's files.
    fn share_files(
        &mut self,
        firmware: CircuitPython,
        volume: Option<PathBuf>,
        web: Option<Site>,
    ) -> Result<(), Error> {
        let shared = || Arc::clone(&self.shared);
        if let Some(path) = volume {
            let volume = self
                .tells_of_writes()
                .and_then(|written| Volume::start(path, shared(), written));
            self.volume = Some(volume.map_err(Error::system("showing the drive"))?);
        }
        if let Some(site) = web {
            let web = self
                .tells_of_writes()
                .and_then(|written| Web::start(site, shared(), firmware, written));
            self.web = Some(web.map_err(Error::system("serving the web workflow"))?);
        }
        Ok(())
    }

    /// What is to be called when the drive has been written to.
    fn tells_of_writes(&self) -> std::io::Result<impl Fn() + Send + Sync + 'static> {
        let (control, wake) = (Mutex::new(self.control.clone()), self.wake.try_clone()?);
        Ok(move || {
            // A thread that no longer listens has ended, which is seen elsewhere.
            let control = control.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = control.send(Control::Written);
            let _ = (&wake).write(&[0]);
        })
    }

    pub(crate) fn tell(&self, control: Control) {
        // A thread that no longer listens has ended, which is seen elsewhere.
        let _ = self.control.send(control);
        let _ = (&self.wake).write(&[0]);
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // Both ask the board for its files.
        self.volume = None;
        self.web = None;
        self.tell(Control::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if let Some((wake, thread)) = self.bus.take() {
            drop(wake);
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board")
            .field("path", &self.path)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Sets the engine; otherwise it is looked for by [`Engine::find`].
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Sets the flash; otherwise a temporary one of 2 MiB.
    #[must_use]
    pub fn flash(mut self, flash: Flash) -> Self {
        self.flash = flash;
        self
    }

    /// Sets what the REPL says; otherwise as a current MicroPython.
    #[must_use]
    pub fn firmware(mut self, firmware: Firmware) -> Self {
        self.firmware = firmware;
        self
    }

    /// Sets the heap in bytes; otherwise [`DEFAULT_HEAP`]. Less than 128 KiB does not hold the
    /// board's own modules and a program.
    #[must_use]
    pub fn heap(mut self, bytes: usize) -> Self {
        self.heap = bytes;
        self
    }

    /// Makes the link a UART of this many bits per second, ten for each byte in each
    /// direction, without flow control: what finds the input buffer full is lost.
    #[must_use]
    pub fn baud(mut self, baud: u32) -> Self {
        self.baud = Some(baud);
        self
    }

    /// Sets the time a byte takes to the board and its answer back, half for each way.
    #[must_use]
    pub fn latency(mut self, round_trip: Duration) -> Self {
        self.latency = round_trip;
        self
    }

    /// Sets the size of the input buffer in bytes, and that bytes are lost when it is full.
    /// Otherwise it has [`DEFAULT_INPUT_BUFFER`], and without a baud rate a full buffer holds
    /// the host up, as native USB does.
    #[must_use]
    pub fn input_buffer(mut self, bytes: usize) -> Self {
        self.input_buffer = Some(bytes);
        self
    }

    /// Sets what `machine.unique_id()` gives; otherwise it is made from the path of the flash
    /// image, so that a named board keeps its own.
    #[must_use]
    pub fn unique_id(mut self, id: impl Into<Vec<u8>>) -> Self {
        self.unique_id = Some(id.into());
        self
    }

    /// Sets what goes wrong on the link from its first byte on.
    #[must_use]
    pub fn link_faults(mut self, faults: LinkFaults) -> Self {
        self.link_faults = faults;
        self
    }

    /// Sets what goes wrong in the flash from the first operation on, which makes the file
    /// system if there is none. A board whose power fails while it starts does not come up.
    #[must_use]
    pub fn flash_faults(mut self, faults: FlashFaults) -> Self {
        self.flash_faults = faults;
        self
    }

    /// Lets other processes that want to start a board on this flash use this one instead: they
    /// find it in [`Error::FlashInUse`].
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Shows the drive of a board with CircuitPython at `path` as a computer does that has mounted it: a
    /// folder, which is there while the drive is [`crate::Drive::Mounted`]. What is written into it
    /// appears on the board, and restarts its program as it does there.
    ///
    /// The path is that of a symbolic link. What is there may be such a link, and nothing else.
    #[must_use]
    pub fn volume(mut self, path: impl Into<PathBuf>) -> Self {
        self.volume = Some(path.into());
        self
    }

    /// Serves the web workflow of a board with CircuitPython at an address. Port 0 lets the system choose. As
    /// on a board, `CIRCUITPY_WEB_API_PASSWORD` in `settings.toml` is the password, without which nobody is let
    /// in.
    ///
    /// # Errors
    /// [`Error::Listen`] when the address cannot be had.
    pub fn web(mut self, address: impl ToSocketAddrs + fmt::Debug) -> Result<Self, Error> {
        self.web = Some(listen(&address)?);
        Ok(self)
    }

    /// Opens a TCP port, too. Port 0 lets the system choose.
    ///
    /// # Errors
    /// [`Error::Listen`] when the address cannot be had.
    pub fn tcp(mut self, address: impl ToSocketAddrs + fmt::Debug) -> Result<Self, Error> {
        self.listener = Some(listen(&address)?);
        Ok(self)
    }

    /// Lets the board start a WebREPL server after `boot.py` and `main.py` have run, and again after
    /// each reset. Port 0 lets the system choose. Input comes without back-pressure then, and the
    /// input buffer has 259 bytes unless it is set, as on an ESP32.
    ///
    /// # Errors
    /// [`Error::Listen`] when the address cannot be had; [`Error::WebReplPassword`] when the password
    /// has not one to nine bytes.
    pub fn webrepl(
        mut self,
        address: impl ToSocketAddrs + fmt::Debug,
        password: &str,
    ) -> Result<Self, Error> {
        if !WEBREPL_PASSWORD.contains(&password.len()) {
            return Err(Error::WebReplPassword);
        }
        self.webrepl = Some((listen(&address)?, password.to_owned()));
        Ok(self)
    }

    /// Powers the board on. Returns when its interpreter is there and the flash is mounted,
    /// and boot.py begins.
    ///
    /// # Errors
    /// When there is no engine, the flash is in use or of another size, or the interpreter
    /// does not come up.
    pub fn start(self) -> Result<Board, Error> {
        let engine = self.engine.map_or_else(Engine::find, Ok)?;
        let failed = Error::system("making the board's folder");
        let serves_files = self.volume.is_some() || self.web.is_some();
        let home = Home::new(&self.firmware, serves_files).map_err(&failed)?;
        let image = self.flash.open(home.path())?;
        let inputs = home.open("inputs").map_err(&failed)?;
        home.put("faults", &self.flash_faults.words(0, 0))
            .map_err(&failed)?;
        let stable_path = home.file("tty");
        let pty = Pty::new(stable_path.clone()).map_err(|source| Error::Pty { source })?;
        let path = pty.path().unwrap_or(&stable_path).to_owned();
        let has_webrepl = self.webrepl.is_some();
        let server = self
            .webrepl
            .map(|(tcp, word)| (tcp, Server::new(&word, engine.version())));
        let (mut ports, address, webrepl) =
            ports(pty, self.listener, server, self.baud, self.latency)?;
        let web = self.web.map(Site::open).transpose()?;
        ports.extend(web.as_ref().map(Site::port).transpose()?);
        let may_damage = self.baud.is_some() || self.link_faults != LinkFaults::default();
        RunningBoard::announce(&image.path, &stable_path, self.shared, may_damage)
            .map_err(Error::system("saying where the board is"))?;
        let image_path = image.path.clone();
        let circuitpython = self.firmware.circuitpython.clone();
        let modules = circuitpython.as_ref().map_or(0, |_| CIRCUITPYTHON);
        let heap = self.heap + PERIPHERALS + modules;
        let hardware = Parts {
            machine: Machine {
                engine,
                image,
                firmware: self.firmware,
                heap,
                mark: random(),
                writes: has_webrepl && cfg!(target_os = "linux"),
            },
            buffer: self.input_buffer.unwrap_or(default_buffer(has_webrepl)),
            lossy: self.input_buffer.is_some() || self.baud.is_some() || has_webrepl,
            slow: self.baud.is_some(),
            delayed: !self.latency.is_zero(),
            ahead: AHEAD.min(self.latency / 4),
            link_faults: self.link_faults,
        };
        let failed = Error::system("making the board's peripherals");
        let unique_id = self
            .unique_id
            .unwrap_or_else(|| id_of(&hardware.machine.image.path));
        let shared = Arc::new(Shared {
            bus: Arc::new(Bus::new(home.path()).map_err(&failed)?),
            home,
            hardware: Arc::new(Hardware::new(Pins::new(inputs), unique_id)),
            lost: 0.into(),
            round_trips: 0.into(),
            failure: None.into(),
            powered: true.into(),
            plugged_in: true.into(),
            image: image_path,
        });
        if let Some(own) = &circuitpython {
            shared.hardware.lock().supervisor.begin(own);
        }
        let (control, orders) = mpsc::channel();
        let (wake_reader, wake) =
            std::io::pipe().map_err(Error::system("making the board's thread"))?;
        let bus = serve_bus(&shared, control.clone(), &wake).map_err(&failed)?;
        let (ready, up) = mpsc::sync_channel(1);
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("belay-sim".to_owned())
            // The interpreter is started by the thread that ends with the board: the system
            // ends it when that thread is gone, however that came about.
            .spawn(move || {
                let orders = (orders, wake_reader);
                match Worker::new(hardware, theirs, ports, orders, ready.clone()) {
                    Ok(worker) => worker.run(),
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                }
            })
            .map_err(Error::system("making the board's thread"))?;
        let mut board = Board {
            path,
            stable_path,
            address,
            webrepl,
            shared,
            control,
            wake,
            thread: Some(thread),
            bus: Some(bus),
            volume: None,
            web: None,
        };
        board.come_up(&up)?;
        if let Some(own) = circuitpython {
            board.share_files(own, self.volume, web)?;
        }
        Ok(board)
    }
}

/// Starts the thread behind the peripherals, which ends when its pipe is closed.
fn serve_bus(
    shared: &Shared,
    control: Sender<Control>,
    wake: &PipeWriter,
) -> std::io::Result<(PipeWriter, JoinHandle<()>)> {
    let (reader, writer) = std::io::pipe()?;
    let wake = wake.try_clone()?;
    let (bus, world) = (Arc::clone(&shared.bus), Arc::clone(&shared.hardware));
    let thread = bus::serve(bus, world, reader, move || {
        let _ = control.send(Control::Watchdog);
        let _ = (&wake).write(&[0]);
    })?;
    Ok((writer, thread))
}

fn listen(address: &(impl ToSocketAddrs + fmt::Debug)) -> Result<TcpListener, Error> {
    TcpListener::bind(address).map_err(|source| Error::Listen {
        address: format!("{address:?}"),
        source,
    })
}

/// How long [`Builder::start`] waits for the end of `boot.py`.
const BOOT: Duration = Duration::from_millis(500);

/// The board's ends of the link, and the addresses of the TCP port and of the WebREPL server.
#[expect(clippy::type_complexity, reason = "it is taken apart at once")]
fn ports(
    pty: Pty,
    listener: Option<TcpListener>,
    server: Option<(TcpListener, Server)>,
    baud: Option<u32>,
    latency: Duration,
) -> Result<(Vec<Port>, Option<SocketAddr>, Option<SocketAddr>), Error> {
    let failed = Error::system("opening the TCP port");
    let mut ports = vec![port(Box::new(pty), baud, latency)];
    let mut add = |listener: TcpListener, server: Option<Server>| {
        let webrepl = server.map(|server| WebRepl::new(server, &listener));
        let webrepl = webrepl.transpose().map_err(&failed)?;
        let tcp = Tcp::new(listener).map_err(&failed)?;
        let address = tcp.address().map_err(&failed)?;
        let mut port = port(Box::new(tcp), baud, latency);
        if let Some(webrepl) = webrepl {
            port = port.with_webrepl(webrepl);
        }
        ports.push(port);
        Ok(address)
    };
    let tcp = listener.map(|listener| add(listener, None)).transpose()?;
    let webrepl = server.map(|(listener, server)| add(listener, Some(server)));
    let webrepl = webrepl.transpose()?;
    Ok((ports, tcp, webrepl))
}

/// Bytes of the input buffer, where it is not said.
fn default_buffer(has_webrepl: bool) -> usize {
    if has_webrepl {
        WEBREPL_INPUT_BUFFER
    } else {
        DEFAULT_INPUT_BUFFER
    }
}

/// A port whose lines are as long and as fast as the link.
fn port(plug: Box<dyn Plug>, baud: Option<u32>, latency: Duration) -> Port {
    let wire = || Wire::new(baud, (latency / 2).saturating_sub(HANDOVER));
    Port::new(plug, wire(), wire())
}

/// Bytes that a program does not print by accident. The standard library seeds its hash maps
/// from the system, once per thread and differently for each map.
fn random() -> [u8; MARK] {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish().to_le_bytes()
}

/// Eight bytes that differ from board to board, and are the same for the same flash image.
fn id_of(image: &Path) -> Vec<u8> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    image.hash(&mut hasher);
    hasher.finish().to_le_bytes().to_vec()
}
