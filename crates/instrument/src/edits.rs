//! Text that is inserted.

/// What an insertion is, in the order of several at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Insertion {
    /// Ends an expression.
    Close,
    /// A statement behind one.
    Behind,
    /// A statement before one, which reports its line.
    Before,
    /// A statement before one, which belongs to it.
    Prepare,
    /// Begins an expression.
    Open,
}

/// Insertions into a text, in any order; those of one kind at one place stay in their order.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    insertions: Vec<(usize, Insertion, String)>,
}

impl Edits {
    pub(crate) fn insert(&mut self, offset: usize, kind: Insertion, text: impl Into<String>) {
        self.insertions.push((offset, kind, text.into()));
    }

    /// The text with what is inserted.
    pub(crate) fn apply(mut self, source: &str) -> String {
        self.insertions
            .sort_by_key(|&(offset, kind, _)| (offset, kind));
        let added: usize = self.insertions.iter().map(|(_, _, text)| text.len()).sum();
        let mut output = String::with_capacity(source.len() + added);
        let mut done = 0;
        for (offset, _, text) in &self.insertions {
            output.push_str(&source[done..*offset]);
            done = *offset;
            // `if(a)` may become `if _belay_e(…)or(…)`.
            if text.starts_with(is_word) && output.ends_with(is_word) {
                output.push(' ');
            }
            output.push_str(text);
        }
        output.push_str(&source[done..]);
        output
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}
