//! Ends of commands that were damaged on their way.

use super::*;

#[test]
fn a_damaged_end_is_settled_when_the_board_is_silent() {
    for end in [
        "\r\n\x04\x05>",
        "\r\n\x05\x04>",
        "\r\n\x04\x04?",
        "\x0f\n\x05\x04>",
        "\r\n\x04>",
        "\r\n\x04\x04",
        "\r\n",
        "",
    ] {
        let mut repl = ready(Config::default());
        let mark = start(&mut repl, "f()");
        sent(&mut repl);
        let said = format!("OK{mark} [1] {mark}{end}");
        repl.receive(said.as_bytes(), ms(1));
        let found = events(&mut repl);
        assert!(
            !found
                .iter()
                .any(|event| matches!(event, Event::Finished(_))),
            "{end:?}: {found:?}"
        );
        let deadline = repl.deadline().expect("a deadline");
        repl.timeout(deadline);
        answer(&mut repl, "OKM\r\n\x04\x04>");
        assert_eq!(
            events(&mut repl).pop(),
            Some(Event::Finished(Finished {
                outcome: Outcome::Completed,
                payload: Some(crate::Payload::Whole(b"[1]".to_vec())),
            })),
            "{end:?}"
        );
        assert!(repl.is_ready(), "{end:?}");
    }
}
