//! What can be made to go wrong.

use std::time::{Duration, Instant};

use belay_sim::{
    Board, Direction, Error, Flash, FlashFaults, LinkFault, LinkFaults, PowerCut, SimOptions,
};

use crate::host::{Host, LIMIT, raw, raw_board};

/// Waits until power has failed.
fn wait_for_power_cut(board: &Board) {
    let limit = Instant::now() + LIMIT;
    while board.is_powered() {
        assert!(Instant::now() < limit, "power did not fail");
        std::thread::yield_now();
    }
}

#[test]
fn an_unplugged_board_runs_on() {
    let (board, mut host) = raw_board();
    host.exec("x = 41");
    board.unplug().unwrap();
    assert!(!board.is_plugged_in() && board.is_powered());
    host.until_hangup();
    assert!(!board.stable_path().exists());
    board.plug_in().unwrap();
    let mut host = Host::open(board.stable_path());
    host.check(b"print(x + 1)\x04", "OK42\r\n\x04\x04>");
    // Plugging in what is plugged in changes nothing.
    board.plug_in().unwrap();
    host.check(b"print(x)\x04", "OK41\r\n\x04\x04>");
}

#[test]
fn unplugging_ends_tcp_connections() {
    let (board, _pty) = raw(Board::builder().tcp("127.0.0.1:0").unwrap());
    let mut host = Host::tcp(&board);
    host.exec("x = 1");
    board.unplug().unwrap();
    host.until_hangup();
    assert_eq!(Host::tcp(&board).until_hangup(), b"");
    board.plug_in().unwrap();
    assert_eq!(Host::tcp(&board).exec("print(x)"), "1\r\n");
}

#[test]
fn without_power_memory_is_lost() {
    let (board, mut host) = raw_board();
    host.exec("x = 1\nwith open('kept', 'w') as f:\n    f.write('flash')");
    board.cut_power().unwrap();
    assert!(!board.is_plugged_in() && !board.is_powered());
    host.until_hangup();
    board.plug_in().unwrap();
    assert!(!board.is_plugged_in(), "a board without power has no link");
    board.press_reset().unwrap();
    board.power_on().unwrap();
    let mut host = Host::open(board.stable_path());
    host.enter_raw();
    assert!(host.try_exec("x").1.contains("NameError"));
    assert_eq!(host.exec("print(open('kept').read())"), "flash\r\n");
    let cause = "import machine\nprint(machine.reset_cause() == machine.PWRON_RESET)";
    assert_eq!(host.exec(cause), "True\r\n");
}

#[test]
fn bytes_to_the_board_meet_their_faults() {
    let (board, mut host) = raw_board();
    for (fault, answer) in [
        (LinkFault::Drop, "OK134\r\n"),
        (LinkFault::Duplicate, "OK12234\r\n"),
        (LinkFault::Swap, "OK1324\r\n"),
    ] {
        // The position counts from the moment when the faults are set.
        let faults = LinkFaults::default().at(Direction::ToBoard, fault, 7);
        board.set_link_faults(faults).unwrap();
        host.check(b"print(1234)\x04", &format!("{answer}\x04\x04>"));
    }
    host.check(b"print(1234)\x04", "OK1234\r\n\x04\x04>");
}

#[test]
fn bytes_to_the_host_meet_their_faults() {
    let (board, mut host) = raw_board();
    let faults = LinkFaults::default()
        .at(Direction::ToHost, LinkFault::Drop, 3)
        .at(Direction::ToHost, LinkFault::Swap, 5);
    board.set_link_faults(faults).unwrap();
    host.check(b"print(123456)\x04", "OK13546\r\n\x04\x04>");
    board.set_link_faults(LinkFaults::default()).unwrap();
    let bytes = "bytes(range(48, 112))";
    let packet: String = (48..112_u8).map(char::from).collect();
    let faults = LinkFaults::default().at(Direction::ToHost, LinkFault::Packet, 2);
    board.set_link_faults(faults).unwrap();
    let source = format!("import sys\nsys.stdout.buffer.write({bytes} + b'x' * 64 + {bytes})");
    let twice = "x".repeat(128);
    host.check(
        format!("{source}\x04"),
        &format!("OK{twice}{packet}\x04\x04>"),
    );
}

