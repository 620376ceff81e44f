//! What every command works with.

use crate::interrupts::Interrupts;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::workspace::Workspace;

/// What every command works with.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) workspace: Workspace,
    pub(crate) printer: Printer,
    pub(crate) interrupts: Interrupts,
}
