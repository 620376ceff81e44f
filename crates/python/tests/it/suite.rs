//! The test modules in Python, each as one test.

use crate::environment::{Environment, beside, run};

fn module(name: &str) {
    let mut command = Environment::ours().command("python");
    run(command
        .args(["-m", "unittest", "--failfast", name])
        .current_dir(beside("suite")));
}

#[test]
fn values_and_output() {
    module("test_values");
}

#[test]
fn bad_input_is_refused_clearly() {
    module("test_bad_input");
}

#[test]
fn functions_of_the_host() {
    module("test_host");
}

#[test]
fn folders_of_the_host() {
    module("test_mount");
}

#[test]
fn events_of_the_board() {
    module("test_events");
}

#[test]
fn batches_and_futures() {
    module("test_batches");
}

#[test]
fn boards_with_circuitpython() {
    module("test_circuitpython");
}

#[test]
fn boards_in_an_event_loop() {
    module("test_async");
}

#[test]
fn many_calls_of_several_threads() {
    module("test_soak");
}

#[test]
fn threads_and_processes() {
    module("test_concurrency");
}

#[test]
fn ctrl_c_ends_every_call_soon() {
    module("test_signals");
}

#[test]
fn links_that_come_back() {
    module("test_reconnect");
}

#[test]
fn boards_as_pyboard_and_projects() {
    module("test_pyboard");
}

#[test]
fn the_package_itself() {
    module("test_package");
}

#[test]
fn terminals() {
    module("test_terminal");
}
