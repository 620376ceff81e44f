//! What is known of the server beyond its recorded frames.

use std::io::{Read, Write};
use std::time::Duration;

use belay_sim::{Board, Error, Flash, Level};

use super::client::{BINARY, CLOSE, Client, PING, TEXT, WELCOME, header};
use super::{PASSWORD, webrepl_board};
use crate::host::{Host, PROMPT, start};

#[test]
fn the_password_may_come_as_binary_or_with_what_follows() {
    let board = webrepl_board(Board::builder());
    let (mut client, _) = Client::upgraded(&board);
    client.until("Password: ");
    client.send(BINARY, format!("{PASSWORD}\n"));
    client.until(WELCOME);
    drop(client);
    let (mut client, _) = Client::upgraded(&board);
    client.until("Password: ");
    client.send(TEXT, format!("{PASSWORD}\r\x01print(1)\x04"));
    client.until("OK1\r\n\x04\x04>");
}

#[test]
fn a_wrong_password_with_input_behind_it_ends_in_a_reset_or_its_text() {
    let board = webrepl_board(Board::builder());
    let (mut client, _) = Client::upgraded(&board);
    client.until("Password: ");
    client.send(TEXT, "nonsense\r");
    assert_eq!(client.until_end(), "\r\nAccess denied\r\n");
    // The next one is let in.
    Client::logged_in(&board);
}

#[test]
fn passwords_have_one_to_nine_bytes() {
    for password in ["", "pythonpyth"] {
        let error = Board::builder().webrepl("127.0.0.1:0", password);
        assert!(matches!(error, Err(Error::WebReplPassword)), "{password:?}");
    }
}

#[test]
fn without_an_upgrade_there_is_a_page() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::silent(&board);
    let answer = client.request(b"GET / HTTP/1.1\r\nHost: board\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
    let mut page = String::new();
    client.stream.read_to_string(&mut page).unwrap();
    Client::logged_in(&board);
}

#[test]
fn after_a_header_without_a_colon_the_socket_stays_open_and_silent() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::silent(&board);
    let request = b"GET / HTTP/1.1\r\nnonsense\r\n\r\n";
    client.stream.write_all(request).unwrap();
    // Others are served.
    let mut other = Client::raw(&board);
    assert_eq!(other.exec("print(1)"), "1\r\n");
    client.stream.set_nonblocking(true).unwrap();
    let nothing = client.stream.read(&mut [0; 16]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_connection_that_says_nothing_blocks_the_board_until_it_closes() {
    let board = webrepl_board(Board::builder());
    let mut host = Host::open(board.path());
    host.send(b"1+1\r");
    host.until("\r\n2\r\n>>> ");
    let mute = |host: &mut Host| {
        let mut silent = Client::silent(&board);
        host.send(b"'la' + 'ter'\r");
        host.says_nothing(Duration::from_millis(100));
        silent.stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        host.says_nothing(Duration::from_millis(100));
        drop(silent);
        host.until("'later'\r\n>>> ");
    };
    mute(&mut host);
    let _first = Client::logged_in(&board);
    host.until("WebREPL connection from: ('127.0.0.1', ");
    host.until(")\r\n");
    mute(&mut host);
}

#[test]
#[cfg(target_os = "linux")]
fn each_write_is_a_frame() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.send(TEXT, "print('hi', 2)\x04");
    let frames: Vec<_> = std::iter::repeat_with(|| client.frame().unwrap().1)
        .take(8)
        .collect();
    let expected = ["OK", "hi", " ", "2", "\r\n", "\x04", "\x04", ">"];
    assert!(frames.iter().eq(expected.map(str::as_bytes)), "{frames:?}");
    let source =
        "import sys\nsys.stdout.write('\\xff\\x00')\nsys.stdout.buffer.write(b'\\xff\\x80')\x04";
    client.send(TEXT, source);
    for expected in [&b"OK"[..], b"\xc3\xbf\x00", b"\xff\x80"] {
        assert_eq!(client.frame(), Some((TEXT, expected.to_vec())));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_write_of_65535_bytes_passes_and_one_more_ends_the_connection() {
    let board = webrepl_board(Board::builder());
    for (write, length) in [
        ("print('x' * N, end='')", 65_535),
        ("sys.stdout.buffer.write(b'x' * N)", 65_535),
    ] {
        let mut client = Client::raw(&board);
        client.send(TEXT, format!("import sys\nN = {length}\n{write}\x04"));
        client.until("OK");
        assert_eq!(client.frame(), Some((TEXT, vec![b'x'; length])));
        client.until("\x04\x04>");
        client.send(TEXT, format!("N += 1\n{write}\x04"));
        assert!(client.until_end().len() < length);
    }
    let mut client = Client::logged_in(&board);
    let mut long = vec![0x81, 0xFF];
    long.extend(65_536_u64.to_be_bytes());
    client.stream.write_all(&long).unwrap();
    assert_eq!(client.until_end(), "");
}

#[test]
fn a_text_may_come_in_fragments() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.send_part(0x01, "print(");
    client.send_part(0x00, "'whole'");
    client.send_part(0x80, ")\x04");
    client.until("OKwhole\r\n\x04\x04>");
}

#[test]
fn pings_have_no_answer_and_leak_into_the_next_operation() {
    let board = webrepl_board(Board::builder());
    for (ping, ends) in [("", false), ("1", false), ("12", true), ("1234", true)] {
        let mut client = Client::logged_in(&board);
        client.send(PING, ping);
        client.send(BINARY, header(3, 0, ""));
        if ends {
            assert_eq!(client.frame(), None, "{ping}");
        } else {
            let (opcode, version) = client.frame().unwrap();
            assert_eq!((opcode, version.len()), (BINARY, 3), "{ping}");
        }
    }
}

#[test]
fn while_a_program_runs_259_bytes_survive() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.send(
        TEXT,
        "print('go')\nimport machine, sys\npin = machine.Pin(1, machine.Pin.IN)\nwhile not \
         pin():\n    pass\nprint(sys.stdin.read(259)[-1])\x04",
    );
    client.until("go\r\n");
    let data: Vec<u8> = (b'0'..=b'z').cycle().take(300).collect();
    client.send(TEXT, &data);
    while board.lost_bytes() < 41 {
        std::thread::yield_now();
    }
    assert_eq!(board.lost_bytes(), 41);
    board.set_pin("1", Some(Level::High)).unwrap();
    let last = char::from(data[258]);
    client.until(&format!("{last}\r\n\x04\x04>"));
    // At the prompt nothing is lost.
    let long = format!("x = {:?}\nprint(len(x))\x04", "y".repeat(3000));
    client.send(TEXT, long);
    client.until("OK3000\r\n\x04\x04>");
    assert_eq!(board.lost_bytes(), 41);
}

