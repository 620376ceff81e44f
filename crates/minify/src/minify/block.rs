//! The blocks around a statement, and whether they have one.

use super::writer::Mark;

/// Whose names a block binds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    Module,
    Class,
    Function,
}

/// The statements behind a colon, indented or on the same line.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts")]
pub(super) struct Block {
    scope: Scope,
    /// Lies on the line of its header.
    inline: bool,
    /// Holds the cases of a `match`.
    is_match: bool,
    /// Lies in a function that is compiled to machine code.
    compiled: bool,
    /// Has a statement that stays.
    has_statement: bool,
    /// Where the first statement was that did not stay.
    dropped: Option<Mark>,
}

impl Block {
    pub(super) fn enter_class(&mut self) {
        self.scope = Scope::Class;
    }

    pub(super) fn enter_function(&mut self, compiled: bool) {
        self.scope = Scope::Function;
        self.compiled |= compiled;
    }

    pub(super) fn is_compiled(&self) -> bool {
        self.compiled
    }

    pub(super) fn set_inline(&mut self) {
        self.inline = true;
    }
}

/// The blocks around a statement, the whole module first.
#[derive(Debug)]
pub(super) struct Blocks {
    stack: Vec<Block>,
    module: Block,
}

impl Blocks {
    pub(super) fn new() -> Self {
        Self {
            stack: Vec::new(),
            module: Block::default(),
        }
    }

    fn top(&self) -> &Block {
        self.stack.last().unwrap_or(&self.module)
    }

    fn top_mut(&mut self) -> &mut Block {
        self.stack.last_mut().unwrap_or(&mut self.module)
    }

    pub(super) fn push(&mut self, block: Block) {
        self.stack.push(block);
    }

    /// Ends the innermost block. If none of its statements stayed, gives where one must.
    pub(super) fn pop(&mut self) -> Option<Mark> {
        let block = self.stack.pop()?;
        block.dropped.filter(|_| !block.has_statement)
    }

    /// A block in the innermost one, in the same scope.
    pub(super) fn child(&self) -> Block {
        let top = self.top();
        Block {
            scope: top.scope,
            compiled: top.compiled,
            ..Block::default()
        }
    }

    /// The block of a `match` in the innermost block.
    pub(super) fn cases(&self) -> Block {
        Block {
            is_match: true,
            ..self.child()
        }
    }

    pub(super) fn is_inline(&self) -> bool {
        self.top().inline
    }

    pub(super) fn in_match(&self) -> bool {
        self.top().is_match
    }

    pub(super) fn in_function(&self) -> bool {
        self.top().scope == Scope::Function
    }

    pub(super) fn is_compiled(&self) -> bool {
        self.top().compiled
    }

    pub(super) fn keep_statement(&mut self) {
        self.top_mut().has_statement = true;
    }

    pub(super) fn drop_statement(&mut self, mark: Mark) {
        self.top_mut().dropped.get_or_insert(mark);
    }
}
