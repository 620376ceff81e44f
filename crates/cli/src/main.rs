//! The `belay` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    belay::run(std::env::args_os())
}
