//! The firmware CircuitPython: its starts, its drive and its modules.

mod web;

use std::sync::{Arc, Mutex};

use belay_sim::{Answers, Board, CircuitPython, Drive, Firmware, Level, Registers};

use belay_sim::Builder;

use crate::host::{Host, RAW, start};

const KEY: &str = "Press any key to enter the REPL. Use CTRL-D to reload.\r\n";

fn firmware(drive: Drive) -> Firmware {
    Firmware {
        circuitpython: Some(CircuitPython {
            drive,
            ..CircuitPython::default()
        }),
        ..Firmware::circuitpython()
    }
}

fn board(drive: Drive) -> (Board, Host) {
    raw(Board::builder().firmware(firmware(drive)))
}

/// A board and a client that has it in its raw REPL.
fn raw(builder: Builder) -> (Board, Host) {
    let board = start(builder);
    let mut host = Host::open(board.path());
    enter(&mut host);
    (board, host)
}

/// A key is taken when the program has ended, where ctrl-C would take away what comes with it.
pub(crate) fn enter(host: &mut Host) {
    host.send(b"\r");
    host.until(">>> ");
    host.enter_raw();
}

fn write(host: &mut Host, name: &str, text: &str) {
    host.exec(&format!(
        "with open({name:?}, 'w') as f:\n    f.write({text:?})"
    ));
}

/// What a statement raises, without the traceback.
fn raised(host: &mut Host, source: &str) -> String {
    let (output, error) = host.try_exec(source);
    let line = error
        .trim_end()
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    assert_eq!(output, "", "{source}");
    line
}

#[test]
fn the_firmware_says_what_it_is() {
    let (_board, mut host) = board(Drive::Mounted);
    let output = host.exec(
        "import sys, os\nprint(sys.implementation[:2], sys.implementation._mpy, sys.path)\n\
         print(sys.version)\nprint(os.uname()[2:4])",
    );
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(
        lines,
        [
            "('circuitpython', (10, 3, 0)) 774 ['', '/', '.frozen', '/lib']",
            "3.4.0; Adafruit CircuitPython 10.3.0 on 2026-11-27",
            "('10.3.0', '10.3.0 on 2026-11-27')",
        ]
    );
}

#[test]
fn modules_are_circuitpythons() {
    let (_board, mut host) = board(Drive::Mounted);
    for module in ["machine", "_thread", "vfs", "deflate", "uctypes", "circuit"] {
        let expected = format!("ImportError: no module named '{module}'");
        assert_eq!(raised(&mut host, &format!("import {module}")), expected);
    }
    for name in [
        "os.ilistdir",
        "os.mount",
        "time.ticks_ms",
        "time.sleep_ms",
        "sys.stdin.buffer",
        "sys.stdout.buffer",
        "sys.print_exception",
        "hashlib.sha256",
        "micropython.schedule",
    ] {
        let module = name.split('.').next().unwrap();
        let line = raised(&mut host, &format!("import {module}\n{name}"));
        assert!(line.starts_with("AttributeError: "), "{name}: {line}");
    }
    let output = host.exec(
        "import zlib, hashlib, time, supervisor, traceback, microcontroller\n\
         print(zlib.decompress(b'KLJ\\x06\\x00', -15), hashlib.new('sha256', b'').digest()[:2])\n\
         print(type(time.monotonic()), time.monotonic_ns() >= 0, time.struct_time((2026, 1, 2, 3, 4, 5, 4, 2, -1)).tm_year)\n\
         print(0 <= supervisor.ticks_ms() < 1 << 29, supervisor.runtime.run_reason)\n\
         print(microcontroller.cpu.uid.hex() if hasattr(b'', 'hex') else len(microcontroller.cpu.uid))\n\
         try:\n    1/0\nexcept ZeroDivisionError as e:\n    traceback.print_exception(e)",
    );
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], "b'abc' b'\\xe3\\xb0'");
    assert_eq!(lines[1], "<class 'float'> True 2026");
    assert_eq!(lines[2], "True supervisor.RunReason.STARTUP");
    assert_eq!(lines.last(), Some(&"ZeroDivisionError: division by zero"));
    // An import that finds nothing loaded finds the firmware's own.
    let again = host.exec(
        "import sys\nsys.modules.pop('microcontroller')\nimport microcontroller\nprint('there')",
    );
    assert_eq!(again, "there\r\n");
}

