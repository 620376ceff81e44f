//! Lines that report that they ran.
//!
//! A mark is a statement in front of the first of a line. A compound statement can have none there:
//! its mark stands behind the statement above it, or in its header's expression. What has no place
//! for a mark, `def` and `try` for example, is told by the next mark that is reached from it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;

use belay_tokenize::TokenKind;

use crate::edits::{Edits, Insertion};
use crate::flow;
use crate::instrument::Mark;
use crate::outline::{Block, Clause, Compound, Outline, Statement, Word};

/// The lines of a text that can run, and the marks that tell.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) executable: Vec<u32>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) calls: Vec<u32>,
}

/// Gives each line that can run a mark, if there is a place for it.
pub(crate) fn report(outline: &Outline<'_>, first: u32, edits: &mut Edits) -> Lines {
    let mut walk = Walk {
        outline,
        edits,
        first,
        marks: Vec::new(),
        calls: Vec::new(),
        documentation: BTreeSet::new(),
        taken: BTreeSet::new(),
    };
    let rest = walk.block(&outline.block, Scope::Module, true, Vec::new());
    if !rest.is_empty() {
        let ends = outline.source.ends_with(['\n', '\r']);
        let number = walk.mark(rest);
        let text = format!("{}_belay_h[{number}]=1\n", if ends { "" } else { "\n" });
        let end = outline.source.len();
        walk.edits.insert(end, Insertion::Behind, text);
    }
    walk.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Module,
    Class,
    Function,
}

struct Walk<'a, 'e> {
    outline: &'a Outline<'a>,
    edits: &'e mut Edits,
    first: u32,
    marks: Vec<Mark>,
    calls: Vec<u32>,
    /// The lines of docstrings, which do not count even if there is more on them.
    documentation: BTreeSet<u32>,
    /// Where empty lines have got a mark.
    taken: BTreeSet<usize>,
}

/// What a condition reports beside its value.
#[derive(Debug, Default)]
struct Condition {
    /// That it is evaluated.
    before: Option<u32>,
    /// That it is true.
    is_true: Option<u32>,
    /// That it is false.
    is_false: Option<u32>,
}

impl Walk<'_, '_> {
    fn finish(self) -> Lines {
        let mut lines = BTreeSet::new();
        let mut marks = self.marks;
        for mark in &mut marks {
            mark.lines.retain(|line| !self.documentation.contains(line));
            lines.extend(&mark.lines);
        }
        let mut calls = self.calls;
        calls.sort_unstable();
        Lines {
            executable: lines.into_iter().collect(),
            marks,
            calls,
        }
    }

    fn mark(&mut self, lines: Vec<u32>) -> u32 {
        self.marks.push(Mark { lines });
        self.first + self.marks.len() as u32 - 1
    }

    /// A mark in an expression.
    fn call(&mut self, lines: Vec<u32>) -> u32 {
        let number = self.mark(lines);
        self.calls.push(number);
        number
    }

    /// Puts marks into a block. `waiting` are lines that have run when the block is entered; gives
    /// those about which nothing in it tells. `is_body` says whether a string comes first as a docstring.
    fn block(
        &mut self,
        block: &Block,
        scope: Scope,
        is_body: bool,
        mut waiting: Vec<u32>,
    ) -> Vec<u32> {
        // Where a statement can be put behind the one before.
        let mut behind = None;
        for (index, statement) in block.statements.iter().enumerate() {
            match statement {
                Statement::Line(line) => {
                    let is_docstring = is_body && index == 0 && self.outline.is_string(&line[0]);
                    self.line(line, block.is_inline, scope, is_docstring, &mut waiting);
                    let end = self.outline.end(&line[line.len() - 1]);
                    behind = Some(end).filter(|_| !block.is_inline);
                }
                Statement::Compound(compound) => {
                    self.compound(compound, scope, &mut waiting, behind);
                    if !matches!(compound.clauses[0].word, Word::Def | Word::Class) {
                        behind = None;
                    }
                }
            }
            if !flow::passes(self.outline, statement) {
                return waiting;
            }
        }
        match behind {
            _ if waiting.is_empty() => {}
            Some(place) => self.behind(place, std::mem::take(&mut waiting)),
            None if scope == Scope::Class => {}
            None => self.below(block, &mut waiting),
        }
        waiting
    }

