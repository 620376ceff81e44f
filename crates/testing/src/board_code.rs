//! What runs on the board.

use belay_minify::{Options, minify};

/// What tests import as `unittest`.
const UNITTEST: &str = include_str!("../board/unittest.py");
const RUNNER: &str = include_str!("../board/runner.py");

/// What the board needs to run tests: the functions that rewritten code calls, and among others
/// `_belay_put(files)`, which gives the board modules of the host by their paths, with `None` for a folder,
/// and answers with the folder where it has them.
pub fn runner() -> String {
    format!("{}\n{}", small(belay_instrument::BOARD), small(RUNNER))
}

pub(crate) fn unittest() -> String {
    small(UNITTEST)
}

fn small(text: &str) -> String {
    let options = Options { strip: true };
    minify(text, &options).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_python() {
        for text in [belay_instrument::BOARD, RUNNER, UNITTEST] {
            assert!(minify(text, &Options { strip: true }).is_ok());
        }
    }
}
