//! Cases for the scanner, each run in every split of its bytes in two and byte by byte.

use super::*;
use crate::Nonce;

/// What an answer is made of: bytes from the board, or the moment when a probe was sent.
#[derive(Clone)]
enum Input {
    Bytes(Vec<u8>),
    Probe,
}

fn mark() -> Mark {
    Nonce::new(7).mark(1)
}

fn probe() -> Mark {
    Nonce::new(7).mark(2)
}

/// `§` stands for the command's mark, `¶` for the probe's, `!` for the moment the probe is sent.
fn inputs(text: &str) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (index, part) in text.split('!').enumerate() {
        if index > 0 {
            inputs.push(Input::Probe);
        }
        inputs.push(Input::Bytes(fill_in(part).into_bytes()));
    }
    inputs
}

fn fill_in(text: &str) -> String {
    text.replace('§', mark().as_str())
        .replace('¶', probe().as_str())
}

fn run(inputs: &[Input], size: usize, max_payload: usize) -> (String, Option<Scan>) {
    let mut scanner = Scanner::new(mark(), max_payload);
    let (mut output, mut end, mut wanted) = (Vec::new(), None, 0);
    for input in inputs {
        match input {
            Input::Bytes(bytes) => bytes.chunks(size).for_each(|chunk| scanner.receive(chunk)),
            Input::Probe => {
                wanted -= 1;
                scanner.probe_sent(probe());
            }
        }
        while let Some(scan) = scanner.next_scan() {
            match scan {
                Scan::Output(bytes) => output.extend(bytes),
                Scan::ProbeWanted => wanted += 1,
                Scan::Rebooting => {}
                last @ Scan::End { .. } => end = Some(last),
            }
        }
    }
    assert_eq!(
        wanted, 0,
        "a probe is wanted exactly where the case sends one"
    );
    (String::from_utf8(output).expect("text"), end)
}

fn check(answer: &str, output: &str, outcome: Option<Outcome>, payload: Option<&str>) {
    let inputs = inputs(answer);
    let output = fill_in(output);
    let payload = payload.map(|text| Payload::Whole(text.as_bytes().to_vec()));
    let end = outcome.map(|outcome| Scan::End { outcome, payload });
    for size in [1, 2, 3, 5, 8, 13, usize::MAX] {
        assert_eq!(
            run(&inputs, size, 1000),
            (output.clone(), end.clone()),
            "{answer:?} by {size}"
        );
    }
}

fn raised(text: &str) -> Outcome {
    Outcome::Raised {
        traceback: text.as_bytes().to_vec(),
    }
}

const DONE: Option<Outcome> = Some(Outcome::Completed);

#[test]
fn a_mark_ends_the_output() {
    check("§\r\n\x04\x04>", "", DONE, None);
    check("hi\r\n§\r\n\x04\x04>", "hi\r\n", DONE, None);
    check("no line end§\r\n\x04\x04>", "no line end", DONE, None);
    check("~~0~§\r\n\x04\x04>", "~~0~", DONE, None);
}

#[test]
fn a_line_may_end_with_lf_alone() {
    check("hi\n§\n\x04\x04>", "hi\n", DONE, None);
    check("§ 1 §\n\x04\x04>", "", DONE, Some("1"));
    check(
        "\x04Traceback (most recent call last):\n  x\n\x04>!OK¶\n\x04\x04>",
        "",
        Some(raised("Traceback (most recent call last):\n  x\n")),
        None,
    );
    check(
        "\x04E: x\n\x04>!OK¶\n\x04\x04>",
        "",
        Some(raised("E: x\n")),
        None,
    );
}

#[test]
fn a_line_may_end_with_two_cr() {
    check("hi\r\r\n§\r\r\n\x04\x04>", "hi\r\r\n", DONE, None);
    check("§ 1 §\r\r\n\x04\x04>", "", DONE, Some("1"));
    check(
        "\x04Traceback (most recent call last):\r\n  x\r\r\nE: y\r\r\n\x04>!OK¶\r\r\n\x04\x04>",
        "",
        Some(raised(
            "Traceback (most recent call last):\r\n  x\r\nE: y\r\n",
        )),
        None,
    );
    check("§\r\r\r\n§\n\x04\x04>", "§\r\r\r\n", DONE, None);
}

#[test]
fn two_marks_hold_a_payload() {
    check("§ [1, 2] §\r\n\x04\x04>", "", DONE, Some("[1, 2]"));
    check(
        "said\r\n§ ['~ \x04 ~'] §\r\n\x04\x04>",
        "said\r\n",
        DONE,
        Some("['~ \x04 ~']"),
    );
    check(
        "§ [\x04\x04>!] §\r\n\x04\x04>",
        "",
        DONE,
        Some("[\x04\x04>]"),
    );
    check("§  §\r\n\x04\x04>", "", DONE, Some(""));
    // Something on the board has printed the marks by itself.
    check("§ §\r\n\x04\x04>", "", DONE, Some(""));
}

