//! An exception on the board, taken apart.

use std::fmt;

/// How often a call that calls itself is shown.
const SHOWN: usize = 3;
/// The file that tracebacks name for code of [`HostCalls::run`](crate::HostCalls::run).
pub(crate) const HELPER: &str = "_belay";

/// An uncaught exception as a board printed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The name of its class, such as `ZeroDivisionError`.
    pub kind: String,
    /// What follows the name; empty if nothing does. May have several lines.
    pub message: String,
    /// Where it came from, the outermost call first.
    pub frames: Vec<Frame>,
}

/// One line of a traceback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The file as the board knows it; `<stdin>` for code that was sent.
    pub file: String,
    /// The line in it, from 1. An untrusted number: the file may have fewer lines.
    pub line: u32,
    /// The function; `None` where the code could not be compiled.
    pub function: Option<String>,
    /// The text of that line, where it is known: the code came from the host.
    pub text: Option<String>,
}

impl Exception {
    /// Takes apart what a board printed. There is no text that is not understood: what has another
    /// form than a traceback becomes the message.
    pub fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text).replace("\r\n", "\n");
        let text = text.trim_matches('\n');
        let body = text
            .strip_prefix("Traceback (most recent call last):\n")
            .unwrap_or(text);
        let mut frames = Vec::new();
        let mut rest = body;
        while let Some((frame, after)) = parse_frame(rest) {
            frames.push(frame);
            rest = after;
        }
        let (kind, message) = rest
            .split_once(": ")
            .unwrap_or((rest.trim_end_matches(':'), ""));
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let (kind, message) = if kind.chars().all(is_name) {
            (kind, message)
        } else {
            ("", rest)
        };
        Self {
            kind: kind.to_owned(),
            message: message.to_owned(),
            frames,
        }
    }

    /// The last line of the traceback: the class and the message.
    pub fn summary(&self) -> String {
        match (self.kind.as_str(), self.message.as_str()) {
            ("", message) => message.to_owned(),
            (kind, "") => kind.to_owned(),
            (kind, message) => format!("{kind}: {message}"),
        }
    }

    /// Whether the program was interrupted.
    pub fn is_interrupt(&self) -> bool {
        self.kind == "KeyboardInterrupt"
    }

    /// Leaves out the frames of the code that has called the user's.
    pub(crate) fn drop_helpers(&mut self) {
        let function = |frame: &Frame| frame.function.clone().unwrap_or_default();
        let is_helper = |frame: &Frame| function(frame).starts_with("_belay_");
        // What code that asks the host raises is raised where the program calls it.
        if let Some(at) = self.frames.iter().position(|frame| frame.file == HELPER) {
            self.frames.truncate(at);
        }
        // So is what a function of the host raises: not by the function that stands for it on the board, nor
        // by what that calls.
        if self
            .frames
            .last()
            .is_some_and(|frame| function(frame) == "_belay_host")
        {
            self.frames.truncate(self.frames.len().saturating_sub(2));
        }
        let outside = self
            .frames
            .iter()
            .take_while(|&frame| is_helper(frame) || function(frame) == "<module>")
            .count();
        let Some(last) = self.frames[..outside].iter().rposition(is_helper) else {
            return;
        };
        // Checked code goes through exec(), and is called as if it had not.
        let checked = function(&self.frames[last]) == "_belay_x";
        self.frames.drain(..=last);
        for frame in &mut self.frames {
            if checked && frame.file == "<string>" {
                "<stdin>".clone_into(&mut frame.file);
            }
        }
    }

    /// The whole traceback in CPython's form. `source` gives the text of a line of a file, which is
    /// then shown below its frame; so is the text that a frame brings itself.
    pub fn render(&self, mut source: impl FnMut(&str, u32) -> Option<String>) -> String {
        let mut text = String::new();
        if !self.frames.is_empty() {
            text.push_str("Traceback (most recent call last):\n");
        }
        let mut repeated = 0;
        for (index, frame) in self.frames.iter().enumerate() {
            // As CPython does: a call that repeats itself is shown three times.
            let same = |other: usize| {
                let before = index.checked_sub(other).map(|index| &self.frames[index]);
                before.is_some_and(|before| before.is_same_call(frame))
            };
            if (1..=SHOWN).all(same) {
                repeated += 1;
                if self
                    .frames
                    .get(index + 1)
                    .is_some_and(|next| next.is_same_call(frame))
                {
                    continue;
                }
                let times = if repeated == 1 { "time" } else { "times" };
                let line = format!("  [Previous line repeated {repeated} more {times}]\n");
                text.push_str(&line);
                repeated = 0;
                continue;
            }
            let line = source(&frame.file, frame.line).or_else(|| frame.text.clone());
            let line = line.map_or_else(String::new, |line| format!("    {}\n", line.trim()));
            text.extend([frame.to_string().as_str(), "\n", &line]);
        }
        text.push_str(&self.summary());
        text
    }
}

