//! The state machine in virtual time.

mod chunking;
mod damage;

use super::*;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn sent(repl: &mut RawRepl) -> String {
    let bytes = std::iter::from_fn(|| repl.transmit()).flatten().collect();
    String::from_utf8(bytes).expect("text")
}

/// The mark of the marker command that was just sent.
fn mark_in(text: &str) -> String {
    let start = text.rfind("('~").expect("a mark") + 2;
    let end = text[start..].find('\'').expect("its end");
    text[start..start + end].to_owned()
}

fn answer(repl: &mut RawRepl, text: &str) {
    let mark = mark_in(&sent(repl));
    repl.receive(text.replace('M', &mark).as_bytes(), ms(0));
}

fn events(repl: &mut RawRepl) -> Vec<Event> {
    std::iter::from_fn(|| repl.next_event()).collect()
}

fn ready(config: Config) -> RawRepl {
    let mut repl = RawRepl::new(Nonce::new(1), config);
    repl.enter(ms(0), ms(10_000));
    answer(&mut repl, "OKM\r\n\x04\x04>");
    assert_eq!(events(&mut repl).pop(), Some(Event::Entered));
    repl
}

fn start(repl: &mut RawRepl, code: &str) -> Mark {
    let mark = repl.next_mark();
    repl.start(Command::marked(code, mark.clone()), ms(0));
    mark
}

fn finish(outcome: Outcome) -> Event {
    Event::Finished(Finished {
        outcome,
        payload: None,
    })
}

#[test]
fn a_silent_board_is_called_again_with_more_interrupts_until_the_limit() {
    let mut repl = RawRepl::new(Nonce::new(1), Config::default());
    repl.enter(ms(0), ms(3000));
    let (mut calls, mut strokes) = (Vec::new(), 0);
    let mut deadline = ms(0);
    loop {
        let text = sent(&mut repl);
        let count = text.bytes().take_while(|&byte| byte == 3).count();
        if text.len() > count {
            calls.push((deadline.as_millis(), count));
        } else {
            strokes += count;
        }
        deadline = repl.deadline().expect("a deadline");
        repl.timeout(deadline.saturating_sub(ms(1)));
        assert!(
            repl.next_event().is_none() && repl.transmit().is_none(),
            "too early"
        );
        repl.receive(b"noise", deadline.saturating_sub(ms(1)));
        repl.timeout(deadline);
        if let Some(Event::Failed(error)) = events(&mut repl).pop() {
            let last_seen = b"noise".repeat(40);
            let phase = Phase::Entering;
            assert_eq!(
                error,
                Error::Timeout {
                    phase,
                    waited: ms(3000),
                    restarts: 0,
                    last_seen
                }
            );
            break;
        }
    }
    // One interrupt in half of the time, and as many as it takes in the other.
    assert_eq!(calls, [(0, 1), (300, 0), (900, 0), (1500, 0), (2500, 0)]);
    assert!(strokes > 1000, "{strokes}");
    assert!(!repl.is_ready());
}

#[test]
fn an_error_shows_nothing_of_what_came_before() {
    let seen = |repl: &mut RawRepl| match events(repl).pop() {
        Some(Event::Failed(Error::Timeout { last_seen, .. })) => last_seen,
        other => panic!("{other:?}"),
    };
    let mut repl = ready(Config::default());
    start(&mut repl, "pass");
    repl.receive(b"OK", ms(1));
    repl.give_up(ms(2));
    assert_eq!(seen(&mut repl), b"OK");

    repl.enter(ms(3), ms(10));
    repl.timeout(ms(13));
    assert_eq!(seen(&mut repl), b"");

    let mut repl = ready(Config::default());
    repl.soft_reset(ms(3), ms(10));
    repl.timeout(ms(13));
    assert_eq!(seen(&mut repl), b"");
}

