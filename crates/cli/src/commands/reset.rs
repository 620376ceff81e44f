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
    let (reboot, what) = if args.hard {
        (Reboot::Hard, "restarting the board")
    } else if args.bootloader {
        (Reboot::Bootloader, "restarting into the bootloader")
    } else if args.safe_mode {
        (Reboot::SafeMode, "restarting into safe mode")
    } else {
        (Reboot::Soft, "restarting the interpreter")
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
