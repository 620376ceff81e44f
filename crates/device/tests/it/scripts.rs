//! Scripts under their own names.

use belay_device::{Error, Exit, Script, Value};

use crate::support::{Output, board, builder, connect, connect_with, open};
use belay_device::{ConnectOptions, Device};

fn script(source: &str) -> Script {
    Script::new("examples/it's a test.py", source)
}

fn run(device: &mut Device, output: &Output, source: &str) -> (Result<Exit, Error>, String) {
    let result = device.run(&script(source));
    (result, output.take_text())
}

#[test]
fn the_exit_status_is_that_of_sys_exit() {
    let board = board();
    let (mut device, output) = connect(&board);
    for (code, exit, status) in [
        ("", Exit::Completed, 0),
        ("import sys\nsys.exit()", Exit::Exited(Value::None), 0),
        ("import sys\nsys.exit(0)", Exit::Exited(Value::Int(0)), 0),
        ("import sys\nsys.exit(3)", Exit::Exited(Value::Int(3)), 3),
        ("raise SystemExit(4)", Exit::Exited(Value::Int(4)), 4),
        ("raise SystemExit", Exit::Exited(Value::None), 0),
        (
            "import sys\nsys.exit('no')",
            Exit::Exited(Value::Str("no".to_owned())),
            1,
        ),
    ] {
        let (result, _) = run(&mut device, &output, code);
        let result = result.unwrap();
        assert_eq!(result.status(), status, "{code}");
        assert_eq!(result, exit, "{code}");
    }
    device.exec("import sys\nsaved = 7").unwrap();
    device.run(&script("import sys\nsys.exit(1)")).unwrap();
    assert_eq!(
        device.eval::<i32>("saved").unwrap(),
        7,
        "the interpreter lives on"
    );
}

#[test]
fn tracebacks_name_the_script() {
    let board = board();
    let (mut device, output) = connect(&board);
    let source = "print('before')\ndef f(v):\n    return 1 / v\n\nf(0)\n";
    let (result, printed) = run(&mut device, &output, source);
    assert_eq!(printed, "before\n");
    let Err(Error::Exception(exception)) = result else {
        panic!("{result:?}")
    };
    let frames: Vec<_> = exception
        .frames
        .iter()
        .map(|f| (f.file.as_str(), f.line))
        .collect();
    assert_eq!(
        frames,
        [
            ("examples/it's a test.py", 5),
            ("examples/it's a test.py", 3)
        ]
    );

    let (result, printed) = run(&mut device, &output, "print(1)\nx = (1,\n");
    assert_eq!(
        printed, "",
        "nothing runs of a script that does not compile"
    );
    let Err(Error::Exception(exception)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(
        (exception.kind.as_str(), exception.frames.len()),
        ("SyntaxError", 1)
    );
    assert!(
        exception.frames[0].line <= 2,
        "no line behind the end: {exception}"
    );
}

#[test]
fn a_script_s_own_traceback_names_it_too() {
    let board = board();
    let (mut device, output) = connect(&board);
    let source = "import sys\ntry:\n    1 / 0\nexcept ZeroDivisionError as e:\n    \
                  sys.print_exception(e)\n";
    let (result, printed) = run(&mut device, &output, source);
    assert_eq!(result.unwrap(), Exit::Completed);
    assert!(
        printed.contains("File \"examples/it's a test.py\", line 3"),
        "{printed}"
    );
}

#[test]
fn text_of_every_kind_survives() {
    let board = board();
    let (mut device, output) = connect(&board);
    let source = "\u{feff}print('it\\'s', \"\\\\n\", 'é€😀', '''a\r\nb''')\r\nprint(__name__)\r\n";
    let (result, printed) = run(&mut device, &output, source);
    assert_eq!(result.unwrap(), Exit::Completed);
    assert_eq!(printed, "it's \\n é€😀 a\nb\n__main__\n");
}

#[test]
fn a_script_may_spoil_print() {
    let board = board();
    let (mut device, output) = connect(&board);
    let (result, _) = run(
        &mut device,
        &output,
        "print = None\nimport sys\nsys.exit(5)",
    );
    assert_eq!(result.unwrap().status(), 5);
}

#[test]
fn a_long_script_runs_where_memory_is_short() {
    let board = builder().heap(192 * 1024).start().unwrap();
    let options = ConnectOptions::default();
    let (mut device, output) = connect_with(open(&board), options);
    let line = |i| format!("x = {i}  # {}", "x".repeat(60));
    let lines = (0..300).map(line).collect::<Vec<_>>().join(
        "
",
    );
    let source = format!("{lines}\nprint('done', x)\nimport sys\nsys.exit(3)\n");
    let (result, printed) = run(&mut device, &output, &source);
    assert_eq!(printed, "done 299\n", "{result:?}");
    assert!(
        matches!(result, Ok(Exit::Exited(Value::Int(3)) | Exit::Restarted)),
        "{result:?}"
    );
    assert_eq!(device.eval::<i32>("1 + 1").unwrap(), 2);
}
