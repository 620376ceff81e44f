//! What a board says means the same in any pieces.

use super::*;

const STATES: u32 = 9;

/// A session in each of its states.
fn in_state(state: u32) -> RawRepl {
    if state < 2 {
        let mut repl = RawRepl::new(Nonce::new(1), Config::default());
        if state == 1 {
            repl.enter(ms(0), ms(3000));
        }
        return repl;
    }
    let mut repl = ready(Config::default());
    match state {
        2 => drop(start(&mut repl, "1")),
        3 => drop(start(&mut repl, &"x".repeat(300))),
        4 => {
            start(&mut repl, &"x".repeat(300));
            repl.receive(b"R\x01\x80\x00", ms(1));
        }
        5 => {
            start(&mut repl, "1");
            repl.receive(b"OK", ms(1));
        }
        6 => repl.soft_reset(ms(0), ms(3000)),
        7 => repl.reboot(ms(0), ms(3000)),
        _ => repl.leave(ms(0)),
    }
    events(&mut repl);
    repl
}

/// What boards say, whole, broken off, and any bytes at all.
fn word() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    use proptest::prelude::*;
    let mut words: Vec<Vec<u8>> = [
        "OK",
        "\x04",
        "\x04\x04>",
        "\r\n\x04\x04>",
        "\r\r\n\x04\x04>",
        "\n",
        "\r",
        " ",
        "\x01",
        "R\x01\u{1}\0",
        "R\x01\0\0",
        "R\0>",
        "raw REPL; CTRL-B to exit\r\n>",
        ">>> ",
        BANNER,
        "MPY: soft reboot\r\n",
        "\r\nsoft reboot\r\n",
        "rst:0x",
        NO_MEMORY,
        "Traceback (most recent call last):\r\n  x\r\nE: 1\r\n",
        "E: no\r\n\x04>",
        "\r\nKeyboardInterrupt: \r\n\x04>",
        "import builtins as _belay_b;_belay_b.print('",
    ]
    .iter()
    .map(|word| word.as_bytes().to_vec())
    .collect();
    for count in 1..6 {
        let mark = Nonce::new(1).mark(count);
        words.push(mark.as_bytes().to_vec());
        words.push(format!("OK{mark}\r\n\x04\x04>").into_bytes());
        words.push(format!("{mark} [1] {mark}\r\n\x04\x04>").into_bytes());
    }
    prop_oneof![
        6 => prop::sample::select(words.clone()),
        2 => (prop::sample::select(words), any::<prop::sample::Index>())
            .prop_map(|(word, at)| word[..at.index(word.len())].to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

/// The events, of which neighbours that carry bytes are joined: only their sum is promised.
fn joined(repl: &mut RawRepl) -> Vec<Event> {
    let mut all = Vec::new();
    for event in events(repl) {
        match (all.last_mut(), event) {
            (Some(Event::Output(before)), Event::Output(more))
            | (Some(Event::Stray(before)), Event::Stray(more)) => before.extend(more),
            (_, event) => all.push(event),
        }
    }
    all
}

fn sent_bytes(repl: &mut RawRepl) -> Vec<u8> {
    std::iter::from_fn(|| repl.transmit()).flatten().collect()
}

proptest::proptest! {
    /// Whatever a board says in whatever state, its pieces make no difference.
    #[test]
    fn the_events_are_the_same_for_every_chunking(
        state in 0..STATES,
        turns in proptest::collection::vec(proptest::collection::vec(word(), 0..12), 1..6),
        sizes in proptest::collection::vec(1_usize..7, 1..20),
    ) {
        let mut whole = in_state(state);
        let mut pieces = in_state(state);
        let mut now = ms(1);
        for turn in turns {
            let bytes = turn.concat();
            whole.receive(&bytes, now);
            let (mut rest, mut sizes) = (bytes.as_slice(), sizes.iter().cycle());
            while !rest.is_empty() {
                let size = (*sizes.next().expect("endless")).min(rest.len());
                pieces.receive(&rest[..size], now);
                rest = &rest[size..];
            }
            proptest::prop_assert_eq!(joined(&mut whole), joined(&mut pieces), "{:?}", bytes);
            proptest::prop_assert_eq!(sent_bytes(&mut whole), sent_bytes(&mut pieces));
            proptest::prop_assert_eq!(whole.deadline(), pieces.deadline());
            proptest::prop_assert!(whole.input.len() < 2048, "{}", whole.input.len());
            now = whole.deadline().map_or(now, |deadline| now.max(deadline));
            whole.timeout(now);
            pieces.timeout(now);
        }
    }
}
