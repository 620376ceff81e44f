//! How far a transfer has come: a bar on a terminal, plain lines elsewhere.

use std::ops::ControlFlow;

use belay_sync::{Action, Event, Plan};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::Context;
use crate::printer::Printer;
use crate::settings::Verbosity;
use crate::text;

/// Fewer bytes than this are gone before anybody has looked at a bar.
const WORTH_A_BAR: u64 = 2048;

/// The progress of one transfer.
pub(crate) struct Progress {
    printer: Printer,
    bar: ProgressBar,
    /// Bytes of the files that are done.
    done: u64,
}

impl Progress {
    /// A transfer of so many bytes.
    pub(crate) fn new(context: &Context, bytes: u64) -> Self {
        let wanted = context.settings.verbosity != Verbosity::Quiet && bytes >= WORTH_A_BAR;
        let target = if wanted {
            // Hidden by itself where stderr is no terminal.
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        let style = ProgressStyle::with_template(template(columns()));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            printer: context.printer.clone(),
            bar,
            done: 0,
        }
    }

    /// Says which file it is about.
    pub(crate) fn file(&self, path: &str) {
        let name = text::escape(&path.replace(['\n', '\t'], "?"));
        self.bar.set_message(format!(":{name}"));
    }

    /// More bytes are done with.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.done += bytes;
        self.bar.set_position(self.done);
    }

    /// What happens to a plan.
    pub(crate) fn event(&mut self, plan: &Plan, event: Event) -> ControlFlow<()> {
        match event {
            Event::Started { action } => {
                let action = &plan.actions()[action];
                self.file(action.path().as_str());
            }
            Event::Sent { content, .. } => self.bar.set_position(self.done + content),
            Event::Done { action, wire } => {
                let action = &plan.actions()[action];
                self.add(size(action));
                self.line(&describe(action, wire));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// A line instead of a bar.
    fn line(&self, text: &str) {
        if self.bar.is_hidden() {
            self.printer.step(text);
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// What of a transfer has room in a line: one that is too long would be broken, and stay behind.
fn template(columns: u16) -> &'static str {
    match columns {
        80.. => {
            "{bar:24} {binary_bytes} of {binary_total_bytes}  {binary_bytes_per_sec}  {eta} left  \
             {wide_msg}"
        }
        50.. => "{percent:>3} %  {binary_bytes_per_sec}  {eta} left  {wide_msg}",
        20.. => "{percent:>3} %  {wide_msg}",
        _ => "{percent:>3} %",
    }
}

/// How wide the terminal is.
fn columns() -> u16 {
    #[cfg(unix)]
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).map(|size| size.ws_col);
    #[cfg(windows)]
    let size = crossterm::terminal::size().map(|size| size.0);
    // Those that do not tell give none.
    size.ok().filter(|&columns| columns > 0).unwrap_or(80)
}

fn size(action: &Action) -> u64 {
    match action {
        Action::Put { size, .. } | Action::Replace { size, .. } => *size,
        _ => 0,
    }
}

fn describe(action: &Action, wire: u64) -> String {
    let path = action.path();
    match action {
        Action::CreateFolder { .. } => format!("created :{path}/"),
        Action::Put { size, .. } => format!("sent :{path}, {size} bytes in {wire}"),
        Action::Replace { size, .. } => format!("replaced :{path}, {size} bytes in {wire}"),
        Action::Delete { .. } => format!("deleted :{path}"),
        Action::DeleteFolder { .. } => format!("deleted :{path}/"),
        _ => format!("left :{path}"),
    }
}

#[cfg(test)]
mod tests {
    use indicatif::TermLike;

    use super::*;

    /// A terminal of some width that breaks longer lines.
    #[derive(Debug, Clone)]
    struct Narrow(u16, std::sync::Arc<std::sync::Mutex<Vec<String>>>);

    impl TermLike for Narrow {
        fn width(&self) -> u16 {
            self.0
        }
        fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> std::io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> std::io::Result<()> {
            self.1.lock().unwrap().push(text.to_owned());
            Ok(())
        }
        fn clear_line(&self) -> std::io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_line_fits_any_terminal() {
        for columns in [10, 20, 40, 50, 60, 79, 80, 200] {
            let terminal = Narrow(columns, std::sync::Arc::default());
            let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
            let bar = ProgressBar::with_draw_target(Some(1 << 30), target);
            bar.set_style(ProgressStyle::with_template(template(columns)).unwrap());
            bar.set_message(":a/path/that/is/longer/than/most/terminals/are/wide.py");
            bar.set_position((1 << 30) - 1);
            bar.force_draw();
            let lines = terminal.1.lock().unwrap();
            let widest = lines
                .iter()
                .map(|line| line.trim_end().chars().count())
                .max();
            assert!(
                widest.is_some_and(|widest| widest <= usize::from(columns)),
                "{lines:?}"
            );
        }
    }
}
