//! Lines of a changed document in the text that it was made of.

use std::collections::{HashMap, VecDeque};

/// `text` with the lines in which `after` differs from `before`, which holds the lines of `text` without
/// their ends, perhaps in another order. Of the lines that are gone, those in `kept` stay, in this
/// order. `None` when the lines are others.
pub(super) fn merge(text: &str, before: &str, after: &str, kept: Vec<String>) -> Option<String> {
    let mark = if text.starts_with('\u{feff}') {
        "\u{feff}"
    } else {
        ""
    };
    let lines: Vec<&str> = text[mark.len()..].split_inclusive('\n').collect();
    let crlf = lines.first().is_some_and(|line| line.ends_with("\r\n"));
    let end = if crlf { "\r\n" } else { "\n" };
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.lines().collect(), after.lines().collect());
    let places = places(&before, &lines)?;
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = before.iter().zip(&after).take_while(same).count();
    let rest = before[head..].iter().rev().zip(after[head..].iter().rev());
    let rest = rest.take_while(same).count();
    let gone = head..before.len() - rest;
    let mut new = after[head..after.len() - rest].join(end);
    if head + rest < after.len() {
        new.push_str(end);
    }
    // New lines stand behind all lines before them.
    let place = places[..head].iter().max().copied();
    let mut kept = kept.into_iter().peekable();
    let mut removed = vec![false; lines.len()];
    for index in gone {
        if kept.next_if(|line| *line == before[index]).is_none() {
            removed[places[index]] = true;
        }
    }
    let mut merged = String::from(mark);
    if place.is_none() {
        merged.push_str(&new);
    }
    for (index, line) in lines.iter().enumerate() {
        if !removed[index] {
            merged.push_str(line);
        }
        if place == Some(index) && !new.is_empty() {
            if !merged.ends_with('\n') {
                merged.push_str(end);
            }
            merged.push_str(&new);
        }
    }
    Some(merged)
}

/// Where each line of the document stands in the text: equal ones in their order, and so those that are
/// written otherwise.
fn places(document: &[&str], text: &[&str]) -> Option<Vec<usize>> {
    let mut known: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (index, line) in text.iter().enumerate() {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        known.entry(line).or_default().push_back(index);
    }
    let found: Vec<Option<usize>> = document
        .iter()
        .map(|line| known.get_mut(line)?.pop_front())
        .collect();
    let mut others: Vec<usize> = known.into_values().flatten().collect();
    others.sort_unstable();
    let mut others = others.into_iter();
    found
        .into_iter()
        .map(|place| place.or_else(|| others.next()))
        .collect()
}
