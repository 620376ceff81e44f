//! What every command works with.

use crate::interrupts::Interrupts;
use crate::printer::Printer;
use crate::settings::Settings;

/// What every command works with.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) printer: Printer,
    pub(crate) interrupts: Interrupts,
}
