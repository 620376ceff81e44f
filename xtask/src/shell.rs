//! Command lines as a person would type them, and commands that must succeed.

use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

/// Runs a command, whose output goes straight through.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let status = command.status();
    let status = status.with_context(|| format!("cannot start {program}"))?;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}

/// What a command prints, or an error with everything it said.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    let program = command.get_program().display().to_string();
    let output = command.output();
    let output = output.with_context(|| format!("{program} does not start"))?;
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said));
    ensure!(
        output.status.success(),
        "{program} ended with {}: {}",
        output.status,
        said.concat().trim()
    );
    Ok(output)
}

/// The words as one line for a POSIX shell.
pub(crate) fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The word as a POSIX shell must be given it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_when_a_shell_would_change_them() {
        let check = |word, expected| assert_eq!(quoted(word), expected);
        check("examples/blink.py", "examples/blink.py");
        check("sim:", "sim:");
        check("sim:demo?fresh", "'sim:demo?fresh'");
        check("a b", "'a b'");
        check("", "''");
        check("it's", r"'it'\''s'");
        assert_eq!(line(["belay", "exec", "print(1)"]), "belay exec 'print(1)'");
    }
}
