//! Sessions with a board without an interpreter, in virtual time.

mod board;
mod wire;

use std::time::Duration;

use belay_sync::{Remote as _, RemotePath, Step};
use belay_transport::Properties;

use self::wire::{DIRECTIONS, Direction, FAULTS, Wire};
use crate::{ConnectOptions, Device, Error, Reconnect};

/// How often each kind of fault is tried.
const SEEDS: u64 = 4;
/// How long a call may take, and how much later it may come back: the board has to be found at its prompt.
const CALL: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(25);

/// A session over a link that is as it should be.
fn session(wire: &Wire) -> Device {
    let options = ConnectOptions {
        reset: false,
        call_timeout: Some(CALL),
        checked: Some(true),
        ..ConnectOptions::default()
    };
    let mut device = Device::connect_in(wire.world(), wire.connect(), options).unwrap();
    device.set_output(std::io::sink());
    let again = wire.clone();
    let mut reconnect = Reconnect::new(5, move |_| Ok(again.connect()));
    reconnect.pause = Duration::ZERO;
    device.set_reconnect(reconnect);
    device
}

/// What a call of the peer gives.
fn right(number: u32) -> (u32, String) {
    (number * 7919, format!("n{number}"))
}

/// Makes call `number`, whatever goes wrong with the link, and another one when nothing does any more.
/// Tells whether the first was right.
fn call(wire: &Wire, device: &mut Device, number: u32) -> bool {
    let begun = wire.state().now;
    let result = device.eval::<(u32, String)>(&format!("call({number})"));
    let took = wire.state().now.saturating_sub(begun);
    wire.calm();
    assert!(took < CALL + LATE, "call {number}: {took:?}, {result:?}");
    let is_right = match result {
        Ok(value) => {
            assert_eq!(value, right(number));
            true
        }
        Err(
            Error::Timeout { .. }
            | Error::Damaged { .. }
            | Error::DamagedAnswer
            | Error::Violation { .. }
            | Error::Transport(_)
            | Error::ConnectionLost { .. }
            | Error::Restarted
            | Error::Exited
            | Error::Interrupted
            | Error::Cancelled
            | Error::Exception(_),
        ) => false,
        Err(error) => panic!("call {number}: {error:?}"),
    };
    let ran = wire.state().board.ran.get(&number).copied();
    assert!(ran.unwrap_or(0) <= 1, "call {number} has run {ran:?} times");
    assert!(!is_right || ran == Some(1), "call {number} has not run");
    // What the broken call has left behind may cost one more.
    let sure = format!("call({})", number + 1000);
    let again = device
        .eval::<(u32, String)>(&sure)
        .or_else(|_| device.eval(&sure));
    assert_eq!(again.unwrap(), right(number + 1000), "after call {number}");
    is_right
}

/// The properties of the links on which everything is tried.
const LINKS: [Properties; 2] = [Properties::LOSSY, Properties::RELIABLE];

#[test]
fn noise_gives_the_right_value_or_none_and_no_call_runs_twice() {
    for properties in LINKS {
        for direction in DIRECTIONS {
            for fault in FAULTS {
                let mut count = 0;
                for seed in 0..SEEDS {
                    let wire = Wire::new(seed, properties);
                    let mut device = session(&wire);
                    for number in 0..8 {
                        wire.noise(direction, fault, 60);
                        count += u32::from(call(&wire, &mut device, number));
                    }
                }
                assert!(count > 0, "{direction:?} {fault:?}");
            }
        }
    }
}

#[test]
fn a_cut_anywhere_gives_the_right_value_or_none() {
    for direction in DIRECTIONS {
        for bytes in (0..200).step_by(2) {
            let wire = Wire::new(1, Properties::LOSSY);
            let mut device = session(&wire);
            call(&wire, &mut device, 1);
            wire.cut_after(direction, bytes);
            call(&wire, &mut device, 2);
        }
    }
}

#[test]
fn a_call_that_takes_too_long_is_interrupted_in_its_time() {
    let wire = Wire::new(1, Properties::RELIABLE);
    let mut device = session(&wire);
    device.eval::<Option<u8>>("sleep(1)").unwrap();
    let begun = wire.state().now;
    let result = device.eval::<Option<u8>>("sleep(60)");
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
    let took = wire.state().now.saturating_sub(begun);
    assert!(took < CALL + Duration::from_secs(1), "{took:?}");
    call(&wire, &mut device, 1);
}

#[test]
fn noise_changes_no_event() {
    for fault in FAULTS {
        for seed in 0..SEEDS {
            let wire = Wire::new(seed, Properties::LOSSY);
            let mut device = session(&wire);
            let events = device.events().unwrap();
            for number in 0..10 {
                wire.noise(Direction::ToHost, fault, 100);
                // What comes of the call is another test's.
                let _ = device.exec(&format!("emit({number})"));
                wire.calm();
                let sure = device.eval::<(u32, String)>("call(1)");
                sure.or_else(|_| device.eval("call(1)")).unwrap();
                let mut last = None;
                for event in events.try_iter() {
                    let (call, value) = event.value::<(u32, u32)>().unwrap();
                    assert_eq!((call, value % 7919), (number, 0), "{fault:?}");
                    assert!(last < Some(value), "{fault:?}: {last:?}, {value}");
                    last = Some(value);
                }
            }
        }
    }
}

/// Text, which is compressed, what cannot be, and a small file; always the same.
fn files(run: u32) -> Vec<(RemotePath, Vec<u8>)> {
    let mut state = run + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let text = format!("value = {run}\n").repeat(300).into_bytes();
    [
        ("/text.py", text),
        ("/random", (0..2500 + 100 * run).map(|_| next()).collect()),
        ("/small", run.to_le_bytes().to_vec()),
    ]
    .into_iter()
    .map(|(path, content)| (RemotePath::new(path).unwrap(), content))
    .collect()
}

/// Sends files, whatever goes wrong with the link, and once more when nothing does. Each is there whole or
/// not at all; tells whether the first time was enough.
fn send(wire: &Wire, device: &mut Device, run: u32) -> bool {
    let files = files(run);
    let steps: Vec<Step<'_>> = files
        .iter()
        .map(|(path, content)| Step::Put { path, content })
        .collect();
    let mut go = || {
        device
            .files()
            .perform(&steps, &mut |_| std::ops::ControlFlow::Continue(()))
    };
    let result = go();
    wire.calm();
    for (path, content) in &files {
        let state = wire.state();
        let there = state.board.files.get(path.as_str());
        assert!(result.is_err() || there == Some(content), "{path}");
    }
    if result.is_err() {
        go().or_else(|_| go()).unwrap();
        for (path, content) in &files {
            assert_eq!(wire.state().board.files.get(path.as_str()), Some(content));
        }
    }
    result.is_ok()
}

#[test]
fn what_noise_does_to_a_transfer_is_repaired() {
    for properties in LINKS {
        for direction in DIRECTIONS {
            for fault in FAULTS {
                for seed in 0..SEEDS {
                    let wire = Wire::new(seed, properties);
                    let mut device = session(&wire);
                    wire.noise(direction, fault, 700);
                    send(&wire, &mut device, seed as u32);
                }
            }
        }
    }
}

#[test]
fn a_transfer_is_cut_anywhere() {
    for direction in DIRECTIONS {
        let most = if direction == Direction::ToBoard {
            7000
        } else {
            500
        };
        for bytes in (0..most).step_by(most / 30) {
            let wire = Wire::new(bytes as u64, Properties::RELIABLE);
            let mut device = session(&wire);
            wire.cut_after(direction, bytes);
            send(&wire, &mut device, 1);
        }
    }
}
