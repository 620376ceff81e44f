//! What of a local folder stays at home.

pub(crate) mod wildmatch;

use std::fs;
use std::path::Path;

use globset::{GlobSet, GlobSetBuilder};

use crate::{PatternError, RelativePath};

/// What is ignored unless the user's patterns bring it back: what tools and systems leave in a folder,
/// and what may hold secrets.
pub const DEFAULT_IGNORE: [&str; 26] = [
    "*.pyc",
    "__pycache__/",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".tox/",
    ".venv/",
    ".belay/",
    ".env",
    ".envrc",
    ".git",
    ".gitattributes",
    ".gitignore",
    ".gitmodules",
    ".github/",
    ".hg/",
    ".svn/",
    ".idea/",
    ".vscode/",
    ".DS_Store",
    "Thumbs.db",
    "*.swp",
    "*.swo",
    "*~",
    ".#*",
    "\\#*#",
];

/// Rules for what of a folder is ignored, written as in a `.gitignore`.
///
/// - `name` means a file or folder of that name anywhere, `/name` and `folder/name` a place as seen
///   from the top; `name/` only a folder.
/// - `*` stands for any characters but `/`, `?` for one, `[a-z]`, `[!a-z]`, `[[:digit:]]` for one of
///   a class, `**/`, `/**/` and `/**` for folders of any depth. `\` takes the meaning from what
///   follows.
/// - `!pattern` brings back what an earlier pattern ignored: the last one that matches counts. What
///   lies in an ignored folder cannot be brought back.
/// - Empty lines and those that begin with `#` are no rules; spaces at the end do not count.
///
/// As in git, `?` and classes stand for one byte, which a character outside ASCII is not. It differs
/// from git in this: upper and lower case always differ; a line that can match nothing is an error;
/// two stars in the middle of a name are one, as git's manual says, also where git itself lets them
/// span folders (`a**/b`).
///
/// [`gitignore`](Self::gitignore) adds the rules of the `.gitignore` files that lie in the folders.
#[derive(Debug, Clone)]
pub struct Ignore {
    /// A later one comes before those in front of it.
    layers: Vec<Layer>,
    gitignore: bool,
}

/// The rules of one file.
#[derive(Debug, Clone)]
struct Layer {
    /// What comes in front of a path before it is matched: the way from the folder of the rules to the top.
    above: String,
    /// What a path begins with to which the rules apply, and what is left out before it is matched.
    below: String,
    globs: GlobSet,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    negated: bool,
    folders_only: bool,
}

impl Ignore {
    /// [`DEFAULT_IGNORE`], then `patterns`.
    pub fn new<I>(patterns: I) -> Result<Self, PatternError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut lines: Vec<String> = DEFAULT_IGNORE.map(str::to_owned).into();
        lines.extend(patterns.into_iter().map(|line| line.as_ref().to_owned()));
        Self::only(lines)
    }

    /// `patterns` and nothing else.
    pub fn only<I>(patterns: I) -> Result<Self, PatternError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let lines = patterns
            .into_iter()
            .map(|line| wildmatch::parse(line.as_ref()));
        let layer = Layer::new(
            String::new(),
            String::new(),
            lines.collect::<Result<Vec<_>, _>>()?,
        )?;
        Ok(Self {
            layers: vec![layer],
            gitignore: false,
        })
    }

    /// Honours the `.gitignore` files of the folder that is looked at, of those below it, and of those
    /// above it up to the top of its git repository. As in git, lines that are no patterns do nothing.
    /// The patterns that were given come before all of them.
    #[must_use]
    pub fn gitignore(mut self) -> Self {
        self.gitignore = true;
        self
    }

    /// These rules with those of `.gitignore` in `source` and above it.
    pub(crate) fn with_those_above(&self, source: &Path) -> Self {
        let mut ignore = self.clone();
        let Some(top) = source.canonicalize().ok().filter(|_| self.gitignore) else {
            return ignore;
        };
        let repository = top.ancestors().find(|folder| folder.join(".git").exists());
        let stop = repository.unwrap_or(&top);
        let mut above = String::new();
        for folder in top.ancestors() {
            ignore.read(folder, above.clone(), String::new());
            if folder == stop {
                break;
            }
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            above = format!("{name}/{above}");
        }
        ignore
    }

    /// Adds the rules in `folder`, which is `below` as seen from the top.
    pub(crate) fn enter(&mut self, folder: &Path, below: &RelativePath) {
        if self.gitignore {
            self.read(folder, String::new(), format!("{below}/"));
        }
    }

    fn read(&mut self, folder: &Path, above: String, below: String) {
        let Ok(bytes) = fs::read(folder.join(".gitignore")) else {
            return;
        };
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}');
        let lines = text
            .lines()
            .map(|line| wildmatch::parse(line).ok().flatten());
        if let Ok(layer) = Layer::new(above, below, lines.collect()) {
            // A deeper one comes before those above it, and what was given before them all.
            let last = self.layers.len().saturating_sub(1);
            let at = if layer.above.is_empty() { last } else { 0 };
            self.layers.insert(at, layer);
        }
    }

    /// Whether the path, or a folder it lies in, is ignored.
    pub fn is_ignored(&self, path: &RelativePath, is_folder: bool) -> bool {
        path.folders().any(|folder| self.matches(folder, true))
            || self.matches(path.as_str(), is_folder)
    }

    /// Whether the rules ignore the path for its own sake.
    pub(crate) fn matches(&self, path: &str, is_folder: bool) -> bool {
        let rule = self
            .layers
            .iter()
            .rev()
            .find_map(|layer| layer.rule(path, is_folder));
        rule.is_some_and(|rule| !rule.negated)
    }
}

