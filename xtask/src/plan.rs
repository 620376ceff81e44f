//! A task that consists of steps: each is announced, timed and summed up.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::{firmware, micropython, ser2net, shell, suite, workspace};

/// The steps done so far, and what they leave for the ones that follow.
pub(crate) struct Plan {
    done: Vec<Step>,
    engine: Option<micropython::Engine>,
    firmware: Option<firmware::Firmware>,
    ser2net: Option<PathBuf>,
    suite: Vec<(&'static str, PathBuf)>,
    tests: Option<Counts>,
}

struct Step {
    name: &'static str,
    time: Duration,
    passed: bool,
}

/// Tests over all test binaries of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Runs the steps until one fails; says which one, and how to run it alone.
///
/// What was done and how long it took goes to stdout, and if tests ran, the
/// last line is `N passed, N failed`.
pub(crate) fn execute(steps: impl FnOnce(&mut Plan) -> Result<()>) -> ExitCode {
    let mut plan = Plan {
        done: Vec::new(),
        engine: None,
        firmware: None,
        ser2net: None,
        suite: Vec::new(),
        tests: None,
    };
    let result = steps(&mut plan);
    println!("\n{}", summary(&plan.done));
    if let Err(error) = &result {
        eprintln!("\nerror: {error:#}");
    }
    if let Some(Counts { passed, failed }) = plan.tests {
        println!("{passed} passed, {failed} failed");
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

impl Plan {
    /// `cargo` with these arguments and environment variables.
    pub(crate) fn cargo(
        &mut self,
        name: &'static str,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Result<()> {
        self.step(name, &alone(variables, arguments), |plan| {
            shell::run(&mut plan.command(variables, arguments))
        })
    }

    /// Something that this program does itself, as `cargo xtask TASK`.
    pub(crate) fn task(
        &mut self,
        name: &'static str,
        task: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        self.step(name, &format!("cargo xtask {name}"), |_| task())
    }

    /// Finds or gets the engine; steps after this one are told where it is.
    pub(crate) fn engine(&mut self) -> Result<()> {
        self.step("micropython", "cargo xtask micropython", |plan| {
            let engine = micropython::provide()?;
            println!("{engine}");
            plan.engine = Some(engine);
            Ok(())
        })
    }

    /// Finds or gets the emulator and the firmware; tests after this one fail without them.
    pub(crate) fn firmware(&mut self) -> Result<()> {
        self.step("firmware", "cargo xtask test-firmware", |plan| {
            let firmware = firmware::provide()?;
            println!("{firmware}");
            plan.firmware = Some(firmware);
            Ok(())
        })
    }

    /// Finds or gets MicroPython's own tests; tests after this one fail without them.
    pub(crate) fn suite(&mut self) -> Result<()> {
        self.step("suite", "cargo xtask test-suite", |plan| {
            plan.suite = suite::provide()?;
            for (name, path) in &plan.suite {
                println!("{name}={}", path.display());
            }
            Ok(())
        })
    }

    /// Finds or gets the server for ports; tests after this one fail without it.
    pub(crate) fn ser2net(&mut self) -> Result<()> {
        self.step("ser2net", "cargo xtask test-sim", |plan| {
            let program = ser2net::provide()?;
            println!("{}", program.display());
            plan.ser2net = Some(program);
            Ok(())
        })
    }

    /// `cargo test` with these arguments and environment variables. All test
    /// binaries run, also after one has failed, so that the closing count is that of
    /// the whole.
    pub(crate) fn tests(
        &mut self,
        name: &'static str,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Result<()> {
        let arguments = [&["test", "--no-fail-fast"], arguments].concat();
        self.step(name, &alone(variables, &arguments), |plan| {
            let mut child = plan
                .command(variables, &arguments)
                .stdout(Stdio::piped())
                .spawn()
                .context("cannot start cargo")?;
            let output = child.stdout.take().context("stdout is a pipe")?;
            let counts = pass_through(BufReader::new(output), std::io::stdout())?;
            let before = plan.tests.unwrap_or_default();
            plan.tests = Some(Counts {
                passed: before.passed + counts.passed,
                failed: before.failed + counts.failed,
            });
            let status = child.wait()?;
            if !status.success() {
                bail!("cargo ended with {status}");
            }
            Ok(())
        })
    }

    fn step(
        &mut self,
        name: &'static str,
        alone: &str,
        work: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        println!("\n── {name}: {alone}");
        let start = Instant::now();
        let result = work(self);
        self.done.push(Step {
            name,
            time: start.elapsed(),
            passed: result.is_ok(),
        });
        result
            .map_err(|error| anyhow!("{name} failed: {error:#}\n  to run this step alone: {alone}"))
    }

    fn command(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Command {
        let mut command = workspace::cargo();
        command.args(arguments);
        if let Some(engine) = &self.engine {
            command.env(micropython::VARIABLE, &engine.path);
        }
        if let Some(firmware) = &self.firmware {
            firmware.pass_to(&mut command);
        }
        command.envs(self.suite.iter().map(|(name, path)| (name, path)));
        if let Some(ser2net) = &self.ser2net {
            command.env(ser2net::VARIABLE, ser2net);
        }
        command.envs(variables.iter().copied());
        command
    }
}

/// The command line by which a person repeats a step.
fn alone(variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut line = String::new();
    for (name, value) in variables {
        line.extend([name, "=", &shell::quoted(value), " "]);
    }
    let words = std::iter::once("cargo").chain(arguments.iter().copied());
    line + &shell::line(words)
}

/// One line per step.
fn summary(done: &[Step]) -> String {
    let line = |Step { name, time, passed }: &Step| {
        let verdict = if *passed { "ok" } else { "FAILED" };
        format!("{name:<14} {:>7.1} s  {verdict}", time.as_secs_f64())
    };
    done.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Copies what `cargo test` prints, line by line, and adds up its results.
fn pass_through(mut from: impl BufRead, mut to: impl Write) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? != 0 {
        to.write_all(&line)?;
        to.flush()?;
        if let Some(found) = counts_in(&String::from_utf8_lossy(&line)) {
            counts.passed += found.passed;
            counts.failed += found.failed;
        }
        line.clear();
    }
    Ok(counts)
}

/// The numbers in a line `test result: ok. 3 passed; 0 failed; …`.
fn counts_in(line: &str) -> Option<Counts> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |label: &str| {
        numbers
            .split(';')
            .find_map(|part| part.trim().strip_suffix(label)?.trim().parse().ok())
    };
    Some(Counts {
        passed: number("passed")?,
        failed: number("failed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_binaries_are_added_up_and_passed_through() {
        let output = "running 2 tests\n\
            test a ... ok\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            \n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out\n\
            no test result: ok. 9 passed; 9 failed\n\
            last line without an end";
        let mut copy = Vec::new();
        let counts = pass_through(output.as_bytes(), &mut copy).unwrap();
        assert_eq!(
            counts,
            Counts {
                passed: 15,
                failed: 2
            }
        );
        assert_eq!(copy, output.as_bytes());
    }

    #[test]
    fn lines_that_only_resemble_a_result_count_nothing() {
        for line in [
            "",
            "test result: ok",
            "test result: ok. many passed; 0 failed",
        ] {
            assert_eq!(counts_in(line), None, "{line}");
        }
    }

    #[test]
    fn a_step_can_be_repeated_by_pasting_its_line() {
        assert_eq!(
            alone(&[("RUSTDOCFLAGS", "-D warnings")], &["doc", "--no-deps"]),
            "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps"
        );
    }

    #[test]
    fn steps_stop_at_the_first_failure() {
        let mut reached = Vec::new();
        let code = execute(|plan| {
            plan.task("one", || Ok(()))?;
            reached.push("one");
            plan.task("two", || bail!("broken"))?;
            reached.push("two");
            Ok(())
        });
        assert_eq!(reached, ["one"]);
        assert_eq!(code, ExitCode::FAILURE);
    }
}