#[test]
fn small_builds_lack_what_they_lack() {
    let (_board, mut host) = raw(Board::builder().firmware(firmware(Drive::Mounted).small()));
    for source in [
        "b''.decode",
        "frozenset",
        "complex",
        "import io",
        "import json",
        "import hashlib",
        "import re",
        "import errno",
        "from collections import OrderedDict",
    ] {
        assert!(raised(&mut host, source).contains("Error: "), "{source}");
    }
    assert_eq!(
        host.exec("import zlib, binascii\nprint(zlib.decompress(b'KLJ\\x06\\x00', -15))"),
        "b'abc'\r\n"
    );
}

#[test]
fn programs_cannot_write_while_the_drive_is_mounted() {
    let (board, mut host) = board(Drive::Mounted);
    let read_only = "OSError: [Errno 30] Read-only filesystem";
    let seen = "RuntimeError: Cannot remount path when visible via USB.";
    let remount = "import storage\nstorage.remount('/', readonly=False)";
    let query = "import storage\nprint(storage.getmount('/').readonly)";
    assert_eq!(host.exec(query), "True\r\n");
    assert_eq!(raised(&mut host, "open('new', 'w')"), read_only);
    assert_eq!(raised(&mut host, "import os\nos.mkdir('new')"), read_only);
    assert_eq!(raised(&mut host, remount), seen);
    // With the drive ejected it can be remounted, and only then written to.
    board.set_drive(Drive::Ejected);
    assert_eq!(raised(&mut host, "open('new', 'w')"), read_only);
    host.exec(remount);
    write(&mut host, "new", "here");
    assert_eq!(host.exec(query), "False\r\n");
    // That lasts through a soft reset, and until the next hard one.
    host.send(b"\x04");
    host.until(RAW);
    write(&mut host, "new", "still");
    board.set_drive(Drive::Mounted);
    board.press_reset().unwrap();
    host.until(KEY);
    host.enter_raw();
    assert_eq!(raised(&mut host, "open('new', 'w')"), read_only);
    assert_eq!(host.exec("print(open('new').read())"), "still\r\n");
}

#[test]
fn the_drive_is_taken_and_given_back() {
    let (board, mut host) = board(Drive::Mounted);
    host.exec("import storage\nstorage.unsafe_disable_usb_drive()");
    assert_eq!(board.drive(), Drive::Hidden);
    write(&mut host, "new", "here");
    // A reset of the interpreter does not give it back.
    host.send(b"\x04");
    host.until(RAW);
    assert_eq!(board.drive(), Drive::Hidden);
    host.exec("import storage\nstorage.enable_usb_drive()");
    assert_eq!(board.drive(), Drive::Mounted);
    assert!(raised(&mut host, "open('new', 'w')").contains("Errno 30"));
    assert_eq!(host.exec("print(open('new').read())"), "here\r\n");
    // Older firmware cannot.
    let mut old = firmware(Drive::Mounted);
    old.circuitpython.as_mut().unwrap().takes_drive = false;
    let (_board, mut host) = raw(Board::builder().firmware(old));
    let line = raised(
        &mut host,
        "import storage\nstorage.unsafe_disable_usb_drive",
    );
    assert!(line.starts_with("AttributeError"), "{line}");
    let line = raised(&mut host, "storage.enable_usb_drive()");
    assert_eq!(line, "RuntimeError: Cannot change USB devices now");
}

