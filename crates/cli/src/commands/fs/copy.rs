//! `belay fs cp`.

use std::ops::ControlFlow;
use std::path::Path;

use belay_deploy::{BoardPath, Copied, Download, Source, download, upload};

use crate::Error;
use crate::args::Cp;
use crate::connection::{Session, with_session};
use crate::context::Context;
use crate::progress::Progress;
use crate::settings::{Operand, copy};

pub(super) fn cp(args: &Cp, context: &Context) -> Result<(), Error> {
    let (port, sources, destination) = copy(&context.workspace, &args.operands)?;
    let mut on_board = Vec::new();
    let mut local = Vec::new();
    for source in sources {
        match source {
            Operand::Board(path) => on_board.push(path),
            Operand::Local(path) => local.push(path),
        }
    }
    if !on_board.is_empty() && !local.is_empty() {
        return Err(Error::MixedSources);
    }
    let from_board = local.is_empty();
    match destination {
        Operand::Local(_) if !from_board => Err(Error::NothingOnBoard),
        Operand::Board(destination) => {
            // What is wrong here is found before the board is touched.
            let sources = local.iter().map(|path| Source::read(path, args.recursive));
            let mut sources = sources.collect::<Result<Vec<_>, _>>()?;
            for warning in sources.iter().flat_map(Source::warnings) {
                context.printer.warn(&warning.to_string());
            }
            with_session(context, &port, false, |session| {
                if from_board {
                    sources = session
                        .deploy(|device| Source::fetch(device, &on_board, args.recursive))?;
                }
                put(session, &sources, &destination, args.force, context)
            })
        }
        Operand::Local(destination) => with_session(context, &port, false, |session| {
            get(session, &on_board, &destination, args, context)
        }),
    }
}

fn put(
    session: &mut Session,
    sources: &[Source],
    destination: &BoardPath,
    force: bool,
    context: &Context,
) -> Result<(), Error> {
    let mut progress = None;
    let done = session.deploy(|device| {
        let sources = sources.to_vec();
        upload(device, sources, destination, force, &mut |plan, event| {
            let bytes = plan.totals().bytes;
            let progress = progress.get_or_insert_with(|| Progress::new(context, bytes));
            progress.event(plan, event)
        })
    });
    if let Some(progress) = progress {
        progress.finish();
    }
    tell(done?, "sent", force, context);
    Ok(())
}

fn get(
    session: &mut Session,
    sources: &[BoardPath],
    destination: &Path,
    args: &Cp,
    context: &Context,
) -> Result<(), Error> {
    let mut progress = None;
    let how = (args.recursive, args.force);
    let done = session.deploy(|device| {
        download(device, sources, destination, how, &mut |event| {
            if let Download::Begun { bytes } = event {
                progress = Some(Progress::new(context, bytes));
            }
            match (&mut progress, event) {
                (Some(progress), Download::Started { path }) => progress.file(path.as_str()),
                (Some(progress), Download::Done { bytes }) => progress.add(bytes),
                _ => {}
            }
            ControlFlow::Continue(())
        })
    });
    if let Some(progress) = progress {
        progress.finish();
    }
    tell(done?, "fetched", args.force, context);
    Ok(())
}

fn tell(done: Copied, how: &str, force: bool, context: &Context) {
    let Copied { copied, equal, .. } = done;
    let plural = if copied == 1 { "" } else { "s" };
    let mut text = format!("{copied} file{plural} {how}");
    if !force {
        text.extend([", ", &equal.to_string(), " equal already"]);
    }
    context.printer.note(&text);
}
