//! `belay sync`.

use std::path::PathBuf;

use belay_deploy::{SyncOptions, Warning};
use belay_sync::{Action, Keep, Plan, RemotePath, Summary, apply};
use serde_json::json;

use crate::Error;
use crate::args::Sync;
use crate::connection::{Session, with_session_until};
use crate::context::Context;
use crate::progress::Progress;
use crate::settings::operands;
use crate::text;

/// Makes a folder of the board hold what a folder here holds.
pub(crate) fn sync(args: &Sync, context: &Context) -> Result<u8, Error> {
    let typed = (args.port.as_ref(), args.folder.as_ref());
    let (port, folder): (_, PathBuf) = operands(&context.workspace, "sync", "FOLDER", typed)?;
    let destination = args.dst.strip_prefix(':').unwrap_or(&args.dst);
    let options = SyncOptions {
        destination: RemotePath::new(destination).map_err(belay_deploy::Error::from)?,
        keep: match (args.keep_all, args.keep.is_empty()) {
            (true, _) => Keep::All,
            (false, true) => Keep::Default,
            (false, false) => Keep::These(args.keep.clone()),
        },
        ignore: args.ignore.clone(),
        default_ignore: !args.no_ignore,
        gitignore: args.gitignore,
        minify: !args.no_minify,
        mpy_cross: args.mpy_cross_binary.clone(),
    };
    let tree = options.scan(&folder)?;
    let work = |session: &mut Session| {
        let (plan, warnings) = session.deploy(|device| options.plan(device, &tree))?;
        warn(&warnings, context);
        for path in plan.shadowing() {
            context.printer.note(&format!(
                ":{path} is kept on the board and hides the .mpy file beside it"
            ));
        }
        let summary = if args.dry_run {
            if !args.json {
                context.printer.line(&text::escape(&plan.to_string()))?;
            }
            None
        } else {
            confirm(&plan, args.yes, context)?;
            Some(carry_out(&plan, session, context)?)
        };
        if args.json {
            let object = json!({ "plan": plan, "summary": summary });
            context.printer.line(&object.to_string())?;
        }
        if let Some(summary) = &summary {
            context.printer.note(&describe(&plan, summary));
        }
        Ok(())
    };
    with_session_until(context, &port, !args.no_reset, work, |session, ()| {
        session.leave_running(context);
        Ok(0)
    })
}

/// Says what a user should know of.
pub(super) fn warn(warnings: &[Warning], context: &Context) {
    for warning in warnings {
        context.printer.warn(&warning.to_string());
    }
}

pub(super) fn carry_out(
    plan: &Plan,
    session: &mut Session,
    context: &Context,
) -> Result<Summary, Error> {
    let mut progress = Progress::new(context, plan.totals().bytes);
    let result = session.deploy(|device| {
        let events = &mut |event| progress.event(plan, event);
        Ok(apply(plan, &mut device.files(), events)?)
    });
    progress.finish();
    result
}

/// Asks whether what the plan deletes may go.
pub(super) fn confirm(plan: &Plan, yes: bool, context: &Context) -> Result<(), Error> {
    let deleted: Vec<_> = plan
        .changes()
        .filter_map(|(_, action)| deleted(action))
        .collect();
    let Some(first) = deleted.first().filter(|_| !yes) else {
        return Ok(());
    };
    let lines: Vec<_> = deleted
        .iter()
        .map(|path| format!("delete :{path}"))
        .collect();
    let question = format!("Delete these {} from the board?", deleted.len());
    if context.printer.confirmed(&lines, &question)? {
        return Ok(());
    }
    Err(Error::Unconfirmed {
        count: deleted.len(),
        path: (*first).clone(),
    })
}

fn deleted(action: &Action) -> Option<&RemotePath> {
    match action {
        Action::Delete { path, .. } | Action::DeleteFolder { path, .. } => Some(path),
        _ => None,
    }
}

/// What has been done, in a line.
pub(super) fn describe(plan: &Plan, done: &Summary) -> String {
    let mut parts = Vec::new();
    let sent = done.put + done.replaced;
    parts.push(match sent {
        0 => "0 sent".to_owned(),
        _ if done.bytes == done.source_bytes => {
            format!(
                "{sent} sent ({} bytes, {} on the link)",
                done.bytes, done.wire_bytes
            )
        }
        _ => format!(
            "{sent} sent ({} bytes, made {}, {} on the link)",
            done.source_bytes, done.bytes, done.wire_bytes
        ),
    });
    parts.push(format!("{} unchanged", done.unchanged));
    parts.push(format!("{} deleted", done.deleted + done.deleted_folders));
    if plan.kept() > 0 {
        parts.push(format!("{} kept", plan.kept()));
    }
    parts.join(", ")
}
