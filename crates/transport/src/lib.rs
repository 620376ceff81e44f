//! Byte streams with deadlines to MicroPython boards: serial ports, TCP, telnet, child processes and ptys, and the names by which boards are chosen.

mod error;
mod transport;

pub use error::Error;
pub use transport::{FlowControl, SerialControl, Transport, Waker, write_all};