#[test]
fn the_protocol_s_own_bytes_may_be_printed() {
    check("a\x04b\x04>c§\r\n\x04\x04>", "a\x04b\x04>c", DONE, None);
    check("\x04\x04\x04§\r\n\x04\x04>", "\x04\x04\x04", DONE, None);
    check("\x04\x04>!more§\r\n\x04\x04>", "\x04\x04>more", DONE, None);
    check(
        "\x04X: y\x04>!more§\r\n\x04\x04>",
        "\x04X: y\x04>more",
        DONE,
        None,
    );
    check("OK\x04OK§\r\n\x04\x04>", "OK\x04OK", DONE, None);
    check("\x04Hello world", "\x04Hello world", None, None);
    check("\x04\r\r\n§\r\n\x04\x04>", "\x04\r\r\n", DONE, None);
}

#[test]
fn a_mark_in_the_middle_is_output() {
    check("§\r\nmore§\r\n\x04\x04>", "§\r\nmore", DONE, None);
    check("§\r\n\x04\x04x§\r\n\x04\x04>", "§\r\n\x04\x04x", DONE, None);
}

#[test]
fn a_probe_settles_an_exception() {
    check(
        "out\x04ValueError: no\r\n\x04>!OK¶\r\n\x04\x04>",
        "out",
        Some(raised("ValueError: no\r\n")),
        None,
    );
    check(
        "\x04\r\nKeyboardInterrupt: \r\n\x04>!OK¶\r\n\x04\x04>",
        "",
        Some(raised("\r\nKeyboardInterrupt: \r\n")),
        None,
    );
    check(
        "§ [1, \x04E: in repr\r\n\x04>!OK¶\r\n\x04\x04>",
        "",
        Some(raised("E: in repr\r\n")),
        None,
    );
    // A program that printed the whole of it and went on, then failed in earnest.
    check(
        "\x04E: fake\r\n\x04>!x\x04E: real\r\n\x04>OK¶\r\n\x04\x04>",
        "\x04E: fake\r\n\x04>x",
        Some(raised("E: real\r\n")),
        None,
    );
    // A byte of output directly before the end.
    check(
        "\x04\x04E: x\r\n\x04>!OK¶\r\n\x04\x04>",
        "\x04",
        Some(raised("E: x\r\n")),
        None,
    );
}

#[test]
fn a_thread_may_print_between_the_end_and_the_probe_s_answer() {
    check(
        "\x04E: x\r\n\x04>!tick\r\nOK¶\r\n\x04\x04>",
        "\x04E: x\r\n\x04>tick\r\n",
        Some(raised("E: x\r\n")),
        None,
    );
}

#[test]
fn an_end_without_mark_is_an_end_once_a_probe_says_so() {
    check("quiet\x04\x04>!OK¶\r\n\x04\x04>", "quiet", DONE, None);
}

#[test]
fn sys_exit_restarts_the_interpreter() {
    for text in [
        "MPY: soft reboot\r\n",
        "\r\nMPY: soft reboot\r\n",
        "soft reboot\r\n",
    ] {
        let answer =
            format!("bye\x04\x04{text}boot\r\nraw REPL; CTRL-B to exit\r\n>!OK¶\r\n\x04\x04>");
        check(&answer, "byeboot\r\n", Some(Outcome::Exited), None);
    }
    check(
        "\x04\x04MPY: sofa§\r\n\x04\x04>",
        "\x04\x04MPY: sofa",
        DONE,
        None,
    );
}

#[test]
fn output_is_not_held_back_longer_than_an_exception_may_be() {
    let mut scanner = Scanner::new(mark(), 0);
    scanner.receive(b"\x04Traceback (most recent call last):\r\n");
    assert_eq!(scanner.next_scan(), None);
    let mut count = 0;
    for _ in 0..10 {
        scanner.receive(&[b'x'; 16 * 1024]);
        while let Some(Scan::Output(bytes)) = scanner.next_scan() {
            count += bytes.len();
        }
    }
    assert_eq!(count, 37 + 10 * 16 * 1024);
}

#[test]
fn a_long_payload_is_counted_and_not_kept() {
    let inputs = inputs(&format!("§ {} §\r\n\x04\x04>", "x".repeat(50)));
    for size in [1, 7, usize::MAX] {
        let (_, end) = run(&inputs, size, 49);
        let payload = Some(Payload::TooLong { length: 50 });
        assert_eq!(
            end,
            Some(Scan::End {
                outcome: Outcome::Completed,
                payload
            })
        );
        let (_, end) = run(&inputs, size, 50);
        let payload = Some(Payload::Whole(vec![b'x'; 50]));
        assert_eq!(
            end,
            Some(Scan::End {
                outcome: Outcome::Completed,
                payload
            })
        );
    }
}