#[test]
fn a_noisy_link_repeats_itself() {
    let run = |seed| {
        let (board, mut host) = raw_board();
        let faults =
            LinkFaults::default()
                .seed(seed)
                .rate(Direction::ToHost, LinkFault::Flip, 0.02);
        board.set_link_faults(faults).unwrap();
        host.send(b"for _ in range(100):\n    print('.' * 98)\n\x04");
        host.take(10_000)
    };
    let first = run(1);
    assert_eq!(run(1), first);
    assert_ne!(run(2), first);
    let wrong = first.iter().filter(|byte| !b"OK.\r\n".contains(byte));
    assert!((100..300).contains(&wrong.count()));
}

#[test]
fn the_link_is_cut_behind_a_byte() {
    let (board, mut host) = raw_board();
    let cut = |direction, bytes| LinkFaults::default().cut_after(direction, bytes);
    board.set_link_faults(cut(Direction::ToHost, 5)).unwrap();
    host.send(b"x = 7\nprint('abcdef')\x04");
    assert_eq!(host.until_hangup(), b"OKabc");
    assert!(!board.is_plugged_in() && board.is_powered());
    board.plug_in().unwrap();
    let mut host = Host::open(board.stable_path());
    host.enter_raw();
    board.set_link_faults(cut(Direction::ToBoard, 6)).unwrap();
    host.send(b"x += 1\x04");
    host.until_hangup();
    board.plug_in().unwrap();
    let mut host = Host::open(board.stable_path());
    // The line is there up to the cut, and the cut happens once.
    host.check(b"\nprint(x)\x04", "OK8\r\n\x04\x04>");
}

#[test]
fn power_fails_at_every_program_operation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.img");
    let (board, mut host) = raw(Board::builder().flash(Flash::file(&path)));
    host.exec("with open('f', 'w') as f:\n    f.write('old' * 500)");
    board.cut_power().unwrap();
    let image = board.flash_image().unwrap();
    let update = "import os\nwith open('new', 'w') as f:\n    f.write('NEW' * 500)\n\
                  os.rename('new', 'f')\nprint('done')";
    let mut seen = [false; 2];
    let mut cuts = 0;
    for operation in 1.. {
        let how = if operation % 2 == 0 {
            PowerCut::Before
        } else {
            PowerCut::Halfway
        };
        board.set_flash_image(&image).unwrap();
        board.power_on().unwrap();
        let mut host = Host::open(board.stable_path());
        host.enter_raw();
        let faults = FlashFaults::cut_power_at(operation, how);
        board.set_flash_faults(faults).unwrap();
        let before = board.flash_counters().unwrap().programs;
        host.send(format!("{update}\x04"));
        let all = host.until_hangup_or("done");
        let after = board.flash_counters().unwrap().programs;
        if all {
            assert!(after - before < operation);
            break;
        }
        wait_for_power_cut(&board);
        assert_eq!(
            after - before,
            operation - 1,
            "what happened before the cut"
        );
        cuts += 1;
        board.power_on().unwrap();
        let mut host = Host::open(board.stable_path());
        host.enter_raw();
        let text = host.exec("print(open('f').read())");
        let new = text == format!("{}\r\n", "NEW".repeat(500));
        assert!(
            new || text == format!("{}\r\n", "old".repeat(500)),
            "{text:?}"
        );
        seen[usize::from(new)] = true;
        host.exec("open('again', 'w').close()");
        board.cut_power().unwrap();
    }
    assert!(cuts > 3 && seen[0], "{cuts} cuts, {seen:?}");
}