#[test]
fn a_board_that_restarts_is_interrupted_at_once_and_told_of() {
    for (text, expected) in [
        ("MPY: soft reboot\r\n", 8..=8),
        // The whole chip: one each millisecond.
        ("rst:0x1 (POWERON_RESET)", 99..=100),
        ("ets rst cause:2, boot", 99..=100),
    ] {
        let mut repl = RawRepl::new(Nonce::new(1), Config::default());
        repl.enter(ms(0), ms(10_000));
        sent(&mut repl);
        for restart in 1..=5_u64 {
            let begin = ms(restart * 100);
            repl.receive(text.as_bytes(), begin);
            let mut strokes = 0;
            while repl
                .deadline()
                .is_some_and(|deadline| deadline <= begin + ms(100))
            {
                let deadline = repl.deadline().expect("a deadline");
                repl.timeout(deadline);
                strokes += sent(&mut repl).matches('\x03').count();
            }
            assert!(expected.contains(&strokes), "{strokes} {restart}");
        }
        repl.timeout(ms(10_000));
        let failed = events(&mut repl).pop();
        let Some(Event::Failed(Error::Timeout { restarts, .. })) = failed else {
            panic!("{failed:?}");
        };
        assert_eq!(restarts, 5);
    }
}

const NO_MEMORY: &str =
    "OK\x04MemoryError: memory allocation failed, allocating 136 bytes\r\n\x04>";

#[test]
fn a_board_without_memory_for_any_command_is_at_the_prompt() {
    let mut repl = RawRepl::new(Nonce::new(1), Config::default());
    repl.enter(ms(0), ms(10_000));
    assert_eq!(sent(&mut repl).matches("print").count(), 1);
    repl.receive(
        format!("raw REPL; CTRL-B to exit\r\n>{NO_MEMORY}").as_bytes(),
        ms(1),
    );
    // It may have been another command that failed so.
    assert!(!repl.is_ready());
    assert!(sent(&mut repl).len() < 32, "more than a full board takes");
    repl.receive(NO_MEMORY.as_bytes(), ms(2));
    assert_eq!(
        events(&mut repl).pop(),
        Some(Event::Failed(Error::NoMemory))
    );
    repl.soft_reset(ms(3), ms(1000));
    repl.receive(
        b"OK\r\nMPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>",
        ms(4),
    );
    assert_eq!(events(&mut repl).pop(), Some(Event::Restarted));
}

#[test]
fn a_command_that_leaves_no_memory_for_a_probe_has_ended() {
    let mut repl = ready(Config::default());
    start(&mut repl, "1");
    sent(&mut repl);
    repl.receive(b"OK\x04MemoryError: \r\n\x04>", ms(1));
    assert!(sent(&mut repl).contains("print"));
    repl.receive(NO_MEMORY.as_bytes(), ms(2));
    for _ in 0..2 {
        assert!(!repl.is_ready());
        assert!(sent(&mut repl).contains("print"));
        repl.receive(
            format!("raw REPL; CTRL-B to exit\r\n>{NO_MEMORY}").as_bytes(),
            ms(3),
        );
    }
    let traceback = b"MemoryError: \r\n".to_vec();
    let ended = events(&mut repl)
        .into_iter()
        .rfind(|event| !matches!(event, Event::Stray(_)));
    assert_eq!(ended, Some(finish(Outcome::Raised { traceback })));
    assert!(repl.is_ready());
}

/// A board that says something every 100 ms and does not take the command: plain, in raw-paste mode, and
/// asked for that mode.
#[test]
fn a_board_that_talks_without_end_does_not_hold_up_a_command() {
    for (length, header) in [(1, ""), (300, ""), (300, "R\x01\x7f\0"), (300, "R\x00>")] {
        let mut repl = ready(Config::default());
        start(&mut repl, &"x".repeat(length));
        let mut now = ms(0);
        repl.receive(header.as_bytes(), now);
        let failed = loop {
            now += ms(100);
            assert!(now < ms(6000), "{length} {header:?}: for ever");
            repl.receive(b"21.5 C\x01\r\n", now);
            sent(&mut repl);
            repl.timeout(now);
            assert!(
                repl.input.len() < 64,
                "{length} {header:?}: {}",
                repl.input.len()
            );
            if let Some(Event::Failed(error)) = events(&mut repl).pop() {
                break error;
            }
        };
        assert!(matches!(failed, Error::Timeout { .. }), "{failed:?}");
    }
}

#[test]
fn a_thread_that_prints_does_not_hide_that_a_probe_was_dropped() {
    let mut repl = ready(Config::default());
    start(&mut repl, "1");
    sent(&mut repl);
    repl.receive(b"OK\x04KeyboardInterrupt: \r\n\x04>", ms(1));
    sent(&mut repl);
    let mut now = ms(1);
    let mark = loop {
        now += ms(100);
        assert!(now < ms(2000), "never asked again");
        repl.receive(b"tick\r\n", now);
        repl.timeout(now);
        let again = sent(&mut repl);
        if !again.is_empty() {
            break mark_in(&again);
        }
    };
    repl.receive(format!("OK{mark}\r\n\x04\x04>").as_bytes(), now);
    let traceback = b"KeyboardInterrupt: \r\n".to_vec();
    assert_eq!(
        events(&mut repl).pop(),
        Some(finish(Outcome::Raised { traceback }))
    );
}

