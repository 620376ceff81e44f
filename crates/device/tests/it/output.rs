//! Whatever a program prints, the session stays in step.

use belay_device::Error;

use crate::support::{board, connect};

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
        assert!(printed.ends_with("\nafter\n"), "{text}: {printed:?}");
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
