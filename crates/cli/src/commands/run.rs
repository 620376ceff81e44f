//! `belay run`.

use super::{Context, run_script};
use crate::args::Run;
use crate::connection::with_session;
use crate::{Error, script, settings};

/// Runs a file on the board.
pub(crate) fn run(args: &Run, context: &Context) -> Result<u8, Error> {
    let operands = (args.port.as_ref(), args.script.as_ref());
    let (port, path) = settings::operands("run", "SCRIPT", operands)?;
    let script = script::read(&path)?;
    with_session(context, &port, !args.no_reset, |session| {
        let result = run_script(session, script, context);
        #[cfg(all(unix, feature = "sim"))]
        if args.pins {
            for line in session.pin_history()? {
                context.printer.note(&line);
            }
        }
        result
    })
}
