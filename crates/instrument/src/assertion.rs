//! Assertions that report the values of their parts.

use std::fmt::Write;
use std::ops::Range;

use crate::edits::{Edits, Insertion};
use crate::explain;
use crate::expression::{self, Node, NodeKind, Rank};
use crate::outline::{Block, Outline, Statement, Word};

/// More parts of an assertion are not reported: each is a variable on the board.
const MAX_PARTS: usize = 24;

/// An assertion of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    line: u32,
    /// The text of the condition.
    text: String,
    /// Where the condition begins in the source.
    offset: usize,
    node: Node,
    /// Where the parts lie in the source, in the order of their values.
    parts: Vec<Range<usize>>,
}

impl Assertion {
    /// The line where the statement begins, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The condition as the source has it.
    pub fn condition(&self) -> &str {
        &self.text
    }

    /// The parts of the condition, in the order in which the board gives their values.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|range| self.slice(range))
    }

    /// What the assertion said when it failed: its condition with values in the place of its parts,
    /// and where those come from.
    ///
    /// The values are those that the board reports, as `repr` shows them there; `None` is the value
    /// of a part that was not evaluated.
    ///
    /// ```
    /// use belay_instrument::{Options, instrument};
    ///
    /// let options = Options { assertions: true, ..Options::default() };
    /// let result = instrument("assert a + len(b) == 4", &options)?;
    /// let assertion = &result.assertions[0];
    /// assert_eq!(assertion.parts().collect::<Vec<_>>(), ["a", "len(b)", "b"]);
    /// assert_eq!(
    ///     assertion.explain(&[Some("1"), Some("2"), Some("'ab'")]),
    ///     "assert (1 + 2) == 4\n +  where 2 = len('ab')"
    /// );
    /// # Ok::<(), belay_tokenize::Error>(())
    /// ```
    pub fn explain(&self, values: &[Option<&str>]) -> String {
        explain::explain(self, &self.node, values)
    }

    /// What the source has in a range that lies in the condition.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &str {
        &self.text[range.start - self.offset..range.end - self.offset]
    }
}

/// Rewrites all assertions of a text.
pub(crate) fn report(outline: &Outline<'_>, first: u32, edits: &mut Edits) -> Vec<Assertion> {
    let mut found = Vec::new();
    block(outline, &outline.block, &mut |statement| {
        if let Some(mut rewriting) = Rewriting::new(outline, statement) {
            let number = first + found.len() as u32;
            rewriting.node(&mut Edit { edits, number });
            found.push(rewriting.assertion);
        }
    });
    found
}

/// Visits the assertions of a block.
fn block(outline: &Outline<'_>, statements: &Block, visit: &mut impl FnMut(&Range<usize>)) {
    for statement in &statements.statements {
        match statement {
            Statement::Line(line) => {
                let assertions = line.iter();
                assertions
                    .filter(|range| outline.text(range.start) == "assert")
                    .for_each(&mut *visit);
            }
            Statement::Compound(compound) => {
                for clause in &compound.clauses {
                    if clause.word != Word::Def || !outline.is_foreign(&compound.decorators) {
                        block(outline, &clause.body, visit);
                    }
                }
            }
        }
    }
}

struct Edit<'a> {
    edits: &'a mut Edits,
    number: u32,
}

struct Rewriting {
    assertion: Assertion,
    /// Where the statement begins.
    start: usize,
    /// The parts that may not be evaluated.
    optional: Vec<usize>,
}

impl Rewriting {
    /// `None` if the assertion stays as it is.
    fn new(outline: &Outline<'_>, statement: &Range<usize>) -> Option<Self> {
        let content = statement.start + 1..statement.end;
        let (node, end) = expression::parse(outline.source, &outline.tokens, content)?;
        // A message may follow.
        let is_message = outline.text(end) == "," && end + 1 < statement.end;
        if end != statement.end && !is_message {
            return None;
        }
        let assertion = Assertion {
            line: outline.line(statement.start),
            text: outline.source[node.range.clone()].to_owned(),
            offset: node.range.start,
            node,
            parts: Vec::new(),
        };
        Some(Self {
            assertion,
            start: outline.start(statement.start),
            optional: Vec::new(),
        })
    }

    fn node(&mut self, edit: &mut Edit<'_>) {
        let mut node = self.assertion.node.clone();
        let range = node.range.clone();
        edit.edits.insert(range.start, Insertion::Open, "(");
        self.visit(edit.edits, &mut node, false, false);
        self.assertion.node = node;

        let mut report = format!(")or _belay_a({}", edit.number);
        for part in 0..self.assertion.parts.len() {
            let _ = write!(report, ",_belay_{part}");
        }
        edit.edits.insert(range.end, Insertion::Close, report + ")");
        if !self.optional.is_empty() {
            let mut unknown = String::new();
            for part in &self.optional {
                let _ = write!(unknown, "_belay_{part}=");
            }
            edit.edits
                .insert(self.start, Insertion::Prepare, unknown + "_belay_a;");
        }
    }

    /// Gives a value to a part of the condition and to its parts. `is_optional` says whether it may
    /// not be evaluated, `is_called` whether the value itself is of no interest.
    fn visit(&mut self, edits: &mut Edits, node: &mut Node, is_optional: bool, is_called: bool) {
        let has_value = match &node.kind {
            NodeKind::Name => !is_called && self.slice(node) != "super",
            NodeKind::Attribute(_) => !is_called,
            NodeKind::Call(callee, _) => self.slice(callee) != "super",
            NodeKind::Opaque | NodeKind::Subscript(..) => true,
            _ => false,
        };
        let has_value = has_value && self.assertion.parts.len() < MAX_PARTS;
        if has_value {
            let part = self.assertion.parts.len();
            node.part = Some(part);
            self.assertion.parts.push(node.range.clone());
            if is_optional {
                self.optional.push(part);
            }
            edits.insert(
                node.range.start,
                Insertion::Open,
                format!("(_belay_{part}:="),
            );
        }
        match &mut node.kind {
            NodeKind::Literal | NodeKind::Name | NodeKind::Opaque => {}
            NodeKind::Group(child) => self.visit(edits, child, is_optional, is_called),
            NodeKind::Prefix(child) | NodeKind::Attribute(child) => {
                self.visit(edits, child, is_optional, false);
            }
            NodeKind::Subscript(child, index) => {
                self.visit(edits, child, is_optional, false);
                if let Some(index) = index {
                    self.visit(edits, index, is_optional, false);
                }
            }
            NodeKind::Call(child, arguments) => {
                self.visit(edits, child, is_optional, true);
                for (_, argument) in arguments.iter_mut().flatten() {
                    self.visit(edits, argument, is_optional, false);
                }
            }
            NodeKind::Infix(rank, operands) => {
                let certain = match rank {
                    Rank::Or | Rank::And => 1,
                    Rank::Comparison => 2,
                    _ => usize::MAX,
                };
                for (index, operand) in operands.iter_mut().enumerate() {
                    self.visit(edits, operand, is_optional || index >= certain, false);
                }
            }
            NodeKind::Conditional(nodes) => {
                let [value, condition, other] = &mut **nodes;
                self.visit(edits, value, true, false);
                self.visit(edits, condition, is_optional, false);
                self.visit(edits, other, true, false);
            }
        }
        if has_value {
            edits.insert(node.range.end, Insertion::Close, ")");
        }
    }

    fn slice(&self, node: &Node) -> &str {
        self.assertion.slice(&node.range)
    }
}
