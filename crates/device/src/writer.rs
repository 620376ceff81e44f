//! Who changes files in a board's place.

use belay_sync::RemotePath;

use crate::FileFault;

/// What changes a board's files where the board's own code may not: a computer that has its drive, a server in its
/// firmware. Whatever is done twice is no error the second time.
///
/// Paths are seen from the root of the board. A method that fails says what is wrong with the path it was given;
/// the session makes an [`Error::File`](crate::Error::File) of that.
pub trait FileWriter: Send {
    /// Writes a file into a folder that exists, in the place of one that is there.
    fn write(&mut self, path: &RemotePath, content: &[u8]) -> Result<(), FileFault>;
    /// Gives a file or folder another name, in the place of a file that has it.
    fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), FileFault>;
    /// Creates a folder.
    fn create_folder(&mut self, path: &RemotePath) -> Result<(), FileFault>;
    /// Deletes a file.
    fn delete(&mut self, path: &RemotePath) -> Result<(), FileFault>;
    /// Deletes an empty folder.
    fn delete_folder(&mut self, path: &RemotePath) -> Result<(), FileFault>;
}
