//! How deep lines are indented, and whether that depends on the width of a tab.

use crate::ErrorKind;

/// How many indented blocks may be nested. It is CPython's limit.
pub const MAX_INDENT: usize = 99;

/// The width of the white space before a statement, by CPython's two measures: a tab goes to the
/// next multiple of 8, or is as wide as a space. Where lines compare differently by the two, the
/// indentation is inconsistent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Width {
    eights: usize,
    ones: usize,
}

impl Width {
    /// The width with one more byte of white space. A form feed starts anew.
    pub(super) fn with(self, byte: u8) -> Self {
        match byte {
            b'\t' => Self {
                eights: (self.eights / 8 + 1) * 8,
                ones: self.ones + 1,
            },
            b'\x0c' => Self::default(),
            _ => Self {
                eights: self.eights + 1,
                ones: self.ones + 1,
            },
        }
    }

    /// The width of what stands before a backslash, if anything does. CPython measures it once.
    pub(super) fn before_backslash(self) -> Option<Self> {
        (self.eights > 0).then_some(Self {
            eights: self.eights,
            ones: self.eights,
        })
    }
}

/// What a line does to the blocks around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Same,
    Indent,
    /// So many blocks end.
    Dedent(usize),
}

/// The blocks around a line.
#[derive(Debug)]
pub(super) struct Indentation {
    levels: Vec<Width>,
}

impl Indentation {
    pub(super) fn new() -> Self {
        Self {
            levels: vec![Width::default()],
        }
    }

    /// How many blocks are open.
    pub(super) fn depth(&self) -> usize {
        self.levels.len() - 1
    }

    /// Begins a line. Only behind a line that opens a block may it be deeper, and must be.
    pub(super) fn line(&mut self, width: Width, opened: bool) -> Result<Change, ErrorKind> {
        let top = self.levels[self.levels.len() - 1];
        if width.eights == top.eights {
            return match (width == top, opened) {
                (false, _) => Err(ErrorKind::InconsistentTabs),
                (true, true) => Err(ErrorKind::ExpectedIndent),
                (true, false) => Ok(Change::Same),
            };
        }
        if width.eights > top.eights {
            if width.ones <= top.ones {
                return Err(ErrorKind::InconsistentTabs);
            }
            if !opened {
                return Err(ErrorKind::UnexpectedIndent);
            }
            if self.depth() >= MAX_INDENT {
                return Err(ErrorKind::TooDeep { limit: MAX_INDENT });
            }
            self.levels.push(width);
            return Ok(Change::Indent);
        }
        if opened {
            return Err(ErrorKind::ExpectedIndent);
        }
        let keep = self
            .levels
            .iter()
            .rposition(|level| level.eights <= width.eights)
            .unwrap_or(0);
        let level = self.levels[keep];
        if level.eights != width.eights {
            return Err(ErrorKind::InconsistentDedent);
        }
        if level.ones != width.ones {
            return Err(ErrorKind::InconsistentTabs);
        }
        let ended = self.levels.len() - 1 - keep;
        self.levels.truncate(keep + 1);
        Ok(Change::Dedent(ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(text: &str) -> Width {
        text.bytes().fold(Width::default(), Width::with)
    }

    #[test]
    fn tabs_are_measured_twice() {
        assert_eq!(width(" \t"), Width { eights: 8, ones: 2 });
        assert_eq!(
            width("        \t "),
            Width {
                eights: 17,
                ones: 10
            }
        );
        assert_eq!(width("    \x0c "), Width { eights: 1, ones: 1 });
    }

    #[test]
    fn lines_are_compared_by_both_measures() {
        let check = |lines: &[(&str, bool)], expected| {
            let mut indentation = Indentation::new();
            let (last, first) = lines.split_last().unwrap();
            for (line, opened) in first {
                indentation.line(width(line), *opened).unwrap();
            }
            assert_eq!(
                indentation.line(width(last.0), last.1),
                expected,
                "{lines:?}"
            );
        };
        check(&[("", false)], Ok(Change::Same));
        check(&[("\t", true), ("\t", false)], Ok(Change::Same));
        check(
            &[(" ", true), ("  ", true), ("", false)],
            Ok(Change::Dedent(2)),
        );
        check(&[("\t", true), ("\t ", true)], Ok(Change::Indent));
        check(
            &[("\t", true), ("        ", false)],
            Err(ErrorKind::InconsistentTabs),
        );
        check(
            &[("        ", true), ("\t\t", true)],
            Err(ErrorKind::InconsistentTabs),
        );
        check(
            &[("  ", true), (" ", false)],
            Err(ErrorKind::InconsistentDedent),
        );
        check(&[(" ", false)], Err(ErrorKind::UnexpectedIndent));
        check(&[("", true)], Err(ErrorKind::ExpectedIndent));
        check(&[(" ", true), ("", true)], Err(ErrorKind::ExpectedIndent));
    }
}
