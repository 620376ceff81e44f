//! Changes through the web workflow of a board with CircuitPython.

use belay_sync::RemotePath;
use belay_transport::{WebChange, WebFiles};

use crate::{Device, FileFault, FileWriter};

/// What is deleted to see whether anything could be. It is never there.
const PROBE: &str = "/.belay-probe";

#[derive(Debug)]
struct WebWriter(Box<dyn WebFiles>);

impl Device {
    /// What changes files through the web workflow that the link comes from; `None` if it comes from none, or if a
    /// computer has the drive: the workflow changes nothing then.
    pub fn web_writer(&self) -> Option<Box<dyn FileWriter>> {
        let writer = WebWriter(self.link.driver.web_files()?);
        let probed = writer.change(PROBE, WebChange::Delete);
        (probed == Err(FileFault::NotFound)).then(|| Box::new(writer) as Box<dyn FileWriter>)
    }
}

impl WebWriter {
    fn change(&self, path: &str, change: WebChange<'_>) -> Result<(), FileFault> {
        let failed = |reason: String| FileFault::Web { reason };
        match self.0.change(path, change) {
            Ok(200..=299) => Ok(()),
            Ok(404) => Err(FileFault::NotFound),
            // The second is what was said before 2026.
            Ok(409 | 500) => Err(FileFault::ReadOnly),
            Ok(412) => Err(FileFault::Exists),
            Ok(413 | 417) => Err(FileFault::Full),
            Ok(status) => Err(failed(format!("it answers {status}"))),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

impl FileWriter for WebWriter {
    fn write(&mut self, path: &RemotePath, content: &[u8]) -> Result<(), FileFault> {
        self.change(path.as_str(), WebChange::Put(content))
    }

    fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), FileFault> {
        let [from, to] = [from, to].map(RemotePath::as_str);
        match self.change(from, WebChange::Move(to)) {
            // As its file system does, it gives no name away that is taken.
            Err(FileFault::Exists) => {
                self.change(to, WebChange::Delete)?;
                self.change(from, WebChange::Move(to))
            }
            other => other,
        }
    }

    fn create_folder(&mut self, path: &RemotePath) -> Result<(), FileFault> {
        self.change(path.as_str(), WebChange::CreateFolder)
    }

    fn delete(&mut self, path: &RemotePath) -> Result<(), FileFault> {
        gone(self.change(path.as_str(), WebChange::Delete))
    }

    fn delete_folder(&mut self, path: &RemotePath) -> Result<(), FileFault> {
        gone(self.change(path.as_str(), WebChange::DeleteFolder))
    }
}

/// What is not there need not be deleted.
fn gone(result: Result<(), FileFault>) -> Result<(), FileFault> {
    match result {
        Err(FileFault::NotFound) => Ok(()),
        other => other,
    }
}