#[test]
fn boot_remounts_the_drive_and_says_so_in_a_file() {
    let (board, mut host) = board(Drive::Ejected);
    host.exec("import storage\nstorage.remount('/', False)");
    let boot = "import storage\nstorage.remount('/', False)\nprint('booted')\n1/0\n";
    write(&mut host, "boot.py", boot);
    write(
        &mut host,
        "code.py",
        "print('running')\nopen('made', 'w').close()\n",
    );
    board.set_drive(Drive::Mounted);
    // A soft reset does not run boot.py.
    host.send(b"\x04");
    host.until(RAW);
    assert!(
        !host
            .exec("print(open('boot_out.txt').read())")
            .contains("booted")
    );
    board.press_reset().unwrap();
    let shown = host.until(KEY);
    assert!(!shown.contains("booted"), "{shown}");
    assert!(shown.contains("code.py output:\r\n"), "{shown}");
    host.enter_raw();
    assert_eq!(
        host.exec("import os\nprint('made' in os.listdir())"),
        "True\r\n"
    );
    // The file's lines end as on the console.
    let said = host.exec("print(open('boot_out.txt').read())");
    let said = said.replace("\r\r\n", "\r\n");
    let lines: Vec<&str> = said.trim_end().lines().collect();
    assert!(
        lines[0].starts_with("Adafruit CircuitPython 10.3.0 on 2026-11-27; "),
        "{said}"
    );
    assert_eq!(lines[1], "Board ID:belay_sim");
    let uid = host.exec("import microcontroller, binascii\nprint(str(binascii.hexlify(microcontroller.cpu.uid), 'utf-8').upper())");
    assert_eq!(lines[2], format!("UID:{}", uid.trim_end()));
    assert_eq!(lines[3..5], ["boot.py output:", "booted"]);
    assert_eq!(lines.last(), Some(&"ZeroDivisionError: division by zero"));
}

#[test]
fn safe_mode_runs_no_programs() {
    let (_board, mut host) = board(Drive::Hidden);
    write(&mut host, "boot.py", "open('booted', 'w').close()\n");
    write(&mut host, "code.py", "print('ran')\n");
    host.send(b"import microcontroller as m\nm.on_next_reset(m.RunMode.SAFE_MODE)\nm.reset()\x04");
    let shown = host.until(KEY);
    assert!(
        shown.contains("Running in safe mode! Not running saved code.\r\n"),
        "{shown}"
    );
    assert!(!shown.contains("output:"), "{shown}");
    host.enter_raw();
    assert_eq!(
        host.exec("import os\nprint('booted' in os.listdir())"),
        "False\r\n"
    );
    host.send(b"import microcontroller\nmicrocontroller.reset()\x04");
    assert!(host.until(KEY).contains("ran\r\n"));
}

#[test]
fn a_bootloader_is_out_of_reach_until_the_power_is_cut() {
    let (board, mut host) = board(Drive::Hidden);
    host.send(b"import microcontroller as m\nm.on_next_reset(m.RunMode.BOOTLOADER)\nm.reset()\x04");
    host.until_hangup();
    board.power_on().unwrap();
    let mut host = Host::open(&board.current_path().unwrap());
    enter(&mut host);
    assert_eq!(host.exec("print(1)"), "1\r\n");
}

