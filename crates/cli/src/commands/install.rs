//! `belay install`.

mod follow;
mod project;

use belay_deploy::{Installation, Transform};
use belay_device::Reboot;
use serde_json::json;

use self::project::Parts;
use super::sync::{carry_out, confirm, describe, warn};
use crate::args::Install;
use crate::connection::{Session, with_session_until};
use crate::context::Context;
use crate::settings::Port;
use crate::{Error, script, text};

/// What comes after the board has what it is to have.
enum After {
    /// Nothing: nothing was changed, or a script has run to its end. This is the exit status.
    Leave(u8),
    /// The board restarts and is left alone.
    Restart,
    /// The board restarts, and what it prints is shown.
    Follow,
}

/// Puts the project and what it needs on the board.
pub(crate) fn install(args: &Install, context: &Context) -> Result<u8, Error> {
    let port = Port::new(&context.workspace, args.port.as_ref())?;
    let script = args.run.as_deref().map(script::read).transpose()?;
    let parts = Parts::gather(args, context)?;
    let work = |session: &mut Session| {
        let (Installation { plan, foreign, .. }, deletes_foreign) = session.deploy(|device| {
            parts.check(device)?;
            let binary = args.mpy_cross_binary.as_deref();
            let mut transform = Transform::new(device, !args.no_minify, binary)?;
            let wanted = parts.wanted(device, &mut transform)?;
            warn(&transform.take_warnings(&wanted), context);
            let installation = Installation::plan(device, &parts.folders, wanted, args.prune)?;
            let deletes_foreign = installation.deletes_foreign();
            Ok((installation, deletes_foreign))
        })?;
        if !args.prune {
            for path in &foreign {
                let line = format!("kept :{path}, which belay did not put there");
                context.printer.note(&line);
            }
        }
        for path in plan.shadowing() {
            let line = format!(":{path} is kept on the board and hides the .mpy file beside it");
            context.printer.note(&line);
        }
        let summary = if args.dry_run {
            if !args.json {
                context.printer.line(&text::escape(&plan.to_string()))?;
            }
            None
        } else {
            // What Belay put there itself goes without a question.
            confirm(&plan, args.yes || !deletes_foreign, context)?;
            Some(carry_out(&plan, session, context)?)
        };
        if args.json {
            let object = json!({
                "plan": plan,
                "summary": summary,
                "foreign": foreign,
            });
            context.printer.line(&object.to_string())?;
        }
        let Some(summary) = summary else {
            return Ok(After::Leave(0));
        };
        context.printer.note(&describe(&plan, &summary));
        let Some(script) = script else {
            return Ok(if args.follow {
                After::Follow
            } else {
                After::Restart
            });
        };
        session
            .device
            .soft_reset()
            .map_err(|source| session.error(source))?;
        script::run(session, script, false, context).map(After::Leave)
    };
    with_session_until(context, &port, true, work, |session, after| match after {
        After::Leave(status) => {
            session.leave(context);
            Ok(status)
        }
        After::Restart => session.reboot(Reboot::Soft).map(|()| 0),
        After::Follow => follow::follow(session, context).map(|()| 0),
    })
}
