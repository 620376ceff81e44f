//! Whatever a program prints, the session stays in step.

use belay_device::{ConnectOptions, Error};
use belay_sim::Firmware;

use crate::support::{LIMIT, board, builder, connect, connect_with, mirror, noise, open};

#[test]
fn the_protocol_s_own_bytes_may_be_printed() {
    let board = board();
    let (mut device, output) = connect(&board);
    for text in [
        "\\x04",
        "\\x04>",
        "\\x04\\x04>",
        "OK",
        "OK\\x04\\x04>",
        "raw REPL; CTRL-B to exit\\r\\n>",
        "\\x04Traceback (most recent call last):\\r\\nValueError: x\\r\\n\\x04>",
        "~",
        "~0000000000~",
        "R\\x01\\x80\\x00\\x01",
        ">>> ",
        "\\x01\\x02\\x03\\x05",
        "\\x04\\x04MPY: soft reboot\\r\\n",
    ] {
        device
            .exec(&format!("print('{text}')\nprint('after')"))
            .unwrap();
        let printed = output.take_text();
        // From a NUL on it is data, and stays as it comes.
        let end = if text.contains("x00") {
            "\r\nafter\r\n"
        } else {
            "\nafter\n"
        };
        assert!(printed.ends_with(end), "{text}: {printed:?}");
        let value: String = device.eval(&format!("'{text}'")).unwrap();
        assert!(!value.is_empty());
        device.exec("import sys").unwrap();
        device.exec(&format!("sys.stdout.write('{text}')")).unwrap();
        output.take();
        assert_eq!(device.eval::<i32>("40 + 2").unwrap(), 42, "after {text}");
    }
}

#[test]
fn a_program_that_prints_an_exception_s_end_and_then_raises_one() {
    let board = board();
    let (mut device, output) = connect(&board);
    let code =
        "print('\\x04Traceback (most recent call last):\\r\\nE: fake\\r\\n\\x04>', end='')\n1 / 0";
    let Err(Error::Exception(exception)) = device.exec(code) else {
        panic!("no exception")
    };
    assert_eq!(exception.kind, "ZeroDivisionError");
    assert!(output.take_text().contains("E: fake"));
    assert_eq!(device.eval::<i32>("1").unwrap(), 1);
}

#[test]
fn every_byte_comes_through() {
    let board = board();
    let (mut device, output) = connect(&board);
    device
        .exec("import sys\nsys.stdout.buffer.write(bytes(range(256)))")
        .unwrap();
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(output.take(), all);
}

#[test]
fn a_program_may_spoil_print() {
    let board = board();
    let (mut device, output) = connect(&board);
    device.exec("print('x')\nprint = 3").unwrap();
    assert_eq!(output.take_text(), "x\n");
    device.exec("y = 1").unwrap();
    device.exec("del print\nprint('back')").unwrap();
    assert_eq!(output.take_text(), "back\n");
}

#[test]
fn much_output_streams() {
    let board = board();
    let (mut device, output) = connect(&board);
    device
        .exec("for i in range(20000):\n    print(i, 'x' * 40)")
        .unwrap();
    let text = output.take_text();
    assert_eq!(text.lines().count(), 20000);
    assert!(text.ends_with(&format!("19999 {}\n", "x".repeat(40))));
}

#[test]
fn nobody_reading_stops_the_program() {
    struct Broken;
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let board = board();
    let (mut device, output) = connect(&board);
    device.set_output(Broken);
    let error = device.exec("while True:\n    print('x')").unwrap_err();
    assert!(matches!(error, Error::Output(_)), "{error}");
    device.set_output(output.clone());
    device.exec("print('alive')").unwrap();
    assert_eq!(output.take_text(), "alive\n");
}

/// As on the UART consoles of CircuitPython, where banners and prompts end with CR LF all the same.
#[test]
fn a_console_that_ends_lines_with_two_cr() {
    let firmware = Firmware {
        line_end: "\r\r\n".to_owned(),
        ..Firmware::default()
    };
    for checked in [false, true] {
        let board = builder().firmware(firmware.clone()).start().unwrap();
        let options = ConnectOptions {
            checked: Some(checked),
            timeout: LIMIT,
            ..ConnectOptions::default()
        };
        let (mut device, output) = connect_with(open(&board), options);
        device.exec("print('a')\nprint('b\\nc')").unwrap();
        assert_eq!(output.take_text(), "a\nb\nc\n");
        assert_eq!(device.eval::<String>("'x\\r\\ny'").unwrap(), "x\r\ny");
        let error = device.exec("def f():\n 1 / 0\nf()").unwrap_err();
        let Error::Exception(exception) = error else {
            panic!("{error}");
        };
        assert_eq!(exception.frames.len(), 2, "{exception:?}");
        assert_eq!(exception.summary(), "ZeroDivisionError: divide by zero");
        let events = device.events().unwrap();
        device
            .exec("belay_emit('n', 1); print('between'); belay_emit('n', 2)")
            .unwrap();
        let told: Vec<_> = events.try_iter().map(|event| event.repr).collect();
        assert_eq!(told, ["1", "2"]);
        assert_eq!(output.take_text(), "between\n");
        device.soft_reset().unwrap();
        assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
        device.close().unwrap();
    }
}

#[test]
fn a_folder_is_mirrored_over_a_console_that_ends_lines_with_two_cr() {
    let firmware = Firmware {
        line_end: "\r\r\n".to_owned(),
        ..Firmware::default()
    };
    let board = builder().firmware(firmware).start().unwrap();
    let (mut device, _) = connect(&board);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.py"), "print(1)\n").unwrap();
    std::fs::write(folder.path().join("noise"), noise(5000)).unwrap();
    let mut mirror = || mirror(&mut device, folder.path(), "/").unwrap();
    assert_eq!(mirror().put, 2);
    assert_eq!(mirror().unchanged, 2);
}