#[test]
fn one_probe_goes_out_however_many_ends_come_together() {
    let mut repl = ready(Config::default());
    start(&mut repl, "1");
    sent(&mut repl);
    repl.receive(&[&b"OK"[..], &b"\x04\x04>".repeat(1000)].concat(), ms(1));
    assert_eq!(sent(&mut repl).matches("print").count(), 1);
}

#[test]
fn what_follows_an_answer_in_the_same_read_is_not_lost() {
    let behind = Event::Stray(b"tick\r\n".to_vec());
    let mut repl = RawRepl::new(Nonce::new(1), Config::default());
    repl.enter(ms(0), ms(1000));
    // An earlier mark, and one that is no answer, in front of it.
    answer(
        &mut repl,
        "OK~00000000010~\r\nOKM..OKM\r\n\x04\x04>tick\r\n",
    );
    assert!(repl.is_ready());
    assert_eq!(events(&mut repl).pop().as_ref(), Some(&behind));
    repl.soft_reset(ms(0), ms(1000));
    repl.receive(b"raw REPL; CTRL-B to exit\r\n>tick\r\n", ms(1));
    assert_eq!(events(&mut repl), [Event::Restarted, behind.clone()]);
    repl.leave(ms(1));
    repl.receive(b"banner\r\n>>> tick\r\n", ms(2));
    let left = [Event::Stray(b"banner\r\n>>> ".to_vec()), Event::Left];
    assert_eq!(events(&mut repl), [&left[..], &[behind]].concat());
}

#[test]
fn a_console_shows_how_it_ends_lines() {
    for (end, carriage_returns) in [("\n", 0), ("\r\n", 1), ("\r\r\n", 2)] {
        let mut repl = RawRepl::new(Nonce::new(1), Config::default());
        repl.enter(ms(0), ms(1000));
        answer(&mut repl, &format!("OKM{end}\x04\x04>"));
        assert_eq!(repl.console(), Console { carriage_returns });
    }
}

#[test]
fn an_echo_is_not_taken_for_the_answer() {
    let mut repl = RawRepl::new(Nonce::new(1), Config::default());
    repl.enter(ms(0), ms(1000));
    let call = sent(&mut repl);
    repl.receive(call.as_bytes(), ms(0));
    assert!(!repl.is_ready());
    repl.receive(
        format!("OK{}\r\n\x04\x04>", mark_in(&call)).as_bytes(),
        ms(0),
    );
    assert!(repl.is_ready());
}

#[test]
fn an_answer_to_an_earlier_call_is_not_enough() {
    let mut repl = RawRepl::new(Nonce::new(1), Config::default());
    repl.enter(ms(0), ms(1000));
    let first = mark_in(&sent(&mut repl));
    repl.timeout(ms(300));
    let second = mark_in(&sent(&mut repl));
    repl.receive(format!("OK{first}\r\n\x04\x04>").as_bytes(), ms(301));
    assert!(!repl.is_ready());
    repl.receive(format!("OK{second}\r\n\x04\x04>").as_bytes(), ms(302));
    assert!(repl.is_ready());
}

#[test]
fn a_short_command_is_one_write_to_the_plain_raw_repl() {
    let mut repl = ready(Config::default());
    start(&mut repl, &"x".repeat(127));
    assert_eq!(sent(&mut repl), "x".repeat(127) + "\x04");
}

#[test]
fn a_long_command_starts_raw_paste_mode_in_one_write_and_learns_the_window() {
    let mut repl = ready(Config::default());
    let mark = start(&mut repl, &"x".repeat(400));
    assert_eq!(sent(&mut repl), format!("\x05A\x01{}", "x".repeat(125)));
    repl.receive(b"R\x01\x80\x00", ms(1));
    assert_eq!(sent(&mut repl), "xxx");
    repl.receive(b"\x01", ms(1));
    assert_eq!(sent(&mut repl), "x".repeat(128));
    assert_eq!(repl.burst(), 256);
    repl.receive(b"\x01", ms(2));
    assert_eq!(sent(&mut repl), "x".repeat(128));
    repl.receive(b"\x01", ms(2));
    assert_eq!(sent(&mut repl), "x".repeat(16) + "\x04");
    repl.receive(format!("\x04{mark}\r\n\x04\x04>").as_bytes(), ms(3));
    assert_eq!(
        events(&mut repl),
        [Event::Started, finish(Outcome::Completed)]
    );

    start(&mut repl, &"y".repeat(255));
    assert_eq!(sent(&mut repl), "y".repeat(255) + "\x04");
}

