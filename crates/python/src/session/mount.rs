//! A folder of the host on the board.

use std::path::PathBuf;

use belay_mount::{Limits, Mount, MountOptions};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::Session;

#[pymethods]
impl Session {
    /// Makes a folder of the host a file system of the board.
    fn mount(&self, py: Python<'_>, folder: PathBuf, at: String, read_only: bool) -> PyResult<()> {
        if self.mounted.is_some() {
            return Err(PyRuntimeError::new_err("a folder is mounted already"));
        }
        let options = MountOptions {
            at,
            limits: Limits {
                read_only,
                ..Limits::default()
            },
        };
        let mount = Mount::open(&self.host, folder, options);
        let mount = mount.map_err(|error| match error {
            belay_mount::Error::Folder { .. } => PyOSError::new_err(error.to_string()),
            error => PyValueError::new_err(error.to_string()),
        })?;
        self.mounted.set(Some(mount));
        let mounted = self.mounted.clone();
        let result = self.work_recorded(py, None, |device, room| {
            let mounted = mounted.clone();
            if !room {
                return mounted.renew(device);
            }
            device.remember(move |device| mounted.renew(device))
        });
        if result.is_err() {
            self.mounted.set(None);
        }
        result
    }

    /// Takes the folder away again.
    fn unmount(&self, py: Python<'_>) -> PyResult<()> {
        let Some(mount) = self.mounted.set(None) else {
            return Ok(());
        };
        self.work(py, None, |device| match mount.unmount(device) {
            Err(belay_mount::Error::Device(error)) => Err(error),
            _ => Ok(()),
        })
        .or_else(|error| {
            // A board that is closed or gone has no folder.
            let gone = ["DeviceClosedError", "ConnectionLost"];
            let name = error.get_type(py).name().map(|name| name.to_string());
            if gone.contains(&name.unwrap_or_default().as_str()) {
                return Ok(());
            }
            Err(error)
        })
    }
}