#[test]
fn programs_end_in_a_wait_for_a_key() {
    let (_board, mut host) = board(Drive::Hidden);
    write(
        &mut host,
        "code.py",
        "def f():\n    raise ValueError('no')\nf()\n",
    );
    host.send(b"\x02");
    host.until("\r\n>>> ");
    host.send(b"\x04");
    let shown = host.until(KEY);
    assert!(
        shown.contains("ValueError: no\r\n\u{1b}]0;🐍2@code.py ValueError | 10.3.0\u{1b}\\\r\nCode done running.\r\n"),
        "{shown:?}"
    );
    // Ctrl-D runs it again, and after an exit the REPL is there at once.
    host.check(
        b"\x04",
        "soft reboot\r\n\u{1b}[2K\u{1b}[0Gcode.py output:\r\n",
    );
    host.until(KEY);
    host.enter_raw();
    write(
        &mut host,
        "code.py",
        "import supervisor, sys\nprint(supervisor.runtime.run_reason)\nif supervisor.runtime.run_reason is supervisor.RunReason.SUPERVISOR_RELOAD:\n    sys.exit()\nsupervisor.reload()\n",
    );
    host.send(b"\x02");
    host.until("\r\n>>> ");
    host.send(b"\x04");
    let shown = host.until("\r\n>>> ");
    assert!(shown.contains("RunReason.REPL_RELOAD\r\n"), "{shown:?}");
    assert!(
        shown.contains("RunReason.SUPERVISOR_RELOAD\r\n"),
        "{shown:?}"
    );
    assert!(!shown.contains("any key"), "{shown:?}");
    // Without a program there is only the wait.
    host.enter_raw();
    host.exec("import os\nos.remove('code.py')");
    host.send(b"\x02");
    host.until("\r\n>>> ");
    host.send(b"\x04");
    let shown = host.until(KEY);
    assert!(!shown.contains("output"), "{shown:?}");
}

#[test]
fn an_interrupt_takes_away_what_came_with_it() {
    let (_board, mut host) = board(Drive::Hidden);
    host.send(b"print('go')\nwhile True:\n    pass\x04");
    host.until("go\r\n");
    // What is typed ahead is lost, too.
    host.send(b"print('lost')\x04");
    host.send(b"\x03print('lost')\x04");
    host.until("KeyboardInterrupt: \r\n\x04>");
    assert_eq!(host.exec("print('kept')"), "kept\r\n");
    // On a UART it is not.
    let uart = Firmware {
        interrupt_discards: false,
        ..firmware(Drive::Hidden)
    };
    let (_board, mut host) = raw(Board::builder().firmware(uart));
    host.send(b"print('go')\nwhile True:\n    pass\x04");
    host.until("go\r\n");
    host.send(b"\x03print('kept')\x04");
    host.until("KeyboardInterrupt: \r\n\x04>OKkept\r\n");
}

#[test]
fn each_repl_has_an_interpreter_of_its_own() {
    let (_board, mut host) = board(Drive::Hidden);
    host.exec("x = 1");
    assert_eq!(host.exec("print(x)"), "1\r\n");
    host.send(b"\x02");
    host.until("\r\n>>> ");
    host.check(b"x\r", "x\r\nTraceback");
    host.until("\r\n>>> ");
    host.send(b"y = 2\r");
    host.until("\r\n>>> ");
    host.enter_raw();
    assert_eq!(raised(&mut host, "y"), "NameError: name 'y' isn't defined");
}

#[test]
fn an_image_of_another_firmware_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("flash");
    let flash = || belay_sim::Flash::file(&image);
    drop(start(Board::builder().flash(flash())));
    let error = Board::builder()
        .flash(flash())
        .firmware(firmware(Drive::Mounted))
        .start()
        .unwrap_err();
    assert!(error.to_string().contains("another firmware"), "{error}");
    drop(start(
        Board::builder()
            .flash(flash().erased())
            .firmware(firmware(Drive::Mounted)),
    ));
    let error = Board::builder().flash(flash()).start().unwrap_err();
    assert!(error.to_string().contains("another firmware"), "{error}");
}