#[test]
fn an_interrupt_gets_through_behind_a_flood() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.send(TEXT, "print('go')\nwhile True:\n    pass\n\x04");
    client.until("go\r\n");
    client.send(TEXT, vec![b'x'; 2000]);
    client.send(TEXT, "\x03");
    client.until("KeyboardInterrupt: \r\n\x04>");
}

#[test]
fn a_second_client_is_turned_away_and_the_first_hears_of_it() {
    let board = webrepl_board(Board::builder());
    let mut host = Host::open(board.path());
    let mut first = Client::logged_in(&board);
    host.until("WebREPL connection from: ('127.0.0.1', ");
    let (mut second, answer) = Client::upgraded(&board);
    assert!(answer.starts_with("HTTP/1.1 101 "));
    assert_eq!(second.frame(), None);
    first.until("\r\nConcurrent WebREPL connection from ('127.0.0.1', ");
    first.until(" rejected\r\n");
    drop(first);
    Client::logged_in(&board);
}

#[test]
fn a_program_outlives_its_client() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.send(
        TEXT,
        "print('go')\nimport machine\npin = machine.Pin(1, machine.Pin.IN)\nwhile not \
         pin():\n    pass\nprint('done')\x04",
    );
    client.until("go\r\n");
    drop(client);
    let mut client = Client::logged_in(&board);
    board.set_pin("1", Some(Level::High)).unwrap();
    client.until("done\r\n\x04\x04>");
}

#[test]
fn a_soft_reset_ends_the_connection_and_keeps_the_mode() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.exec("x = 1");
    client.send(TEXT, "\x04");
    assert_eq!(client.until_end(), "OK\r\n");
    let mut client = Client::logged_in(&board);
    assert_eq!(client.exec("print('x' in globals())"), "False\r\n");
    client.send(TEXT, "\x02");
    client.until(PROMPT);
    client.send(TEXT, "\x04");
    assert_eq!(client.until_end(), "\r\n");
    let mut client = Client::logged_in(&board);
    client.send(TEXT, "1+1\r");
    client.until("2\r\n>>> ");
}

