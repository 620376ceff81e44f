//! The pytest plugin, tried by pytest on tests of which each runs others.

use crate::environment::{Environment, beside, run};

fn module(name: &str) {
    let mut command = Environment::checkers().command("python");
    run(command
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-x", name])
        .current_dir(beside("plugin")));
}

#[test]
fn boards_are_put_right_between_tests() {
    module("test_boards.py");
}

#[test]
fn the_world_around_simulated_boards() {
    module("test_sim.py");
}

#[test]
fn reports_say_what_became_of_boards() {
    module("test_reports.py");
}

#[test]
fn test_functions_run_on_boards() {
    module("test_on_board.py");
}

#[test]
fn lines_that_ran_on_boards_are_those_that_coverage_counts() {
    module("test_coverage.py");
}

#[test]
fn notebooks_run_cells_on_boards() {
    module("test_notebook.py");
}

#[test]
fn two_hundred_tests_end_alike_on_all_kinds_of_boards() {
    module("test_backends.py");
}

#[test]
fn several_processes_share_boards() {
    module("test_workers.py");
}

#[test]
fn the_documentation_of_tests_is_true() {
    module("test_document.py");
}
