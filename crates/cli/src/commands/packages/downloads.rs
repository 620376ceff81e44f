//! What is told about an operation on a project while it goes on.

use std::ops::ControlFlow;

use belay_pkgmgr::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::Context;
use crate::printer::Printer;
use crate::settings::Verbosity;
use crate::text;

/// A bar on a terminal, lines elsewhere.
pub(crate) struct Downloads {
    printer: Printer,
    bar: ProgressBar,
}

impl Downloads {
    pub(crate) fn new(context: &Context) -> Self {
        let target = if context.settings.verbosity == Verbosity::Quiet {
            ProgressDrawTarget::hidden()
        } else {
            // Hidden by itself where stderr is no terminal.
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style("{spinner} {wide_msg}"));
        Self {
            printer: context.printer.clone(),
            bar,
        }
    }

    /// Hears of what happens.
    pub(crate) fn event(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Waiting { .. } => {
                self.note("waiting for another belay, which works on this project");
            }
            Event::Retrying {
                attempt, reason, ..
            } => self.note(&format!("{reason}; asking again ({attempt})")),
            Event::Resolving { package } => self.step(&format!("looking for {package}")),
            Event::Resolved { packages, files } => {
                // How many there are is known from here on.
                self.bar.set_length(files as u64);
                self.bar
                    .set_style(style("{spinner} {pos} of {len} files  {wide_msg}"));
                self.step(&format!("{packages} packages with {files} files"));
            }
            Event::Received { url, bytes } => {
                let name = url.rsplit('/').find(|part| !part.is_empty());
                let name = name.unwrap_or_default();
                self.moves(&format!("{name}, {} so far", text::size(bytes)));
            }
            Event::Strange {
                path,
                line,
                message,
            } => {
                let text =
                    format!("{path}:{line}: {message}; MicroPython may take it all the same");
                self.note(&text);
            }
            Event::File { path, bytes } => {
                self.bar.inc(1);
                self.step(&format!("got {path}, {bytes} bytes"));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn note(&self, text: &str) {
        // The bar must not be asked while it is suspended.
        let shown = !self.bar.is_hidden();
        self.bar.suspend(|| {
            self.printer.bar(false);
            self.printer.note(text);
            self.printer.bar(shown);
        });
    }

    /// A line, or what stands behind the bar.
    fn step(&self, text: &str) {
        if self.bar.is_hidden() {
            self.printer.step(text);
        } else {
            self.moves(text);
        }
    }

    /// What stands behind the bar. Nothing for lines: too much of it comes.
    fn moves(&self, text: &str) {
        if !self.bar.is_hidden() {
            // Whoever else says something, such as at ctrl-C, has to know of it.
            self.printer.bar(true);
            self.bar
                .set_message(text::escape(&text.replace(['\n', '\t'], "?")));
            self.bar.tick();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Drop for Downloads {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.printer.bar(false);
    }
}
