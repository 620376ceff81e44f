//! Clients of WebREPL: a command for files and lines, and the original Belay.

use belay_sim::Board;

use crate::support::Bench;

const PASSWORD: &str = "secret";

/// A board that serves WebREPL, and where.
fn webrepl_bench() -> (Bench, String, u16) {
    let builder = Board::builder().webrepl("127.0.0.1:0", PASSWORD).unwrap();
    let bench = Bench::with(builder);
    let address = bench.board.webrepl_address().unwrap();
    (bench, format!("ws://{address}"), address.port())
}

#[test]
fn webreplcmd_has_files_both_ways_and_runs_lines() {
    let (bench, _, port) = webrepl_bench();
    let port = port.to_string();
    let webreplcmd = |arguments: &[&str]| {
        let options = [
            "--host",
            "127.0.0.1",
            "--port",
            &port,
            "--password",
            PASSWORD,
        ];
        bench
            .run("webreplcmd", &[&options, arguments].concat())
            .succeeded()
    };
    let data: Vec<u8> = (0..=255).cycle().take(3000).collect();
    bench.write("local.bin", &data);
    webreplcmd(&["put", "local.bin", "board.bin"]);
    webreplcmd(&["get", "board.bin", "back.bin"]);
    assert_eq!(bench.read("back.bin"), data);
    let said = webreplcmd(&["cmd", "import os; print(os.listdir(), 6 * 7)"]);
    assert!(said.contains("['board.bin'] 42"), "{said}");
}

#[test]
fn the_original_works_without_a_cable() {
    let (bench, address, _) = webrepl_bench();
    let belay = |command: &str, arguments: &[&str]| {
        let options = [command, &address, "--password", PASSWORD];
        bench
            .run("belay", &[&options, arguments].concat())
            .succeeded()
    };
    let said = belay("info", &[]);
    assert!(said.starts_with("micropython v"), "{said}");
    assert_eq!(
        belay("exec", &["print('a', 2 ** 70)"]),
        "a 1180591620717411303424\n"
    );
    bench.write("app/note.txt", "one\n");
    belay("sync", &["app"]);
    assert_eq!(
        belay("exec", &["print(open('note.txt').read())"]),
        "one\n\n"
    );
}
