//! Links between documents of the repository.

use super::Violation;

/// Each relative link of a Markdown text must lead to something that exists.
pub(super) fn check(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut fence: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => {
                for target in targets(line) {
                    if is_file(&target) && !exists(file_of(&target)) {
                        let advice = format!("the link to `{target}` leads nowhere; mend it");
                        violations.push(Violation::new(path, index + 1, advice));
                    }
                }
            }
            _ => {}
        }
    }
    violations
}

/// What the links and definitions of one line point to.
fn targets(line: &str) -> Vec<String> {
    let line = without_code(line);
    let mut targets = Vec::new();
    for (at, _) in line.match_indices("](") {
        let after = &line[at + 2..];
        let target = after.split([')', ' ']).next().unwrap_or("");
        targets.push(target.trim_matches(['<', '>']).to_owned());
    }
    if let Some((label, target)) = line.trim_start().split_once("]: ")
        && label.starts_with('[')
        && !label.starts_with("[^")
    {
        targets.extend(target.split_whitespace().next().map(str::to_owned));
    }
    targets
}

/// The line with what stands between backquotes removed.
fn without_code(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    parts
        .iter()
        .step_by(2)
        .copied()
        .collect::<Vec<_>>()
        .join("`")
}

/// Whether it names a file here: no scheme, no place within the same document,
/// no item of a crate (those are checked when the documentation is built).
fn is_file(target: &str) -> bool {
    !target.is_empty() && !target.starts_with('#') && !target.contains(':')
}

fn file_of(target: &str) -> &str {
    target.split('#').next().unwrap_or(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_must_lead_somewhere() {
        let check = |text: &str, expected: &[usize]| {
            let exists = |target: &str| target == "README.md" || target == "../a.md";
            let lines: Vec<usize> = check("docs/x.md", text, exists)
                .iter()
                .map(|violation| violation.line)
                .collect();
            assert_eq!(lines, expected, "{text}");
        };
        check("[a](README.md) and [b](../a.md#part)", &[]);
        check("\n[a](README.md), [b](gone.md)", &[2]);
        check("[![badge](gone.svg)](gone.md)", &[1, 1]);
        check("[a](gone.md \"title\")", &[1]);
        check("[a]: gone.md\n[^note]: not a link\n[b]: README.md", &[1]);
        check(
            "[a](https://example.org/gone) [b](#part) [c](mailto:a@b)",
            &[],
        );
        check("[`Session`](crate::Session)", &[]);
        check("`[a](gone.md)` is how a link looks", &[]);
        check("```text\n[a](gone.md)\n~~~\n```\n[b](gone.md)", &[5]);
    }
}