impl Layer {
    fn new(
        above: String,
        below: String,
        lines: Vec<Option<wildmatch::Line>>,
    ) -> Result<Self, PatternError> {
        let mut globs = GlobSetBuilder::new();
        let mut rules = Vec::new();
        for line in lines.into_iter().flatten() {
            globs.add(line.glob);
            rules.push(Rule {
                negated: line.negated,
                folders_only: line.folders_only,
            });
        }
        let globs = globs.build().map_err(|_| PatternError::TooLarge)?;
        Ok(Self {
            above,
            below,
            globs,
            rules,
        })
    }

    /// The last rule that matches.
    fn rule(&self, path: &str, is_folder: bool) -> Option<Rule> {
        let path = format!("{}{}", self.above, path.strip_prefix(&self.below)?);
        let matches = self.globs.matches(path).into_iter().rev();
        let mut rules = matches.map(|index| self.rules[index]);
        rules.find(|rule| is_folder || !rule.folders_only)
    }
}

impl Default for Ignore {
    /// [`DEFAULT_IGNORE`].
    fn default() -> Self {
        Self::only(DEFAULT_IGNORE).expect("the default patterns are patterns")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths that end with `/` are folders; those behind `|` are not ignored.
    fn check(patterns: &[&str], ignored: &[&str], sent: &[&str]) {
        let ignore = Ignore::only(patterns).unwrap();
        let is_ignored = |path: &str| {
            let relative = RelativePath::new(path.trim_end_matches('/')).unwrap();
            ignore.is_ignored(&relative, path.ends_with('/'))
        };
        for path in ignored {
            assert!(is_ignored(path), "{patterns:?} should ignore {path}");
        }
        for path in sent {
            assert!(!is_ignored(path), "{patterns:?} should not ignore {path}");
        }
    }

    #[test]
    fn names_match_anywhere() {
        check(
            &["*.pyc", "cache"],
            &["a.pyc", "x/y/a.pyc", "cache", "x/cache/", "cache/a/b"],
            &["a.py", "a.pyc.txt", "cached", "x/xcache"],
        );
    }

    #[test]
    fn a_slash_anchors() {
        check(
            &["/a", "x/y.py", "doc/*.txt"],
            &["a", "a/b", "x/y.py", "doc/1.txt"],
            &["b/a", "b/x/y.py", "doc/x/1.txt"],
        );
    }

    #[test]
    fn a_slash_at_the_end_means_a_folder() {
        check(
            &["build/", "x/y/"],
            &["build/", "a/build/", "build/x", "x/y/z"],
            &["build", "x/y"],
        );
    }

    #[test]
    fn two_stars_span_folders() {
        check(
            &["**/foo", "a/**/z", "b/**", "c**/d"],
            &[
                "foo", "x/foo", "a/z", "a/b/c/z", "b/x", "b/x/y", "c/d", "cc/d",
            ],
            &["b", "b/", "az", "c/x/d", "x/a/z"],
        );
        check(&["**"], &["a", "a/b"], &[]);
        check(&["/**"], &["a", "a/b"], &[]);
    }

    #[test]
    fn the_last_match_counts() {
        check(
            &["*.txt", "!keep.txt", "/x/keep.txt"],
            &["a.txt", "x/keep.txt"],
            &["keep.txt", "y/keep.txt"],
        );
        check(&["x", "!x/keep.txt"], &["x/keep.txt"], &[]);
        check(&["x/*", "!x/keep.txt"], &["x/a"], &["x/keep.txt", "x/"]);
    }

    #[test]
    fn what_has_a_meaning_can_be_escaped() {
        check(
            &[
                "\\#a", "\\!b", "c\\ ", "d  ", "e\\*", "f\\\\g", "{h,i}", "\\j",
            ],
            &["#a", "!b", "c ", "d", "e*", "f\\g", "{h,i}", "j"],
            &["c", "d  ", "ex", "h", "\\j"],
        );
        check(&["", "# x", "   ", "#"], &[], &["x", "# x", "#"]);
        check(&["a\r"], &["a"], &["a\r"]);
    }

    #[test]
    fn classes() {
        check(
            &[
                "[a-c]1",
                "[!a-c]2",
                "[^a-c]3",
                "[]x]4",
                "[x-]5",
                "[[:digit:]_]6",
                "[!]]7",
            ],
            &[
                "a1", "b1", "c1", "d2", "d3", "]4", "x4", "x5", "-5", "06", "_6", "x7",
            ],
            &["d1", "a2", "a3", "a4", "a5", "a6", "]7"],
        );
        check(
            &[
                "[!^]1",
                "[\\^!]2",
                "[\\]\\-\\!\\^]3",
                "[+--]4",
                "[a\\-c]5",
                "[[:]6",
                "[\\\\]7",
            ],
            &[
                "a1", "^2", "!2", "]3", "-3", "!3", "^3", "+4", ",4", "-4", "-5", "[6", ":6", "\\7",
            ],
            &["^1", "a2", "a3", ".4", "b5", "]6", "x7"],
        );
        check(&["a[!x]b", "a[+-9]c"], &["a-b", "a.c"], &["a/b", "a/c"]);
        check(&["[b//]"], &["b"], &["a/b", "x"]);
        check(&["?", "[!a]b"], &["c", "x/a", "xb"], &["ü", "cd", "üb"]);
    }

    #[test]
    fn a_reversed_range_leaves_the_rest_of_its_class() {
        check(
            &["[z-a]1", "[!z-a]2", "[xc-a]3", "[c-a0-9]4", "[\\]-[]5"],
            &["z1", "a2", "y2", "x3", "c3", "c4", "04", "]5"],
            &["a1", "y1", "-1", "z2", "a3", "b3", "a4", "-4", "[5"],
        );
    }

    #[test]
    fn the_defaults_can_be_brought_back() {
        let ignore = Ignore::new(["!.DS_Store", "*.log"]).unwrap();
        let path = |text| RelativePath::new(text).unwrap();
        assert!(ignore.is_ignored(&path("x/__pycache__/a.py"), false));
        assert!(ignore.is_ignored(&path("x.log"), false));
        assert!(!ignore.is_ignored(&path("x/.DS_Store"), false));
        assert!(Ignore::default().is_ignored(&path("x/.DS_Store"), false));
        let nothing = Ignore::only([""; 0]).unwrap();
        assert!(!nothing.is_ignored(&path("x/.DS_Store"), false));
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_its_text() {
        for line in [
            "!",
            "/",
            "!/",
            "a\\",
            "a[",
            "a[b",
            "[]",
            "[!]",
            "[\\",
            "[a-",
            "[[:foo:]]",
            "x[/]",
            "a//",
            "//a",
            "a//b",
            "a\\/",
            "a//",
            "//a",
            "a//b",
        ] {
            let error = Ignore::only(["fine", line]).unwrap_err();
            assert!(error.to_string().contains(&format!("{line:?}")), "{error}");
        }
    }
}
