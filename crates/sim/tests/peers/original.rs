//! The original Belay: its commands, and a program that uses it as a library.

use belay_sim::{Level, PinMode};

use crate::support::{Bench, script};

#[test]
fn info_names_the_firmware() {
    let bench = Bench::new();
    let platform = bench.mpremote(&["eval", "__import__('sys').platform"]);
    let said = bench.belay("info", &[]).succeeded();
    assert!(said.starts_with("micropython v"), "{said}");
    assert_eq!(said.rsplit_once(" - ").unwrap().1, platform);
}

#[test]
fn exec_prints_output_and_exceptions() {
    let bench = Bench::new();
    let printed = bench.belay("exec", &["print('a', 2 ** 70)"]).succeeded();
    assert_eq!(printed, "a 1180591620717411303424\n");

    // The original prints what the board says, and calls that a success.
    let printed = bench.belay("exec", &["[][1]"]).succeeded();
    assert!(
        printed.contains("IndexError: list index out of range"),
        "{printed}"
    );
}

#[test]
fn latency_is_measured_as_often_as_asked() {
    let bench = Bench::new();
    for timing in [&[][..], &["--without-timing"]] {
        let arguments = [&["-c", "20", "-o", "latency.csv"], timing].concat();
        let said = bench.belay("latency", &arguments).succeeded();
        assert!(said.starts_with("Statistics (20 samples):\n"), "{said}");
        let table = String::from_utf8(bench.read("latency.csv")).unwrap();
        let mut rows = table.lines();
        assert_eq!(rows.next(), Some("latency_ms"));
        let times: Vec<f64> = rows.map(|row| row.parse().unwrap()).collect();
        assert_eq!(times.len(), 20);
        assert!(times.iter().all(|&time| time >= 0.0), "{times:?}");
    }
}

#[test]
fn sync_makes_the_board_like_the_folder() {
    let bench = Bench::new();
    let data: Vec<u8> = (0..=255).cycle().take(12_000).collect();
    bench.write("app/main_part.py", script_of_the_board());
    bench.write("app/pkg/__init__.py", "");
    bench.write("app/pkg/data.bin", &data);
    bench.write("app/note.txt", "unchanged \u{e9}\r\n");
    bench.mpremote(&["exec", "open('stale.txt', 'w').write('old')"]);

    let first = bench.belay("sync", &["app"]).succeeded();
    assert!(first.contains("Complete."), "{first}");
    let files =
        "import os; print([n for n in sorted(os.listdir()) if n[0] != '_'], os.listdir('pkg'))";
    assert_eq!(
        bench.mpremote(&["exec", files]),
        "['main_part.py', 'note.txt', 'pkg'] ['__init__.py', 'data.bin']\n"
    );
    bench.mpremote(&["fs", "cp", "-r", ":", "back"]);
    assert_eq!(bench.read("back/pkg/data.bin"), data);
    assert_eq!(bench.read("back/note.txt"), bench.read("app/note.txt"));
    // Code is minified on its way, but does what it did.
    assert_eq!(
        bench.mpremote(&["exec", "import main_part; print(main_part.answer())"]),
        "42\n"
    );

    let before = bench.board.flash_counters().unwrap();
    bench.belay("sync", &["app"]).succeeded();
    assert_eq!(bench.board.flash_counters().unwrap(), before);

    // A changed file, a new one and one that has gone.
    bench.write("app/note.txt", "changed");
    bench.write("app/new.txt", "new");
    std::fs::remove_file(bench.path("app/pkg/data.bin")).unwrap();
    bench.belay("sync", &["app"]).succeeded();
    assert_ne!(bench.board.flash_counters().unwrap(), before);
    assert_eq!(bench.mpremote(&["fs", "cat", ":note.txt"]), "changed");
    assert_eq!(bench.mpremote(&["fs", "cat", ":new.txt"]), "new");
    assert_eq!(
        bench.mpremote(&["exec", "import os; print(os.listdir('pkg'))"]),
        "['__init__.py']\n"
    );
}

fn script_of_the_board() -> &'static str {
    "# A comment that need not travel.\nANSWER = 42\n\n\ndef answer():\n    \
     \"\"\"Neither need this.\"\"\"\n    return ANSWER\n"
}

#[test]
fn a_program_with_tasks_generators_and_proxies() {
    let bench = Bench::new();
    let printed = bench
        .run("python", &[&script("original.py"), bench.port()])
        .succeeded();
    let expected = "\
ready: 3 modules
5 ab 1.5
step 0
step 1
step 2
[0, 1, 3]
0 5 12
error: IndexError
line: return [][1]
2 3 b'\\x00\\xff' [1, 2, 3]
9 True
KeyError
1
printed by the board
None
12
thread: 7
torn down after 3 calls
";
    assert_eq!(printed, expected);

    let history = bench.board.pin_history("25");
    let last = history.last().unwrap();
    assert_eq!((last.mode, last.level), (PinMode::Output, Level::High));
}
