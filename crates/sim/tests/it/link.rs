//! The link: terminal, TCP, rate, latency, buffers.

use std::time::{Duration, Instant};

use belay_sim::{Board, Error};

use crate::host::{Host, RAW, raw, raw_board, start};

#[test]
fn clients_come_and_go() {
    let (board, mut host) = raw_board();
    host.exec("x = 1");
    drop(host);
    for n in 1..20 {
        let mut host = Host::open(board.path());
        // The raw REPL that the last client entered is still there, and nothing else.
        host.check(
            b"x += 1\nprint(x)\x04",
            &format!("OK{}\r\n\x04\x04>", n + 1),
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_board_without_a_client_goes_on() {
    use crate::host::LIMIT;
    use belay_sim::Level;

    let (board, mut host) = raw_board();
    host.send(
        b"from machine import Pin\nprint('go')\nfor _ in range(5000):\n    print('x' * 100)\n\
          Pin(1, Pin.OUT).on()\nwhile True:\n    pass\n\x04",
    );
    host.until("go\r\n");
    drop(host);
    assert!(board.wait_for_pin("1", Level::High, Instant::now() + LIMIT));
    // What was said to nobody is lost, as on a serial line.
    let mut host = Host::open(board.path());
    host.check(b"\x03", "\x04Traceback");
}

#[test]
fn tcp_serves_one_client_after_the_other() {
    let board = start(Board::builder().tcp("127.0.0.1:0").unwrap());
    let mut first = Host::tcp(&board);
    first.enter_raw();
    let mut second = Host::tcp(&board);
    second.send(b"print('second')\x04");
    assert_eq!(first.exec("print('first')"), "first\r\n");
    drop(first);
    second.until("OKsecond\r\n\x04\x04>");
}

#[test]
fn terminal_and_tcp_are_one_link() {
    let board = start(Board::builder().tcp("127.0.0.1:0").unwrap());
    let mut tcp = Host::tcp(&board);
    tcp.enter_raw();
    let mut pty = Host::open(board.path());
    pty.check(b"print(1)\x04", "OK1\r\n\x04\x04>");
    tcp.check(b"", "OK1\r\n\x04\x04>");
}

#[test]
fn an_address_in_use_is_named() {
    let board = start(Board::builder().tcp("127.0.0.1:0").unwrap());
    let error = Board::builder()
        .tcp(board.tcp_address().unwrap())
        .unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
}

#[test]
fn a_baud_rate_takes_its_time() {
    let (_board, mut host) = raw(Board::builder().baud(115_200));
    let begin = Instant::now();
    let output = host.exec("for _ in range(10):\n    print('x' * 98)");
    let passed = begin.elapsed();
    assert_eq!(output.len(), 1000);
    // A thousand bytes out, some forty in, ten bits each.
    assert!(
        passed >= Duration::from_micros(1_040_000_000 / 11_520),
        "{passed:?}"
    );
}

#[test]
fn latency_is_paid_on_both_ways() {
    let (_board, mut host) = raw(Board::builder().latency(Duration::from_millis(20)));
    let begin = Instant::now();
    for _ in 0..5 {
        host.exec("print(1)");
    }
    let passed = begin.elapsed();
    assert!(passed >= Duration::from_millis(100), "{passed:?}");
}

#[test]
fn round_trips_are_counted() {
    let (board, mut host) = raw_board();
    let before = board.round_trips();
    for _ in 0..5 {
        assert_eq!(host.exec("print(1)"), "1\r\n");
    }
    // Two commands in one write.
    host.check(
        b"print(2)\x04print(3)\x04",
        "OK2\r\n\x04\x04>OK3\r\n\x04\x04>",
    );
    assert_eq!(board.round_trips(), before + 6);
}

/// A chip's program has its processor to itself, whatever else this computer does.
#[test]
#[cfg(target_os = "linux")]
fn a_busy_computer_loses_no_bytes_of_a_line_that_the_program_reads() {
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Ends the other work when the test ends, however it does.
    struct Done<'a>(&'a AtomicBool);

    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let (board, mut host) = raw(Board::builder().baud(460_800).input_buffer(64));
    host.send(b"import sys\nprint('go')\nn = 0\nwhile n < 20000:\n    n += len(sys.stdin.buffer.read(1))\nprint(n)\n\x04");
    host.until("go\r\n");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _done = Done(&done);
        for _ in 0..8 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        host.send(vec![b'x'; 20_000]);
        let (output, error) = host.finish();
        assert_eq!((output.as_str(), error.as_str()), ("20000\r\n", ""));
    });
    assert_eq!(board.lost_bytes(), 0);
}

#[test]
fn an_overflowing_buffer_loses_exactly_what_is_over() {
    let (board, mut host) = raw(Board::builder().input_buffer(100));
    host.send(b"print('go')\nimport machine, sys, time\npin = machine.Pin(1, machine.Pin.IN)\n\
                while not pin():\n    pass\ndata = sys.stdin.buffer.read(100)\nprint(data[0], data[-1])\n\x04");
    host.until("go\r\n");
    let data: Vec<u8> = (32..=126).cycle().take(300).collect();
    host.send(&data);
    // The marker behind the data is heard although the buffer is full, so all has arrived.
    let lost = loop {
        let lost = board.lost_bytes();
        if lost >= 200 {
            break lost;
        }
        std::thread::yield_now();
    };
    assert_eq!(lost, 200);
    board.set_pin("1", Some(belay_sim::Level::High)).unwrap();
    host.check(b"", &format!("{} {}\r\n\x04\x04>", data[0], data[99]));
}

#[test]
fn without_a_rate_a_full_buffer_holds_the_host_up() {
    let (board, mut host) = raw_board();
    let data: Vec<u8> = (0..100_000_u32).map(|n| 32 + (n % 90) as u8).collect();
    host.send(
        b"import sys, hashlib, binascii\nh = hashlib.sha256()\nn = 0\nprint('go')\n\
          while n < 100000:\n    d = sys.stdin.buffer.read(1000)\n    n += len(d)\n    h.update(d)\n\
          print(n, binascii.hexlify(h.digest()))\n\x04",
    );
    host.until("go\r\n");
    host.send(&data);
    let (output, error) = host.finish();
    assert_eq!(error, "");
    let expected = host.exec(
        "h = hashlib.sha256(bytes(32 + n % 90 for n in range(100000)))\nprint(100000, binascii.hexlify(h.digest()))",
    );
    assert_eq!(output, expected);
    assert_eq!(board.lost_bytes(), 0);
}

#[test]
fn much_output_arrives_whole() {
    let (_board, mut host) = raw_board();
    let output = host.exec("for i in range(100000):\n    print(i)");
    assert_eq!(
        output.len(),
        (0..100_000)
            .map(|n: u32| n.to_string().len() + 2)
            .sum::<usize>()
    );
    assert!(output.ends_with("99998\r\n99999\r\n"));
    host.check(b"\x04", &format!("OK\r\nMPY: soft reboot\r\n{RAW}"));
}
