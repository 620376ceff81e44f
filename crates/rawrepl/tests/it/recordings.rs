//! Every recorded dialogue, in any chunking, gives the same events.

use std::collections::VecDeque;
use std::time::Duration;

use belay_rawrepl::{Command, Event, Finished, Outcome, Scan, Scanner};
use proptest::prelude::*;

use crate::replay::{FIRMWARES, Replay, Step, recorded, scenario};

const END: &[u8] = b"\x04\x04>";

/// The commands among the scenarios: what was run, and the board's answers in turn. A command whose
/// answer was not recorded is left out.
fn commands(firmware: &str) -> Vec<(String, Vec<u8>, VecDeque<Vec<u8>>)> {
    let mut found = Vec::new();
    for (name, steps) in recorded(firmware) {
        let host: Vec<u8> = steps.iter().flat_map(|(host, _)| host.clone()).collect();
        let ended = steps
            .last()
            .is_some_and(|(_, board)| board.ends_with(b"\x04>"));
        let is_command = host.ends_with(b"\x04") || name.starts_with("ctrl-c stops");
        let several =
            name == "two commands in one write" || name == "ctrl-c clears the pending line";
        if !ended || !is_command || several {
            continue;
        }
        let code = host.strip_prefix(b"\x05A\x01").unwrap_or(&host);
        let code = code.strip_suffix(b"\x03").unwrap_or(code);
        let code = code.strip_suffix(b"\x04").unwrap().to_vec();
        found.push((
            name,
            code,
            steps.into_iter().map(|(_, board)| board).collect(),
        ));
    }
    found
}

/// What a firmware's console ends the lines of a program with.
fn line_end(firmware: &str) -> &'static [u8] {
    if firmware.ends_with("-uart") {
        b"\r\r\n"
    } else {
        b"\r\n"
    }
}

/// The answer as it would be, had the command printed `mark` last.
fn with_mark(mut answers: VecDeque<Vec<u8>>, mark: &str, firmware: &str) -> VecDeque<Vec<u8>> {
    let last = answers.back_mut().unwrap();
    if last.ends_with(END) {
        last.truncate(last.len() - END.len());
        last.extend_from_slice(mark.as_bytes());
        last.extend_from_slice(line_end(firmware));
        last.extend_from_slice(END);
    }
    answers
}

/// Runs a recorded command, in raw-paste mode if that is how it was recorded.
fn run(code: &[u8], answers: VecDeque<Vec<u8>>, sizes: &[usize], firmware: &str) -> Vec<Event> {
    let first = answers.iter().flatten().copied().next();
    let pasted = first == Some(b'R') || answers[0].starts_with(b"raw REPL");
    let mut replay = Replay::ready(if pasted { 3 } else { 1024 }, sizes);
    let mark = replay.repl.next_mark();
    let mut answers = with_mark(answers, mark.as_str(), firmware);
    replay
        .repl
        .start(Command::marked(code, mark), Duration::ZERO);
    replay.play(&mut answers);
    // A board without raw-paste mode is given the code in bursts of as little as a few bytes.
    while let Some(deadline) = replay.repl.deadline() {
        replay.repl.timeout(deadline);
        replay.play(&mut answers);
    }
    assert!(replay.repl.is_ready(), "{:?}", replay.repl);
    replay.take_events()
}

fn finished(outcome: Outcome) -> Event {
    Event::Finished(Finished {
        outcome,
        payload: None,
    })
}

fn raised(traceback: &str) -> Event {
    finished(Outcome::Raised {
        traceback: traceback.as_bytes().to_vec(),
    })
}

