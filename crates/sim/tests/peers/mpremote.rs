//! mpremote: programs, files, and a folder of the host mounted on the board.

use crate::support::{Bench, script};

/// Bytes of every value, not compressible to a pattern of blocks.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u32 = 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

#[test]
fn programs_and_values() {
    let bench = Bench::new();
    assert_eq!(bench.mpremote(&["eval", "6 * 7"]), "42\n");
    assert_eq!(
        bench.mpremote(&["exec", "print('a\\nb', 1.5)"]),
        "a\nb 1.5\n"
    );
    bench.mpremote(&["exec", "kept = 'from before'"]);
    assert_eq!(bench.mpremote(&["resume", "eval", "kept"]), "from before\n");
    // A new session without `resume` resets the board.
    let forgotten = bench.try_mpremote(&["eval", "kept"]);
    assert_eq!(forgotten.code, 1);
    assert!(forgotten.stdout.contains("NameError"), "{forgotten:#?}");
    assert_eq!(
        bench.mpremote(&["exec", "x = 5", "eval", "x + 1", "eval", "x + 2"]),
        "6\n7\n"
    );
}

#[test]
fn an_exception_is_its_traceback_and_status_1() {
    let bench = Bench::new();
    let failed = bench.try_mpremote(&["exec", "def f():\n    1 / 0\nf()"]);
    assert_eq!(failed.code, 1);
    assert_eq!(
        failed.stdout,
        "Traceback (most recent call last):\n  File \"<stdin>\", line 3, in <module>\n  \
         File \"<stdin>\", line 2, in f\nZeroDivisionError: divide by zero\n"
    );
}

#[test]
fn a_program_larger_than_the_input_buffer() {
    let bench = Bench::new();
    let lines: Vec<_> = (0..3000).map(|n| format!("total += {n}\n")).collect();
    let lines = lines.concat();
    bench.write("large.py", format!("total = 0\n{lines}print(total)\n"));
    assert_eq!(bench.mpremote(&["run", "large.py"]), "4498500\n");
}

#[test]
fn files_to_the_board_and_back() {
    let bench = Bench::new();
    let data = noise(20_000);
    bench.write("tree/note.txt", "hello, board: \u{e9}\u{1f40d}\n");
    bench.write("tree/deep/deeper/data.bin", &data);
    bench.write("tree/empty", "");
    bench.mpremote(&["fs", "cp", "-r", "tree", ":"]);

    assert_eq!(
        bench.mpremote(&["fs", "ls", ":tree"]),
        "ls :tree\n           0 deep/\n           0 empty\n          21 note.txt\n"
    );
    assert_eq!(
        bench.mpremote(&["fs", "cat", ":tree/note.txt"]),
        "hello, board: \u{e9}\u{1f40d}\n"
    );
    let here =
        "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";
    let hash = bench
        .run("python", &["-c", here, "tree/deep/deeper/data.bin"])
        .succeeded();
    assert_eq!(
        bench.mpremote(&["fs", "sha256sum", ":tree/deep/deeper/data.bin"]),
        format!("sha256sum :tree/deep/deeper/data.bin\n{hash}")
    );

    bench.mpremote(&["fs", "cp", "-r", ":tree", "back"]);
    assert_eq!(bench.read("back/deep/deeper/data.bin"), data);
    assert_eq!(bench.read("back/note.txt"), bench.read("tree/note.txt"));
    assert_eq!(bench.read("back/empty"), b"");
}

#[test]
fn folders_are_made_and_files_replaced_and_removed() {
    let bench = Bench::new();
    bench.write("one", "first");
    bench.write("two", noise(9000));
    bench.mpremote(&["fs", "mkdir", ":box"]);
    bench.mpremote(&["fs", "cp", "one", ":box/file"]);
    assert_eq!(bench.mpremote(&["fs", "cat", ":box/file"]), "first");
    bench.mpremote(&["fs", "cp", "two", ":box/file"]);
    bench.mpremote(&["fs", "cp", ":box/file", "back"]);
    assert_eq!(bench.read("back"), noise(9000));
    bench.mpremote(&["fs", "rm", ":box/file"]);
    assert_eq!(bench.mpremote(&["fs", "ls", ":box"]), "ls :box\n");
    bench.mpremote(&["fs", "rmdir", ":box"]);
    assert_eq!(bench.mpremote(&["fs", "ls"]), "ls :\n");

    bench.mpremote(&["fs", "cp", "one", "two", ":"]);
    bench.mpremote(&["fs", "rm", ":one"]);
    // Files outlive the power of a board.
    bench.board.press_reset().unwrap();
    assert_eq!(bench.mpremote(&["fs", "ls"]), "ls :\n        9000 two\n");
    let missing = bench.try_mpremote(&["fs", "cat", ":one"]);
    assert_eq!(missing.code, 1);
    assert!(
        missing.stderr.contains("No such file or directory"),
        "{missing:#?}"
    );
}

#[test]
fn a_folder_of_the_host_mounted_on_the_board() {
    let bench = Bench::new();
    bench.write("host/greeting.py", "TEXT = 'from the host'\n");
    let numbers: Vec<_> = (0..3000).map(|n| format!("    {n},\n")).collect();
    let numbers = numbers.concat();
    bench.write("host/large/__init__.py", format!("DATA = [\n{numbers}]\n"));
    bench.write("host/data.bin", noise(5000));
    let printed = bench.mpremote(&["mount", "host", "run", &script("mounted.py")]);
    let mut lines = printed.lines();
    assert_eq!(
        lines.next(),
        Some("Local directory host is mounted at /remote")
    );
    let sum: u32 = noise(5000).iter().map(|&byte| u32::from(byte)).sum();
    let rest: Vec<_> = lines.collect();
    assert_eq!(
        rest,
        [
            "from the host",
            "4498500",
            &format!("5000 {sum}"),
            "['data.bin', 'greeting.py', 'large']",
        ]
    );
    assert_eq!(bench.read("host/written.txt"), b"written by the board\n");
    // Nothing of it has come to the flash.
    assert_eq!(bench.mpremote(&["fs", "ls"]), "ls :\n");
}
