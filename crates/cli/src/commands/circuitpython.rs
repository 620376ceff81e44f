//! `belay circuitpython`.

use belay_deploy::{Access, with_remount, without_remount};
use belay_device::FileFault;

use crate::Error;
use crate::args::{CircuitPython, CircuitPythonCommand, Remount, Revert};
use crate::connection::{Session, with_session};
use crate::context::Context;
use crate::settings::Port;

const BOOT: &str = "/boot.py";
const BOOT_OUT: &str = "/boot_out.txt";
/// How much of what boot.py said is told.
const TOLD: usize = 500;

/// What is about boards with CircuitPython alone.
pub(crate) fn circuitpython(args: &CircuitPython, context: &Context) -> Result<u8, Error> {
    match &args.command {
        CircuitPythonCommand::Remount(args) => remount(args, context),
        CircuitPythonCommand::Revert(args) => revert(args, context),
    }?;
    Ok(0)
}

/// Lets code on the board write, from each start on.
fn remount(args: &Remount, context: &Context) -> Result<(), Error> {
    let port = Port::new(&context.workspace, args.port.as_ref())?;
    with_session(context, &port, false, |session| {
        if access(session)? == Access::Writable {
            context
                .printer
                .note("code on the board may write as things are; boot.py stays as it is");
            return Ok(());
        }
        let before = read(session)?;
        let boot = with_remount(before.as_deref().unwrap_or_default());
        if before.as_deref() != Some(&*boot) {
            let what = "boot.py gets a line in front of what it has: from the next start on, code on the board may \
                        write and the computer may not. belay circuitpython revert takes it out.";
            if !args.yes
                && !context
                    .printer
                    .confirmed(&[what.to_owned()], "Change boot.py and reset the board?")?
            {
                return Err(Error::BootUnconfirmed);
            }
            write(session, Some(&boot))?;
        }
        restart(session)?;
        if access(session)? == Access::Writable {
            context.printer.note(
                "code on the board may write from now on, and the computer may not; belay circuitpython revert \
                 takes that back",
            );
            return Ok(());
        }
        let said = session.device.files().read(BOOT_OUT);
        let said = said.map_err(|error| session.error(error))?;
        let said = String::from_utf8_lossy(&said);
        let said = said
            .split_once("boot.py output:")
            .map_or("", |(_, said)| said);
        let said = said.trim().chars().take(TOLD).collect();
        write(session, before.as_deref())?;
        Err(Error::BootNoHelp { said })
    })
}

/// Takes the line out of boot.py again.
fn revert(args: &Revert, context: &Context) -> Result<(), Error> {
    let port = Port::new(&context.workspace, args.port.as_ref())?;
    with_session(context, &port, false, |session| {
        access(session)?;
        let boot = read(session)?.unwrap_or_default();
        let Some(own) = without_remount(&boot) else {
            context
                .printer
                .note("boot.py has no line of belay circuitpython remount, and stays as it is");
            return Ok(());
        };
        write(session, (!own.is_empty()).then_some(&own[..]))?;
        restart(session)?;
        context
            .printer
            .note("boot.py is as it was, and the drive is the computer's again");
        Ok(())
    })
}

/// How files get onto the board.
fn access(session: &mut Session) -> Result<Access, Error> {
    let port = session.port().to_owned();
    session.access()?.ok_or(Error::NoDrive { port })
}

/// What boot.py holds, if there is one.
fn read(session: &mut Session) -> Result<Option<Vec<u8>>, Error> {
    match session.device.files().read(BOOT) {
        Err(belay_device::Error::File {
            fault: FileFault::NotFound,
            ..
        }) => Ok(None),
        other => other.map(Some).map_err(|error| session.error(error)),
    }
}

/// Makes boot.py hold this, or not be there.
fn write(session: &mut Session, boot: Option<&[u8]>) -> Result<(), Error> {
    session.deploy(|device| {
        let mut files = device.files();
        Ok(match boot {
            Some(boot) => files.write(BOOT, boot),
            None => files.remove(BOOT),
        }?)
    })
}

/// Has boot.py run.
fn restart(session: &mut Session) -> Result<(), Error> {
    session.give_back();
    session
        .device
        .hard_reset()
        .map_err(|error| session.error(error))
}