/// What the events of a recorded command are, whatever the chunks.
fn expected(name: &str, firmware: &str) -> Vec<Event> {
    let old = firmware.contains("1.9.2");
    let circuit_python = firmware.starts_with("circuitpython");
    let output = |text: &[u8]| Some(Event::Output(text.to_vec()));
    let lines = |lines: &[&str]| {
        let text = lines
            .iter()
            .map(|line| [line.as_bytes(), line_end(firmware)].concat());
        Some(Event::Output(text.collect::<Vec<_>>().concat()))
    };
    let done = || finished(Outcome::Completed);
    let zero = if old || circuit_python {
        "division by zero"
    } else {
        "divide by zero"
    };
    let error = |frames: &str, last: &str| {
        raised(&format!(
            "Traceback (most recent call last):\r\n{frames}{last}\r\n"
        ))
    };
    let module = |line| format!("  File \"<stdin>\", line {line}, in <module>\r\n");
    let (output, end) = match name {
        "exec print" => (lines(&["hi"]), done()),
        "exec expression prints nothing" | "exec without output" => (None, done()),
        "exception" => {
            let frames = module(3) + "  File \"<stdin>\", line 2, in f\r\n";
            (None, error(&frames, &format!("ZeroDivisionError: {zero}")))
        }
        "syntax error" | "raw paste syntax error" => (
            None,
            error(
                "  File \"<stdin>\", line 1\r\n",
                "SyntaxError: invalid syntax",
            ),
        ),
        "output that contains the end mark" => (lines(&["a\x04b\x04>c"]), done()),
        "output that is not text" if old => (lines(&["no sys.stdout"]), done()),
        "output that is not text" => (output(b"\xc3\xbf\x00\x01"), done()),
        "raw paste query and a short program" => (lines(&["pasted"]), done()),
        "raw paste in one write" => (lines(&["one write"]), done()),
        "raw paste with windows" => (lines(&["sum 91"]), done()),
        "raw paste exception" => (None, error(&module(1), "ValueError: boom")),
        "ctrl-c stops a loop" => (None, error(&module(2), "KeyboardInterrupt: ")),
        "ctrl-c stops a loop that prints" => (
            lines(&["0", "1", "2"]),
            error(&module(5), "KeyboardInterrupt: "),
        ),
        other => panic!("what should {other:?} give?"),
    };
    [Some(Event::Started), output, Some(end)]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn recorded_commands_give_the_expected_events() {
    let mut count = 0;
    for firmware in FIRMWARES {
        for (name, code, answers) in commands(firmware) {
            let events = run(&code, answers, &[usize::MAX], firmware);
            assert_eq!(events, expected(&name, firmware), "{name} on {firmware}");
            count += 1;
        }
    }
    assert!(
        count >= 64,
        "only {count} commands were found in the recordings"
    );
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_events(
        sizes in prop::collection::vec(1_usize..9, 1..40),
        firmware in prop::sample::select(&FIRMWARES[..]),
    ) {
        for (name, code, answers) in commands(firmware) {
            let events = run(&code, answers, &sizes, firmware);
            prop_assert_eq!(events, expected(&name, firmware), "{} on {}", name, firmware);
        }
    }

    #[test]
    fn any_chunking_of_an_unmarked_answer_gives_the_same_end(
        sizes in prop::collection::vec(1_usize..9, 1..40),
        firmware in prop::sample::select(&FIRMWARES[..]),
    ) {
        for (name, _, answers) in commands(firmware) {
            let all: Vec<u8> = answers.into_iter().flatten().collect();
            let Some(answer) = all.strip_prefix(b"OK") else { continue };
            prop_assert_eq!(scan(answer, &sizes), scan(answer, &[usize::MAX]), "{}", name);
        }
    }
}

fn scan(answer: &[u8], sizes: &[usize]) -> (Vec<u8>, Scan) {
    let mut scanner = Scanner::unmarked();
    let mut sizes = sizes.iter().cycle();
    let mut rest = answer;
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap()).min(rest.len());
        scanner.receive(&rest[..size]);
        rest = &rest[size..];
    }
    scanner.finish();
    let mut output = Vec::new();
    loop {
        match scanner.next_scan().expect("an end") {
            Scan::Output(bytes) => output.extend(bytes),
            Scan::Rebooting => {}
            Scan::ProbeWanted => panic!("a probe without a mark"),
            end @ Scan::End { .. } => return (output, end),
        }
    }
}

/// What a board says in any recorded dialogue, before it answers the call to the raw REPL.
fn enter_after(noise: &[u8], sizes: &[usize]) -> Vec<Event> {
    let mut replay = Replay::ready(128, sizes);
    replay.repl.enter(Duration::ZERO, Duration::from_secs(1));
    replay.feed(noise);
    replay.play(&mut VecDeque::new());
    assert!(replay.repl.is_ready());
    replay.take_events()
}

proptest! {
    #[test]
    fn every_recorded_dialogue_leads_into_the_raw_repl(
        sizes in prop::collection::vec(1_usize..9, 1..40),
        firmware in prop::sample::select(&FIRMWARES[..]),
    ) {
        for (name, steps) in recorded(firmware) {
            let noise: Vec<u8> = steps.into_iter().flat_map(|(_, board)| board).collect();
            let mut expected = vec![Event::Entered];
            if !noise.is_empty() {
                expected.insert(0, Event::Stray(noise.clone()));
            }
            prop_assert_eq!(enter_after(&noise, &sizes), expected, "{} on {}", name, firmware);
        }
    }
}

#[test]
fn two_recorded_commands_in_one_write_are_two_ends() {
    for firmware in FIRMWARES {
        let (host, board) = scenario(firmware, "two commands in one write").remove(0);
        assert_eq!(host, b"print(1)\x04print(2)\x04");
        for size in [1, 3, usize::MAX] {
            let mut replay = Replay::ready(128, &[size]);
            let mark = replay.repl.next_mark();
            // The second command prints the mark of the first, as a probe's would.
            let text = String::from_utf8(board.clone())
                .unwrap()
                .replace("OK2", &format!("OK{mark}"));
            replay
                .repl
                .start(Command::marked("print(1)", mark), Duration::ZERO);
            replay.feed(text.as_bytes());
            replay.play(&mut VecDeque::new());
            let events = replay.take_events();
            let output = [b"1", line_end(firmware), b"\x04\x04>OK"].concat();
            let output = Event::Output(output);
            assert_eq!(
                events,
                [Event::Started, output, finished(Outcome::Completed)]
            );
        }
    }
}

#[test]
fn a_recorded_soft_reset_ends_at_the_prompt() {
    for firmware in FIRMWARES {
        let steps: Vec<Step> = scenario(firmware, "soft reset from raw repl");
        let (host, board) = &steps[1];
        for size in [1, 5, usize::MAX] {
            let mut replay = Replay::ready(128, &[size]);
            replay
                .repl
                .soft_reset(Duration::ZERO, Duration::from_secs(1));
            replay.play(&mut VecDeque::from([board.clone()]));
            assert_eq!(&replay.written, host);
            let stray = board
                .strip_suffix(b"raw REPL; CTRL-B to exit\r\n>")
                .unwrap()
                .to_vec();
            assert_eq!(
                replay.take_events(),
                [Event::Stray(stray), Event::Restarted]
            );
        }
    }
}

#[test]
fn leaving_is_what_was_recorded() {
    for firmware in FIRMWARES {
        let (_, board) = scenario(firmware, "leave raw repl").remove(0);
        for size in [1, 5, usize::MAX] {
            let mut replay = Replay::ready(128, &[size]);
            replay.repl.leave(Duration::ZERO);
            replay.play(&mut VecDeque::from([board.clone()]));
            assert_eq!(replay.written, b"\x02");
            assert_eq!(
                replay.take_events(),
                [Event::Stray(board.clone()), Event::Left]
            );
        }
    }
}