#[test]
fn a_board_without_raw_paste_mode_gets_paced_bursts() {
    for refusal in ["raw REPL; CTRL-B to exit\r\n>", "R\x00>"] {
        let mut repl = ready(Config::default());
        let mark = start(&mut repl, &"x".repeat(300));
        let mut all = sent(&mut repl);
        repl.receive(refusal.as_bytes(), ms(1));
        assert_eq!(repl.transmit(), None, "the board has enough to take in");
        for turn in 1..=2 {
            let deadline = repl.deadline().expect("a pace");
            assert_eq!(deadline, ms(1 + turn * 10));
            repl.timeout(deadline);
            all += &sent(&mut repl);
        }
        assert_eq!(all, format!("\x05A\x01{}\x04", "x".repeat(300)));
        repl.receive(format!("OK{mark}\r\n\x04\x04>").as_bytes(), ms(30));
        assert_eq!(
            events(&mut repl),
            [Event::Started, finish(Outcome::Completed)]
        );
        assert_eq!(repl.raw_paste(), Some(false));
    }
}

#[test]
fn a_window_of_nothing_is_a_violation() {
    let mut repl = ready(Config::default());
    start(&mut repl, &"x".repeat(300));
    repl.receive(b"R\x01\x00\x00\x01", ms(1));
    let failed = events(&mut repl);
    assert!(
        matches!(
            failed[..],
            [Event::Failed(Error::Violation { .. }), Event::Stray(_)]
        ),
        "{failed:?}"
    );
}

#[test]
fn a_board_that_does_not_take_a_command_fails_it() {
    let mut repl = ready(Config::default());
    start(&mut repl, "1");
    repl.timeout(repl.deadline().expect("a deadline"));
    let failed = events(&mut repl);
    let [
        Event::Failed(Error::Timeout {
            phase: Phase::Sending,
            waited,
            ..
        }),
    ] = failed[..]
    else {
        panic!("{failed:?}");
    };
    assert_eq!(waited, Config::default().response_timeout);
}

#[test]
fn a_running_program_has_no_deadline() {
    let mut repl = ready(Config::default());
    start(&mut repl, "1");
    repl.receive(b"OKworking", ms(1));
    assert_eq!(repl.deadline(), None);
}

#[test]
fn a_probe_that_an_interrupt_dropped_is_sent_again() {
    let mut repl = ready(Config::default());
    start(&mut repl, "while True: pass");
    sent(&mut repl);
    repl.receive(b"OK", ms(1));
    repl.interrupt(ms(2));
    assert_eq!(sent(&mut repl), "\x03");
    repl.receive(b"\x04KeyboardInterrupt: \r\n\x04>", ms(3));
    let dropped = sent(&mut repl);
    assert!(dropped.starts_with("import builtins as _belay_b;_belay_b.print('~"));
    repl.timeout(repl.deadline().expect("a time to try again"));
    let mark = mark_in(&sent(&mut repl));
    repl.receive(format!("OK{mark}\r\n\x04\x04>").as_bytes(), ms(900));
    let traceback = b"KeyboardInterrupt: \r\n".to_vec();
    assert_eq!(
        events(&mut repl),
        [Event::Started, finish(Outcome::Raised { traceback })]
    );
}

#[test]
fn an_answer_that_is_still_to_come_is_not_taken_for_the_next_command_s() {
    let mut repl = ready(Config::default());
    let mark = start(&mut repl, "1");
    sent(&mut repl);
    repl.receive(b"OK\x04\x04>", ms(1));
    let probe = mark_in(&sent(&mut repl));
    repl.receive(format!("\r\n{mark}\r\n\x04\x04>").as_bytes(), ms(2));
    assert!(!repl.is_ready());
    answer(
        &mut repl,
        &format!("OK{probe}\r\n\x04\x04>raw REPL; CTRL-B to exit\r\n>OKM\r\n\x04\x04>"),
    );
    assert!(repl.is_ready());
    assert_eq!(events(&mut repl).pop(), Some(finish(Outcome::Completed)));
}

