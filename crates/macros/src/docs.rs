//! Docstrings as Markdown that rustdoc shows as it is.

/// The text without its indentation, and without what rustdoc would take for Rust code and try to
/// compile: text that is indented far, and code without the name of its language.
pub(crate) fn markdown(docstring: &str) -> String {
    let text = docstring.replace('\t', "        ");
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let rest = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let margin = rest.map(indent).min().unwrap_or(0);
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cut = if index == 0 { indent(line) } else { margin };
        let line = line.get(cut..).unwrap_or("").trim_end();
        let inner = line.trim_start_matches(' ');
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| inner.starts_with(mark));
        let line = match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                inner.to_owned()
            }
            (Some(_), _) => line.to_owned(),
            (None, Some(mark)) => {
                fence = Some(mark);
                let language = inner.trim_start_matches(['`', '~']).is_empty();
                format!("{inner}{}", if language { "text" } else { "" })
            }
            (None, None) => format!("{}{inner}", &"   "[..indent(line).min(3)]),
        };
        lines.push(line);
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_goes_and_nothing_becomes_rust_code() {
        for (docstring, expected) in [
            ("Reads.", "Reads."),
            ("\n    Reads.\n\n    Twice.\n    ", "Reads.\n\nTwice."),
            (
                "Reads.\n\n    Args:\n        pin: where\n            it is\n",
                "Reads.\n\nArgs:\n   pin: where\n   it is",
            ),
            (
                "A.\n\n  ```\n      f()\n  ```\n  B.",
                "A.\n\n```text\n    f()\n```\nB.",
            ),
            (
                "```python\nf()\n```\n\n        x",
                "```python\nf()\n```\n\n   x",
            ),
            ("", ""),
        ] {
            assert_eq!(markdown(docstring), expected, "{docstring:?}");
        }
    }
}
