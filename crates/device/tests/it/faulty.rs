//! Calls over links on which bytes are lost, changed, doubled and held up, and that are cut.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use belay_device::{Device, Error, Interrupter, Reconnect};
use belay_sim::{Board, Direction, LinkFault, LinkFaults};
use belay_transport::Serial;

use crate::support::{LIMIT, builder, connect};

/// How long a call may take before it is abandoned, where only a broken link makes it take so long.
const CALL: Duration = Duration::from_millis(300);
/// Calls for each kind of fault, unless `BELAY_FAULTY_CALLS` says otherwise.
const CALLS: u32 = 40;

/// What came of the calls.
#[derive(Debug, Default)]
struct Tally {
    right: u32,
    wrong: Vec<String>,
    abandoned: u32,
    failed: u32,
}

/// Abandons calls that take longer than [`CALL`].
struct Watch {
    begin: Sender<bool>,
    thread: JoinHandle<()>,
}

impl Watch {
    fn new(interrupter: Interrupter) -> Self {
        let (begin, commands) = channel();
        let thread = std::thread::spawn(move || {
            let mut running = false;
            loop {
                let limit = if running { CALL } else { LIMIT * 100 };
                match commands.recv_timeout(limit) {
                    Ok(now) => running = now,
                    Err(RecvTimeoutError::Timeout) => interrupter.abandon(),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        Self { begin, thread }
    }

    /// Runs a call under the watch.
    fn over<T>(&self, call: impl FnOnce() -> T) -> T {
        self.begin.send(true).unwrap();
        let result = call();
        self.begin.send(false).unwrap();
        result
    }

    fn end(self) {
        drop(self.begin);
        self.thread.join().unwrap();
    }
}

fn calls() -> u32 {
    std::env::var("BELAY_FAULTY_CALLS").map_or(CALLS, |count| count.parse().unwrap())
}

/// A session that finds the board again at its stable path.
fn session(board: &Board) -> Device {
    let (mut device, _) = connect(board);
    device.set_output(std::io::sink());
    let path: Arc<str> = board.stable_path().to_str().unwrap().into();
    let mut reconnect = Reconnect::new(100, move || Ok(Box::new(Serial::open(&path, 115_200)?)));
    reconnect.pause = Duration::from_millis(1);
    device.set_reconnect(reconnect);
    device
}

/// Makes calls over a link with faults that `faults` gives for each. Between the calls the link is
/// as it should be.
fn strike(faults: impl Fn(u32) -> LinkFaults) -> Tally {
    let board = builder().start().unwrap();
    let mut device = session(&board);
    let watch = Watch::new(device.interrupter());
    let mut tally = Tally::default();
    for number in 0..calls() {
        board.set_link_faults(faults(number)).unwrap();
        let expression = format!("({number}*7919, 'n%d'%{number})");
        let result = watch.over(|| device.eval::<(i64, String)>(&expression));
        let right = (i64::from(number) * 7919, format!("n{number}"));
        match result {
            Ok(value) if value == right => tally.right += 1,
            Ok(value) => tally.wrong.push(format!("{value:?} for {right:?}")),
            Err(Error::Abandoned) => tally.abandoned += 1,
            Err(_) => tally.failed += 1,
        }
        board.set_link_faults(LinkFaults::default()).unwrap();
        recover(&mut device, &board);
    }
    watch.end();
    tally
}

/// Over a link without faults calls are right again. What the broken call has left behind, such as a
/// link that is found to be gone, may cost one more; a cut may take effect only then.
fn recover(device: &mut Device, board: &Board) {
    let mut attempt = || {
        if !board.is_plugged_in() {
            board.plug_in().unwrap();
        }
        device.eval::<i64>("3 + 4")
    };
    assert_eq!(attempt().or_else(|_| attempt()).unwrap(), 7);
}

fn rate(direction: Direction, fault: LinkFault) -> Tally {
    strike(|number| {
        LinkFaults::default()
            .seed(number.into())
            .rate(direction, fault, 0.01)
    })
}

/// What a program prints is not protected by a checksum, so that a changed byte may give another
/// value; but it leaves no session behind that gives wrong values, or none, from then on.
#[test]
fn a_session_survives_noise() {
    for direction in [Direction::ToHost, Direction::ToBoard] {
        for fault in [
            LinkFault::Drop,
            LinkFault::Flip,
            LinkFault::Duplicate,
            LinkFault::Swap,
        ] {
            let tally = rate(direction, fault);
            assert!(tally.right > 0, "{direction:?}, {fault:?}: {tally:?}");
            assert!(
                tally.failed + tally.abandoned > 0,
                "{direction:?}, {fault:?}: {tally:?}"
            );
        }
    }
}

#[test]
fn a_cut_gives_the_right_value_or_none() {
    for direction in [Direction::ToHost, Direction::ToBoard] {
        let tally = strike(|number| {
            LinkFaults::default().cut_after(direction, u64::from(number) * 4 % 160)
        });
        assert_eq!(tally.wrong, [""; 0], "{tally:?}");
        assert!(
            tally.right > 0 && tally.failed > 0,
            "{direction:?}: {tally:?}"
        );
    }
}
