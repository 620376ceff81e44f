//! What a text is made of.

use std::ops::Range;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it lies, in bytes from the start of the text.
    pub range: Range<usize>,
}

impl Token {
    /// The token's text in the text that it comes from.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.range.clone()]
    }
}

/// The kinds of tokens. What lies between them is white space.
///
/// A line break is one of four: it ends a statement's line ([`Newline`](Self::Newline)), it lies
/// in brackets or ends a line without a statement ([`LineBreak`](Self::LineBreak)), it is cancelled
/// by a backslash ([`Continuation`](Self::Continuation)), or it lies in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A name or a keyword.
    Name,
    /// A number.
    Number,
    /// A string or bytes, with its prefix and quotes.
    String,
    /// A formatted string as a whole, with everything in its braces.
    FString,
    /// A template string (CPython 3.14) as a whole, with everything in its braces.
    TString,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// `:`, but not `:=`.
    Colon,
    /// `;`.
    Semicolon,
    /// Every other operator or delimiter, `,` and `.` and `...` among them.
    Operator,
    /// From a `#` to the end of its line.
    Comment,
    /// The end of a line with statements. Empty at the end of a text without a last line break.
    Newline,
    /// A line break that ends no statement.
    LineBreak,
    /// A backslash and the line break behind it.
    Continuation,
    /// The white space before the first statement of an indented block.
    Indent,
    /// The end of an indented block: empty, before the statement that follows or at the end.
    Dedent,
}
