//! A failed assertion in words.

use std::fmt::Write;
use std::ops::Range;

use crate::Assertion;
use crate::expression::{Node, NodeKind};

pub(crate) fn explain(assertion: &Assertion, node: &Node, values: &[Option<&str>]) -> String {
    let mut explanation = Explanation {
        assertion,
        values,
        origins: Vec::new(),
    };
    let shown = explanation.show(node, false, 0);
    let mut text = format!("assert {shown}");
    for (depth, origin) in explanation.origins {
        let _ = write!(text, "\n +{:1$}  where {origin}", "", 2 * depth);
    }
    text
}

struct Explanation<'a> {
    assertion: &'a Assertion,
    values: &'a [Option<&'a str>],
    /// Where values come from, and how deep it lies in that of others.
    origins: Vec<(usize, String)>,
}

impl Explanation<'_> {
    /// A part with values in it; `is_inner` says whether operators need brackets.
    fn show(&mut self, node: &Node, is_inner: bool, depth: usize) -> String {
        let value = node
            .part
            .and_then(|part| self.values.get(part).copied().flatten());
        match &node.kind {
            NodeKind::Literal => self.source(&node.range),
            NodeKind::Name => match value {
                // Such a value says less than the name.
                Some(value) if !is_thing(value) => value.to_owned(),
                _ => self.source(&node.range),
            },
            NodeKind::Opaque => value.map_or_else(|| self.source(&node.range), str::to_owned),
            NodeKind::Group(child) => self.show(child, is_inner, depth),
            NodeKind::Attribute(_) | NodeKind::Subscript(..) | NodeKind::Call(..) => {
                let Some(value) = value else {
                    return self.inside(node, depth);
                };
                let place = self.origins.len();
                let inside = self.inside(node, depth + 1);
                let origin = format!("{value} = {inside}");
                self.origins.insert(place, (depth, origin));
                value.to_owned()
            }
            NodeKind::Prefix(child) => {
                let operator = self.source(&(node.range.start..child.range.start));
                let space = if operator == "not" { " " } else { "" };
                format!("{operator}{space}{}", self.show(child, true, depth))
            }
            NodeKind::Infix(_, operands) => {
                let shown = self.operands(operands, depth);
                if is_inner {
                    format!("({shown})")
                } else {
                    shown
                }
            }
            NodeKind::Conditional(nodes) => {
                let [value, condition, other] = &**nodes;
                let value = self.show(value, true, depth);
                let condition = self.show(condition, true, depth);
                let other = self.show(other, true, depth);
                format!("({value} if {condition} else {other})")
            }
        }
    }

    /// An attribute, an element or a call with the values of what it is made of.
    fn inside(&mut self, node: &Node, depth: usize) -> String {
        match &node.kind {
            NodeKind::Attribute(child) => {
                let rest = self.source(&(child.range.end..node.range.end));
                self.show(child, true, depth) + &rest
            }
            NodeKind::Subscript(child, index) => {
                let shown = self.show(child, true, depth);
                match index {
                    Some(index) => format!("{shown}[{}]", self.show(index, false, depth)),
                    None => shown + &self.source(&(child.range.end..node.range.end)),
                }
            }
            NodeKind::Call(child, arguments) => {
                let shown = self.show(child, true, depth);
                let Some(arguments) = arguments else {
                    return shown + &self.source(&(child.range.end..node.range.end));
                };
                let arguments = arguments
                    .iter()
                    .map(|(name, argument)| self.source(name) + &self.show(argument, false, depth));
                let arguments: Vec<_> = arguments.collect();
                format!("{shown}({})", arguments.join(", "))
            }
            _ => self.source(&node.range),
        }
    }

    fn operands(&mut self, operands: &[Node], depth: usize) -> String {
        let mut text = String::new();
        let mut end = None;
        for operand in operands {
            // What was not evaluated had no part in it.
            if end.is_some() && !self.is_evaluated(operand) {
                break;
            }
            if let Some(end) = end {
                let operator = self.source(&(end..operand.range.start));
                let _ = write!(text, " {} ", operator.trim());
            }
            text += &self.show(operand, true, depth);
            end = Some(operand.range.end);
        }
        text
    }

    /// Whether a part was evaluated, as far as its values tell.
    fn is_evaluated(&self, node: &Node) -> bool {
        if let Some(part) = node.part {
            return self.values.get(part).copied().flatten().is_some();
        }
        match &node.kind {
            NodeKind::Literal | NodeKind::Name | NodeKind::Opaque => true,
            NodeKind::Group(child)
            | NodeKind::Attribute(child)
            | NodeKind::Subscript(child, _)
            | NodeKind::Call(child, _)
            | NodeKind::Prefix(child) => self.is_evaluated(child),
            NodeKind::Infix(_, operands) => self.is_evaluated(&operands[0]),
            NodeKind::Conditional(nodes) => self.is_evaluated(&nodes[1]),
        }
    }

    /// What the source has in a range, on one line and without comments' line breaks.
    fn source(&self, range: &Range<usize>) -> String {
        let text = self.assertion.slice(range);
        if text.contains(['\n', '\r']) {
            let text = text.replace("\\\n", " ").replace("\\\r", " ");
            return text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        text.trim().to_owned()
    }
}

/// Whether a `repr` is that of a function, a class or a module.
fn is_thing(value: &str) -> bool {
    const THINGS: &[&str] = &[
        "<function",
        "<module",
        "<class",
        "<closure",
        "<bound_method",
        "<built-in",
    ];
    THINGS.iter().any(|thing| value.starts_with(thing))
}
