//! Whether the steps of a transfer fit on the board, as it tells of itself.

use belay_sync::{Space, Step};

use super::{Phase, Transfer};
use crate::board_code::{self, prepare, quoted};
use crate::{Error, FileFault};

/// What the board said of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Board {
    /// The unit of room and how many of it are free; zero where it is not known.
    pub(super) block: u64,
    pub(super) free_blocks: u64,
    pub(super) little_memory: bool,
    /// How much of a file is compressed at once.
    pub(super) piece: usize,
}

/// Boards with less get what is sent as it is.
const LITTLE_MEMORY: u64 = 12 * 1024;

impl Transfer<'_, '_> {
    /// The board has told of itself.
    pub(super) fn hello(&mut self, text: &str) {
        let facts: Vec<u64> = text
            .split(',')
            .filter_map(|fact| fact.parse().ok())
            .collect();
        let number = |index: usize| facts.get(index).copied().unwrap_or(0);
        let memory = number(0);
        let little_memory = memory < LITTLE_MEMORY || self.ledger.ran_out;
        let board = Board {
            block: number(1),
            free_blocks: number(2),
            little_memory,
            piece: piece(memory),
        };
        self.board = Some(board);
        if self.too_much(board, false).is_none() {
            self.phase = Phase::Steps;
        } else {
            // It may still fit, in the place of what is there.
            self.phase = Phase::Sizes;
            self.queue_code(&prepare(board_code::SIZE, &[]));
            self.ask_sizes();
        }
    }

    fn refuse(&mut self, fault: FileFault, step: usize) {
        self.stop = Some(Error::File {
            path: self.path(step),
            fault,
        });
        self.end();
    }

    /// Asks how long the files are that will go or be replaced.
    pub(super) fn ask_sizes(&mut self) {
        for step in self.ledger.confirmed..self.steps.len() {
            let asks = matches!(self.steps[step], Step::Put { .. } | Step::Delete(_));
            if asks && self.sizes[step].is_none() {
                let call = format!("size({step},{})", quoted(&self.path(step)));
                self.queue_code(&call);
            }
        }
    }

    /// The first step for which there is no room, with what it needs and what there is.
    ///
    /// Without sizes, nothing counts as given back. What would fit is not refused, and what turns out not
    /// to fit costs no file that is there.
    fn too_much(&self, board: Board, sizes: bool) -> Option<(usize, u64, u64)> {
        if board.block == 0 {
            return None;
        }
        let mut free = board.free_blocks.saturating_mul(board.block);
        let space = Space {
            total: free,
            free,
            block: board.block,
        };
        for (index, step) in self.steps.iter().enumerate().skip(self.next) {
            let back = match self.sizes[index] {
                Some(size) if sizes => space.freed(size),
                _ => 0,
            };
            match step {
                Step::Put { content, .. } => {
                    let need = space.taken(content.len() as u64);
                    if need > free {
                        return Some((index, need, free));
                    }
                    free = free + back - need;
                }
                Step::Delete(_) => free += back,
                Step::CreateFolder(_) | Step::DeleteFolder(_) | Step::Rename { .. } => {}
            }
        }
        None
    }

    /// The board has told how long a file is.
    pub(super) fn size(&mut self, text: &str) {
        let Some((step, size)) = text.split_once(' ') else {
            return;
        };
        if let Some(known) = step
            .parse()
            .ok()
            .and_then(|step: usize| self.sizes.get_mut(step))
        {
            *known = size.parse().ok();
        }
        let asks = |step: &Step<'_>| matches!(step, Step::Put { .. } | Step::Delete(_));
        let all = self.steps.iter().zip(&self.sizes).skip(self.next);
        let complete = all
            .into_iter()
            .all(|(step, size)| !asks(step) || size.is_some());
        let Some(board) = self
            .board
            .filter(|_| complete && self.phase == Phase::Sizes)
        else {
            return;
        };
        match self.too_much(board, true) {
            None => self.phase = Phase::Steps,
            Some((step, needed, free)) => self.refuse(FileFault::NoSpace { needed, free }, step),
        }
    }
}

/// How much of a file is compressed at once: the board holds it compressed, twice for a moment, and
/// a window as long.
fn piece(memory: u64) -> usize {
    let mut piece = 1024;
    while piece < 32 * 1024 && (piece as u64) * 20 <= memory {
        piece *= 2;
    }
    piece
}
