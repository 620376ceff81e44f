//! `belay add`, `remove`, `update`, `lock` and `clean`.

use belay_pkgmgr::{
    Addition, Change, ChangeKind, DependencyName, MAIN_GROUP, Outcome, ProjectError,
};

use super::operation::{operate, project, settings};
use crate::Error;
use crate::args::{Add, Clean, Lock, Network, Remove, Update};
use crate::context::Context;

/// Adds a dependency.
pub(crate) fn add(args: &Add, context: &Context) -> Result<u8, Error> {
    // Of two operands the first is the name; clap fills them from the front.
    let (name, uri) = match (&args.name, &args.uri) {
        (Some(name), Some(uri)) => (Some(name), uri),
        (Some(uri), None) => (None, uri),
        (None, _) => return Err(Error::MissingUri),
    };
    let name = name.map(|name| DependencyName::new(name)).transpose();
    let addition = Addition {
        name: name.map_err(|error| Error::Project(ProjectError::Name(error)))?,
        uri: uri.clone(),
        group: args.group.clone(),
        develop: args.develop,
        rename_to_init: !args.no_rename_to_init,
    };
    let (project, settings) = (project(context)?, settings(&args.network)?);
    let outcome = operate(context, |events| project.add(&settings, &addition, events))?;
    tell(&outcome, context);
    Ok(0)
}

/// Removes dependencies.
pub(crate) fn remove(args: &Remove, context: &Context) -> Result<u8, Error> {
    let (project, settings) = (project(context)?, settings(&args.network)?);
    let outcome = operate(context, |events| {
        project.remove(&settings, &args.names, args.group.as_deref(), events)
    })?;
    tell(&outcome, context);
    Ok(0)
}

/// Gets what the dependencies mean now.
pub(crate) fn update(args: &Update, context: &Context) -> Result<u8, Error> {
    let (project, settings) = (project(context)?, settings(&args.network)?);
    if args.locked {
        operate(context, |events| project.verify(&settings, events))?;
        context.printer.note("everything is as belay.lock has it");
        return Ok(0);
    }
    let outcome = operate(context, |events| {
        project.update(&settings, &args.names, events)
    })?;
    tell(&outcome, context);
    Ok(0)
}

/// Makes the lock file agree with `pyproject.toml`.
pub(crate) fn lock(args: &Lock, context: &Context) -> Result<u8, Error> {
    let (project, settings) = (project(context)?, settings(&args.network)?);
    let outcome = operate(context, |events| project.relock(&settings, events))?;
    tell(&outcome, context);
    Ok(0)
}

/// Removes files that no dependency needs.
pub(crate) fn clean(_: &Clean, context: &Context) -> Result<u8, Error> {
    let network = Network {
        offline: true,
        max_file: None,
    };
    let (project, settings) = (project(context)?, settings(&network)?);
    let removed = operate(context, |events| project.clean(&settings, events))?;
    for path in &removed {
        context.printer.step(&format!("removed {}", path.display()));
    }
    context.printer.note(&match removed.len() {
        1 => "1 file removed".to_owned(),
        count => format!("{count} files removed"),
    });
    Ok(0)
}

/// Says what has become of the dependencies.
pub(crate) fn tell(outcome: &Outcome, context: &Context) {
    let lines: Vec<_> = outcome.changes.iter().filter_map(describe).collect();
    for line in &lines {
        context.printer.note(line);
    }
    if lines.is_empty() {
        context.printer.note(match outcome.files {
            0 => "nothing has changed",
            _ => "the files are as belay.lock has them again",
        });
    }
}

/// A line about a dependency that has changed.
fn describe(change: &Change) -> Option<String> {
    let group = match change.group.as_str() {
        MAIN_GROUP => String::new(),
        group => format!(" ({group})"),
    };
    let name = &change.name;
    let with = |version: &Option<String>| match version {
        Some(version) => format!(" {version}"),
        None => String::new(),
    };
    Some(match &change.kind {
        ChangeKind::Added { version } => format!("added {name}{}{group}", with(version)),
        ChangeKind::Removed { version } => format!("removed {name}{}{group}", with(version)),
        ChangeKind::Updated {
            from: Some(from),
            to: Some(to),
        } if from != to => format!("updated {name} {from} to {to}{group}"),
        ChangeKind::Updated { to, .. } => format!("updated {name}{}{group}", with(to)),
        _ => return None,
    })
}
