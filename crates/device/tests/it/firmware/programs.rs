//! Programs larger than the board's input buffer, and larger than its memory.

use std::sync::atomic::Ordering;

use belay_device::{Error, Exit, Script};

use super::emulator::{connect, options, switch_on};
use crate::support::{Counting, connect_with};

/// A program of `size` bytes that takes little memory to compile, and what is then the value of
/// `total`.
fn program(size: usize) -> (String, u32) {
    let mut code = "total = 0\n".to_owned();
    let mut total = 0;
    for n in 1.. {
        let line = format!("total += {n}  # {}\n", "one of many lines ".repeat(6));
        if code.len() + line.len() > size {
            break;
        }
        code += &line;
        total += n;
    }
    let rest = size - code.len();
    code += &"#".repeat(rest);
    (code, total)
}

#[test]
fn a_program_larger_than_the_input_buffer_arrives_whole() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    for size in [100, 110, 120, 128, 250, 256, 257, 1000, 1500, 2000] {
        let (code, total) = program(size);
        device.exec(&code).unwrap();
        assert_eq!(device.eval::<u32>("total").unwrap(), total, "{size} bytes");
    }
}

#[test]
fn a_script_larger_than_the_input_buffer_arrives_whole() {
    let Some((mut device, _)) = connect() else {
        return;
    };
    for size in [500, 600, 700, 1000, 2000] {
        let (source, total) = program(size);
        let name = "large.py".to_owned();
        let exit = device.run(&Script::new(name, source)).unwrap();
        assert_eq!(exit, Exit::Completed);
        assert_eq!(device.eval::<u32>("total").unwrap(), total, "{size} bytes");
    }
}

#[test]
fn a_program_too_large_for_the_memory_is_not_sent() {
    let Some(board) = switch_on() else { return };
    let (port, trips) = Counting::new(board);
    let (mut device, _) = connect_with(Box::new(port), options(true));
    let free = device.implementation().unwrap().free_memory.unwrap();
    device.exec("total = 7").unwrap();
    let (code, _) = program(10_000);
    // Nothing of it is for people only.
    let script = Script::new("large.py", format!("x = '{}'", "y".repeat(10_000)));
    let before = trips.load(Ordering::SeqCst);
    for error in [
        device.exec(&code).unwrap_err(),
        device.run(&script).unwrap_err(),
        device.eval_repr(&format!("{code}\n1")).unwrap_err(),
    ] {
        let Error::TooLarge { length, free: said } = error else {
            panic!("{error}");
        };
        assert!(length >= 10_000, "{length}");
        assert!(said <= free, "{said} of {free}");
    }
    assert_eq!(trips.load(Ordering::SeqCst), before);
    assert_eq!(device.eval::<i32>("total").unwrap(), 7);
}

/// What does not fit is what only people read.
#[test]
fn a_script_whose_minified_form_fits_runs() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    let comment = "# what this line does is said at some length\n".repeat(150);
    let source = format!("{comment}total = 40\n{comment}print(total + 2)\n1 // 0\n");
    let error = device.run(&Script::new("long.py", source)).unwrap_err();
    let Error::Exception(exception) = error else {
        panic!("{error}");
    };
    assert_eq!(exception.kind, "ZeroDivisionError", "{exception}");
    assert_eq!(exception.frames.last().unwrap().line, 303, "{exception}");
    assert_eq!(output.take_text(), "42\n");
}

/// It arrives whole, and is then too much for the compiler, for the parser or at run time.
#[test]
fn a_program_that_takes_too_much_memory_raises_memory_error() {
    let Some((mut device, output)) = connect() else {
        return;
    };
    let long = format!("x = [{}]", "1,".repeat(1000));
    let deep = format!("x = {}{}", "[".repeat(900), "]".repeat(900));
    let greedy = "print('begun')\nx = bytearray(100000)";
    for code in [&long, &deep, greedy, &long, &deep] {
        let result = device.exec(code);
        let Err(Error::Exception(exception)) = result else {
            panic!("{result:?} from {} bytes", code.len());
        };
        assert_eq!(exception.kind, "MemoryError", "{exception}");
        assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
    }
    assert_eq!(output.take_text(), "begun\n");
}