/// What a computer finds in the drive once it is as wanted.
fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + crate::host::LIMIT;
    while !is() {
        assert!(std::time::Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_computer_has_the_drive_as_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let volume = folder.path().join("media/CIRCUITPY");
    let builder = Board::builder()
        .firmware(firmware(Drive::Mounted))
        .volume(&volume);
    let (board, mut host) = raw(builder);
    let read = |name: &str| std::fs::read_to_string(volume.join(name)).unwrap_or_default();
    assert_eq!(read("code.py"), "print(\"Hello World!\")\n");
    assert!(read("boot_out.txt").contains("\r\nUID:"));
    assert!(volume.join("sd/placeholder.txt").exists());
    // What it writes is there for the board's programs, also in folders, and longer than one piece.
    let long = "x".repeat(10_000);
    std::fs::create_dir(volume.join("lib/deep")).unwrap();
    std::fs::write(volume.join("lib/deep/long.txt"), &long).unwrap();
    std::fs::remove_file(volume.join("settings.toml")).unwrap();
    let query = "import os\ntry:\n    print(os.stat('lib/deep/long.txt')[6], 'settings.toml' in os.listdir())\nexcept OSError:\n    print()";
    wait_until("the file does not arrive", || {
        host.exec(query) == "10000 False\r\n"
    });
    assert_eq!(
        host.exec("print(open('lib/deep/long.txt').read() == 'x' * 10000)"),
        "True\r\n"
    );
    // Programs still cannot write, and an ejected drive is gone.
    assert!(raised(&mut host, "open('new', 'w')").contains("Errno 30"));
    board.set_drive(Drive::Ejected);
    wait_until("the drive stays", || !volume.exists());
    host.exec("import storage\nstorage.remount('/', False)");
    write(&mut host, "new", "from the board");
    board.set_drive(Drive::Mounted);
    wait_until("the drive does not come back", || {
        read("new") == "from the board"
    });
    assert_eq!(read("lib/deep/long.txt"), long);
    // Now the board may write, and so the computer may not.
    std::fs::write(volume.join("new"), "from the computer").unwrap();
    wait_until("the computer has written", || {
        read("new") == "from the board"
    });
    drop(board);
    assert!(!volume.exists());
}

#[test]
fn what_a_computer_writes_runs_the_program_again() {
    let folder = tempfile::tempdir().unwrap();
    let volume = folder.path().join("CIRCUITPY");
    let builder = Board::builder()
        .firmware(firmware(Drive::Mounted))
        .volume(&volume);
    let board = start(builder);
    let mut host = Host::open(board.path());
    let code = |text: &str| std::fs::write(volume.join("code.py"), text).unwrap();
    code("print('first')\nwhile True:\n    pass\n");
    let shown = host.until("first\r\n");
    assert!(shown.contains("soft reboot\r\n"), "{shown:?}");
    // A program that runs is stopped at once, and the next comes when nothing more is written.
    let start = std::time::Instant::now();
    code("import supervisor\nprint('second', supervisor.runtime.run_reason)\n");
    host.until("\r\nCode stopped by auto-reload. Reloading soon.\r\n");
    host.until("second supervisor.RunReason.AUTO_RELOAD\r\n");
    assert!(start.elapsed().as_millis() >= 750);
    host.until(KEY);
    // In the REPL nothing runs again, nor where it is switched off.
    host.enter_raw();
    code("print('third')\n");
    wait_until("the file does not arrive", || {
        host.exec("print(open('code.py').read())").contains("third")
    });
    host.exec("import supervisor\nsupervisor.runtime.autoreload = False");
    host.send(b"\x02");
    host.until("\r\n>>> ");
    host.send(b"\x04");
    let shown = host.until(KEY);
    assert!(shown.contains("third\r\n"), "{shown:?}");
    assert!(shown.contains("Auto-reload is off.\r\n"), "{shown:?}");
}

#[test]
fn pins_are_those_of_the_same_world() {
    let (board, mut host) = board(Drive::Mounted);
    host.exec(
        "import board, digitalio, microcontroller\nled = digitalio.DigitalInOut(board.GP25)\n\
         led.direction = digitalio.Direction.OUTPUT\nled.value = True\n\
         button = digitalio.DigitalInOut(board.D14)\nbutton.pull = digitalio.Pull.UP",
    );
    assert_eq!(board.pin_history("25").last().unwrap().level, Level::High);
    assert_eq!(host.exec("print(button.value, led.value)"), "True True\r\n");
    board.set_pin("14", Some(Level::Low)).unwrap();
    assert_eq!(host.exec("print(button.value)"), "False\r\n");
    for (source, expected) in [
        (
            "button.value = 1",
            "AttributeError: Cannot set value when direction is input.",
        ),
        (
            "led.pull",
            "AttributeError: Pull not used when direction is output.",
        ),
        (
            "digitalio.DigitalInOut(board.GP25)",
            "ValueError: GP25 in use",
        ),
        (
            "button.deinit()\nbutton.value",
            "ValueError: Object has been deinitialized and can no longer be used. Create a new object.",
        ),
    ] {
        assert_eq!(raised(&mut host, source), expected);
    }
    assert_eq!(
        host.exec("print(board.D25, led.direction, microcontroller.pin.GPIO25 is board.GP25)"),
        "board.GP25 digitalio.Direction.OUTPUT True\r\n"
    );
    // The next interpreter has them all again.
    host.send(b"\x04");
    host.until(RAW);
    let free = "import board, digitalio\nprint(digitalio.DigitalInOut(board.GP25).value)";
    assert_eq!(host.exec(free), "False\r\n");
}

#[test]
fn buses_and_signals_are_those_of_the_same_world() {
    let (board, mut host) = board(Drive::Mounted);
    board.attach_i2c("0", 0x48, Arc::new(Mutex::new(Registers::new(4))));
    host.exec(
        "import board, busio, analogio, pwmio, neopixel_write, digitalio\ni2c = board.I2C()\n\
         assert i2c is board.I2C() and i2c.try_lock() and not i2c.try_lock()\n\
         i2c.writeto(0x48, b'\\x01\\x2a')\nback = bytearray(3)\n\
         i2c.writeto_then_readfrom(0x48, b'\\x01', back, in_start=1, in_end=2)",
    );
    assert_eq!(
        host.exec("print(i2c.scan(), back)"),
        "[72] bytearray(b'\\x00*\\x00')\r\n"
    );
    assert_eq!(
        raised(&mut host, "i2c.writeto(0x20, b'')"),
        "OSError: [Errno 19] No such device"
    );
    assert_eq!(
        raised(&mut host, "i2c.unlock()\ni2c.scan()"),
        "RuntimeError: Function requires lock"
    );
    let chip = Arc::new(Mutex::new(Answers::new()));
    chip.lock().unwrap().push(vec![7, 8]);
    board.attach_spi("0", Some("17"), Arc::clone(&chip));
    host.exec(
        "spi = board.SPI()\ncs = digitalio.DigitalInOut(board.GP17)\ncs.switch_to_output(True)\n\
         spi.try_lock()\nspi.configure(baudrate=1000000)\ncs.value = False\nback = bytearray(2)\n\
         spi.readinto(back)\ncs.value = True",
    );
    assert_eq!(host.exec("print(back)"), "bytearray(b'\\x07\\x08')\r\n");
    board.set_analog("26", 1_650_000);
    host.exec(
        "pwm = pwmio.PWMOut(board.GP15, frequency=1000, duty_cycle=32768)\n\
         strip = digitalio.DigitalInOut(board.NEOPIXEL)\nstrip.switch_to_output()\n\
         neopixel_write.neopixel_write(strip, b'\\x02\\x01\\x03')\n\
         uart = board.UART()\nuart.write(b'AT')",
    );
    assert_eq!(
        host.exec("print(analogio.AnalogIn(board.A0).value)"),
        "32768\r\n"
    );
    let pwm = board.pwm("15").unwrap();
    assert_eq!((pwm.freq, pwm.duty_u16), (1000, 32768));
    assert_eq!(board.pixels("NEOPIXEL"), [[1, 2, 3]]);
    assert_eq!(board.uart_take(0), b"AT");
    board.uart_send(0, b"OK\n");
    assert_eq!(
        host.exec("print(uart.in_waiting, uart.readline())"),
        "3 b'OK\\n'\r\n"
    );
    host.exec("pwm.deinit()");
    assert_eq!(board.pwm("15"), None);
}
