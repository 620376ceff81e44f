//! Pins, from both sides.

use std::time::{Duration, Instant};

use belay_sim::{Level, PinMode, Pull};

use crate::host::{LIMIT, raw_board};

#[test]
fn a_blinking_pin_leaves_its_history() {
    let (board, mut host) = raw_board();
    host.exec(
        "import time\nfrom machine import Pin\nled = Pin(25, Pin.OUT)\nfor _ in range(2):\n    \
         led.on()\n    time.sleep_ms(20)\n    led.off()\n    time.sleep_ms(20)",
    );
    let history = board.pin_history("25");
    let levels: Vec<Level> = history.iter().map(|event| event.level).collect();
    assert_eq!(
        levels,
        [Level::Low, Level::High, Level::Low, Level::High, Level::Low]
    );
    assert!(history.iter().all(|event| event.mode == PinMode::Output));
    let on = history[2].at.saturating_sub(history[1].at);
    assert!(on >= Duration::from_millis(15), "{on:?}");
    assert_eq!(board.pins(), ["25"]);
    assert_eq!(board.pin_history("24"), []);
}

#[test]
fn inputs_follow_the_outside_while_a_program_runs() {
    let (board, mut host) = raw_board();
    host.send(
        b"from machine import Pin\nbutton = Pin('BUTTON', Pin.IN, Pin.PULL_UP)\nout = Pin(1, Pin.OUT)\n\
          print(button.value())\nwhile button():\n    pass\nout.high()\nwhile not button():\n    pass\n\
          out.low()\nprint('done')\n\x04",
    );
    host.until("OK1\r\n");
    let deadline = Instant::now() + LIMIT;
    board.set_pin("BUTTON", Some(Level::Low)).unwrap();
    assert!(board.wait_for_pin("1", Level::High, deadline));
    // Let go of, the resistor pulls it up again.
    board.set_pin("BUTTON", None).unwrap();
    assert!(board.wait_for_pin("1", Level::Low, deadline));
    host.until("done\r\n\x04\x04>");
    let first = board.pin_history("BUTTON")[0];
    assert_eq!((first.mode, first.pull), (PinMode::Input, Pull::Up));
}

#[test]
fn pins_behave_as_on_a_board() {
    let (board, mut host) = raw_board();
    board.set_pin("2", Some(Level::High)).unwrap();
    let output = host.exec(
        "from machine import Pin\n\
         a = Pin(2, Pin.IN)\nprint(a, a.value(), Pin(2) is a, Pin('LED'))\n\
         a.init(Pin.OPEN_DRAIN)\na(0)\nprint(a())\na(1)\nprint(a())\n\
         a.init(mode=Pin.OUT, value=0)\na.toggle()\nprint(a.value(), a.mode() == Pin.OUT)\n\
         b = Pin(3, Pin.IN, Pin.PULL_DOWN)\nprint(b())\n\
         b.init(pull=Pin.PULL_UP)\nprint(b())\n",
    );
    assert_eq!(
        output,
        "Pin(2) 1 True Pin(LED)\r\n0\r\n1\r\n1 True\r\n0\r\n1\r\n"
    );
    for wrong in ["Pin(-1)", "Pin(1.5)", "Pin(1, 9)", "Pin(1, Pin.IN, 7)"] {
        let (_, error) = host.try_exec(wrong);
        assert!(error.contains("ValueError"), "{wrong}: {error:?}");
        assert!(
            !error.contains(".py"),
            "{wrong} shows how the board is made: {error:?}"
        );
    }
    let (_, error) = host.try_exec("from machine import ADC");
    assert!(error.contains("ImportError"), "{error:?}");
}

#[test]
fn history_outlives_resets() {
    let (board, mut host) = raw_board();
    host.exec("from machine import Pin\nPin(4, Pin.OUT).on()");
    board.press_reset().unwrap();
    host.enter_raw();
    host.exec("from machine import Pin\nPin(4, Pin.OUT).off()");
    let levels: Vec<Level> = board
        .pin_history("4")
        .iter()
        .map(|event| event.level)
        .collect();
    assert_eq!(levels, [Level::Low, Level::High, Level::Low]);
    let at: Vec<Duration> = board
        .pin_history("4")
        .iter()
        .map(|event| event.at)
        .collect();
    assert!(at.is_sorted(), "{at:?}");
}

#[test]
fn waiting_ends_at_the_deadline() {
    let (board, _host) = raw_board();
    assert!(!board.wait_for_pin("9", Level::High, Instant::now() + Duration::from_millis(1)));
}
