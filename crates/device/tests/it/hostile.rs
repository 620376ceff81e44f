//! Boards that answer with what a board never would.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Error};
use belay_transport::{Memory, Transport, pair, write_all};

use crate::support::{LIMIT, Output, connect_with};

/// The longest result that the sessions of these tests keep, in bytes.
const MAX_RESULT: usize = 32 << 20;
/// What ends a command's answer behind its mark.
const END: &str = "\r\n\x04\x04>";

/// What a call's answer is made from, by a board that reads all that the host says.
struct Call<'a> {
    /// The mark that the host waits for.
    mark: &'a str,
    /// Those of the calls and probes before.
    earlier: &'a [String],
}

impl Call<'_> {
    /// The mark that comes `distance` after this one.
    fn later(&self, distance: u64) -> String {
        let (nonce, count) = self.mark.trim_matches('~').split_at(10);
        let count = u64::from_str_radix(count, 16).unwrap();
        format!("~{nonce}{:x}~", count + distance)
    }
}

/// A board that goes by the protocol, except where `answer` gives what to say behind `OK` in place
/// of a result. It ends when the session is dropped.
fn board(
    mut link: Memory,
    mut answer: impl FnMut(&Call<'_>) -> Option<Vec<u8>> + Send + 'static,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut typed = Vec::new();
        let mut earlier = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count) = link.read(&mut buffer, Instant::now() + LIMIT) {
            for &byte in &buffer[..count] {
                if byte != b'\x04' {
                    typed.push(byte);
                    if typed.ends_with(b"\x05A\x01") {
                        typed.truncate(typed.len() - 3);
                        // It has no raw-paste mode.
                        write_all(&mut link, b"R\x00>", Instant::now() + LIMIT).unwrap();
                    }
                    continue;
                }
                let text = String::from_utf8(std::mem::take(&mut typed)).unwrap();
                // What goes before are the keys that lead to the raw REPL.
                let code = text.trim_start_matches(['\r', '\x01', '\x03']);
                let mark = last_mark(code);
                let (forged, honest) = if code.contains("_belay_x(") {
                    // The first question, and what runs through its answer.
                    let first = code.contains("def _belay_x");
                    let text = if first { "0" } else { "[None]" };
                    let mark = if first {
                        mark.clone()
                    } else {
                        first_mark(code)
                    };
                    let check = crc32fast::hash(text.as_bytes());
                    (None, format!("{mark} {text} {check} {mark}{END}"))
                } else if is_eval(code) {
                    let call = Call {
                        mark: &mark,
                        earlier: &earlier,
                    };
                    (answer(&call), format!("{mark} [7] {mark}{END}"))
                } else {
                    (None, format!("{mark}{END}"))
                };
                let said = forged.unwrap_or(honest.into_bytes());
                earlier.push(mark);
                let far = Instant::now() + LIMIT;
                let answer = [b"OK", said.as_slice()].concat();
                if write_all(&mut link, &answer, far).is_err() {
                    return;
                }
            }
        }
    })
}

fn is_eval(code: &str) -> bool {
    code.contains(",[(")
}

/// The first mark in a command's text.
fn first_mark(code: &str) -> String {
    code.split('~')
        .nth(1)
        .map(|mark| format!("~{mark}~"))
        .unwrap()
}

/// The last mark in a command's text.
fn last_mark(code: &str) -> String {
    let end = code.rfind('~').unwrap();
    let start = code[..end].rfind('~').unwrap();
    code[start..=end].to_owned()
}

/// Calls a board that answers the second call with what `forge` makes, and gives what came of it
/// and what was printed. The calls before and behind it must be right.
fn attack(forge: impl Fn(&Call<'_>) -> Vec<u8> + Send + 'static) -> (Result<i64, Error>, Vec<u8>) {
    let (host, link) = pair();
    let mut calls = 0;
    let board = board(link, move |call| {
        calls += 1;
        (calls == 2).then(|| forge(call))
    });
    let (mut device, output) = session(host);
    assert_eq!(device.eval::<i64>("3 + 4").unwrap(), 7);
    let result = device.eval("3 + 4");
    let printed = output.take();
    assert_eq!(device.eval::<i64>("3 + 4").unwrap(), 7);
    drop(device);
    board.join().unwrap();
    (result, printed)
}

fn session(host: Memory) -> (Device, Output) {
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        max_result: MAX_RESULT,
        ..ConnectOptions::default()
    };
    connect_with(Box::new(host), options)
}

