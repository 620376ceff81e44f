//! `belay run`.

mod host;

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Context, run_script};
use crate::args::Run;
use crate::connection::with_session;
use crate::{Error, program, script, settings};

/// Runs a file on the board, or a program on this computer.
pub(crate) fn run(args: &Run, context: &Context) -> Result<u8, Error> {
    if let Some((first, rest)) = args.operands.split_first()
        && let Some(program) = program::find(first)
    {
        return host::run(&program, rest, context);
    }
    if let Some(extra) = args.operands.get(2) {
        return Err(Error::ExtraArgument {
            command: "run",
            argument: extra.to_string_lossy().into_owned(),
        });
    }
    let operands: (Option<&OsString>, Option<&OsString>) =
        (args.operands.first(), args.operands.get(1));
    let (port, path): (_, OsString) = settings::operands("run", "SCRIPT", operands)?;
    let script = script::read(&PathBuf::from(path))?;
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
