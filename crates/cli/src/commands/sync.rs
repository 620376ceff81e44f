//! `belay sync`.

use std::path::PathBuf;

use belay_sync::{
    Action, Ignore, Keep, LocalTree, Plan, PlanOptions, RemotePath, Summary, Wanted, apply, plan,
};
use serde_json::json;

use crate::Error;
use crate::args::Sync;
use crate::connection::{Session, with_session};
use crate::context::Context;
use crate::progress::Progress;
use crate::settings::operands;
use crate::text;
use crate::transform::Transform;

/// Makes a folder of the board hold what a folder here holds.
pub(crate) fn sync(args: &Sync, context: &Context) -> Result<u8, Error> {
    let (port, folder): (_, PathBuf) =
        operands("sync", "FOLDER", (args.port.as_ref(), args.folder.as_ref()))?;
    let destination = args.dst.strip_prefix(':').unwrap_or(&args.dst);
    let destination = RemotePath::new(destination).map_err(|source| Error::BoardPath { source })?;
    let patterns = args.ignore.iter().map(String::as_str);
    let ignore = if args.no_ignore {
        Ignore::only(patterns)
    } else {
        Ignore::new(patterns)
    };
    let mut ignore = ignore.map_err(Error::Ignore)?;
    if args.gitignore {
        ignore = ignore.gitignore();
    }
    let keep = match (args.keep_all, args.keep.is_empty()) {
        (true, _) => Keep::All,
        (false, true) => Keep::Default,
        (false, false) => Keep::These(args.keep.clone()),
    };
    let tree = LocalTree::scan(&folder, &ignore).map_err(Error::Local)?;
    with_session(context, &port, !args.no_reset, |session| {
        let mut transform =
            Transform::new(args.no_minify, args.mpy_cross_binary.as_deref(), session)?;
        let wanted = tree
            .load(&mut |file| transform.apply(file))
            .map_err(Error::Local)?;
        transform.warn(&context.printer);
        warn_of_skipped(&wanted, context);
        let options = PlanOptions {
            destination,
            keep,
            ..PlanOptions::default()
        };
        let plan = plan(wanted, &mut session.device.files(), &options)
            .map_err(|source| Error::from_plan(session.port(), source))?;
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
            context.printer.note(&told(&plan, summary));
        }
        Ok(())
    })?;
    Ok(0)
}

/// Says what of a folder could not be read and is left out.
pub(super) fn warn_of_skipped(wanted: &Wanted, context: &Context) {
    for reason in wanted.skipped() {
        let reason = crate::error::with_causes(reason);
        context.printer.warn(&format!("left out: {reason}"));
    }
}

pub(super) fn carry_out(
    plan: &Plan,
    session: &mut Session,
    context: &Context,
) -> Result<Summary, Error> {
    let mut progress = Progress::new(context, plan.totals().bytes);
    let result = apply(plan, &mut session.device.files(), &mut |event| {
        progress.event(plan, event)
    });
    progress.finish();
    result.map_err(|source| Error::from_apply(session.port(), source))
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
pub(super) fn told(plan: &Plan, done: &Summary) -> String {
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
    if plan.totals().kept > 0 {
        parts.push(format!("{} kept", plan.totals().kept));
    }
    parts.join(", ")
}
