//! `belay eval`.

use crate::args::Eval;
use crate::connection::with_session;
use crate::context::Context;
use crate::{Error, json, script, settings};

/// Prints the value of an expression.
pub(crate) fn eval(args: &Eval, context: &Context) -> Result<u8, Error> {
    let operands = (args.port.as_ref(), args.expression.as_ref());
    let (port, expression) = settings::operands(&context.workspace, "eval", "EXPR", operands)?;
    let expression = script::from_argument(&expression)?.source;
    if expression.trim().is_empty() {
        return Err(Error::NoExpression);
    }
    with_session(context, &port, args.reset, |session| {
        let repr = session.device.eval_repr(expression.trim());
        let repr = repr.map_err(|error| session.error(error))?;
        if !args.json {
            return context.printer.line(&repr);
        }
        match belay_pylit::parse(&repr) {
            Ok(value) => context.printer.line(&json::to_json(&value)?),
            Err(_) => Err(json::Error::NotALiteral { text: repr }.into()),
        }
    })?;
    Ok(0)
}
