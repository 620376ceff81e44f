//! The board's side.

/// A Python program that makes the three names which rewritten code needs, in the name space in
/// which it is executed.
///
/// - `_belay_h` is an empty `bytearray`. Before code with marks runs, it must be made as long as
///   the highest number demands: `_belay_h.extend(bytes(N))`.
/// - `_belay_e` is a function that sets `_belay_h[N]`.
/// - `_belay_a` keeps what is known of the last assertion that has failed in the list `_belay_r`:
///   its number, then for each part its `repr`, cut after 240 characters, or `None`.
///
/// Conditions are quicker with `_belay_e = {}.setdefault`: the dictionary then holds the numbers of those
/// marks that have been reached ([`Instrumented::calls`](crate::Instrumented::calls)).
pub const BOARD: &str = include_str!("../board/report.py");
