//! Pins, from both sides.

use std::time::{Duration, Instant};

use belay_sim::{Level, PinMode, Pull};

use crate::host::{LIMIT, RAW, raw_board};

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
    let (_, error) = host.try_exec("from machine import I2S");
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
    // The reset lets go of the pin.
    assert_eq!(levels, [Level::Low, Level::High, Level::Low, Level::Low]);
    assert_eq!(board.pin_history("4")[2].mode, PinMode::Input);
    let at: Vec<Duration> = board
        .pin_history("4")
        .iter()
        .map(|event| event.at)
        .collect();
    assert!(at.is_sorted(), "{at:?}");
}

#[test]
fn a_soft_reset_leaves_pins_as_they_are() {
    let (board, mut host) = raw_board();
    host.exec("from machine import Pin\nPin(4, Pin.OUT).on()\nPin(5, Pin.IN, Pin.PULL_UP)");
    host.send(b"\x04");
    host.until("soft reboot");
    host.until(RAW);
    let read = "from machine import Pin\np = Pin(4)\nprint(p.mode(), p(), Pin(5)(), Pin(6).mode())";
    assert_eq!(host.exec(read), "1 1 1 0\r\n");
    assert_eq!(board.pin_history("4").len(), 2);
    host.exec("p.off()");
    assert_eq!(board.pin_history("4").len(), 3);
    board.press_reset().unwrap();
    host.enter_raw();
    assert_eq!(host.exec(read), "0 0 0 0\r\n");
}

#[test]
fn waiting_ends_at_the_deadline() {
    let (board, _host) = raw_board();
    assert!(!board.wait_for_pin("9", Level::High, Instant::now() + Duration::from_millis(1)));
}

#[test]
fn changes_from_outside_call_handlers() {
    let (board, mut host) = raw_board();
    host.exec(
        "from machine import Pin\nimport time\n\
         def pressed(pin):\n    global heard\n    print('changed', pin, pin.irq().flags(), pin.value())\n    \
         heard = True\n\
         button = Pin('B', Pin.IN, Pin.PULL_UP)\nirq = button.irq(pressed, Pin.IRQ_FALLING | Pin.IRQ_RISING)",
    );
    // At the prompt, and while a program waits or computes.
    board.set_pin("B", Some(Level::Low)).unwrap();
    assert_eq!(host.until("\n"), "changed Pin(B) 4 0\r\n");
    for (says, waits, level, flags) in [
        ("asleep", "time.sleep(1)", None, "8 1"),
        ("busy", "pass", Some(Level::Low), "4 0"),
    ] {
        host.send(format!(
            "heard = False\nprint('{says}')\nwhile not heard:\n    {waits}\n\x04"
        ));
        host.until(&format!("OK{says}\r\n"));
        board.set_pin("B", level).unwrap();
        let changed = format!("changed Pin(B) {flags}\r\n");
        assert_eq!(host.finish(), (changed, String::new()));
    }
    // A level that is no change calls nobody, nor does an edge that is not wanted.
    host.exec("irq.trigger(Pin.IRQ_RISING)");
    board.set_pin("B", Some(Level::Low)).unwrap();
    board.set_pin("B", Some(Level::High)).unwrap();
    board.set_pin("B", Some(Level::Low)).unwrap();
    board.set_pin("B", Some(Level::High)).unwrap();
    assert_eq!(host.until("\n"), "changed Pin(B) 8 1\r\n");
    assert_eq!(host.until("\n"), "changed Pin(B) 8 1\r\n");
    host.exec("button.irq(None)");
    board.set_pin("B", Some(Level::Low)).unwrap();
    board.set_pin("B", Some(Level::High)).unwrap();
    assert_eq!(host.exec("print(irq.trigger())"), "0\r\n");
}

#[test]
fn a_program_hears_of_its_own_outputs_and_of_failing_handlers() {
    let (_board, mut host) = raw_board();
    host.exec(
        "from machine import Pin\nimport time\nseen = []\np = Pin(7, Pin.OUT)\n\
         p.irq(lambda pin: seen.append(pin.irq().flags()))\n\
         p.on()\np.off()\nwhile len(seen) < 2:\n    time.sleep_ms(1)\nassert seen == [8, 4]",
    );
    let output = host.exec(
        "def fail(pin):\n    global failed\n    failed = True\n    1 / 0\n\
         failed = False\np.irq(handler=fail, trigger=Pin.IRQ_RISING)\np.on()\n\
         while not failed:\n    time.sleep_ms(1)\ntime.sleep_ms(1)",
    );
    assert!(output.contains("ZeroDivisionError"), "{output:?}");
    for (wrong, error) in [
        ("p.irq(print, hard=True)", "ValueError: hard callbacks"),
        ("p.irq(print, 1)", "ValueError: invalid trigger"),
        (
            "p.irq(print, wake=1)",
            "ValueError: priorities and wake-ups",
        ),
    ] {
        let said = host.try_exec(wrong).1;
        assert!(said.contains(error), "{wrong}: {said:?}");
    }
}

#[test]
fn a_soft_reset_forgets_handlers() {
    let (board, mut host) = raw_board();
    host.exec("from machine import Pin\nPin(1, Pin.IN).irq(lambda pin: print('called'))");
    host.send(b"\x04");
    host.until("soft reboot");
    host.until(RAW);
    board.set_pin("1", Some(Level::High)).unwrap();
    assert_eq!(
        host.exec("from machine import Pin\nprint(Pin(1).value())"),
        "1\r\n"
    );
}

#[test]
fn signals_invert_and_pulses_are_measured() {
    let (_board, mut host) = raw_board();
    let output = host.exec(
        "from machine import Pin, Signal, time_pulse_us\n\
         led = Signal(Pin(2, Pin.OUT), invert=True)\nled.on()\nprint(led.value(), Pin(2).value())\n\
         led(0)\nprint(led(), Pin(2)())\nprint(Signal(3, Pin.OUT, value=1).value())\n\
         print(time_pulse_us(Pin(4, Pin.IN), 1, 1000), time_pulse_us(Pin(4), 0, 1000))",
    );
    assert_eq!(output, "1 0\r\n0 1\r\n1\r\n-2 -1\r\n");
    // A pulse of one look.
    let output = host.exec(
        "class Pulse:\n    def __init__(self):\n        self.levels = [0, 0, 1, 1, 0]\n    \
         def value(self):\n        return self.levels.pop(0)\n\
         print(time_pulse_us(Pulse(), 1) >= 0)",
    );
    assert_eq!(output, "True\r\n");
}
