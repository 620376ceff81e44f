//! The example programs, which the original runs as well, and what they did to the board.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use belay_sim::{Answers, Board, Level};

use crate::environment::{Environment, ended, run};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/python")
}

/// Runs an example on a board; what it printed.
fn example(board: &Board, name: &str) -> String {
    let mut command = Environment::ours().command("python");
    run(command
        .arg(examples().join(name))
        .arg("--port")
        .arg(board.path()))
}

fn board() -> Board {
    Board::builder().start().unwrap()
}

/// How often a pin went up.
fn rises(board: &Board, pin: &str) -> usize {
    let levels: Vec<_> = board
        .pin_history(pin)
        .iter()
        .map(|event| event.level)
        .collect();
    let pairs = levels.windows(2);
    pairs
        .filter(|pair| pair == &[Level::Low, Level::High])
        .count()
        + usize::from(levels.first() == Some(&Level::High))
}

#[test]
fn blink_moves_the_pin() {
    let board = board();
    let said = example(&board, "blink.py");
    assert_eq!(said, "LED 25 on\nLED 25 off\n".repeat(10));
    assert_eq!(rises(&board, "25"), 10);
}

#[test]
fn neopixel_shows_the_colours() {
    let board = board();
    let said = example(&board, "neopixel.py");
    let last = "[(128, 0, 64), (128, 127, 0), (0, 128, 64), (0, 0, 128)]";
    assert_eq!(said, format!("shown 12 steps, the last {last}\n"));
    let shown: Vec<_> = board
        .pixels("16")
        .iter()
        .map(|&[r, g, b]| (r, g, b))
        .collect();
    assert_eq!(format!("{shown:?}"), last);
    assert_eq!(board.bitstreams("16").len(), 12);
}

#[test]
fn adc_reads_the_voltage() {
    let board = board();
    board.set_analog("26", 1_650_000);
    assert_eq!(
        example(&board, "adc.py"),
        "1.65 V #################\n".repeat(5)
    );
}

#[test]
fn thread_blinks_while_the_host_asks() {
    let board = board();
    let said = example(&board, "thread.py");
    let expected = "the thread has been started, and the board answers: 42\nblinked 3 times\n";
    assert_eq!(said, expected);
    assert_eq!(rises(&board, "25"), 3);
}

#[test]
fn exception_names_the_line_of_the_file() {
    assert_eq!(
        example(&board(), "exception.py"),
        "average: 2.0\nthe line: return sum(values) / len(values)\n\
         the error: ZeroDivisionError: divide by zero\n"
    );
}

#[test]
fn sync_brings_modules_onto_the_board() {
    assert_eq!(
        example(&board(), "sync/main.py"),
        "limits [-20, 50] degrees 20.0\n\
         on the board: ['limits.txt', 'scale.py', 'sensors']\n"
    );
}

#[test]
fn lcd_writes_on_the_display() {
    let board = board();
    let display = Arc::new(Mutex::new(Answers::new()));
    board.attach_i2c("0", 0x27, Arc::clone(&display));
    assert_eq!(example(&board, "lcd/main.py"), "shown: Hello, board!\n");
    let written = display.lock().unwrap().take_written();
    // What the display takes in with the falling edge of its enable line, in halves; text has its line
    // set.
    let halves: Vec<u8> = written.chunks(2).map(|pair| pair[1]).collect();
    let text: Vec<u8> = halves
        .chunks(2)
        .filter(|pair| pair.iter().all(|half| half & 1 == 1))
        .map(|pair| pair[0] & 0xf0 | pair[1] >> 4)
        .collect();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "Hello, board!13 characters"
    );
}

#[test]
fn subclass_dims_the_lamp_and_puts_it_out() {
    let board = board();
    assert_eq!(
        example(&board, "subclass.py"),
        "half: 1\nfaded: [2, 3, 4, 5, 6]\noff after 6 changes\n"
    );
    let history = board.pwm_history("15");
    let duties: Vec<_> = history
        .iter()
        .filter_map(|e| e.pwm)
        .map(|pwm| pwm.duty_u16)
        .collect();
    assert_eq!(duties, [0, 32767, 0, 16383, 32767, 49151, 65535, 0]);
}

#[test]
fn mixins_make_a_beacon() {
    let board = board();
    assert_eq!(
        example(&board, "mixins.py"),
        "firmware: micropython\nflashed 3 times\nthe clock goes on: True\n"
    );
    assert_eq!(rises(&board, "25"), 3);
}

#[test]
fn webrepl_greets() {
    let builder = Board::builder().webrepl("127.0.0.1:0", "secret").unwrap();
    let board = builder.start().unwrap();
    let address = format!("ws://{}", board.webrepl_address().unwrap());
    let script = examples().join("webrepl.py");
    let with = |password: &str| {
        let mut command = Environment::ours().command("python");
        command
            .arg(&script)
            .args(["--port", &address, "--password", password]);
        command
    };
    assert_eq!(
        run(&mut with("secret")),
        "greetings from the board\nhello, host\n"
    );
    let refused = ended(&mut with("wrong"));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("AuthenticationError"), "{said}");
}

#[test]
fn generators_run_step_by_step() {
    let squares = (0..4).map(|n| format!("the board works out the square of {n}\n"));
    let mut expected: String = squares.collect();
    expected += "squares: [0, 1, 4, 9]\nwith 10 the average is 10.0\nwith 20 the average is 15.0\n\
                 with 60 the average is 30.0\n";
    assert_eq!(example(&board(), "generators.py"), expected);
}

#[test]
fn proxies_stand_for_objects_of_the_board() {
    let board = board();
    let said = example(&board, "proxies.py");
    let expected = "the LED is 1\nand now 0\n4 readings, the last 30 and 21 is there\n\
                    the middle: [21, 25]\nall: [19, 21, 25, 30]\n";
    assert!(said.starts_with(expected), "{said}");
    assert!(said.contains("'high': 45"), "{said}");
    assert_eq!(rises(&board, "25"), 1);
}

#[test]
fn times_are_those_of_the_host() {
    assert_eq!(
        example(&board(), "times.py"),
        "measured 0.0\nmeasured 1.5\nmeasured 3.0\nin order: True\n\
         between begin and end: True\nthe board's clock is known: True\n"
    );
}
