//! JUnit's form of results.

use std::fmt::Write;

use crate::{Failure, Outcome, Verdict};

/// The results of one or several boards, each with its name, as a JUnit file: a suite for each.
pub fn junit<'a>(boards: impl IntoIterator<Item = (&'a str, &'a [Outcome])>) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>\n");
    for (board, outcomes) in boards {
        let count = |word: &str| {
            let of_kind = outcomes
                .iter()
                .filter(|outcome| outcome.verdict.word() == word);
            of_kind.count()
        };
        let errors = outcomes.iter().filter(|outcome| is_error(outcome)).count();
        let seconds: f64 = outcomes
            .iter()
            .map(|outcome| outcome.duration.as_secs_f64())
            .sum();
        let _ = writeln!(
            text,
            "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{errors}\" skipped=\"{}\" time=\"{seconds:.3}\">",
            escaped(board),
            outcomes.len(),
            count("failed") - errors,
            count("skipped"),
        );
        for outcome in outcomes {
            case(&mut text, outcome);
        }
        text.push_str("</testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// Whether it is no test that failed but something around it.
fn is_error(outcome: &Outcome) -> bool {
    let Verdict::Failed(failure) = &outcome.verdict else {
        return false;
    };
    outcome.name.is_empty() || matches!(failure, Failure::Gone { .. } | Failure::Board { .. })
}

fn case(text: &mut String, outcome: &Outcome) {
    let path = outcome.path.with_extension("");
    let module = path.display().to_string().replace(['/', '\\'], ".");
    let class = if outcome.group.is_empty() {
        module
    } else {
        format!("{module}.{}", outcome.group)
    };
    let _ = write!(
        text,
        "<testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{:.3}\">",
        escaped(&class),
        escaped(&outcome.name),
        escaped(&outcome.path.display().to_string()),
        outcome.duration.as_secs_f64(),
    );
    match &outcome.verdict {
        Verdict::Passed => {}
        Verdict::Skipped { reason } => {
            let _ = write!(text, "<skipped message=\"{}\"/>", escaped(reason));
        }
        Verdict::Failed(failure) => {
            let tag = if is_error(outcome) {
                "error"
            } else {
                "failure"
            };
            let _ = write!(
                text,
                "<{tag} message=\"{}\">{}</{tag}>",
                escaped(&failure.summary()),
                escaped(&failure.render(|_, _| None)),
            );
        }
    }
    if !outcome.output.is_empty() {
        let _ = write!(
            text,
            "<system-out>{}</system-out>",
            escaped(&outcome.output)
        );
    }
    text.push_str("</testcase>\n");
}

/// Text of a board's in XML, which has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(escaped, "\\x{:02x}", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_a_board_prints_stays_text() {
        let outcome = Outcome {
            path: "tests/test_a.py".into(),
            group: String::new(),
            name: "test_b".to_owned(),
            verdict: Verdict::Failed(Failure::Restarted),
            output: "</system-out>\x1b[31m&\n".to_owned(),
            duration: Duration::from_millis(1500),
        };
        let text = junit([("sim:", &[outcome][..])]);
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>\n\
             <testsuite name=\"sim:\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"1.500\">\n\
             <testcase classname=\"tests.test_a\" name=\"test_b\" file=\"tests/test_a.py\" time=\"1.500\">\
             <failure message=\"the board restarted\">the board restarted</failure>\
             <system-out>&lt;/system-out&gt;\\x1b[31m&amp;&#10;</system-out></testcase>\n\
             </testsuite>\n</testsuites>\n"
        );
    }
}
