//! Links that are slow or lossy, and firmware that is old.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Error, Reboot};
use belay_sim::Firmware;
use belay_transport::{Error as LinkError, Properties, Serial, Transport, Waker, pair};

use crate::support::{LIMIT, board, builder, connect_with, open};

fn options() -> ConnectOptions {
    ConnectOptions {
        timeout: LIMIT,
        ..ConnectOptions::default()
    }
}

/// Some 12 KB of statements, each of which counts.
fn long_program() -> String {
    let lines = (0..400).map(|i| format!("total += {i}  # one of many lines\n"));
    "total = 0\n"
        .chars()
        .chain(lines.collect::<String>().chars())
        .collect()
}

const TOTAL: i32 = 400 * 399 / 2;

#[test]
fn no_byte_is_lost_on_a_uart() {
    for input_buffer in [256, 260, 512] {
        let board = builder()
            .baud(921_600)
            .input_buffer(input_buffer)
            .start()
            .unwrap();
        let (mut device, _) = connect_with(open(&board), options());
        device.exec(&long_program()).unwrap();
        assert_eq!(device.eval::<i32>("total").unwrap(), TOTAL);
        assert_eq!(
            board.lost_bytes(),
            0,
            "with {input_buffer} bytes of input buffer"
        );
    }
}

#[test]
fn a_slow_link_changes_nothing() {
    let board = builder()
        .baud(115_200)
        .latency(Duration::from_millis(20))
        .start()
        .unwrap();
    let (mut device, output) = connect_with(open(&board), options());
    device.exec("for i in range(100):\n    print(i)").unwrap();
    assert_eq!(output.take_text().lines().count(), 100);
    device.exec(&long_program()).unwrap();
    assert_eq!(device.eval::<i32>("total").unwrap(), TOTAL);
    assert_eq!(board.lost_bytes(), 0);
}

#[test]
fn firmware_without_raw_paste_mode() {
    for firmware in [Firmware::old(), Firmware::refusing()] {
        let board = builder().firmware(firmware).start().unwrap();
        let (mut device, output) = connect_with(open(&board), options());
        device.exec("print('short')").unwrap();
        device.exec(&long_program()).unwrap();
        assert_eq!(device.eval::<i32>("total").unwrap(), TOTAL);
        let error = device.exec("x = = 3").unwrap_err();
        assert!(
            matches!(error, Error::Exception(ref e) if e.kind == "SyntaxError"),
            "{error}"
        );
        assert_eq!(output.take_text(), "short\n");
    }
}

#[test]
fn a_silent_device_is_said_to_be_silent() {
    let (host, _board) = pair();
    let limit = Duration::from_millis(500);
    let start = Instant::now();
    let error = Device::connect(
        Box::new(host),
        ConnectOptions {
            timeout: limit,
            ..options()
        },
    );
    assert!(start.elapsed() >= limit);
    let Err(Error::Timeout {
        waited, last_seen, ..
    }) = error
    else {
        panic!("{error:?}")
    };
    assert!(waited >= limit && last_seen.is_empty());
}

#[test]
fn a_device_that_is_no_board_is_shown() {
    let (host, mut modem) = pair();
    let far = Instant::now() + LIMIT;
    belay_transport::write_all(&mut modem, b"NO CARRIER\r\n", far).unwrap();
    let options = ConnectOptions {
        timeout: Duration::from_millis(100),
        ..options()
    };
    let Err(Error::Timeout { last_seen, .. }) = Device::connect(Box::new(host), options) else {
        panic!("a modem answered");
    };
    assert_eq!(last_seen, b"NO CARRIER\r\n");
}

#[test]
fn a_board_that_dies_in_the_middle_of_a_call() {
    let board = builder().start().unwrap();
    let (mut device, _) = connect_with(open(&board), options());
    let (started, writer) = notify();
    device.set_output(writer);
    let waiting = std::thread::spawn(move || device.exec("print('go')\nwhile True:\n    pass"));
    started.recv_timeout(LIMIT).unwrap();
    drop(board);
    let error = waiting.join().unwrap().unwrap_err();
    let gone = matches!(
        error,
        Error::Transport(belay_transport::Error::Disconnected { .. })
    );
    assert!(gone, "{error}");
}

