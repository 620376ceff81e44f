//! A session with a MicroPython or CircuitPython board: run code there, stream its output, get
//! results as ordinary values.
//!
//! [`Device`] joins the byte streams of `belay-transport`, the protocol of `belay-rawrepl` and the
//! literals of `belay-pylit`. It blocks; several boards are several threads.
//!
//! A result is data: what a board prints is parsed as a literal within bounds, never executed. What
//! goes wrong stays apart in four families: the link ([`Error::Transport`]), the protocol
//! ([`Error::Violation`]), an exception on the board ([`Error::Exception`]) and silence
//! ([`Error::Timeout`]).

mod arguments;
mod batch;
mod board_code;
mod call;
mod check;
mod device;
mod drive;
mod driver;
mod error;
mod events;
mod exception;
mod facts;
mod files;
mod frames;
mod host;
mod inbox;
mod input;
mod link;
mod newlines;
mod output;
mod proxy;
mod reboot;
mod reconnect;
mod run;
mod session;
mod source;
mod task;
#[cfg(test)]
mod tests;
mod time;
mod timing;
mod verbatim;
mod writer;

pub use arguments::{Arguments, IntoArguments};
pub use batch::Batch;
#[cfg(feature = "macros")]
pub use belay_macros::board;
pub use belay_pylit::Value;
pub use belay_rawrepl::Phase;
pub use belay_sync::{Architecture, Mpy};
pub use call::CallOptions;
pub use device::{ConnectOptions, Device, Startup};
pub use drive::{Drive, TakenDrive};
pub use driver::{Interrupter, Opener};
pub use error::{Error, FileFault};
pub use exception::{Exception, Frame};
pub use facts::Implementation;
pub use files::Files;
pub use host::{HostCall, HostCalls, HostFailure, HostReply, MAX_DEPTH};
pub use inbox::Event;
pub use proxy::{Comparison, Items, Object, Operand, OperandSource, Proxy};
pub use reboot::Reboot;
pub use reconnect::{MAX_HISTORY, Reconnect};
pub use run::{Exit, Script};
pub use source::Source;
pub use task::{Generator, Task, Values};
pub use time::{BoardClock, ClockChange, TickSample, TickScale};
pub use timing::Timed;
pub use writer::FileWriter;

/// A session may move to another thread; one thread uses it at a time. What ends its waits may be used
/// from all.
const _: () = {
    const fn is_send<T: Send>() {}
    const fn is_shared<T: Send + Sync + Clone>() {}
    is_send::<Device>();
    is_send::<Proxy>();
    is_send::<Generator>();
    is_send::<Batch>();
    is_shared::<Task>();
    is_shared::<Interrupter>();
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