const BANNER: &str = "MicroPython v1\r\nType \"help()\" for more information.\r\n>>> ";

#[test]
fn a_board_that_restarts_under_a_program_is_noticed() {
    let mut repl = ready(Config::default());
    start(&mut repl, "machine.reset()");
    sent(&mut repl);
    repl.receive(format!("OKbye\r\n{BANNER}").as_bytes(), ms(1));
    repl.timeout(repl.deadline().expect("a time to ask"));
    let probe = sent(&mut repl);
    for byte in probe.trim_end_matches('\x04').bytes() {
        repl.receive(&[byte], ms(400));
    }
    // The banner is no output of the program.
    let output = Event::Output(b"bye\r\n".to_vec());
    assert_eq!(
        events(&mut repl),
        [Event::Started, output, finish(Outcome::Restarted)]
    );
    assert!(!repl.is_ready());
}

#[test]
fn a_program_that_prints_a_banner_goes_on() {
    let mut repl = ready(Config::default());
    let mark = start(&mut repl, "1");
    sent(&mut repl);
    repl.receive(format!("OK{BANNER}").as_bytes(), ms(1));
    repl.timeout(repl.deadline().expect("a time to ask"));
    let probe = mark_in(&sent(&mut repl));
    let printed = Event::Output(BANNER.into());
    assert_eq!(events(&mut repl), [Event::Started]);
    // A friendly REPL would have echoed by then.
    repl.timeout(repl.deadline().expect("a time for the echo"));
    assert_eq!(events(&mut repl), [printed]);
    assert_eq!(repl.deadline(), None);
    repl.receive(
        format!("__im{mark}\r\n\x04\x04>OK{probe}").as_bytes(),
        ms(900),
    );
    answer(
        &mut repl,
        "\r\n\x04\x04>raw REPL; CTRL-B to exit\r\n>OKM\r\n\x04\x04>",
    );
    assert_eq!(events(&mut repl).pop(), Some(finish(Outcome::Completed)));
    assert!(repl.is_ready());
}

#[test]
fn a_command_that_restarts_the_board_ends_with_its_silence_or_its_first_word() {
    for word in [None, Some(BANNER), Some("up\r\n")] {
        let mut repl = ready(Config::default());
        let mark = repl.next_mark();
        repl.restart(Command::marked("reset()", mark), ms(0), ms(1000));
        sent(&mut repl);
        repl.receive(b"OK", ms(1));
        if let Some(word) = word {
            repl.receive(word.as_bytes(), ms(2));
        }
        repl.timeout(ms(1001));
        let stray = word.map(|word| Event::Stray(word.into()));
        let expected = [Some(Event::Started), Some(Event::Restarted), stray];
        assert_eq!(
            events(&mut repl),
            expected.into_iter().flatten().collect::<Vec<_>>()
        );
        assert_eq!((repl.transmit(), repl.is_ready()), (None, false));
    }
    let mut repl = ready(Config::default());
    let mark = repl.next_mark();
    repl.restart(Command::marked("reset()", mark), ms(0), ms(1000));
    sent(&mut repl);
    repl.receive(b"OK\x04ImportError: no\r\n\x04>", ms(1));
    answer(&mut repl, "OKM\r\n\x04\x04>");
    let traceback = b"ImportError: no\r\n".to_vec();
    let raised = finish(Outcome::Raised { traceback });
    assert_eq!(events(&mut repl), [Event::Started, raised]);
}

#[test]
fn a_board_that_is_left_to_its_programs_says_that_it_restarts() {
    let mut repl = ready(Config::default());
    repl.reboot(ms(0), ms(1000));
    assert_eq!(sent(&mut repl), "\x02\x04");
    repl.receive(
        b"\r\nMicroPython v1\r\n>>> \r\nMPY: soft reboot\r\nup\r\n",
        ms(1),
    );
    let mut events = events(&mut repl);
    events.retain(|event| !matches!(event, Event::Stray(_)));
    assert_eq!(events, [Event::Restarted]);
    assert_eq!((repl.is_ready(), repl.deadline()), (false, None));
}