/// The answer that the right mark makes a result of.
fn framed(payload: &str) -> impl Fn(&Call<'_>) -> Vec<u8> + Send + use<> {
    let payload = payload.to_owned();
    move |call| {
        let mark = call.mark;
        format!("{mark} {payload} {mark}{END}").into_bytes()
    }
}

#[test]
fn a_result_under_another_mark_is_output() {
    type Pick = fn(&Call<'_>) -> String;
    let foreign: Pick = |_| "~00000000001~".into();
    let empty: Pick = |_| "~~".into();
    let earlier: Pick = |call| call.earlier.last().unwrap().clone();
    let first: Pick = |call| call.earlier[0].clone();
    let next: Pick = |call| call.later(1);
    let later: Pick = |call| call.later(2);
    let longer: Pick = |call| call.mark.replacen('~', "~0", 1);
    for (name, pick) in [
        ("foreign", foreign),
        ("empty", empty),
        ("earlier", earlier),
        ("first", first),
        ("next", next),
        ("later", later),
        ("longer", longer),
    ] {
        let (result, printed) = attack(move |call| {
            let mark = pick(call);
            format!("{mark} [42] {mark}{END}").into_bytes()
        });
        assert!(matches!(result, Err(Error::NoResult)), "{name}: {result:?}");
        let printed = String::from_utf8(printed).unwrap();
        assert!(printed.contains(" [42] "), "{name}: {printed:?}");
    }
}

#[test]
fn the_answer_to_a_probe_that_was_not_sent_is_output() {
    let (result, _) = attack(|call| {
        let probe = call.later(1);
        format!("\x04\x04>OK{probe}{END}OK{probe} [42] {probe}{END}").into_bytes()
    });
    assert!(matches!(result, Err(Error::NoResult)), "{result:?}");
}

#[test]
fn half_a_frame_is_no_result() {
    let (result, _) = attack(|call| format!("{} [42]{END}", call.mark).into_bytes());
    assert!(matches!(result, Err(Error::NoResult)), "{result:?}");
    let (result, _) = attack(|call| format!("[42] {}{END}", call.mark).into_bytes());
    assert!(matches!(result, Err(Error::NoResult)), "{result:?}");
}

#[test]
fn no_nesting_exhausts_the_stack() {
    const DEEP: usize = 10_000_000;
    for open in ["[", "(", "{", "{1:", "f(", "-"] {
        let deep = open.repeat(DEEP / open.len());
        let (result, _) = attack(framed(&format!("[{deep}]")));
        let refused = matches!(
            result,
            Err(Error::NotALiteral { .. } | Error::WrongType { .. })
        );
        assert!(
            refused,
            "{open:?}: {:?}",
            result.map_err(|e| e.to_string().len())
        );
    }
    let nested = format!("[{}1{}]", "[".repeat(201), "]".repeat(201));
    let (result, _) = attack(framed(&nested));
    assert!(matches!(result, Err(Error::WrongType { .. })), "{result:?}");
}

#[test]
fn an_endless_line_is_cut() {
    let line = "9".repeat(MAX_RESULT + 1);
    let (result, _) = attack(framed(&format!("[{line}]")));
    let Err(Error::ResultTooLong { length, limit }) = result else {
        panic!("it is a result");
    };
    assert_eq!(limit, MAX_RESULT);
    assert_eq!(length, MAX_RESULT as u64 + 3);
}

#[test]
fn more_digits_than_an_integer_may_have() {
    let (result, _) = attack(framed(&format!("[{}]", "9".repeat(1_000_000))));
    assert!(matches!(result, Err(Error::WrongType { .. })));
}

#[test]
fn a_value_that_is_not_what_was_asked_for() {
    for text in [
        "", "[", "]", "[]", "[7", "7]", "[7,]", "[7, 8]", "['7']", "[7.0]", "[None]", "[7]]",
    ] {
        let (result, _) = attack(framed(text));
        let refused = matches!(
            result,
            Err(Error::NoResult | Error::NotALiteral { .. } | Error::WrongType { .. })
        );
        assert!(refused, "{text:?}: {result:?}");
    }
}

#[test]
fn binary_noise_is_no_result() {
    let noise: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let bytes = noise.clone();
    let (result, printed) = attack(move |call| {
        let mark = call.mark;
        [&bytes, mark.as_bytes(), END.as_bytes()].concat()
    });
    assert!(matches!(result, Err(Error::NoResult)), "{result:?}");
    assert!(printed.len() > noise.len() - 1000, "{}", printed.len());

    let (result, _) = attack(move |call| {
        let mark = call.mark.as_bytes();
        [mark, b" [", &noise, b"] ", mark, END.as_bytes()].concat()
    });
    assert!(matches!(
        result,
        Err(Error::NotALiteral { .. } | Error::WrongType { .. })
    ));
}

#[test]
fn control_characters_in_a_result_are_refused_or_kept_as_they_are() {
    let text = "\x1b]0;title\x07\x1b[2J\x08\x7f\u{9b}31m";
    let (result, printed) = attack(framed(&format!("['{text}']")));
    // What is printed is the program's; what is a result never gets to the output.
    assert!(matches!(result, Err(Error::WrongType { .. })), "{result:?}");
    assert_eq!(printed, b"");
}

#[test]
fn an_exception_of_control_characters_is_an_exception() {
    let (result, _) = attack(|_| {
        b"\x04Traceback (most recent call last):\r\n  File \"\x1b[2J\", line 99999999999999999999\r\n\
          \xff\xfe\x00: \x1b]0;x\x07\r\n\x04>"
            .to_vec()
    });
    assert!(matches!(result, Err(Error::Exception(_))), "{result:?}");
}

#[test]
fn ends_within_ends() {
    let (result, _) = attack(|call| {
        let mut said = "\x04\x04>\x04Traceback (most recent call last):\r\n\x04>".repeat(200);
        said.push_str(call.mark);
        said.push_str(END);
        said.into_bytes()
    });
    assert!(matches!(result, Err(Error::NoResult)), "{result:?}");
}

#[test]
fn an_event_under_another_mark_is_output() {
    let (host, link) = pair();
    let board = board(link, |call| {
        let mark = call.mark;
        let before = call.earlier.iter().rev().nth(1);
        let marks = ["~00000000001~", before.unwrap()].map(ToOwned::to_owned);
        let forged = marks.map(|mark| format!("{mark} ('x', 1, 0) {mark}\r\n"));
        Some(format!("{}{mark} [7] {mark}{END}", forged.concat()).into_bytes())
    });
    let (mut device, output) = session(host);
    device.exec("pass").unwrap();
    let events = device.events().unwrap();
    assert_eq!(device.eval::<i64>("3 + 4").unwrap(), 7);
    assert_eq!(output.take_text().matches(" ('x', 1, 0) ").count(), 2);
    assert_eq!(events.try_iter().count(), 0);
    drop(device);
    board.join().unwrap();
}

/// It never falls silent, and ctrl-C does not stop it.
#[test]
fn a_board_that_talks_without_end_is_given_up() {
    let (mut link, host) = pair();
    let board = std::thread::spawn(move || {
        while write_all(&mut link, &[b'x'; 4096], Instant::now() + LIMIT).is_ok() {}
    });
    let options = ConnectOptions {
        timeout: Duration::from_millis(300),
        ..ConnectOptions::default()
    };
    let begun = Instant::now();
    let error = Device::connect(Box::new(host), options).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(begun.elapsed() < LIMIT);
    board.join().unwrap();
}
