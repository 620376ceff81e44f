//! Calls over links on which bytes are lost, changed, doubled and swapped, and that are cut; and to
//! boards that are reset or take too long. What becomes of each fault at each place is tried without an
//! interpreter in `src/tests.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Error, Reconnect};
use belay_sim::{Board, Direction, LinkFault, LinkFaults};
use belay_transport::Serial;

use crate::support::{LIMIT, builder, connect_with, open, patiently};

/// How long a call may take.
const CALL: Duration = Duration::from_millis(300);
/// How much later than that it may come back, on a machine that does much else.
const LATE: Duration = Duration::from_secs(5);
/// What came of the calls.
#[derive(Debug, Default)]
struct Tally {
    right: u32,
    wrong: Vec<String>,
    /// Calls that the board has run more than once.
    twice: Vec<String>,
    late: Vec<String>,
    timeouts: u32,
    damaged: u32,
    failed: u32,
}

impl Tally {
    fn check(&self) {
        assert_eq!(self.wrong, [""; 0], "{self:?}");
        assert_eq!(self.twice, [""; 0], "{self:?}");
        assert_eq!(self.late, [""; 0], "{self:?}");
        assert!(self.right > 0, "{self:?}");
    }
}

/// A session that finds the board again at its stable path.
fn session(board: &Board) -> Device {
    let options = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        checked: Some(true),
        call_timeout: Some(CALL),
        ..ConnectOptions::default()
    };
    let (mut device, _) = connect_with(open(board), options);
    device.set_output(std::io::sink());
    let path: Arc<str> = board.stable_path().to_str().unwrap().into();
    let mut reconnect = Reconnect::new(100, move |_| Ok(Box::new(Serial::open(&path, 115_200)?)));
    reconnect.pause = Duration::from_millis(1);
    device.set_reconnect(reconnect);
    device
}

/// What goes wrong with one call.
enum Strike {
    Link(LinkFaults),
    /// The reset button, pressed during the call.
    Reset,
    /// The program takes longer than the call may.
    Slow,
}

/// Makes calls, each with what `strike` gives for it. Between the calls the link is as it should be.
fn strike(calls: u32, strike: impl Fn(u32) -> Strike) -> Tally {
    let board = builder().start().unwrap();
    let mut device = session(&board);
    recover(&mut device, &board);
    let mut tally = Tally::default();
    for number in 0..calls {
        // The board counts how often it runs each call.
        let mut expression = format!(
            "(ran.update({{{number}: ran.get({number}, 0) + 1}}), {number}*7919, 'n%d'%{number})[1:]"
        );
        let strike = strike(number);
        match &strike {
            Strike::Link(faults) => board.set_link_faults(faults.clone()).unwrap(),
            Strike::Reset => {}
            Strike::Slow => expression.insert_str(0, "__import__('time').sleep(9) or "),
        }
        let begun = Instant::now();
        let result = std::thread::scope(|scope| {
            if let Strike::Reset = strike {
                scope.spawn(|| board.press_reset().unwrap());
            }
            device.eval::<(i64, String)>(&expression)
        });
        let took = begun.elapsed();
        if took > CALL + LATE {
            tally.late.push(format!("call {number}: {took:?}"));
        }
        let right = (i64::from(number) * 7919, format!("n{number}"));
        match result {
            Ok(value) if value == right => tally.right += 1,
            Ok(value) => tally.wrong.push(format!("{value:?} for {right:?}")),
            Err(Error::Timeout { .. }) => tally.timeouts += 1,
            Err(Error::DamagedAnswer | Error::Damaged { .. }) => tally.damaged += 1,
            Err(_) => tally.failed += 1,
        }
        board.set_link_faults(LinkFaults::default()).unwrap();
        recover(&mut device, &board);
        let count: u32 = patiently(&mut device, &format!("ran.get({number}, 0)")).unwrap();
        if count > 1 {
            tally.twice.push(format!("call {number}: {count} times"));
        }
    }
    tally
}

/// Over a link without faults calls are right again. What the broken call has left behind, such as a
/// link that is found to be gone, may cost one more; a cut may take effect only then.
fn recover(device: &mut Device, board: &Board) {
    let mut attempt = || {
        if !board.is_plugged_in() {
            board.plug_in().unwrap();
        }
        patiently::<i64>(device, "globals().setdefault('ran', {}).get(None, 3) + 4")
    };
    assert_eq!(attempt().or_else(|_| attempt()).unwrap(), 7);
}

/// Each byte is damaged with a probability.
fn rate(direction: Direction, fault: LinkFault, seed: u32, rate: f64) -> Strike {
    let faults = LinkFaults::default().seed(seed.into());
    Strike::Link(faults.rate(direction, fault, rate))
}

fn cut(direction: Direction, bytes: u32) -> Strike {
    Strike::Link(LinkFaults::default().cut_after(direction, bytes.into()))
}

const DIRECTIONS: [Direction; 2] = [Direction::ToHost, Direction::ToBoard];
const KINDS: [LinkFault; 5] = [
    LinkFault::Drop,
    LinkFault::Flip,
    LinkFault::Duplicate,
    LinkFault::Swap,
    LinkFault::Packet,
];

/// Cuts, resets, noise and delays as they come, from a seed, `BELAY_SOAK_SEED`; `BELAY_SOAK_CALLS` makes it
/// longer.
#[test]
fn all_that_can_go_wrong_gives_the_right_value_or_none() {
    let calls = std::env::var("BELAY_SOAK_CALLS").map_or(24, |count| count.parse().unwrap());
    let seed: u32 = std::env::var("BELAY_SOAK_SEED").map_or(1, |seed| seed.parse().unwrap());
    let tally = strike(calls, |number| {
        // A multiplier of Knuth's; the upper bits are the better ones.
        let random = (number ^ (seed << 20)).wrapping_mul(2_654_435_761) >> 8;
        let direction = DIRECTIONS[(random >> 4) as usize % 2];
        let kind = KINDS[(random >> 5) as usize % KINDS.len()];
        match random % 16 {
            0..=3 => Strike::Link(LinkFaults::default()),
            4 => Strike::Reset,
            5 if number % 5 == 0 => Strike::Slow,
            5..=7 => cut(direction, (random >> 8) % 200),
            8..=11 => rate(direction, kind, random, 0.001),
            _ => rate(direction, kind, random, 0.01),
        }
    });
    println!("seed {seed}: {tally:?}");
    tally.check();
}
