//! `belay exec`.

use crate::args::Exec;
use crate::connection::with_session;
use crate::context::Context;
use crate::{Error, script, settings};

/// Runs statements from the command line on the board.
pub(crate) fn exec(args: &Exec, context: &Context) -> Result<u8, Error> {
    let operands = (args.port.as_ref(), args.code.as_ref());
    let (port, code) = settings::operands(&context.workspace, "exec", "CODE", operands)?;
    let script = script::from_argument(&code)?;
    with_session(context, &port, args.reset, |session| {
        session.with_mount(&args.mount, |session| {
            script::run(session, script, args.raw, context)
        })
    })
}
