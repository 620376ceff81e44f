//! Tests that do harm: each is one clear verdict, and the next one runs.

use super::*;

fn quick() -> Options {
    Options {
        timeout: Duration::from_secs(2),
        ..Options::default()
    }
}

#[test]
fn a_file_that_cannot_be_imported_is_one_failure() {
    for (source, expected) in [
        (
            "import nothing_of_this_name\n",
            " failed: ImportError: no module named 'nothing_of_this_name'",
        ),
        ("def test_a(:\n", " failed: SyntaxError: invalid syntax"),
        ("1 / 0\n", " failed: ZeroDivisionError: divide by zero"),
        ("raise SystemExit\n", " failed: the board restarted"),
        (
            "while True: pass\n",
            " failed: took more than 2 s and was interrupted",
        ),
        (
            "import machine\nmachine.reset()\n",
            " failed: the board restarted",
        ),
    ] {
        assert_eq!(told(&run(source, quick())), [expected], "{source}");
    }
}

#[test]
fn what_hangs_or_prints_for_ever_is_interrupted() {
    let source = "\
def test_a():
    while True: pass
def test_b():
    while True: print('and on')
def test_c(): print('fine')
";
    let outcomes = run(source, quick());
    let limit = "took more than 2 s and was interrupted";
    assert_eq!(
        told(&outcomes),
        [
            format!("::test_a failed: {limit}"),
            format!("::test_b failed: {limit}"),
            "::test_c passed".to_owned(),
        ]
    );
    assert!(outcomes[1].output.starts_with("and on\nand on\n"));
    assert!(outcomes[1].output.len() < 70_000);
}

#[test]
fn what_nothing_stops_is_reset_from_outside() {
    let source = "\
def test_a():
    while True:
        try:
            while True: pass
        except KeyboardInterrupt: pass
def test_b(): pass
def test_c(): pass
";
    let folder = folder(&[("test_a.py", source)]);
    for can_reset in [true, false] {
        let board = std::sync::Arc::new(board(Firmware::default()));
        let connect = |board: &Board| {
            let port = Serial::open(board.path().to_str().unwrap(), 115_200).unwrap();
            let options = ConnectOptions {
                timeout: Duration::from_secs(3),
                ..ConnectOptions::default()
            };
            Device::connect(Box::new(port), options).unwrap()
        };
        let mut runner = Runner::new(connect(&board), quick()).unwrap();
        if can_reset {
            let board = board.clone();
            runner.set_recover(move || {
                board.press_reset().unwrap();
                Some(connect(&board))
            });
        }
        let outcomes = told(&run_in(&mut runner, folder.path()));
        assert_eq!(
            outcomes[0],
            "::test_a failed: took more than 2 s and was interrupted"
        );
        for (line, name) in outcomes[1..].iter().zip(["::test_b", "::test_c"]) {
            if can_reset {
                assert_eq!(*line, format!("{name} passed"));
            } else {
                let expected = format!("{name} failed: the board is gone: ");
                assert!(line.starts_with(&expected), "{line}");
            }
        }
    }
}

#[test]
fn a_restart_is_a_failure_of_the_test_it_happens_in() {
    let source = "\
import machine, sys
seen = []
def test_a(): seen.append(1); assert seen == [1]
def test_b(): machine.reset()
def test_c(): machine.soft_reset()
def test_d(): sys.exit(3)
def test_e(): assert seen == []
";
    assert_eq!(
        told(&run(source, quick())),
        [
            "::test_a passed",
            "::test_b failed: the board restarted",
            "::test_c failed: RuntimeError: sys.exit()",
            "::test_d failed: RuntimeError: sys.exit(3)",
            "::test_e passed",
        ]
    );
}

#[test]
fn a_full_memory_is_emptied_for_the_next() {
    let source = "\
kept = []
def test_a():
    while True: kept.append(bytearray(1000))
def test_b():
    import gc
    gc.collect()
    limit = gc.mem_free() // 10
    while gc.mem_free() > limit: kept.append(bytearray(1000))
def test_c():
    assert kept == []
";
    let outcomes = run(source, quick());
    let first = &told(&outcomes)[0];
    assert!(first.starts_with("::test_a failed: MemoryError"), "{first}");
    assert_eq!(told(&outcomes[1..]), ["::test_b passed", "::test_c passed"]);
}

#[test]
fn timers_and_threads_end_with_their_file() {
    let board = board(Firmware::default());
    let first = folder(&[(
        "test_a.py",
        "import _thread, time\nfrom machine import Timer\ndef on():\n    while True:\n        time.sleep_ms(1)\n\
         def test_b():\n    _thread.start_new_thread(on, ())\n    Timer(-1).init(period=20, callback=lambda t: print('timer'))\n",
    )]);
    let second = folder(&[(
        "test_a.py",
        "import time\ndef test_b():\n    time.sleep_ms(100)\n",
    )]);
    let mut runner = Runner::new(connect(&board), quick()).unwrap();
    assert_eq!(
        told(&run_in(&mut runner, first.path())),
        ["::test_b passed"]
    );
    let outcomes = run_in(&mut runner, second.path());
    assert_eq!(told(&outcomes), ["::test_b passed"]);
    assert_eq!(outcomes[0].output, "");
}

#[test]
fn a_board_that_goes_away_is_told_once_for_each_test() {
    let board = board(Firmware::default());
    let folder = folder(&[(
        "test_a.py",
        "def test_a():\n    print('now')\n    while True: pass\ndef test_b(): pass\n",
    )]);
    let mut runner = Runner::new(connect(&board), Options::default()).unwrap();
    let path = folder.path().to_owned();
    let tests = std::thread::spawn(move || run_in(&mut runner, &path));
    let mut board = Some(board);
    // The board ends while the first test runs, or before it.
    drop(board.take());
    let outcomes = tests.join().unwrap();
    assert!(!outcomes.is_empty());
    for line in told(&outcomes) {
        assert!(line.contains("failed: the board is gone: "), "{line}");
    }
}

#[test]
fn ctrl_c_ends_all_tests() {
    let board = board(Firmware::default());
    let folder = folder(&[("test_a.py", "def test_a():\n    while True: pass\n")]);
    let device = connect(&board);
    let interrupter = device.interrupter();
    let mut runner = Runner::new(device, Options::default()).unwrap();
    let file = TestFile::read(&folder.path().join("test_a.py")).unwrap();
    let (done, ended) = std::sync::mpsc::channel();
    let presses = std::thread::spawn(move || {
        while ended.recv_timeout(Duration::from_millis(50)).is_err() {
            interrupter.interrupt();
        }
    });
    let result = runner.run(&file, &mut |_| {});
    done.send(()).unwrap();
    presses.join().unwrap();
    assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
}