#[test]
fn a_power_cut_while_files_are_closed_by_a_reset() {
    let (board, mut host) = raw_board();
    host.exec("f = open('f', 'w')\nf.write('x' * 100)");
    board.cut_power_at(1).unwrap();
    host.send(b"\x04");
    host.until_hangup();
    wait_for_power_cut(&board);
    board.power_on().unwrap();
    let mut host = Host::open(board.stable_path());
    host.enter_raw();
    host.exec("with open('f', 'w') as f:\n    f.write('y')");
}

#[test]
fn only_a_board_without_power_gets_another_flash() {
    let (board, _host) = raw_board();
    let image = board.flash_image().unwrap();
    let error = board.set_flash_image(&image).unwrap_err();
    assert!(matches!(error, Error::Powered), "{error}");
    board.cut_power().unwrap();
    let error = board.set_flash_image(&image[1..]).unwrap_err();
    assert!(matches!(error, Error::FlashSize { .. }), "{error}");
    board.set_flash_image(&image).unwrap();
    board.power_on().unwrap();
}

#[test]
fn a_flash_begins_as_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let (board, mut host) = raw_board();
    host.exec("open('here', 'w').close()");
    std::fs::write(&path, board.flash_image().unwrap()).unwrap();
    let (_first, mut host) = raw(Board::builder().flash(Flash::copy_of(&path)));
    host.exec("import os\nos.remove('here')");
    let (_second, mut host) = raw(Board::builder().flash(Flash::copy_of(&path)));
    assert_eq!(host.exec("import os\nprint(os.listdir())"), "['here']\r\n");
    let missing = Flash::copy_of(folder.path().join("none"));
    let error = Board::builder().flash(missing).start().unwrap_err();
    assert!(matches!(error, Error::Flash { .. }), "{error}");
}

#[test]
fn a_power_cut_while_the_board_starts_is_told() {
    let faults = FlashFaults::cut_power_at(1, PowerCut::Before);
    let error = Board::builder().flash_faults(faults).start().unwrap_err();
    assert!(error.to_string().contains("power failed"), "{error}");
}

#[test]
fn a_full_flash_says_so() {
    let (board, mut host) = raw_board();
    host.exec("with open('old', 'w') as f:\n    f.write('old' * 1000)");
    board.set_flash_faults(FlashFaults::full_after(2)).unwrap();
    let (_, error) = host.try_exec("with open('new', 'wb') as f:\n    f.write(bytes(50000))");
    assert!(
        error.contains("ENOSPC") || error.contains("28"),
        "{error:?}"
    );
    assert_eq!(host.exec("print(len(open('old').read()))"), "3000\r\n");
    board.set_flash_faults(FlashFaults::default()).unwrap();
    host.exec("with open('new', 'wb') as f:\n    f.write(bytes(50000))");
}

#[test]
fn a_slow_flash_takes_its_time() {
    let (board, mut host) = raw_board();
    let (erase, program) = (Duration::from_millis(20), Duration::from_millis(2));
    board
        .set_flash_faults(FlashFaults::slow(erase, program))
        .unwrap();
    let before = board.flash_counters().unwrap();
    let begin = Instant::now();
    host.exec("with open('f', 'wb') as f:\n    f.write(bytes(9000))");
    let passed = begin.elapsed();
    let after = board.flash_counters().unwrap();
    let erases = u32::try_from(after.erases - before.erases).unwrap();
    let programs = u32::try_from(after.programs - before.programs).unwrap();
    assert!(erases >= 2 && programs >= 2);
    assert!(passed >= erase * erases + program * programs, "{passed:?}");
}

#[test]
fn boards_by_name_have_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let options = format!(
        "?flash={}&flash_size=64k&duplicate=1&direction=to_host",
        path.display()
    );
    let options: SimOptions = options.parse().unwrap();
    let board = options.builder().unwrap().start().unwrap();
    let mut host = Host::open(board.path());
    host.send(b"\r\x03\x03\r\x01");
    host.until("rraaww  RREEPPLL;;");
    host.until("\r\r\n\n>>");
    host.send(b"import os\nprint(os.statvfs('/')[2])\x04");
    host.check(b"", "OOKK1166\r\r\n\n\x04\x04\x04\x04>>");
}
