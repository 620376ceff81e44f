//! From tokens to a smaller text.

mod annotation;
mod block;
mod statement;
mod writer;

use belay_tokenize::{Error, Lexer, Token, TokenKind};

use self::block::{Block, Blocks};
use self::writer::Writer;

/// How far [`minify`] goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Gives up the line numbers, and drops annotations: for a board with little room, not for
    /// debugging.
    ///
    /// Blank lines go, and a statement is on one line whatever it was before. Annotations go from
    /// parameters, results, variables and attributes. They stay
    ///
    /// - in functions with the decorator `@micropython.native`, `@micropython.viper` or one of
    ///   `@micropython.asm_…`, where they mean something to the compiler,
    /// - of an attribute or element without a value, `a.b: int`, where the target is evaluated,
    /// - of a variable of a function without a value, as `name:0`, which still makes it local.
    ///
    /// What looks at annotations sees none: `__annotations__`, and on CPython data classes, typed
    /// dicts and named tuples in the form of a class. MicroPython keeps no annotations anyway. An
    /// annotated `const()` becomes one without.
    pub strip: bool,
}

/// Makes a Python source smaller.
///
/// Comments, docstrings, other statements that are nothing but a string, and needless white space
/// go. So does `pass`, unless it is all that a block has; there it becomes `0`, and so does a
/// docstring. Every token that stays is on the line where it was, unless [`Options::strip`] says
/// otherwise. Names stay. Strings stay as they are, formatted ones with the white space in their
/// braces, save that lines end in `\n` everywhere.
///
/// The result ends in a line break, or is empty. Minified again it is the same.
///
/// # Errors
///
/// Whatever keeps the text from being split into tokens: see [`ErrorKind`](belay_tokenize::ErrorKind).
///
/// ```
/// use belay_minify::{Options, minify};
///
/// let source = "\
/// def blink(times: int = 3):\n    \"\"\"Blinks.\"\"\"\n    # The LED of a Pico.\n    led.on()\n";
/// let smaller = minify(source, &Options::default())?;
/// assert_eq!(smaller, "def blink(times:int=3):\n\n\n led.on()\n");
/// let smallest = minify(source, &Options { strip: true })?;
/// assert_eq!(smallest, "def blink(times=3):\n led.on()\n");
/// # Ok::<(), belay_tokenize::Error>(())
/// ```
pub fn minify(source: &str, options: &Options) -> Result<String, Error> {
    let mut lexer = Lexer::new(source)?;
    let mut minifier = Minifier {
        source,
        tokens: Vec::new(),
        next: 0,
        strip: options.strip,
        writer: Writer::new(source, options.strip),
        blocks: Blocks::new(),
        header: None,
        compiled: false,
    };
    while lexer.next_line(&mut minifier.tokens)? {
        minifier.line();
    }
    minifier.line();
    Ok(minifier.writer.finish())
}

/// Goes through a text line by line, and through a line statement by statement.
struct Minifier<'a> {
    source: &'a str,
    /// The tokens of a line with statements, and of what comes before it.
    tokens: Vec<Token>,
    /// The token to look at next.
    next: usize,
    strip: bool,
    writer: Writer<'a>,
    blocks: Blocks,
    /// The block that the line opens, if it does.
    header: Option<Block>,
    /// Whether a decorator says that the next function is compiled to machine code.
    compiled: bool,
}