#[test]
fn an_interrupt_from_another_thread_ends_a_program() {
    let board = builder().start().unwrap();
    let (mut device, _) = connect_with(open(&board), options());
    let (started, writer) = notify();
    device.set_output(writer);
    let interrupter = device.interrupter();
    let waiting = std::thread::spawn(move || {
        let result = device.exec("print('go')\nwhile True:\n    pass");
        (device, result)
    });
    started.recv_timeout(LIMIT).unwrap();
    interrupter.interrupt();
    let (mut device, result) = waiting.join().unwrap();
    let Err(Error::Exception(exception)) = result else {
        panic!("{result:?}")
    };
    assert!(exception.is_interrupt());
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

#[test]
fn abandoning_ends_the_wait_and_the_session_recovers() {
    let board = builder().start().unwrap();
    let (mut device, _) = connect_with(open(&board), options());
    let (started, writer) = notify();
    device.set_output(writer);
    let interrupter = device.interrupter();
    let waiting = std::thread::spawn(move || {
        let result = device.exec("print('go')\nwhile True:\n    pass");
        (device, result)
    });
    started.recv_timeout(LIMIT).unwrap();
    interrupter.abandon();
    let (mut device, result) = waiting.join().unwrap();
    assert!(matches!(result, Err(Error::Abandoned)), "{result:?}");
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}

/// A writer that hands what is written to another thread.
pub(crate) struct Notify(Sender<u8>);

impl std::io::Write for Notify {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for &byte in bytes {
            // The other thread may have seen enough.
            self.0.send(byte).ok();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn notify() -> (Receiver<u8>, Notify) {
    let (sender, receiver) = channel();
    (receiver, Notify(sender))
}

/// A link that ends with the interpreter, as one through a program on the board does.
struct Ending {
    port: Option<Box<dyn Transport>>,
    path: String,
    reopened: Arc<AtomicU32>,
}

impl Ending {
    fn port(&mut self) -> Result<&mut Box<dyn Transport>, LinkError> {
        let port = self.path.clone();
        self.port.as_mut().ok_or(LinkError::Disconnected { port })
    }
}

impl Transport for Ending {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, LinkError> {
        let count = self.port()?.read(buffer, deadline)?;
        if buffer[..count]
            .windows(11)
            .any(|text| text == b"soft reboot")
        {
            self.port = None;
        }
        self.port()?;
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<usize, LinkError> {
        self.port()?.write(bytes, deadline)
    }

    fn waker(&self) -> Waker {
        self.port
            .as_ref()
            .map_or_else(|| Waker::new(|| ()), Transport::waker)
    }

    fn name(&self) -> &str {
        &self.path
    }

    fn properties(&self) -> Properties {
        Properties {
            ends_with_restart: true,
            ..Properties::RELIABLE
        }
    }

    fn reopen(&mut self, _deadline: Instant) -> Result<(), LinkError> {
        self.reopened.fetch_add(1, Ordering::SeqCst);
        self.port = Some(Box::new(Serial::open(&self.path, 115_200)?));
        Ok(())
    }
}

#[test]
fn a_link_that_ends_with_a_restart_is_opened_again() {
    let board = board();
    let reopened = Arc::<AtomicU32>::default();
    let link = Ending {
        port: Some(open(&board)),
        path: board.path().to_str().unwrap().to_owned(),
        reopened: Arc::clone(&reopened),
    };
    let (mut device, _) = connect_with(Box::new(link), ConnectOptions::default());
    assert_eq!(reopened.load(Ordering::SeqCst), 1);
    device.exec("x = 1").unwrap();
    device.soft_reset().unwrap();
    assert_eq!(reopened.load(Ordering::SeqCst), 2);
    let result = device.eval::<i64>("x");
    assert!(matches!(result, Err(Error::Exception(_))), "{result:?}");
    device.reboot(Reboot::Soft).unwrap();
}
