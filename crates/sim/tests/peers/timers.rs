//! `machine.Timer`, without which the original does not connect, driven by mpremote.

use belay_sim::Level;
use std::time::Instant;

use crate::support::{Bench, HANG, script};

#[test]
fn callbacks_run_however_the_program_waits() {
    let bench = Bench::new();
    assert_eq!(
        bench.mpremote(&["run", &script("timers.py")]),
        "\
busy
sleep
sleep_ms
poll
ipoll
asyncio
once each: short long
another
stopped by its callback: 2
Traceback (most recent call last):
  File \"<stdin>\", line 74, in fail
ValueError: in a callback
the program goes on
Timer(mode=PERIODIC, tick_hz=1000000, period=500)
ValueError: Timer doesn't exist
ValueError: period or freq is needed
ValueError: invalid freq
ValueError: invalid timer mode
ValueError: hard callbacks are not simulated
"
    );
}

#[test]
fn callbacks_run_at_the_prompt_until_a_reset() {
    let bench = Bench::new();
    bench.mpremote(&["run", &script("blink.py")]);
    // Now no program runs, and no client is there.
    let deadline = Instant::now() + HANG;
    assert!(bench.board.wait_for_pin("2", Level::High, deadline));
    bench.mpremote(&["soft-reset"]);
    let changes = bench.board.pin_history("2").len();
    // A timer of its own tells the program that time has passed.
    bench.mpremote(&["run", &script("later.py")]);
    assert_eq!(bench.board.pin_history("2").len(), changes);
}
