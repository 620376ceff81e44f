//! A plan as a table.

use std::fmt;

use super::{Action, DeleteReason, Plan, ReplaceReason};
use crate::RemotePath;

/// The width that `create folder` and `delete folder` need.
const VERB: usize = 13;

impl fmt::Display for Plan {
    /// A line per action, then one with the totals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .actions
            .iter()
            .filter_map(Action::size)
            .map(|size| size.to_string().len())
            .max()
            .unwrap_or_default();
        for action in &self.actions {
            let size = action.size().map(|size| size.to_string());
            let size = size.unwrap_or_default();
            let path = shown(action.path());
            let reason = action.reason();
            write!(f, "{:VERB$}  {size:>width$}  {path}", action.verb())?;
            match reason {
                Some(reason) => writeln!(f, "  ({reason})")?,
                None => writeln!(f)?,
            }
        }
        let totals = &self.totals;
        write!(
            f,
            "{} to put, {} to replace ({} bytes), {} unchanged, {} to delete, {} kept",
            totals.put, totals.replaced, totals.bytes, totals.unchanged, totals.deleted, self.kept
        )
    }
}

impl Action {
    fn verb(&self) -> &'static str {
        match self {
            Self::CreateFolder { .. } => "create folder",
            Self::Put { .. } => "put",
            Self::Replace { .. } => "replace",
            Self::Unchanged { .. } => "unchanged",
            Self::Delete { .. } => "delete",
            Self::DeleteFolder { .. } => "delete folder",
        }
    }

    fn size(&self) -> Option<u64> {
        match self {
            Self::Put { size, .. }
            | Self::Replace { size, .. }
            | Self::Unchanged { size, .. }
            | Self::Delete { size, .. } => Some(*size),
            Self::CreateFolder { .. } | Self::DeleteFolder { .. } => None,
        }
    }

    fn reason(&self) -> Option<String> {
        match self {
            Self::Replace {
                reason, old_size, ..
            } => Some(match reason {
                ReplaceReason::Size => format!("was {old_size} bytes"),
                ReplaceReason::Content => "other content".to_owned(),
                ReplaceReason::Forced => "in any case".to_owned(),
                ReplaceReason::Unreadable => "unreadable on the board".to_owned(),
            }),
            Self::Delete {
                reason: DeleteReason::InTheWay,
                ..
            }
            | Self::DeleteFolder {
                reason: DeleteReason::InTheWay,
                ..
            } => Some("in the way".to_owned()),
            _ => None,
        }
    }
}

/// The path with control characters escaped: names are what a board says, and a table must neither
/// lose its lines nor command a terminal.
fn shown(path: &RemotePath) -> String {
    let mut text = String::with_capacity(path.as_str().len());
    for char in path.as_str().chars() {
        if char.is_control() {
            text.extend(char.escape_default());
        } else {
            text.push(char);
        }
    }
    text
}