#[test]
fn a_hard_reset_leaves_the_connection_open_and_dead() {
    let board = webrepl_board(Board::builder());
    let mut old = Client::logged_in(&board);
    old.send(TEXT, "\x01x = 1\x04");
    old.until("OK\x04\x04>");
    board.press_reset().unwrap();
    let mut new = Client::logged_in(&board);
    new.send(TEXT, "'x' in globals()\r");
    new.until("False\r\n>>> ");
    old.send(TEXT, "print(1)\x04");
    old.stream.set_nonblocking(true).unwrap();
    let nothing = old.stream.read(&mut [0; 16]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_close_frame_is_answered() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::logged_in(&board);
    client.send(CLOSE, "");
    assert_eq!(client.frame(), Some((CLOSE, Vec::new())));
    assert_eq!(client.frame(), None);
    // With a status it stays open, until the client closes it.
    let mut client = Client::logged_in(&board);
    client.send(CLOSE, b"\x03\xe8");
    assert_eq!(client.frame(), Some((CLOSE, Vec::new())));
    client.send(TEXT, "1+1\r");
    client.until("2\r\n>>> ");
}

const DONE: &[u8] = b"WB\0\0";

fn done(client: &mut Client) {
    assert_eq!(client.frame(), Some((BINARY, DONE.to_vec())));
}

fn put(client: &mut Client, name: &str, data: &[u8], frame: usize) {
    let bytes = [&header(1, data.len(), name)[..], data].concat();
    for part in bytes.chunks(frame) {
        client.send(BINARY, part);
    }
    done(client);
    done(client);
}

#[test]
fn files_go_and_come_in_frames_of_any_size() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    let data: Vec<u8> = (0..=255).cycle().take(5000).collect();
    for frame in [1, 81, 82, 83, 1000, 60_000] {
        put(&mut client, "f.bin", &data, frame);
        client.send(BINARY, header(2, 0, "f.bin"));
        done(&mut client);
        // Twenty requests at once.
        client.send(BINARY, vec![0; 20]);
        for part in data.chunks(256) {
            let length = u16::try_from(part.len()).unwrap().to_le_bytes();
            let expected = [&length[..], part].concat();
            assert_eq!(client.frame(), Some((BINARY, expected)));
        }
        client.send(BINARY, [0]);
        assert_eq!(client.frame(), Some((BINARY, vec![0, 0])));
        done(&mut client);
        assert_eq!(
            client.exec("print(len(open('f.bin', 'rb').read()))"),
            "5000\r\n"
        );
    }
    // An empty file is answered twice, too.
    put(&mut client, "empty", b"", 1000);
    assert_eq!(client.exec("print(open('empty').read())"), "\r\n");
}

#[test]
fn errors_have_no_answer_but_the_end() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.exec("import os\nos.mkdir('folder')");
    drop(client);
    for header in [
        header(2, 0, "missing"),
        header(2, 0, "folder"),
        header(1, 3, "folder"),
        header(1, 3, "missing/file"),
        header(9, 0, "x"),
    ] {
        let mut client = Client::logged_in(&board);
        client.send(BINARY, header);
        assert_eq!(client.frame(), None);
    }
}

#[test]
fn surplus_bytes_are_the_next_header() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::logged_in(&board);
    client.send(BINARY, [&header(1, 3, "f")[..], b"abcdef"].concat());
    done(&mut client);
    done(&mut client);
    client.send(BINARY, header(3, 0, ""));
    assert_eq!(client.frame(), None);
}

#[test]
fn longer_names_than_the_field_name_another_file() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    let mut header = header(1, 1, &"n".repeat(70));
    header.truncate(82);
    client.send(BINARY, header);
    client.send(BINARY, b"x");
    done(&mut client);
    done(&mut client);
    let listing = client.exec("import os\nprint([len(name) for name in os.listdir()])");
    assert_eq!(listing, "[64]\r\n");
}

#[test]
fn a_full_disk_answers_success() {
    let flash = Flash::default().geometry(4096, 16);
    let board = webrepl_board(Board::builder().flash(flash));
    let mut client = Client::raw(&board);
    put(&mut client, "f", &vec![b'x'; 77_344], 10_000);
    let length = client.exec("import os\nprint(os.stat('f')[6])");
    let length: usize = length.trim().parse().unwrap();
    assert!(length < 77_344, "{length}");
}

#[test]
fn a_file_waits_for_the_program() {
    let board = webrepl_board(Board::builder());
    let mut client = Client::raw(&board);
    client.send(
        TEXT,
        "print('go')\nimport machine\npin = machine.Pin(1, machine.Pin.IN)\nwhile not \
         pin():\n    pass\n\x04",
    );
    client.until("go\r\n");
    client.send(BINARY, [&header(1, 1, "f")[..], b"x"].concat());
    board.set_pin("1", Some(Level::High)).unwrap();
    client.until("\x04\x04>");
    done(&mut client);
    done(&mut client);
}

#[test]
fn a_board_without_webrepl_has_no_address() {
    assert_eq!(start(Board::builder()).webrepl_address(), None);
}
