//! What a board tells unasked.

use std::time::Duration;

use belay_device::{ConnectOptions, Error, Value};

use crate::support::{LIMIT, board, connect, connect_with, open};

#[test]
fn events_come_during_a_call() {
    let board = board();
    let (mut device, output) = connect(&board);
    let events = device.events().unwrap();
    let value: i32 = device
        .eval("(print('a'), belay_emit('x', [1, \"it's\"]), print('b'), 7)[-1]")
        .unwrap();
    assert_eq!(value, 7);
    assert_eq!(output.take_text(), "a\nb\n");
    let event = events.try_recv().unwrap();
    assert_eq!(event.name, "x");
    assert_eq!(event.value::<(i32, String)>().unwrap(), (1, "it's".into()));
    device.exec("belay_emit('done')").unwrap();
    assert_eq!(
        events.try_recv().unwrap().value::<Value>().unwrap(),
        Value::None
    );
    device.exec("belay_emit('odd', print)").unwrap();
    let event = events.try_recv().unwrap();
    assert!(event.value::<Value>().is_err(), "{event:?}");
    assert_eq!(output.take_text(), "");
}

#[test]
fn an_event_inside_a_result_is_taken_out_of_it() {
    let board = board();
    let (mut device, output) = connect(&board);
    let events = device.events().unwrap();
    device
        .exec("class Loud:\n    def __repr__(self):\n        belay_emit('repr', 1)\n        return '5'")
        .unwrap();
    assert_eq!(
        device.eval::<Vec<i32>>("[1, Loud(), 2]").unwrap(),
        [1, 5, 2]
    );
    assert_eq!(events.try_iter().count(), 1);
    assert_eq!(output.take_text(), "");
}

#[test]
fn events_of_a_thread_wait_for_the_main_program() {
    let board = board();
    let (mut device, output) = connect(&board);
    let events = device.events().unwrap();
    device
        .exec("import _thread\nlock = _thread.allocate_lock()\nlock.acquire()\ndone = []")
        .unwrap();
    let count = device
        .task(
            "def count(n):\n    lock.acquire()\n    for i in range(n):\n        belay_emit('n', i)\n    \
             done.append(n)\n",
        )
        .unwrap();
    count.spawn(&mut device, 20).unwrap();
    // The main program runs while the thread does, and has jumps at which it tells the last ones.
    device
        .exec("lock.release()\nwhile not done:\n    pass\nfor _ in range(100):\n    pass")
        .unwrap();
    let mut found = Vec::new();
    loop {
        found.extend(events.try_iter().map(|event| event.value::<u32>().unwrap()));
        if found.len() == 20 {
            break;
        }
        assert!(device.listen(LIMIT).unwrap(), "{found:?}");
    }
    assert_eq!(found, (0..20).collect::<Vec<_>>());
    assert_eq!(device.lost_events(), 0);
    assert_eq!(output.take_text(), "");
}

#[test]
fn an_interrupt_handler_that_may_not_allocate_may_tell() {
    let board = board();
    let (mut device, output) = connect(&board);
    let events = device.events().unwrap();
    device
        .exec(
            "from micropython import heap_lock, heap_unlock\ndef handler():\n    heap_lock()\n    \
             try:\n        belay_emit('edge', 3)\n    finally:\n        heap_unlock()",
        )
        .unwrap();
    for _ in 0..3 {
        device.exec("handler()").unwrap();
    }
    assert_eq!(device.eval::<i32>("handler() or 4").unwrap(), 4);
    device.listen(std::time::Duration::ZERO).unwrap();
    let found: Vec<i32> = events.try_iter().map(|e| e.value().unwrap()).collect();
    assert_eq!(found, [3; 4]);
    assert_eq!(output.take_text(), "");
}

#[test]
fn what_does_not_fit_is_counted() {
    let board = board();
    let (mut device, _) = connect(&board);
    let events = device.events().unwrap();
    device
        .exec("class Many:\n  def __repr__(self):\n    for i in range(39): belay_emit('n', i)\n    return '0'\n\
             belay_emit('first', Many())")
        .unwrap();
    assert_eq!(events.try_iter().count(), 32);
    assert_eq!(device.lost_events(), 8);
    device.soft_reset().unwrap();
    let error = device.listen(LIMIT).unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
}

/// Events come at any moment, also as a call ends: none is lost, none comes twice, and none is taken
/// for output or for a part of a result.
#[test]
fn events_at_any_moment_are_told_once() {
    for checked in [false, true] {
        let board = board();
        let options = ConnectOptions {
            reset: false,
            timeout: LIMIT,
            checked: Some(checked),
            call_timeout: Some(Duration::from_secs(3)),
            ..ConnectOptions::default()
        };
        let (mut device, output) = connect_with(open(&board), options);
        let events = device.events().unwrap();
        device
            .exec(
                "import _thread, time\nstop = []\nsent = 0\ndef run():\n    global sent\n    while not stop:\n        \
                 belay_emit('n', sent)\n        sent += 1\n        time.sleep_us(150 + sent % 7 * 30)\n\
                 _thread.start_new_thread(run, ())",
            )
            .unwrap();
        let mut found = Vec::new();
        for number in 0..400_u32 {
            let value: u32 = device.eval(&format!("{number} + 1")).unwrap();
            assert_eq!(value, number + 1);
            device.exec("pass").unwrap();
            found.extend(events.try_iter().map(|event| event.value::<u32>().unwrap()));
        }
        device.exec("stop.append(1)\ntime.sleep_ms(5)").unwrap();
        let sent: u64 = device.eval("sent").unwrap();
        while device.listen(Duration::from_millis(50)).unwrap() {}
        found.extend(events.try_iter().map(|event| event.value::<u32>().unwrap()));
        let lost = device.lost_events();
        assert_eq!(output.take_text(), "", "checked: {checked}");
        assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
        assert_eq!(found.len() as u64 + lost, sent, "lost: {lost}");
    }
}

/// Whoever takes an event may call the device in the middle of what it does with it, and who is slow costs
/// memory up to a limit.
#[test]
fn whoever_takes_an_event_may_call_the_device() {
    let board = board();
    let (mut device, _) = connect(&board);
    let events = device.events().unwrap();
    device
        .exec("for i in range(3): belay_emit('n', i)")
        .unwrap();
    let mut doubled = Vec::new();
    for event in events.try_iter() {
        let value: u32 = event.value().unwrap();
        doubled.push(device.eval::<u32>(&format!("{value} * 2")).unwrap());
    }
    assert_eq!(doubled, [0, 2, 4]);
    device
        .exec("for i in range(5000): belay_emit('n', i)")
        .unwrap();
    assert_eq!(
        events.try_iter().count() as u64 + device.lost_events(),
        5000
    );
    assert!(device.lost_events() >= 5000 - 4096);
}