#[test]
fn what_may_become_a_banner_is_shown_when_nothing_follows() {
    let mut repl = ready(Config::default());
    start(&mut repl, "1");
    sent(&mut repl);
    repl.receive(b"OKMicroPython v1", ms(1));
    assert_eq!(events(&mut repl), [Event::Started]);
    repl.timeout(repl.deadline().expect("a time to show it"));
    assert_eq!(
        events(&mut repl),
        [Event::Output(b"MicroPython v1".to_vec())]
    );
    assert_eq!((repl.transmit(), repl.deadline()), (None, None));
}

#[test]
fn an_interrupt_before_the_end_of_a_command_cancels_it() {
    let mut repl = ready(Config::default());
    start(&mut repl, &"x".repeat(400));
    sent(&mut repl);
    repl.receive(b"R\x01\x80\x00\x01", ms(1));
    repl.interrupt(ms(1));
    answer(
        &mut repl,
        "\x04\x04KeyboardInterrupt: \r\n\x04>raw REPL; CTRL-B to exit\r\n>OKM\r\n\x04\x04>",
    );
    assert_eq!(events(&mut repl).pop(), Some(finish(Outcome::Cancelled)));
    assert!(repl.is_ready());
}

#[test]
fn a_program_that_spoilt_print_has_run_to_its_end() {
    let traceback = |line: u32, last: &str| {
        format!(
            "Traceback (most recent call last):\r\n  File \"<stdin>\", line {line}, in <module>\r\n\
             {last}\r\n"
        )
    };
    let run = |text: &str| {
        let mut repl = ready(Config::default());
        let mark = repl.next_mark();
        repl.start(Command::exec("a = 1\nprint = 2", mark), ms(0));
        sent(&mut repl);
        repl.receive(format!("OK\x04{text}\x04>").as_bytes(), ms(0));
        answer(&mut repl, "OKM\r\n\x04\x04>");
        events(&mut repl).pop()
    };
    let spoilt = traceback(3, "TypeError: 'int' object isn't callable");
    assert_eq!(run(&spoilt), Some(finish(Outcome::Completed)));
    for own in [
        traceback(2, "TypeError: 'int' object isn't callable"),
        traceback(3, "KeyboardInterrupt: "),
    ] {
        let expected = finish(Outcome::Raised {
            traceback: own.clone().into_bytes(),
        });
        assert_eq!(run(&own), Some(expected));
    }
}

#[test]
fn a_program_gets_input_and_its_rest_does_not_reach_the_probe() {
    let mut repl = ready(Config::default());
    repl.input(b"dropped: nothing runs");
    assert_eq!(repl.transmit(), None);
    start(&mut repl, "1");
    sent(&mut repl);
    repl.receive(b"OK", ms(1));
    repl.input(b"line\n");
    assert_eq!(sent(&mut repl), "line\n");
    repl.receive(b"\x04KeyboardInterrupt: \r\n\x04>", ms(2));
    let probe = sent(&mut repl);
    assert!(probe.starts_with("\x03import builtins"), "{probe:?}");
    repl.input(b"dropped: the program has ended");
    assert_eq!(repl.transmit(), None);
    let mark = mark_in(&probe);
    repl.receive(format!("OK{mark}\r\n\x04\x04>").as_bytes(), ms(3));
    let traceback = b"KeyboardInterrupt: \r\n".to_vec();
    assert_eq!(
        events(&mut repl),
        [Event::Started, finish(Outcome::Raised { traceback })]
    );
}

#[test]
fn a_link_that_holds_the_sender_back_gets_longer_commands_in_one_write() {
    let mut repl = ready(Config {
        largest_write: 1000,
        ..Config::default()
    });
    let mark = start(&mut repl, &"x".repeat(200));
    sent(&mut repl);
    repl.receive(b"R\x01\x80\x00\x01", ms(1));
    sent(&mut repl);
    assert_eq!((repl.burst(), repl.input_buffer()), (1000, 256));
    repl.receive(format!("\x04{mark}\r\n\x04\x04>").as_bytes(), ms(2));
    events(&mut repl);
    start(&mut repl, &"y".repeat(999));
    assert_eq!(sent(&mut repl), "y".repeat(999) + "\x04");
}