    /// Puts a mark on an empty line, or before a comment, between a block's last statement and the
    /// one below.
    fn below(&mut self, block: &Block, waiting: &mut Vec<u32>) {
        let source = self.outline.source;
        let Some((first, last)) = self.outline.ends_of(block) else {
            return;
        };
        let line = source[..first].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let indentation = &source[line..first];
        if block.is_inline || !indentation.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            return;
        }
        let mut place = last;
        for line in source[last..].split_inclusive(['\n', '\r']) {
            let content = line.trim_start_matches([' ', '\t']);
            if !content.starts_with(['\n', '\r', '#']) {
                return;
            }
            let is_inside = line == "\n" && source[..place].ends_with('\r');
            if !is_inside && !self.taken.contains(&place) {
                let number = self.mark(std::mem::take(waiting));
                let text = format!("{indentation}_belay_h[{number}]=1 ");
                self.edits.insert(place, Insertion::Before, text);
                self.taken.insert(place);
                return;
            }
            place += line.len();
        }
    }

    fn behind(&mut self, place: usize, lines: Vec<u32>) {
        let number = self.mark(lines);
        let text = format!(";_belay_h[{number}]=1");
        self.edits.insert(place, Insertion::Behind, text);
    }

    /// A line of simple statements.
    fn line(
        &mut self,
        line: &[Range<usize>],
        is_inline: bool,
        scope: Scope,
        is_docstring: bool,
        waiting: &mut Vec<u32>,
    ) {
        let outline = self.outline;
        let start = line[0].start;
        if is_docstring {
            self.documentation.extend(outline.lines_of(&line[0]));
        }
        let mut statements = line.iter().skip(usize::from(is_docstring));
        // An inline body's line is told with its header.
        if !is_inline && statements.any(|statement| is_executable(outline, statement, scope)) {
            waiting.push(outline.line(start));
        }
        let is_first = is_docstring || is_future(outline, &line[0]);
        if !waiting.is_empty() && !is_first {
            let number = self.mark(std::mem::take(waiting));
            let text = format!("_belay_h[{number}]=1;");
            self.edits
                .insert(outline.start(start), Insertion::Before, text);
        }
    }

    fn compound(
        &mut self,
        compound: &Compound,
        scope: Scope,
        waiting: &mut Vec<u32>,
        behind: Option<usize>,
    ) {
        let outline = self.outline;
        let first = &compound.clauses[0];
        for decorator in &compound.decorators {
            waiting.push(outline.line(decorator.start));
        }
        waiting.push(outline.line(first.header.start));
        match first.word {
            Word::Def => {
                if !outline.is_foreign(&compound.decorators) && !first.body.is_inline {
                    // Lines that wait at a function's end are lines about which nothing is known.
                    self.block(&first.body, Scope::Function, true, Vec::new());
                } else if first.body.is_inline {
                    self.inline_docstring(&first.body);
                }
                return;
            }
            Word::Class => {
                *waiting = self.block(&first.body, Scope::Class, true, std::mem::take(waiting));
                return;
            }
            _ => {}
        }
        if let Some(place) = behind {
            self.behind(place, std::mem::take(waiting));
        }
        // What waits now can be told by an expression of the header, or in the body.
        let clauses = flow::reachable(outline, compound);
        let mut conditions: Vec<(&Clause, Condition)> = Vec::new();
        let mut cases = Vec::new();
        for (clause, is_reached) in clauses {
            let line = outline.line(clause.header.start);
            let mut entry = match clause.word {
                Word::Else | Word::Finally => Vec::new(),
                Word::Elif | Word::Except => vec![line],
                // The cases in front were tried, too.
                Word::Case => {
                    cases.push(line);
                    cases.clone()
                }
                _ => std::mem::take(waiting),
            };
            let is_known = matches!(clause.word, Word::If | Word::Elif | Word::While)
                && is_reached
                && crate::constant::truth(outline, clause.content..clause.header.end) == Some(true);
            match clause.word {
                Word::If | Word::Elif | Word::While if !is_known => {
                    let mut condition = Condition::default();
                    if !entry.is_empty() {
                        condition.before = Some(self.call(std::mem::take(&mut entry)));
                    }
                    conditions.push((clause, condition));
                }
                Word::For | Word::With | Word::Match | Word::Except if !entry.is_empty() => {
                    if let Some(range) = expression(outline, clause) {
                        let number = self.call(std::mem::take(&mut entry));
                        self.wrap(range, number);
                    }
                }
                _ => {}
            }
            if !is_reached {
                continue;
            }
            if clause.body.is_inline && matches!(clause.word, Word::Else | Word::Finally) {
                entry.push(line);
            }
            let rest = self.block(&clause.body, scope, false, entry);
            if clause.word == Word::Try && only_definitions(&clause.body) {
                // Nothing can go wrong in it.
                waiting.extend(rest);
                continue;
            }
            if rest.is_empty() || !only_definitions(&clause.body) {
                continue;
            }
            // A body of definitions alone is told by the condition.
            let number = self.first + self.marks.len() as u32;
            let condition = conditions.last_mut().map(|(_, condition)| condition);
            match (clause.word, condition) {
                (Word::If | Word::Elif | Word::While, Some(condition)) if !is_known => {
                    condition.is_true = Some(number);
                }
                (Word::Else, Some(condition)) if first.word == Word::If => {
                    condition.is_false = Some(number);
                }
                _ => continue,
            }
            self.call(rest);
        }
        for (clause, condition) in conditions {
            self.condition(clause, &condition);
        }
    }

    fn inline_docstring(&mut self, body: &Block) {
        if let [Statement::Line(line)] = &body.statements[..]
            && self.outline.is_string(&line[0])
        {
            self.documentation.extend(self.outline.lines_of(&line[0]));
        }
    }

    fn condition(&mut self, clause: &Clause, condition: &Condition) {
        let mut before = String::new();
        let mut behind = String::from(")");
        if let Some(number) = condition.before {
            let _ = write!(before, "_belay_e({number},0)or");
        }
        if let Some(number) = condition.is_true {
            let _ = write!(behind, "and not _belay_e({number},0)");
        }
        if let Some(number) = condition.is_false {
            let _ = write!(behind, "or _belay_e({number},0)");
        }
        if before.is_empty() && behind.len() == 1 {
            return;
        }
        let range = clause.content..clause.header.end;
        self.edits.insert(
            self.outline.start(range.start),
            Insertion::Open,
            before + "(",
        );
        self.edits
            .insert(self.outline.end(&range), Insertion::Close, behind);
    }

    fn wrap(&mut self, range: Range<usize>, number: u32) {
        let text = format!("_belay_e({number},0)or(");
        let start = self.outline.start(range.start);
        self.edits.insert(start, Insertion::Open, text);
        self.edits
            .insert(self.outline.end(&range), Insertion::Close, ")");
    }
}

