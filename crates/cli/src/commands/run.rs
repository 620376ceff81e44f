//! `belay run`.

mod host;

use std::path::Path;

use crate::args::Run;
use crate::connection::with_session;
use crate::context::Context;
use crate::{Error, program, script, settings};

/// Runs a file on the board, or a program on this computer.
pub(crate) fn run(args: &Run, context: &Context) -> Result<u8, Error> {
    if let Some((first, rest)) = args.operands.split_first()
        && let Some(program) = program::find(&context.workspace, first)
    {
        return host::run(&program, rest, context);
    }
    let (port, path, arguments) = settings::script(&context.workspace, &args.operands)?;
    let mut script = script::read(Path::new(path))?;
    for argument in arguments {
        let argument = argument.to_str().ok_or_else(|| Error::NotText {
            text: argument.to_string_lossy().into_owned(),
        })?;
        script.arguments.push(argument.to_owned());
    }
    with_session(context, &port, !args.no_reset, |session| {
        let result = session.with_mount(&args.mount, |session| {
            script::run(session, script, args.raw, context)
        });
        #[cfg(all(unix, feature = "sim"))]
        if args.pins {
            for line in session.pin_history()? {
                context.printer.note(&line);
            }
        }
        result
    })
}