#[test]
fn such_a_link_may_carry_more_than_raw_paste_mode_has_granted() {
    let mut repl = ready(Config {
        unacknowledged: 1000,
        ..Config::default()
    });
    start(&mut repl, &"x".repeat(3000));
    let first = sent(&mut repl);
    repl.receive(b"R\x01\x80\x00\x01", ms(1));
    let next = sent(&mut repl);
    assert_eq!(first.len() - 3 + next.len(), 256 + 1000);
    repl.receive(b"\x01", ms(2));
    assert_eq!(sent(&mut repl).len(), 128);
    repl.interrupt(ms(3));
    answer(&mut repl, "OKM\r\n\x04\x04>");
    // Now that it has the mode, the question and the code go in one write.
    start(&mut repl, &"y".repeat(900));
    let first = sent(&mut repl);
    assert_eq!((first.len(), first.ends_with('\x04')), (904, true));
}

#[test]
fn a_command_that_is_given_up_is_interrupted_and_fails() {
    let mut repl = ready(Config::default());
    start(&mut repl, "f()");
    sent(&mut repl);
    repl.receive(b"OK..", ms(1));
    events(&mut repl);
    repl.give_up(ms(50));
    assert_eq!(sent(&mut repl), "\x03");
    let failed = events(&mut repl).pop();
    let expected = |event: &Event| matches!(event, Event::Failed(Error::Timeout { phase: Phase::Running, waited, .. }) if *waited == ms(50));
    assert!(failed.as_ref().is_some_and(expected), "{failed:?}");
    assert!(!repl.is_ready() && !repl.is_busy());
    // There is nothing more to give up.
    repl.give_up(ms(60));
    assert_eq!((repl.transmit(), repl.next_event()), (None, None));
}

#[test]
fn a_board_that_restarts_elsewhere_is_found_again() {
    let mut repl = ready(Config::default());
    repl.soft_reset(ms(0), ms(8000));
    assert_eq!(sent(&mut repl), "\x04");
    repl.receive(b"OK\r\nsoft reboot\r\n>>> ", ms(10));
    repl.timeout(repl.deadline().expect("a deadline"));
    answer(&mut repl, "raw REPL; CTRL-B to exit\r\n>OKM\r\n\x04\x04>");
    assert_eq!(events(&mut repl).pop(), Some(Event::Restarted));
}

proptest::proptest! {
    /// A board with raw-paste mode of any window never has more than it granted, and gets all.
    #[test]
    fn no_more_goes_out_than_was_granted(
        window in 1_usize..300,
        length in 1_usize..3000,
        burst in 1_usize..400,
        takes in proptest::collection::vec(1_usize..500, 1..50),
    ) {
        let mut repl = ready(Config { burst, ..Config::default() });
        let code = "x".repeat(length);
        let mark = start(&mut repl, &code);
        let first = sent(&mut repl);
        proptest::prop_assert!(first.len() <= burst.max(3));
        let mut board = first.strip_prefix("\x05A\x01").map(str::to_owned);
        if board.is_none() {
            proptest::prop_assert_eq!(first, code + "\x04");
            return Ok(());
        }
        let window_bytes = u16::try_from(window).expect("small").to_le_bytes();
        repl.receive(&[&b"R\x01"[..], &window_bytes, b"\x01"].concat(), ms(0));
        let mut granted = 2 * window;
        let mut taken = 0;
        let mut takes = takes.iter().cycle();
        loop {
            let text = board.get_or_insert_default();
            *text += &sent(&mut repl);
            let code_sent = text.trim_end_matches('\x04').len();
            proptest::prop_assert!(code_sent <= granted.max(burst), "{code_sent} > {granted}");
            if text.ends_with('\x04') {
                break;
            }
            let next = (taken + takes.next().expect("endless")).min(code_sent);
            let credits = next / window - taken / window;
            taken = next;
            granted += credits * window;
            repl.receive(&vec![1; credits], ms(0));
        }
        proptest::prop_assert_eq!(board.unwrap_or_default(), code + "\x04");
        repl.receive(format!("\x04{mark}\r\n\x04\x04>").as_bytes(), ms(0));
        proptest::prop_assert_eq!(events(&mut repl).pop(), Some(finish(Outcome::Completed)));
    }

    #[test]
    fn any_bytes_at_any_time_do_no_harm(
        pieces in proptest::collection::vec(proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..40), 0..40),
    ) {
        let mut repl = ready(Config::default());
        start(&mut repl, &"x".repeat(300));
        let mut now = ms(0);
        for piece in pieces {
            repl.receive(&piece, now);
            if let Some(deadline) = repl.deadline() {
                now = now.max(deadline);
            }
            repl.timeout(now);
            repl.transmit();
            events(&mut repl);
        }
    }
}