impl Frame {
    fn is_same_call(&self, other: &Self) -> bool {
        (&self.file, self.line, &self.function) == (&other.file, other.line, &other.function)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  File \"{}\", line {}", self.file, self.line)?;
        self.function
            .iter()
            .try_for_each(|function| write!(f, ", in {function}"))
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(|_, _| None))
    }
}

/// Reads `  File "NAME", line N, in FUNCTION`, the last part of which may be missing.
fn parse_frame(text: &str) -> Option<(Frame, &str)> {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let (file, place) = line.strip_prefix("  File \"")?.rsplit_once("\", line ")?;
    let (number, function) = match place.split_once(", in ") {
        Some((number, function)) => (number, Some(function.to_owned())),
        None => (place, None),
    };
    let line = number.trim().parse().ok()?;
    Some((
        Frame {
            file: file.to_owned(),
            line,
            function,
            text: None,
        },
        after,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, summary: &str, frames: &[(&str, u32, Option<&str>)]) {
        let exception = Exception::parse(text.as_bytes());
        assert_eq!(exception.summary(), summary);
        let found: Vec<_> = exception
            .frames
            .iter()
            .map(|f| (f.file.as_str(), f.line, f.function.as_deref()))
            .collect();
        assert_eq!(found, frames);
    }

    #[test]
    fn tracebacks_are_taken_apart() {
        check(
            "Traceback (most recent call last):\r\n  File \"<stdin>\", line 3, in <module>\r\n  \
             File \"lib/a.py\", line 2, in f\r\nZeroDivisionError: divide by zero\r\n",
            "ZeroDivisionError: divide by zero",
            &[("<stdin>", 3, Some("<module>")), ("lib/a.py", 2, Some("f"))],
        );
        check(
            "Traceback (most recent call last):\r\n  File \"<stdin>\", line 1\r\n\
             SyntaxError: invalid syntax\r\n",
            "SyntaxError: invalid syntax",
            &[("<stdin>", 1, None)],
        );
        check("\r\nKeyboardInterrupt: \r\n", "KeyboardInterrupt", &[]);
        check("ValueError: a: b\r\nc\r\n", "ValueError: a: b\nc", &[]);
        check(
            "OSError: [Errno 2] ENOENT",
            "OSError: [Errno 2] ENOENT",
            &[],
        );
        check("not a: traceback", "not a: traceback", &[]);
        check("", "", &[]);
    }

    #[test]
    fn the_class_and_the_message_are_apart() {
        let exception = Exception::parse(b"KeyError: spam\r\n");
        assert_eq!(
            (exception.kind.as_str(), exception.message.as_str()),
            ("KeyError", "spam")
        );
        let exception = Exception::parse(b"KeyboardInterrupt: \r\n");
        assert!(exception.is_interrupt());
    }

    #[test]
    fn a_call_that_repeats_itself_is_shown_three_times() {
        let frame = |line: u32, count: usize| {
            format!("  File \"a.py\", line {line}, in f\r\n").repeat(count)
        };
        let render = |count: usize| {
            let text = format!(
                "Traceback (most recent call last):\r\n{}{}{}RuntimeError: deep\r\n",
                frame(9, 1),
                frame(2, count),
                frame(3, 2),
            );
            Exception::parse(text.as_bytes())
                .to_string()
                .replace("  File \"a.py\", line ", "")
        };
        let head = "Traceback (most recent call last):\n9, in f\n2, in f\n2, in f\n2, in f\n";
        let tail = "3, in f\n3, in f\nRuntimeError: deep";
        assert_eq!(render(3), format!("{head}{tail}"));
        let repeated = |count: &str| format!("{head}  [Previous line repeated {count}]\n{tail}");
        assert_eq!(render(4), repeated("1 more time"));
        assert_eq!(render(1000), repeated("997 more times"));
    }

    #[test]
    fn rendering_shows_source_lines() {
        let exception = Exception::parse(
            b"Traceback (most recent call last):\r\n  File \"a.py\", line 2, in f\r\nE: no\r\n",
        );
        let text = exception.render(|file, line| Some(format!("    {file}:{line}")));
        assert_eq!(
            text,
            "Traceback (most recent call last):\n  File \"a.py\", line 2, in f\n    a.py:2\nE: no"
        );
    }
}
