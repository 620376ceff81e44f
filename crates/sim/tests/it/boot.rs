//! Starts and resets.

use belay_sim::{Board, Firmware, Flash};

use crate::host::{Host, PROMPT, RAW, raw, raw_board, start};

const BANNER: &str = "Type \"help()\" for more information.\r\n>>> ";

/// Writes files in the raw REPL.
fn write(host: &mut Host, files: &[(&str, &str)]) {
    for (name, text) in files {
        host.exec(&format!(
            "with open({name:?}, 'w') as f:\n    f.write({text:?})"
        ));
    }
}

#[test]
fn boot_and_main_run_where_a_board_runs_them() {
    let (board, mut host) = raw_board();
    write(
        &mut host,
        &[
            ("boot.py", "print('boot', __name__)\nleft = 1\n"),
            ("main.py", "print('main', left)\n"),
        ],
    );
    // From the raw REPL only boot.py runs.
    host.check(
        b"\x04",
        &format!("OK\r\nMPY: soft reboot\r\nboot __main__\r\n{RAW}"),
    );
    assert_eq!(host.exec("print(left)"), "1\r\n");
    // From the friendly REPL both do.
    host.send(b"\x02");
    host.until(BANNER);
    host.check(
        b"\x04",
        "\r\nMPY: soft reboot\r\nboot __main__\r\nmain 1\r\nMicroPython v",
    );
    host.until(BANNER);
    // A hard reset begins in the friendly REPL.
    host.enter_raw();
    board.press_reset().unwrap();
    let shown = host.until(BANNER);
    assert!(
        shown.starts_with("boot __main__\r\nmain 1\r\nMicroPython v"),
        "{shown:?}"
    );
}

#[test]
fn the_files_of_a_start_are_the_firmwares() {
    let firmware = Firmware {
        banner: Some("Another firmware".to_owned()),
        greeting: String::new(),
        startup: ["first.py", "code.py", "last.py"]
            .map(str::to_owned)
            .to_vec(),
        ..Firmware::default()
    };
    let (_board, mut host) = raw(Board::builder().firmware(firmware));
    let print = |name| (name, "print(__file__)\n");
    write(
        &mut host,
        &["first.py", "code.py", "last.py", "boot.py", "main.py"].map(print),
    );
    host.check(
        b"\x04",
        &format!("OK\r\nMPY: soft reboot\r\nfirst.py\r\n{RAW}"),
    );
    host.check(b"\x02", "\r\nAnother firmware\r\n>>> ");
    let started =
        "\r\nMPY: soft reboot\r\nfirst.py\r\ncode.py\r\nlast.py\r\nAnother firmware\r\n>>> ";
    host.check(b"\x04", started);
}

#[test]
fn errors_at_the_start_are_shown() {
    let (_board, mut host) = raw_board();
    write(&mut host, &[("main.py", "def f():\n    1/0\nf()\n")]);
    host.send(b"\x02\x04");
    host.until("MPY: soft reboot\r\n");
    let shown = host.until(BANNER);
    assert!(
        shown.starts_with(
            "Traceback (most recent call last):\r\n  File \"main.py\", line 3, in <module>\r\n  \
             File \"main.py\", line 2, in f\r\nZeroDivisionError: divide by zero\r\nMicroPython v"
        ),
        "{shown:?}"
    );
    // A failing boot.py keeps main.py from running.
    host.enter_raw();
    write(
        &mut host,
        &[
            ("boot.py", "raise OSError(5)\n"),
            ("main.py", "print('main')\n"),
        ],
    );
    host.send(b"\x02\x04");
    host.until("MPY: soft reboot\r\n");
    let shown = host.until(BANNER);
    assert!(
        shown.contains("OSError: [Errno 5] EIO\r\nMicroPython"),
        "{shown:?}"
    );
}

#[test]
fn a_program_at_the_start_is_interrupted() {
    let (_board, mut host) = raw_board();
    write(
        &mut host,
        &[("main.py", "print('running')\nwhile True:\n    pass\n")],
    );
    host.send(b"\x02\x04");
    host.until("running\r\n");
    host.send(b"\x03");
    host.until("KeyboardInterrupt: \r\nMicroPython v");
    host.until(BANNER);
}

#[test]
fn resets_by_the_program() {
    let (_board, mut host) = raw_board();
    host.exec("import machine\nx = 1");
    host.check(
        b"machine.soft_reset()\x04",
        &format!("OK\x04\x04MPY: soft reboot\r\n{RAW}"),
    );
    assert!(host.try_exec("x").1.contains("NameError"));
    assert_eq!(
        host.exec("import machine\nprint(machine.reset_cause() == machine.SOFT_RESET)"),
        "True\r\n"
    );
    host.send(b"import sys\nsys.exit(3)\x04");
    host.until(&format!("OK\x04\x04MPY: soft reboot\r\n{RAW}"));
    host.send(b"import machine\nprint('bye')\nmachine.reset()\nprint('never')\x04");
    let shown = host.until(BANNER);
    assert!(shown.starts_with("OKbye\r\nMicroPython v"), "{shown:?}");
    host.enter_raw();
    assert_eq!(
        host.exec("print(machine.reset_cause() == machine.HARD_RESET) if 'machine' in dir() else print('gone')"),
        "gone\r\n"
    );
}

#[test]
fn a_soft_reset_keeps_what_was_typed_ahead() {
    let (_board, mut host) = raw_board();
    host.check(
        b"\x04print('after')\x04",
        &format!("OK\r\nMPY: soft reboot\r\n{RAW}OKafter\r\n\x04\x04>"),
    );
}

#[test]
fn files_left_open_are_closed_by_a_soft_reset() {
    let (_board, mut host) = raw_board();
    host.exec("f = open('left', 'w')\nf.write('kept')");
    host.send(b"\x04");
    host.until(RAW);
    assert_eq!(host.exec("print(open('left').read())"), "kept\r\n");
}

#[test]
fn a_crash_is_a_reset() {
    let (_board, mut host) = raw_board();
    host.send(b"import uctypes\nuctypes.bytes_at(8, 8)\x04");
    host.until(BANNER);
    host.enter_raw();
    assert_eq!(host.exec("print(1)"), "1\r\n");
}

#[test]
fn boards_run_side_by_side() {
    let mut boards: Vec<Board> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| start(Board::builder())))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    let mut hosts: Vec<Host> = boards
        .iter()
        .map(|board| Host::open(board.path()))
        .collect();
    for (n, host) in hosts.iter_mut().enumerate() {
        host.enter_raw();
        host.exec(&format!("me = {n}"));
    }
    // The end of one is nothing to the others.
    drop(boards.remove(0));
    for (n, host) in hosts.iter_mut().enumerate().skip(1) {
        assert_eq!(host.exec("print(me)"), format!("{n}\r\n"));
    }
}

#[test]
fn the_prompt_of_a_named_firmware() {
    let firmware = Firmware {
        banner: Some("MicroPython v9.9 on a desk; Toaster with Z80".to_owned()),
        ..Firmware::default()
    };
    let board = start(
        Board::builder()
            .firmware(firmware)
            .flash(Flash::temporary()),
    );
    let mut host = Host::open(board.path());
    host.send(b"\r\x03\r\x02");
    host.until("\r\nMicroPython v9.9 on a desk; Toaster with Z80\r\nType \"help()\"");
    host.until(PROMPT);
}
