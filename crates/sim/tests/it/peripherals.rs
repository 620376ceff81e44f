//! ADC, PWM, UART and NeoPixels, from both sides.

use std::time::Instant;

use belay_sim::Pwm;

use crate::host::{LIMIT, RAW, raw_board};

#[test]
fn the_adc_reads_what_is_set() {
    let (board, mut host) = raw_board();
    board.set_analog("26", 1_650_000);
    board.set_analog("A1", 3_300_000);
    board.set_analog("A2", 9_000_000);
    let output = host.exec(
        "from machine import ADC, Pin\na = ADC(Pin(26))\nprint(a.read_u16(), a.read_uv())\n\
         print(ADC(26).read_uv(), ADC('A1').read_u16(), ADC('A2').read_uv(), ADC(5).read_u16(), a)",
    );
    assert_eq!(
        output,
        "32768 1650000\r\n1650000 65535 3300000 0 <ADC pin=26>\r\n"
    );
    // A program that runs sees the next value at its next look.
    host.send(b"print('looking')\nwhile a.read_u16() < 60000:\n    pass\nprint('seen')\n\x04");
    host.until("OKlooking\r\n");
    board.set_analog("26", 3_200_000);
    assert_eq!(host.finish().0, "seen\r\n");
}

#[test]
fn pwm_is_seen_from_outside() {
    let (board, mut host) = raw_board();
    assert_eq!(board.pwm("15"), None);
    host.exec("from machine import PWM, Pin\np = PWM(Pin(15), freq=50, duty_ns=1_500_000)");
    let servo = board.pwm("15").unwrap();
    assert_eq!((servo.freq, servo.duty_ns), (50, 1_500_000));
    assert_eq!(servo.duty_u16, 4915);
    assert!(!servo.inverted);
    let output = host.exec(
        "print(p.freq(), p.duty_ns(), p.duty_u16(), p)\n\
         p.freq(100)\nprint(p.duty_ns())\np.duty_u16(32768)\np.freq(1000)\nprint(p.duty_u16(), p.duty_ns())\n\
         q = PWM(15)\nprint(q is p, q.freq())\nq.init(invert=True)\np.deinit()",
    );
    assert_eq!(
        output,
        "50 1500000 4915 <PWM pin=15 freq=50 duty_u16=4915>\r\n1500000\r\n32768 500007\r\nTrue 1000\r\n"
    );
    assert_eq!(board.pwm("15"), None);
    let history: Vec<Option<(u32, u16, bool)>> = board
        .pwm_history("15")
        .iter()
        .map(|event| {
            let facts = |pwm: Pwm| (pwm.freq, pwm.duty_u16, pwm.inverted);
            event.pwm.map(facts)
        })
        .collect();
    assert_eq!(
        history,
        [
            Some((50, 4915, false)),
            Some((100, 9830, false)),
            Some((100, 32768, false)),
            Some((1000, 32768, false)),
            Some((1000, 32768, true)),
            None
        ]
    );
    for wrong in [
        "p.freq(0)",
        "p.freq(-1)",
        "p.duty_u16(65536)",
        "p.duty_u16(-1)",
        "PWM(15, freq=1000, duty_ns=1_000_001)",
        "p.init(duty_u16=1, duty_ns=1)",
    ] {
        let (_, error) = host.try_exec(wrong);
        assert!(error.contains("ValueError"), "{wrong}: {error:?}");
    }
}

#[test]
fn a_reset_turns_pwm_off() {
    let (board, mut host) = raw_board();
    host.exec("from machine import PWM\nPWM(3, freq=1000, duty_u16=100)");
    assert!(board.pwm("3").is_some());
    host.send(b"\x04");
    host.until("soft reboot");
    host.until(RAW);
    assert_eq!(board.pwm("3"), None);
    assert_eq!(board.pwm_history("3").len(), 2);
}