impl Minifier<'_> {
    fn line(&mut self) {
        self.next = 0;
        while let Some(token) = self.tokens.get(self.next) {
            match token.kind {
                TokenKind::Comment | TokenKind::Semicolon => self.next += 1,
                TokenKind::LineBreak | TokenKind::Continuation => {
                    self.writer.line_break();
                    self.next += 1;
                }
                TokenKind::Newline => {
                    self.end_of_line();
                    self.next += 1;
                }
                TokenKind::Indent => {
                    self.blocks.push(self.header.take().unwrap_or_default());
                    self.writer.indent();
                    self.next += 1;
                }
                TokenKind::Dedent => {
                    if let Some(mark) = self.blocks.pop() {
                        self.writer.zero(mark);
                    }
                    self.writer.dedent();
                    self.next += 1;
                }
                _ => self.statement(),
            }
        }
    }

    /// Ends the blocks that began on this line, behind a colon.
    fn end_of_line(&mut self) {
        while self.blocks.is_inline() {
            if let Some(mark) = self.blocks.pop() {
                self.writer.zero(mark);
            }
        }
        self.writer.end_of_line();
    }

    /// Takes the statement that begins at the next token, or the header of a compound one.
    fn statement(&mut self) {
        let tokens = &self.tokens[self.next..];
        let first = tokens[0].text(self.source);
        let is_header = statement::is_header(first, self.blocks.in_match());
        if !is_header
            && let Some(length) = statement::droppable(self.source, tokens)
                .or_else(|| self.droppable_annotation(tokens))
        {
            self.drop_tokens(length);
            return;
        }
        self.blocks.keep_statement();
        self.writer.start_statement();
        if is_header {
            self.compound();
            return;
        }
        match first {
            // Should it be a name, no block follows.
            "match" => self.header = Some(self.blocks.cases()),
            "@" => self.compiled |= statement::is_compiled(self.source, tokens),
            _ => {}
        }
        self.simple();
    }

    /// Drops a statement, but not its line breaks.
    fn drop_tokens(&mut self, length: usize) {
        self.blocks.drop_statement(self.writer.mark());
        for _ in 0..length {
            let token = &self.tokens[self.next];
            self.writer.drop_token(token);
            self.next += 1;
        }
    }

    /// Writes the next token if it is to be written.
    fn take(&mut self) {
        let token = &self.tokens[self.next];
        match token.kind {
            TokenKind::Comment => {}
            TokenKind::LineBreak | TokenKind::Continuation => self.writer.line_break(),
            _ => self.writer.token(token),
        }
        self.next += 1;
    }

    fn kind(&self) -> TokenKind {
        // The last line ends in a `Newline`, so that no statement reaches the end of the tokens.
        self.tokens[self.next].kind
    }

    fn text(&self, index: usize) -> &str {
        self.tokens[index].text(self.source)
    }

    fn simple(&mut self) {
        let tokens = &self.tokens[self.next..];
        let annotation = if self.strip && !self.blocks.is_compiled() {
            annotation::find(self.source, tokens)
        } else {
            None
        };
        let annotation = annotation.map(|found| (self.next + found.colon, self.next + found.end));
        while !matches!(self.kind(), TokenKind::Newline | TokenKind::Semicolon) {
            match annotation {
                Some((colon, end)) if self.next == colon => {
                    if self.is_bare(end) {
                        self.bare_annotation(colon, end);
                    } else {
                        self.next = end;
                    }
                }
                _ => self.take(),
            }
        }
        self.writer.end_statement();
    }

    /// Takes the header of a compound statement up to its colon.
    fn compound(&mut self) {
        let mut block = self.blocks.child();
        let word = match self.text(self.next) {
            "async" => self.text(self.next + 1),
            word => word,
        };
        match word {
            "class" => block.enter_class(),
            "def" => {
                block.enter_function(self.compiled);
                if self.strip && !block.is_compiled() {
                    self.take_signature();
                }
            }
            _ => {}
        }
        self.compiled = false;
        let mut depth = 0_usize;
        // The colons that belong to these come before the one that ends the header.
        let mut lambdas = 0_usize;
        loop {
            match self.kind() {
                TokenKind::Newline => return,
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Name if depth == 0 && self.text(self.next) == "lambda" => lambdas += 1,
                TokenKind::Colon if depth == 0 && lambdas > 0 => lambdas -= 1,
                TokenKind::Colon if depth == 0 => break,
                _ => {}
            }
            self.take();
        }
        self.take();
        if self.rest_of_line_is_empty() {
            self.header = Some(block);
        } else {
            block.set_inline();
            self.blocks.push(block);
        }
    }

    /// Whether nothing but a comment comes before the end of the line.
    fn rest_of_line_is_empty(&self) -> bool {
        let rest = self.tokens[self.next..].iter();
        let mut kinds = rest.map(|token| token.kind);
        kinds.find(|kind| !matches!(kind, TokenKind::Comment | TokenKind::Continuation))
            == Some(TokenKind::Newline)
    }
}
