//! Whether statements can be reached, as CPython's compiler sees it: behind those that never end it
//! compiles nothing.

use std::ops::Range;

use crate::constant::truth;
use crate::outline::{Block, Clause, Compound, Outline, Statement, Word};

/// Finds out which compound statements can be left at their end, the inner ones first.
pub(crate) fn settle(outline: &Outline<'_>, block: &mut Block) {
    for statement in &mut block.statements {
        if let Statement::Compound(compound) = statement {
            for clause in &mut compound.clauses {
                settle(outline, &mut clause.body);
            }
            compound.passes = compound_passes(outline, compound);
        }
    }
}

/// Whether what follows a block can be reached from its end.
fn falls_through(outline: &Outline<'_>, block: &Block) -> bool {
    block
        .statements
        .iter()
        .all(|statement| passes(outline, statement))
}

/// Whether what follows a statement can be reached from it.
pub(crate) fn passes(outline: &Outline<'_>, statement: &Statement) -> bool {
    match statement {
        Statement::Line(line) => line.iter().all(|range| !jumps(outline, range)),
        Statement::Compound(compound) => compound.passes,
    }
}

/// Whether a simple statement ends in no other.
pub(crate) fn jumps(outline: &Outline<'_>, statement: &Range<usize>) -> bool {
    match outline.text(statement.start) {
        "return" | "raise" | "break" | "continue" => true,
        "assert" => {
            let condition = statement.start + 1..statement.end;
            let end = outline.find(condition.clone(), ",");
            let end = end.unwrap_or(condition.end);
            truth(outline, condition.start..end) == Some(false)
        }
        _ => false,
    }
}

/// The clauses of a statement that can be reached, with whether their body can be.
pub(crate) fn reachable<'a>(
    outline: &Outline<'_>,
    compound: &'a Compound,
) -> Vec<(&'a Clause, bool)> {
    let mut clauses = Vec::new();
    for clause in &compound.clauses {
        let known = match clause.word {
            Word::If | Word::Elif | Word::While => {
                truth(outline, clause.content..clause.header.end)
            }
            _ => None,
        };
        clauses.push((clause, known != Some(false)));
        if known == Some(true) {
            break;
        }
        // An `else` for when nothing was raised.
        if clause.word == Word::Try && !falls_through(outline, &clause.body) {
            let rest = &compound.clauses[1..];
            let rest = rest.iter().filter(|clause| clause.word != Word::Else);
            clauses.extend(rest.map(|clause| (clause, true)));
            break;
        }
    }
    clauses
}

fn compound_passes(outline: &Outline<'_>, compound: &Compound) -> bool {
    let clauses = reachable(outline, compound);
    let of = |word| clauses.iter().find(|(clause, _)| clause.word == word);
    let body_passes = |&(clause, is_reached): &(&Clause, bool)| {
        is_reached && falls_through(outline, &clause.body)
    };
    let first = &compound.clauses[0];
    match first.word {
        Word::If => {
            let last = clauses[clauses.len() - 1];
            let is_exhaustive = last.0.word == Word::Else || is_true(outline, last.0);
            !is_exhaustive || clauses.iter().any(body_passes)
        }
        Word::While | Word::For => {
            let ends = match of(Word::Else) {
                Some(other) => body_passes(other),
                None => !is_true(outline, first),
            };
            ends || has_break(outline, &first.body)
        }
        Word::Try => {
            if of(Word::Finally).is_some_and(|clause| !body_passes(clause)) {
                return false;
            }
            // The body's end is that of `else`, if there is one.
            let body =
                falls_through(outline, &first.body) && of(Word::Else).is_none_or(body_passes);
            let mut handlers = clauses
                .iter()
                .filter(|(clause, _)| clause.word == Word::Except);
            body || handlers.any(body_passes)
        }
        Word::Match => {
            let last = clauses[clauses.len() - 1].0;
            !is_irrefutable(outline, last) || clauses[1..].iter().any(body_passes)
        }
        _ => true,
    }
}

fn is_true(outline: &Outline<'_>, clause: &Clause) -> bool {
    matches!(clause.word, Word::If | Word::Elif | Word::While)
        && truth(outline, clause.content..clause.header.end) == Some(true)
}

/// Whether a `case` takes whatever there is.
fn is_irrefutable(outline: &Outline<'_>, case: &Clause) -> bool {
    case.header.end == case.content + 1
        && outline.tokens[case.content].kind == belay_tokenize::TokenKind::Name
        && !matches!(outline.text(case.content), "True" | "False" | "None")
}

/// Whether a loop's body has a `break` of that loop that can be reached.
fn has_break(outline: &Outline<'_>, block: &Block) -> bool {
    for statement in &block.statements {
        let found = match statement {
            Statement::Line(line) => {
                let end = line.iter().position(|range| jumps(outline, range));
                end.is_some_and(|end| outline.text(line[end].start) == "break")
            }
            Statement::Compound(compound) => {
                let clauses = reachable(outline, compound);
                clauses.iter().any(|(clause, is_reached)| {
                    // The `else` of an inner loop belongs to the outer one.
                    *is_reached
                        && !matches!(
                            clause.word,
                            Word::For | Word::While | Word::Def | Word::Class
                        )
                        && has_break(outline, &clause.body)
                })
            }
        };
        if found {
            return true;
        }
        if !passes(outline, statement) {
            return false;
        }
    }
    false
}
