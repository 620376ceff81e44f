//! Local folders onto boards.

use std::ops::ControlFlow;
use std::path::PathBuf;

use belay_deploy::{SyncOptions, WriteAccess};
use belay_device::{Device, Error};
use belay_sync::{Event, Keep, LocalTree, RemotePath, apply};

/// What a sync is asked to do.
pub(crate) struct Request {
    pub(crate) folder: PathBuf,
    pub(crate) destination: String,
    /// What stays: everything, the usual, or these.
    pub(crate) keep: Option<Vec<String>>,
    pub(crate) keep_all: bool,
    pub(crate) ignore: Option<Vec<String>>,
    pub(crate) minify: bool,
    pub(crate) mpy_cross: Option<PathBuf>,
}

/// How far a sync has come.
pub(crate) enum Step {
    /// How many files go to the board.
    Total(usize),
    /// A file begins its way.
    Pushing(String),
    /// It is there.
    Pushed,
}

/// Brings a folder or a file onto the board, and gives what its user should know. What `report` refuses
/// ends it. Where a board with CircuitPython takes no changes, it is made to take them for the time.
pub(crate) fn run(
    device: &mut Device,
    request: &Request,
    report: &mut dyn FnMut(Step) -> ControlFlow<()>,
) -> Result<Vec<String>, Error> {
    let options = SyncOptions {
        destination: RemotePath::new(&request.destination)?,
        keep: match &request.keep {
            _ if request.keep_all => Keep::All,
            None => Keep::Default,
            Some(these) => Keep::These(these.clone()),
        },
        ignore: request.ignore.clone().unwrap_or_default(),
        minify: request.minify,
        mpy_cross: request.mpy_cross.clone(),
        ..SyncOptions::default()
    };
    let tree = options.scan(&request.folder)?;
    let drives = std::env::var_os("BELAY_DRIVE");
    let drives = drives.map_or_else(Vec::new, |drives| std::env::split_paths(&drives).collect());
    let mut access = WriteAccess::new(drives);
    let result = access.during(device, &mut |_| {}, &mut |device| {
        carry_out(device, &options, &tree, report)
    });
    let given_back = access.give_back(device);
    let warnings = result?;
    given_back?;
    Ok(warnings)
}

fn carry_out(
    device: &mut Device,
    options: &SyncOptions,
    tree: &LocalTree,
    report: &mut dyn FnMut(Step) -> ControlFlow<()>,
) -> Result<Vec<String>, belay_deploy::Error> {
    let (plan, warnings) = options.plan(device, tree)?;
    let files: Vec<Option<String>> = plan.actions().iter().map(written).collect();
    let total = files.iter().flatten().count();
    if report(Step::Total(total)).is_break() {
        return Err(Error::Interrupted.into());
    }
    apply(&plan, &mut device.files(), &mut |event| match event {
        Event::Started { action } => match files.get(action) {
            Some(Some(path)) => report(Step::Pushing(path.clone())),
            _ => ControlFlow::Continue(()),
        },
        Event::Done { action, .. } => match files.get(action) {
            Some(Some(_)) => report(Step::Pushed),
            _ => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    })?;
    Ok(warnings.iter().map(ToString::to_string).collect())
}

/// The path of the file that an action writes.
fn written(action: &belay_sync::Action) -> Option<String> {
    match action {
        belay_sync::Action::Put { path, .. } | belay_sync::Action::Replace { path, .. } => {
            Some(path.to_string())
        }
        _ => None,
    }
}
