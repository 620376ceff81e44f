//! `belay fs edit`.

use std::fs;
use std::process::Command;

use belay_deploy::stat;
use belay_sync::EntryKind;

use crate::args::Edit;
use crate::connection::with_paths;
use crate::context::Context;
use crate::{Error, env};

pub(super) fn edit(args: &Edit, context: &Context) -> Result<(), Error> {
    with_paths("fs edit", &args.operands, context, |session, paths| {
        let [written] = paths else {
            return Err(Error::OneFile { command: "fs edit" });
        };
        let path = &written.path;
        let before = session.deploy(|device| match stat(device, path)? {
            Some(EntryKind::Folder) => Err(belay_deploy::Error::IsAFolder { path: path.clone() }),
            Some(EntryKind::File { .. }) => belay_deploy::read(device, path),
            // What is typed should have a place to go to.
            None => match stat(device, &path.parent().unwrap_or_default())? {
                Some(EntryKind::Folder) => Ok(Vec::new()),
                _ => Err(belay_deploy::Error::NoFolder { path: path.clone() }),
            },
        })?;
        let name = path.name().unwrap_or_default();
        // The suffix is what an editor goes by.
        let suffix = name.rfind('.').map_or("", |dot| &name[dot..]);
        let plain = suffix.chars().all(|c| c.is_alphanumeric() || c == '.');
        let suffix = if plain { suffix } else { "" };
        let temporary = tempfile::tempdir().map_err(Error::Editor)?;
        let file = temporary.path().join(format!("board{suffix}"));
        fs::write(&file, &before).map_err(Error::Editor)?;
        run_editor(&file)?;
        let after = fs::read(&file).map_err(Error::Editor)?;
        if before == after {
            context.printer.note("nothing has changed");
            return Ok(());
        }
        let written = session.device.files().write(path.as_str(), &after);
        if written.is_err() {
            // What has been typed is not lost with the link.
            let kept = temporary.keep().join(format!("board{suffix}"));
            context
                .printer
                .note(&format!("what you wrote is in {}", kept.display()));
        }
        written.map_err(|error| session.error(error))
    })
}

fn run_editor(file: &std::path::Path) -> Result<(), Error> {
    let editor = env::VISUAL.value().or_else(|| env::EDITOR.value());
    let editor = editor.ok_or(Error::NoEditor)?;
    let editor = editor.to_string_lossy().into_owned();
    let words = shell_words::split(&editor).unwrap_or_default();
    let (program, arguments) = words.split_first().ok_or(Error::NoEditor)?;
    let status = Command::new(program).args(arguments).arg(file).status();
    let status = status.map_err(|source| Error::EditorStart {
        editor: editor.clone(),
        source,
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::EditorFailed { editor })
    }
}