fn is_future(outline: &Outline<'_>, statement: &Range<usize>) -> bool {
    outline.text(statement.start) == "from" && outline.text(statement.start + 1) == "__future__"
}

fn only_definitions(block: &Block) -> bool {
    block.statements.iter().all(|statement| {
        matches!(statement, Statement::Compound(compound)
            if matches!(compound.clauses[0].word, Word::Def | Word::Class))
    })
}

/// Whether CPython compiles a simple statement to anything.
fn is_executable(outline: &Outline<'_>, statement: &Range<usize>, scope: Scope) -> bool {
    match outline.text(statement.start) {
        "global" | "nonlocal" => false,
        // `name: annotation`, which a function does not evaluate.
        _ if scope == Scope::Function
            && outline.tokens[statement.start].kind == TokenKind::Name
            && statement.len() > 2
            && outline.tokens[statement.start + 1].kind == TokenKind::Colon =>
        {
            outline.find(statement.clone(), "=").is_some()
        }
        _ => true,
    }
}

/// The expression of a header that is evaluated first and can be wrapped.
fn expression(outline: &Outline<'_>, clause: &Clause) -> Option<Range<usize>> {
    let content = clause.content..clause.header.end;
    let range = match clause.word {
        Word::For => {
            let start = outline.find(content.clone(), "in")? + 1;
            let range = start..content.end;
            counted(outline, range.clone()).unwrap_or(range)
        }
        Word::With => {
            let mut content = content;
            // `with (a as b, c as d):`
            if outline.text(content.start) == "(" && outline.text(content.end - 1) == ")" {
                let inside = content.start + 1..content.end - 1;
                if outline.find(inside.clone(), "as").is_some() {
                    content = inside;
                }
            }
            let end = [",", "as"].map(|word| outline.find(content.clone(), word));
            let end = end.into_iter().flatten().min().unwrap_or(content.end);
            content.start..end
        }
        Word::Except => {
            let start = content.start + usize::from(outline.text(content.start) == "*");
            let range = start..content.end;
            let end = outline.find(range.clone(), "as").unwrap_or(range.end);
            range.start..end
        }
        _ => content,
    };
    (!range.is_empty()).then_some(range)
}

/// The first argument of a `range` that is gone through: MicroPython counts without making one if
/// it sees it.
fn counted(outline: &Outline<'_>, iterable: Range<usize>) -> Option<Range<usize>> {
    let inside = iterable.start + 2..iterable.end - 1;
    let is_range = inside.start < inside.end
        && outline.text(iterable.start) == "range"
        && outline.closing(iterable.start + 1) == Some(inside.end)
        && !outline.text(inside.start).starts_with('*')
        && outline.find(inside.clone(), "for").is_none()
        && outline.text(inside.start + 1) != "=";
    let end = outline.find(inside.clone(), ",").unwrap_or(inside.end);
    is_range.then_some(inside.start..end)
}
