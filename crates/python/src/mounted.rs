//! The folder of the host that a board has.

use std::sync::{Arc, Mutex};

use belay_device::{Device, Error};
use belay_mount::Mount;

use crate::pulse::lock;

/// What is mounted, if anything is.
#[derive(Clone, Default)]
pub(crate) struct Mounted(Arc<Mutex<Option<Mount>>>);

impl Mounted {
    pub(crate) fn is_some(&self) -> bool {
        lock(&self.0).is_some()
    }

    /// Takes another one's place, which it gives.
    pub(crate) fn set(&self, mount: Option<Mount>) -> Option<Mount> {
        std::mem::replace(&mut *lock(&self.0), mount)
    }

    /// Mounts the folder again on a board that has restarted.
    pub(crate) fn renew(&self, device: &mut Device) -> Result<(), Error> {
        let mount = lock(&self.0).clone();
        match mount.map(|mount| mount.renew(device)) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(belay_mount::Error::Device(error))) => Err(error),
            Some(Err(error)) => Err(Error::Remembered(Box::new(error))),
        }
    }
}
