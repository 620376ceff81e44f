//! Whether a plan fits.

use std::error::Error;

use super::{Action, DeleteReason};
use crate::{PlanError, Space};

/// Follows the use of room through the actions, and refuses what cannot fit at its highest point.
///
/// A folder is one block (FAT) or two (LittleFS). So no plan is refused that would fit; one that is short
/// of a few blocks of bookkeeping is found out by the board, before the old contents of a file are
/// touched.
pub(super) fn check<E: Error + 'static>(
    actions: &[Action],
    space: Space,
) -> Result<(), PlanError<E>> {
    let block = space.block.max(1);
    let mut used: i128 = 0;
    let mut needed: i128 = 0;
    let mut freed_at_the_end: u64 = 0;
    for action in actions {
        match action {
            Action::CreateFolder { .. } => {
                used += i128::from(block);
                needed = needed.max(used);
            }
            Action::Put { size, .. } => {
                used += i128::from(space.taken(*size));
                needed = needed.max(used);
            }
            Action::Replace { size, old_size, .. } => {
                used += i128::from(space.taken(*size));
                needed = needed.max(used);
                used -= i128::from(space.freed(*old_size));
            }
            Action::Delete {
                size,
                reason: DeleteReason::InTheWay,
                ..
            } => used -= i128::from(space.freed(*size)),
            Action::DeleteFolder {
                reason: DeleteReason::InTheWay,
                ..
            } => used -= 2 * i128::from(block),
            Action::Delete { size, .. } => {
                freed_at_the_end = freed_at_the_end.saturating_add(*size);
            }
            Action::DeleteFolder { .. } | Action::Unchanged { .. } => {}
        }
    }
    if needed > i128::from(space.free) {
        return Err(PlanError::NoSpace {
            needed: u64::try_from(needed).unwrap_or(u64::MAX),
            free: space.free,
            freed_at_the_end,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::{RemotePath, ReplaceReason};

    const BLOCK: u64 = 4096;

    fn path() -> RemotePath {
        RemotePath::root().join("x").unwrap()
    }

    fn put(size: u64) -> Action {
        Action::Put {
            path: path(),
            size,
            source_size: size,
            content: vec![].into(),
        }
    }

    fn replace(size: u64, old_size: u64) -> Action {
        Action::Replace {
            path: path(),
            size,
            source_size: size,
            old_size,
            reason: ReplaceReason::Size,
            content: vec![].into(),
        }
    }

    fn delete(size: u64, reason: DeleteReason) -> Action {
        Action::Delete {
            path: path(),
            size,
            reason,
        }
    }

    /// Checks that the actions need just so much room.
    fn needs(actions: &[Action], bytes: u64) {
        let check = |free| {
            let space = Space {
                total: 100 * BLOCK,
                free,
                block: BLOCK,
            };
            super::check::<Infallible>(actions, space)
        };
        check(bytes).unwrap();
        if let Some(less) = bytes.checked_sub(1) {
            match check(less) {
                Err(PlanError::NoSpace { needed, free, .. }) => {
                    assert_eq!((needed, free), (bytes, less));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_highest_point_counts() {
        needs(&[], 0);
        needs(&[put(0)], 0);
        needs(&[put(100), put(200)], 300);
        needs(&[put(BLOCK), put(BLOCK + 1)], 3 * BLOCK);
        // The old file is there until the new one is whole.
        needs(&[replace(BLOCK, BLOCK)], BLOCK);
        needs(&[replace(3 * BLOCK, 2 * BLOCK)], 3 * BLOCK);
        needs(&[replace(BLOCK, 3 * BLOCK), put(2 * BLOCK)], BLOCK);
        let folder = Action::CreateFolder { path: path() };
        needs(&[folder, put(BLOCK)], 2 * BLOCK);
    }

    #[test]
    fn only_what_goes_first_makes_room() {
        let unwanted = delete(5 * BLOCK, DeleteReason::Unwanted);
        let in_the_way = delete(5 * BLOCK, DeleteReason::InTheWay);
        needs(&[in_the_way, put(6 * BLOCK)], BLOCK);
        needs(&[put(6 * BLOCK), unwanted.clone()], 6 * BLOCK);
        let space = Space {
            total: BLOCK,
            free: 0,
            block: 0,
        };
        let error = check::<Infallible>(&[put(10), unwanted], space).unwrap_err();
        assert!(matches!(
            error,
            PlanError::NoSpace {
                needed: 10,
                free: 0,
                freed_at_the_end: 20_480,
            }
        ));
    }
}
