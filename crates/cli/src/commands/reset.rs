//! `belay reset`.

use belay_device::Reboot;

use crate::Error;
use crate::args::Reset;
use crate::connection::Session;
use crate::context::Context;
use crate::settings::Port;

/// Restarts the board and leaves it alone.
pub(crate) fn reset(args: &Reset, context: &Context) -> Result<u8, Error> {
    let port = Port::new(&context.workspace, args.port.as_ref())?;
    let (reboot, what) = match (args.hard, args.bootloader) {
        (true, _) => (Reboot::Hard, "restarting the board"),
        (_, true) => (Reboot::Bootloader, "restarting into the bootloader"),
        _ => (Reboot::Soft, "restarting the interpreter"),
    };
    let session = match Session::open(context, &port, false) {
        // Only a soft reset empties the memory, and here it does no harm.
        Err(Error::Connect {
            source: belay_device::Error::NoMemory,
            ..
        }) => Session::open(context, &port, true)?,
        other => other?,
    };
    context.printer.step(what);
    session.reboot(reboot)?;
    Ok(0)
}
