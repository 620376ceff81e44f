//! The calendar, the watchdog, and what a board says of itself.

use belay_sim::{Board, Flash};

use crate::host::{RAW, raw, raw_board};

#[test]
fn the_calendar_is_right() {
    let (_board, mut host) = raw_board();
    let output = host.exec(
        "import time\nprint(time.gmtime(0), time.localtime(951782400))\n\
         print(time.mktime((2000, 2, 29, 0, 0, 0, 0, 0)), time.mktime((1970, 1, 1, 0, 0, 0, 0, 0)))\n\
         for t in range(-50, 60000, 7):\n    \
             t = t * 86400 + t\n    assert time.mktime(time.gmtime(t)) == t\n\
         for t in (946684800, 1709164800, 1709251199, 4102444799):\n    print(time.gmtime(t))",
    );
    // As CPython has them.
    assert_eq!(
        output,
        "(1970, 1, 1, 0, 0, 0, 3, 1) (2000, 2, 29, 0, 0, 0, 1, 60)\r\n951782400 0\r\n\
         (2000, 1, 1, 0, 0, 0, 5, 1)\r\n(2024, 2, 29, 0, 0, 0, 3, 60)\r\n\
         (2024, 2, 29, 23, 59, 59, 3, 60)\r\n(2099, 12, 31, 23, 59, 59, 3, 365)\r\n"
    );
}

#[test]
fn the_clock_keeps_its_setting_through_resets() {
    let (board, mut host) = raw_board();
    let read =
        "from machine import RTC\nimport time\nprint(RTC().datetime()[:6], time.localtime()[:5])";
    host.exec(
        "from machine import RTC\nimport time\nbefore = time.time()\nRTC().datetime((2031, 7, 4, 0, 5, 6, 0, 250000))\n\
         n = RTC().datetime()\nassert n[:6] == (2031, 7, 4, 4, 5, 6) and n[7] >= 250000 or n[6], n\n\
         assert time.time() - 1940907960 < 30 and isinstance(time.time(), int)",
    );
    let expected = "(2031, 7, 4, 4, 5, 6) (2031, 7, 4, 5, 6)\r\n";
    assert_eq!(host.exec(read), expected);
    host.send(b"\x04");
    host.until("soft reboot");
    host.until(RAW);
    assert_eq!(host.exec(read), expected);
    board.press_reset().unwrap();
    host.enter_raw();
    assert_eq!(host.exec(read), expected);
    let (_board, mut host) = raw_board();
    let year = host.exec("import time\nprint(time.localtime()[0])");
    assert!(year.trim().parse::<u32>().unwrap() >= 2024, "{year}");
    assert!(
        host.try_exec("from machine import RTC\nRTC(1)")
            .1
            .contains("ValueError")
    );
}

#[test]
fn a_hungry_watchdog_resets_the_board() {
    let (_board, mut host) = raw_board();
    assert_eq!(
        host.exec("import machine\nprint(machine.reset_cause() == machine.PWRON_RESET)"),
        "True\r\n"
    );
    // One that is fed does not, for longer than its time.
    host.exec(
        "from machine import WDT\nimport time\nw = WDT(timeout=2000)\n\
         for _ in range(24):\n    time.sleep_ms(100)\n    w.feed()",
    );
    // A soft reset does not stop it.
    host.send(b"\x04");
    host.until("soft reboot");
    host.until(RAW);
    host.send(b"while True:\n    pass\n\x04");
    host.until(">>> ");
    host.enter_raw();
    assert_eq!(
        host.exec("import machine\nprint(machine.reset_cause() == machine.WDT_RESET)"),
        "True\r\n"
    );
    for wrong in ["machine.WDT(1)", "machine.WDT(timeout=0)"] {
        let (_, error) = host.try_exec(wrong);
        assert!(error.contains("ValueError"), "{wrong}: {error:?}");
    }
}

#[test]
fn a_board_has_an_identity() {
    let read = "import machine\nprint(machine.unique_id().hex())";
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("a.img");
    let id = |board: belay_sim::Builder| raw(board).1.exec(read);
    let first = id(Board::builder().flash(Flash::file(&image)));
    assert_eq!(first.trim().len(), 16, "{first}");
    assert_eq!(id(Board::builder().flash(Flash::file(&image))), first);
    assert_ne!(id(Board::builder()), first);
    assert_eq!(id(Board::builder().unique_id(*b"\x01\x02")), "0102\r\n");
}

#[test]
fn a_board_says_no_to_what_it_cannot_do() {
    let (_board, mut host) = raw_board();
    assert_eq!(
        host.exec("import machine\nprint(machine.freq())\nmachine.freq(125_000_000)"),
        "125000000\r\n"
    );
    for (wrong, error) in [
        ("machine.freq(250_000_000)", "cannot change frequency"),
        ("machine.I2S", "AttributeError"),
        ("machine.deepsleep()", "AttributeError"),
        ("machine.mem32", "AttributeError"),
        ("import network", "ImportError"),
    ] {
        let said = host.try_exec(wrong).1;
        assert!(said.contains(error), "{wrong}: {said:?}");
    }
}
