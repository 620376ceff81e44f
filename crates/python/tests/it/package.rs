//! What a user does first, and what checkers of types say.

use std::path::Path;

use crate::environment::{Environment, beside, run};

fn python(code: &str) -> String {
    run(Environment::ours().command("python").args(["-c", code]))
}

#[test]
fn a_simulated_board_answers_in_one_line() {
    let said = python("import belay; print(belay.Device('sim:?fresh')('1+1'))");
    assert_eq!(said, "2\n");
}

#[test]
fn the_command_is_in_the_same_wheel() {
    let belay = || Environment::ours().command("belay");
    let version = run(belay().arg("--version"));
    assert_eq!(version.trim(), concat!("belay ", env!("CARGO_PKG_VERSION")));
    assert_eq!(run(belay().args(["eval", "sim:?fresh", "6 * 7"])), "42\n");
    let failed = crate::environment::ended(belay().args(["eval", "sim:?fresh", "1 / 0"]));
    assert_eq!(failed.status.code(), Some(1));
    let module = run(Environment::ours()
        .command("python")
        .args(["-m", "belay", "--version"]));
    assert_eq!(module, version);
}

#[test]
fn ctrl_c_is_the_command_s_affair() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let program = "print('begun')\nwhile True: pass";
    let mut belay = Environment::ours()
        .command("belay")
        .args(["exec", "sim:?fresh", program])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut begun = String::new();
    let mut output = BufReader::new(belay.stdout.take().unwrap());
    output.read_line(&mut begun).unwrap();
    assert_eq!(begun, "begun\n");
    let process = rustix::process::Pid::from_child(&belay);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let mut said = String::new();
    belay
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(belay.wait().unwrap().code(), Some(1));
    assert!(
        said.ends_with("KeyboardInterrupt\n") && said.matches("Traceback").count() == 1,
        "{said}"
    );
}

#[test]
fn the_import_is_light() {
    // What takes its time is imported when it is needed.
    let heavy = python(
        "import sys, belay; print([name for name in ('asyncio', 'inspect', 'typing', 'ast', 're', \
         'json', 'pathlib', 'tempfile', 'datetime', 'concurrent.futures') if name in sys.modules])",
    );
    let bare = python(
        "import sys; print([name for name in ('asyncio', 'inspect', 'typing', 'ast', 're', \
         'json', 'pathlib', 'tempfile', 'datetime', 'concurrent.futures') if name in sys.modules])",
    );
    assert_eq!(heavy, bare);
}

fn checker(name: &str) -> std::process::Command {
    let mut command = Environment::checkers().command(name);
    // Settings of whoever runs the tests are not asked.
    command.current_dir(Path::new(env!("CARGO_TARGET_TMPDIR")));
    command
}

#[test]
fn mypy_finds_no_fault_with_the_package_and_a_program() {
    run(checker("mypy").args(["--strict", "--no-incremental", "-p", "belay"]));
    run(checker("mypy")
        .args(["--strict", "--no-incremental"])
        .arg(beside("types/program.py")));
}

#[test]
fn pyright_finds_no_fault_with_the_package_and_a_program() {
    let python = Environment::checkers().program("python");
    let pyright = || {
        let mut command = checker("pyright");
        command.arg("--pythonpath").arg(&python);
        command
    };
    run(pyright().arg(beside("types/program.py")));
    let place = "import os, belay; print(os.path.dirname(belay.__file__))";
    let package = run(Environment::checkers()
        .command("python")
        .args(["-c", place]));
    run(pyright().arg(package.trim()));
}

#[test]
fn the_stubs_are_true() {
    let mut stubtest = checker("stubtest");
    run(stubtest
        .args(["--ignore-disjoint-bases", "--allowlist"])
        .arg(beside("types/stubtest.txt"))
        .args(["belay"]));
}
