//! Byte streams with deadlines to MicroPython boards: serial ports, also behind a server (RFC 2217), TCP,
//! telnet, WebREPL, CircuitPython's web workflow, child processes and ptys, and the names by which boards are
//! chosen.
//!
//! [`Transport`] is the trait that all of them implement. A [`Specifier`] is a device as the user
//! names it, [`open`] opens it, and [`list_ports`], [`find`] and [`only_board`] choose among the
//! boards on USB. [`pair`] connects two ends in memory, for tests.
//!
//! Everything blocks, up to a deadline that the caller gives; another thread ends a waiting read
//! with a [`Waker`], and opening with a [`Cancel`]. What a stream bears is in its
//! [`Properties`]. The crate moves bytes and knows nothing of Python. A program that only needs a serial port,
//! or one that is asynchronous throughout, is better served by `serialport` or `tokio-serial`.

mod cancel;
mod child;
mod error;
mod exec;
mod holder;
mod memory;
mod open;
mod options;
mod properties;
#[cfg(unix)]
mod pty;
mod serial;
mod specifier;
mod tcp;
mod telnet;
mod transport;
mod usb;
mod usb_filter;
mod wait;
mod web_files;
mod webrepl;

pub use cancel::{Cancel, Cancellable, OnCancel};
pub use error::{Error, SpecifierError};
pub use exec::Exec;
pub use holder::Holder;
pub use memory::{Memory, pair, pair_with_capacity};
pub use open::open;
pub use options::OpenOptions;
pub use properties::Properties;
#[cfg(unix)]
pub use pty::Pty;
pub use serial::{DEFAULT_BAUD_RATE, Serial};
pub use specifier::Specifier;
pub use tcp::Tcp;
pub use telnet::{Rfc2217, Telnet};
pub use transport::{SerialControl, Transport, Waker, write_all};
pub use usb::{PortInfo, UsbInfo, find, identity, list_ports, only_board};
pub use usb_filter::UsbFilter;
pub use web_files::{WebChange, WebFiles};
pub use webrepl::WebRepl;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
