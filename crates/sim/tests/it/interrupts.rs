//! Ctrl-C, and programs that want it for themselves.

use crate::host::{Host, raw_board};

const TRACE: &str = "Traceback (most recent call last):\r\n";

/// Waits until the program has said so, then sends ctrl-C and waits for its end.
fn interrupt(host: &mut Host, source: &str) -> String {
    host.send(format!("{source}\x04"));
    host.until("go\r\n");
    host.send(b"\x03");
    host.finish().1
}

#[test]
fn every_kind_of_waiting_is_interrupted() {
    let (_board, mut host) = raw_board();
    for body in [
        "while True:\n    pass",
        "time.sleep(1000)",
        "sys.stdin.read(1)",
        "sys.stdin.buffer.read(1)",
        "poll.poll()",
        "while True:\n    l = [bytearray(n) for n in range(100)]",
        "while True:\n    open('f', 'w').write('x' * 100)",
    ] {
        let setup = "import sys, time, select\npoll = select.poll()\npoll.register(sys.stdin, select.POLLIN)\nprint('go')\n";
        let error = interrupt(&mut host, &format!("{setup}{body}"));
        assert!(error.starts_with(TRACE), "{body:?}: {error:?}");
        assert!(
            error.ends_with("KeyboardInterrupt: \r\n"),
            "{body:?}: {error:?}"
        );
        assert_eq!(host.exec("print('alive')"), "alive\r\n", "after {body:?}");
    }
}

#[test]
fn an_interrupt_just_before_a_call_blocks_ends_it() {
    let (_board, mut host) = raw_board();
    for _ in 0..150 {
        let error = interrupt(
            &mut host,
            "import sys\nprint('go')\nsys.stdin.buffer.read(1)",
        );
        assert!(error.ends_with("KeyboardInterrupt: \r\n"), "{error:?}");
    }
}

#[test]
fn the_machinery_of_timers_passes_interrupts_on() {
    let (_board, mut host) = raw_board();
    // Most of the time is spent behind the scenes, and there the interrupt hits.
    let source = "from machine import Timer\nts = [Timer(period=1) for _ in range(20)]\n\
                  try:\n    print('go')\n    while True:\n        pass\nfinally:\n    \
                  for t in ts:\n        t.deinit()";
    for _ in 0..20 {
        let error = interrupt(&mut host, source);
        assert!(error.starts_with(TRACE), "{error:?}");
        assert!(error.ends_with("KeyboardInterrupt: \r\n"), "{error:?}");
    }
}

#[test]
fn threads_that_start_get_no_interrupt() {
    let (_board, mut host) = raw_board();
    // Each ctrl-C finds a thread that has just begun.
    host.send(
        "import _thread\nn = 0\nwhile n < 200:\n    try:\n        print(n)\n        while True:\n            \
         try:\n                _thread.start_new_thread(int, ())\n            except OSError:\n                \
         pass\n    except KeyboardInterrupt:\n        n += 1\n\x04",
    );
    host.take(2);
    for n in 0..200 {
        assert_eq!(host.until("\n"), format!("{n}\r\n"));
        host.send(b"\x03");
    }
    assert_eq!(host.finish(), (String::new(), String::new()));
}

#[test]
fn a_thousand_interrupts_leave_the_heap_whole() {
    let (_board, mut host) = raw_board();
    // Each ctrl-C hits somewhere in an allocation or a collection.
    host.send(
        "n = 0\nwhile n < 1000:\n    try:\n        print(n)\n        while True:\n            \
         d = {i: [str(i)] for i in range(50)}\n    except KeyboardInterrupt:\n        \
         n += 1\n\x04",
    );
    host.take(2);
    for n in 0..1000 {
        assert_eq!(host.until("\n"), format!("{n}\r\n"));
        host.send(b"\x03");
    }
    assert_eq!(host.finish(), (String::new(), String::new()));
    assert_eq!(
        host.exec("import gc\ngc.collect()\nprint(len(d))"),
        "50\r\n"
    );
}

#[test]
fn an_interrupt_with_the_program_finds_it() {
    let (_board, mut host) = raw_board();
    for _ in 0..50 {
        host.send(b"while True:\n    pass\n\x04\x03print('next')\x04");
        assert_eq!(host.take(2), b"OK");
        let (_, error) = host.finish();
        assert!(error.ends_with("KeyboardInterrupt: \r\n"), "{error:?}");
        host.check("", "OKnext\r\n\x04\x04>");
    }
}

#[test]
fn an_interrupt_after_the_end_hits_nothing_else() {
    let (_board, mut host) = raw_board();
    for n in 0..200 {
        // The byte arrives while the program runs, or ends, or when it has ended.
        host.send(b"pass\x04");
        host.take(2);
        host.send(b"\x03");
        host.finish();
        host.send(b"\x03");
        let answer = format!("OK{n}\r\n\x04\x04>");
        host.check(format!("print({n})\x04"), &answer);
    }
}

#[test]
fn a_program_can_swallow_the_interrupt() {
    let (_board, mut host) = raw_board();
    host.send(
        b"while True:\n    try:\n        print('go')\n        while True:\n            pass\n    \
          except KeyboardInterrupt:\n        print('no')\n\x04",
    );
    host.check(b"", "OKgo\r\n");
    for _ in 0..10 {
        host.check(b"\x03", "no\r\ngo\r\n");
    }
}

#[test]
fn without_the_interrupt_every_byte_is_data() {
    let (_board, mut host) = raw_board();
    host.send(
        b"import sys, micropython\nmicropython.kbd_intr(-1)\nprint('go')\n\
          data = sys.stdin.buffer.read(512)\nsys.stdout.buffer.write(data)\n\
          micropython.kbd_intr(3)\n\x04",
    );
    host.until("go\r\n");
    let data: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    host.send(&data);
    assert_eq!(host.take(512), data);
    assert_eq!(host.finish(), (String::new(), String::new()));
    let error = interrupt(&mut host, "print('go')\nwhile True:\n    pass");
    assert!(error.ends_with("KeyboardInterrupt: \r\n"), "{error:?}");
}

#[test]
fn another_character_can_interrupt() {
    let (_board, mut host) = raw_board();
    host.send(
        b"import micropython\nmicropython.kbd_intr(7)\nprint('go')\nwhile True:\n    pass\n\x04",
    );
    host.until("go\r\n");
    host.send(b"\x03\x07");
    assert!(host.finish().1.ends_with("KeyboardInterrupt: \r\n"));
    // The byte 3 that nobody read was typed ahead, and clears the line at the prompt.
    host.check(b"print(1)\x04", "OK1\r\n\x04\x04>");
}
