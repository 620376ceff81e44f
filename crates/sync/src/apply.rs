//! Carrying out a plan.

use std::ops::ControlFlow;

use crate::stage::{Stage, Turn};
use crate::{Action, ApplyError, Plan, Progress, Remote, RemotePath, Report, Step, Summary};

/// What happens while a plan is carried out.
///
/// First comes `Begun`. Then, for each change in the plan's order, `Started`, for a file any number
/// of `Sent`, and `Done`. `action` is an index into [`Plan::actions`]. For a plan without changes
/// there are no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The board is about to be asked for the changes.
    Begun {
        /// How many there are.
        changes: usize,
        /// Bytes of the files to write.
        bytes: u64,
    },
    /// A change begins.
    Started {
        /// Which.
        action: usize,
    },
    /// More of a file has reached the board.
    Sent {
        /// Which.
        action: usize,
        /// Bytes of it that the board has, from its beginning.
        content: u64,
        /// Bytes that have gone over the link for it.
        wire: u64,
    },
    /// A change is done and, for a file, verified.
    Done {
        /// Which.
        action: usize,
        /// Bytes that have gone over the link for it.
        wire: u64,
    },
}

/// Carries out a plan in one call of [`Remote::perform`]; does nothing when it has no changes.
///
/// `events` hears what happens, see [`Event`]; when it breaks, the change under way is given up. It
/// may be interrupted at any point, by that, by a lost link or a loss of power: every file holds its
/// old contents or the new, whole, nothing that is not wanted has gone before all that is wanted was
/// in its place, and a new plan takes up from there.
///
/// A folder of the name of a module that firmware has built in, such as `lib/os`, takes its place with all
/// that it is to hold, and leaves it with all that it holds: at no moment is it there in part, where the
/// board would find it instead of its own module. One that stays is changed file by file, and so is each
/// where the board [cannot rename](Remote::renames).
///
/// # Errors
///
/// When interrupted and when the board fails, with what has been done until then.
pub fn apply<E: std::error::Error + Send + Sync + 'static>(
    plan: &Plan,
    remote: &mut dyn Remote<Error = E>,
    events: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<Summary, ApplyError<E>> {
    let mut account = Account::new(plan);
    if plan.is_empty() {
        return Ok(account.report.summary);
    }
    let begun = Event::Begun {
        changes: account.indices.len(),
        bytes: plan.totals().bytes,
    };
    if events(begun).is_break() {
        return Err(ApplyError::Interrupted {
            report: account.report,
        });
    }
    let steps: Vec<Step<'_>> = plan.actions().iter().filter_map(step).collect();
    let mut interrupted = false;
    let result = Stage::on(remote, &steps, plan.destination()).and_then(|stage| {
        remote.perform(&stage.steps(&steps), &mut |progress| {
            let Some(event) = account.event(progress, &stage) else {
                return ControlFlow::Continue(());
            };
            let flow = events(event);
            interrupted |= flow.is_break();
            flow
        })
    });
    match result {
        Ok(()) => Ok(account.complete()),
        Err(_) if interrupted => Err(ApplyError::Interrupted {
            report: account.broken_off(),
        }),
        Err(source) => Err(ApplyError::Remote {
            source,
            report: account.broken_off(),
        }),
    }
}

/// Takes steps as [`Remote::perform`] does, except that a folder which hides a module of the firmware
/// appears with all that is created in it and goes with all that is deleted in it, as in [`apply`]. A
/// folder that is created must not be there.
///
/// # Errors
///
/// The board's.
pub fn perform<E: std::error::Error + Send + Sync + 'static>(
    steps: &[Step<'_>],
    remote: &mut dyn Remote<Error = E>,
) -> Result<(), E> {
    let stage = Stage::on(remote, steps, &RemotePath::root())?;
    remote.perform(&stage.steps(steps), &mut |_| ControlFlow::Continue(()))
}

fn step(action: &Action) -> Option<Step<'_>> {
    match action {
        Action::CreateFolder { path } => Some(Step::CreateFolder(path)),
        Action::Put { path, content, .. } | Action::Replace { path, content, .. } => {
            Some(Step::Put {
                path,
                content: content.as_bytes(),
            })
        }
        Action::Unchanged { .. } => None,
        Action::Delete { path, .. } => Some(Step::Delete(path)),
        Action::DeleteFolder { path, .. } => Some(Step::DeleteFolder(path)),
    }
}

/// Keeps book of what has been done.
struct Account<'a> {
    plan: &'a Plan,
    /// The action of each step.
    indices: Vec<usize>,
    /// Bytes over the link for the step under way.
    wire: u64,
    /// The actions whose results are not in their place yet, with their bytes over the link and the folder
    /// that they wait in.
    waiting: Vec<(usize, u64, usize)>,
    report: Report,
}

impl<'a> Account<'a> {
    fn new(plan: &'a Plan) -> Self {
        let indices: Vec<usize> = plan.changes().map(|(index, _)| index).collect();
        let report = Report {
            changes: indices.len(),
            summary: Summary {
                unchanged: plan.totals().unchanged,
                ..Summary::default()
            },
            ..Report::default()
        };
        Self {
            plan,
            indices,
            wire: 0,
            waiting: Vec::new(),
            report,
        }
    }

    /// `None` for a step that no action asks for.
    fn event(&mut self, progress: Progress, stage: &Stage) -> Option<Event> {
        let (Progress::Started { step }
        | Progress::Sent { step, .. }
        | Progress::Done { step, .. }) = progress;
        let Turn::Step { index, waits } = stage.turn(step)? else {
            if let (Progress::Done { .. }, Some(Turn::Appears(folder))) =
                (progress, stage.turn(step))
            {
                for (action, wire, _) in self
                    .waiting
                    .extract_if(.., |entry| entry.2 == folder)
                    .collect::<Vec<_>>()
                {
                    self.count(action, wire);
                }
            }
            return None;
        };
        let action = *self.indices.get(index)?;
        match progress {
            Progress::Started { .. } => {
                self.report.under_way = Some(action);
                self.wire = 0;
                Some(Event::Started { action })
            }
            Progress::Sent { content, wire, .. } => {
                self.wire = wire;
                Some(Event::Sent {
                    action,
                    content,
                    wire,
                })
            }
            Progress::Done { wire, .. } => {
                self.report.under_way = None;
                self.wire = 0;
                match waits {
                    Some(folder) => self.waiting.push((action, wire, folder)),
                    None => self.count(action, wire),
                }
                Some(Event::Done { action, wire })
            }
        }
    }

    fn count(&mut self, action: usize, wire: u64) {
        self.report.done.push(action);
        let summary = &mut self.report.summary;
        summary.wire_bytes += wire;
        summary.add(&self.plan.actions()[action]);
    }

    /// The end of a call that failed.
    fn broken_off(mut self) -> Report {
        let waiting = self.waiting.iter().map(|(_, wire, _)| wire);
        self.report.summary.wire_bytes += self.wire + waiting.sum::<u64>();
        self.report
    }

    /// The end of a call that succeeded: all steps have been done.
    fn complete(mut self) -> Summary {
        for step in self.report.done.len()..self.indices.len() {
            let wire = std::mem::take(&mut self.wire);
            self.count(self.indices[step], wire);
        }
        self.report.summary
    }
}
