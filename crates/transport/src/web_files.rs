//! The files of a board beside its byte stream.

use std::fmt;

use crate::Error;

/// What is to be done with a path of the board.
///
/// Paths begin with `/`. Folders are named without a slash at their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebChange<'a> {
    /// Write a file, in the place of one that is there.
    Put(&'a [u8]),
    /// Create a folder.
    CreateFolder,
    /// Delete a file.
    Delete,
    /// Delete a folder with all that it holds.
    DeleteFolder,
    /// Give it another name, which nothing may have.
    Move(&'a str),
    /// The same for a folder.
    MoveFolder(&'a str),
}

/// The file system that a web workflow serves.
pub trait WebFiles: fmt::Debug + Send {
    /// Makes a change, and gives the status with which the board answers it: 201 and 204 when it is done, 404
    /// when there is no such path, 409 while a computer has the drive, 412 where something has the new name
    /// already, 413 and 417 when there is no room.
    ///
    /// # Errors
    /// As [`WebRepl::connect_workflow`](crate::WebRepl::connect_workflow).
    fn change(&self, path: &str, change: WebChange<'_>) -> Result<u16, Error>;
}