#[test]
fn uarts_carry_bytes_both_ways() {
    let (board, mut host) = raw_board();
    let deadline = Instant::now() + LIMIT;
    board.uart_send(1, b"ready\r\nrest");
    let output = host.exec(
        "from machine import UART, Pin\nu = UART(1, 9600, tx=Pin(4), rx=Pin(5), timeout=20)\n\
         print(u.any(), u.readline(), u.read(2), u.read(), u.read(), u.any())\n\
         b = bytearray(3)\nprint(u.readinto(b), u.write('AT\\r\\n'), u.write(b'\\x00\\xff'), u)\n\
         u.sendbreak()\nprint(u.txdone(), u.flush())",
    );
    assert_eq!(
        output,
        "11 b'ready\\r\\n' b're' b'st' None 0\r\n\
         None 4 2 UART(1, baudrate=9600, timeout=20, timeout_char=0)\r\nTrue None\r\n"
    );
    assert_eq!(
        board.uart_wait(1, b"\r\n", deadline).as_deref(),
        Some(&b"AT\r\n"[..])
    );
    assert_eq!(board.uart_take(1), [0, 0xff]);
    assert_eq!(board.uart_breaks(1), 1);
    assert_eq!(board.uart_take(0), b"");
    // A dialogue, in which each side waits for the other.
    host.send(
        b"import select\np = select.poll()\np.register(u, select.POLLIN)\nu.write('who?\\n')\n\
          print(len(p.poll()), u.readinto(b), b)\n\x04",
    );
    assert!(board.uart_wait(1, b"who?\n", deadline).is_some());
    board.uart_send(1, b"me!");
    assert_eq!(
        host.finish().0.trim_start_matches("OK"),
        "1 3 bytearray(b'me!')\r\n"
    );
    assert!(board.uart_wait(1, b"x", Instant::now()).is_none());
    let (_, error) = host.try_exec("UART(2)");
    assert!(error.contains("UART(2) doesn't exist"), "{error:?}");
    assert!(host.try_exec("UART(0, bits=9)").1.contains("ValueError"));
}

#[test]
fn asyncio_reads_a_uart() {
    let (board, mut host) = raw_board();
    if !host.try_exec("import asyncio").1.is_empty() {
        // An engine that was built without the module.
        return;
    }
    host.send(
        b"from machine import UART\nasync def main():\n    s = asyncio.StreamReader(UART(0))\n    \
          print('waiting')\n    print(await s.readline())\nasyncio.run(main())\n\x04",
    );
    host.until("OKwaiting\r\n");
    board.uart_send(0, b"one\n");
    assert_eq!(host.finish(), ("b'one\\n'\r\n".to_owned(), String::new()));
}

#[test]
fn neopixels_show_what_was_written() {
    let (board, mut host) = raw_board();
    assert_eq!(board.pixels("16"), Vec::<[u8; 3]>::new());
    let output = host.exec(
        "from machine import Pin\nfrom neopixel import NeoPixel\nimport neopixel\n\
         n = NeoPixel(Pin(16), 3)\nn.fill((1, 2, 3))\nn[1] = (255, 0, 128)\nn.write()\n\
         n[0] = (9, 9, 9)\nprint(len(n), n[1], n.buf)",
    );
    assert_eq!(
        output,
        "3 (255, 0, 128) bytearray(b'\\t\\t\\t\\x00\\xff\\x80\\x02\\x01\\x03')\r\n"
    );
    // What was set after the last `write` is not on the strip.
    assert_eq!(board.pixels("16"), [[1, 2, 3], [255, 0, 128], [1, 2, 3]]);
    host.exec("w = neopixel.NeoPixel(Pin(17), 2, bpp=4, timing=0)\nw[1] = (1, 2, 3, 4)\nw.write()\nw.write()");
    let streams = board.bitstreams("17");
    assert_eq!(streams.len(), 2);
    assert_eq!(streams[0].pixels_rgbw(), [[0; 4], [1, 2, 3, 4]]);
    assert_eq!(streams[0].timing, [800, 1700, 1600, 900]);
    assert!(streams[0].at <= streams[1].at);
    host.exec("import machine\nmachine.bitstream(Pin(18), 0, (1, 2, 3, 4), b'\\x00' * 9000)");
    assert_eq!(board.bitstreams("18")[0].data.len(), 9000);
}
