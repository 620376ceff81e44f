//! WebREPL: its clients, and what they want of the board.

use std::net::SocketAddr;
use std::time::Instant;

use super::Worker;
use super::boot::Step;
use crate::Error;
use crate::interpreter::Command;
use crate::port::Port;
use crate::webrepl::Event;

pub(super) use crate::webrepl::Order;

impl Worker {
    /// Takes bytes of a client's connection.
    pub(super) fn serve_client(
        &mut self,
        port: usize,
        bytes: &[u8],
        now: Instant,
    ) -> Result<(), Error> {
        if let Some(webrepl) = &mut self.ports[port].webrepl {
            webrepl.server.feed(bytes);
        }
        loop {
            let event = self.ports[port].webrepl.as_mut();
            let event = event.and_then(|webrepl| webrepl.server.next());
            self.reply(port, now);
            match event {
                None => return Ok(()),
                Some(Event::Accepted) => {
                    if let Some(address) = self.ports[port].plug.peer() {
                        self.print_writes(&["\n", "WebREPL connection from:", " "]);
                        self.print_address(address);
                        self.print_writes(&["\n"]);
                    }
                }
                Some(Event::Failed) => self.ports[port].set_aside(),
                Some(Event::Text(text)) => {
                    let mut passed = Vec::new();
                    let whole = self.to_board.pass(&text, &mut passed);
                    self.take(&passed, now)?;
                    if !whole {
                        self.unplug();
                    }
                }
                Some(Event::Files(order)) => {
                    self.file_order = Some((port, order));
                    return self.begin_files();
                }
            }
        }
    }

    /// Sends what the server answers by itself, behind what the board has said before.
    fn reply(&mut self, port: usize, now: Instant) {
        let webrepl = self.ports[port].webrepl.as_mut();
        let replies = webrepl.map(|webrepl| webrepl.server.take_replies());
        if let Some(replies) = replies.filter(|replies| !replies.is_empty()) {
            self.ports[port].holds = true;
            self.send(now);
            self.ports[port].holds = false;
            self.ports[port].outgoing.push(&replies, now);
        }
    }

    /// Gives the file system its order, if the interpreter has nothing else to do.
    pub(super) fn begin_files(&mut self) -> Result<(), Error> {
        if self.boot != Step::Done || !self.interpreter.is_idle() {
            return Ok(());
        }
        let Some((port, order)) = self.file_order.take() else {
            return Ok(());
        };
        self.file_port = Some(port);
        self.command(Command::Files(order))
    }

    /// An order has been carried out, or could not be.
    pub(super) fn file_done(&mut self, answer: Option<&Vec<u8>>) -> Result<(), Error> {
        let Some(port) = self.file_port.take() else {
            return Ok(());
        };
        if let Some(webrepl) = &mut self.ports[port].webrepl {
            let order = webrepl.server.answered(answer.map(Vec::as_slice));
            self.file_order = order.map(|order| (port, order));
        }
        if self.file_order.is_some() {
            return self.begin_files();
        }
        self.serve_client(port, b"", Instant::now())
    }

    /// Tells of clients that were turned away, and holds the board up while a server waits for a
    /// request; whether it has begun or ended that.
    pub(super) fn look_after_webrepl(&mut self) -> bool {
        for index in 0..self.ports.len() {
            let webrepl = self.ports[index].webrepl.as_mut();
            for address in webrepl
                .map(|webrepl| webrepl.rejected())
                .unwrap_or_default()
            {
                self.print_writes(&["\n", "Concurrent WebREPL connection from", " "]);
                self.print_address(address);
                self.print_writes(&[" ", "rejected", "\n"]);
            }
        }
        let blocked = self.ports.iter().any(Port::blocks);
        if blocked == self.blocked {
            return false;
        }
        self.blocked = blocked;
        self.interpreter.pause(blocked);
        true
    }

    /// The servers begin or end with the program of the board. A restart that firmware does by itself
    /// ends connections; after any other they stay open, and nobody is there.
    pub(super) fn end_webrepl(&mut self, softly: bool, now: Instant) {
        if softly {
            self.send(now);
        }
        for port in &mut self.ports {
            let Some(webrepl) = &mut port.webrepl else {
                continue;
            };
            webrepl.listen(false);
            if softly {
                webrepl.server.end();
            } else {
                port.set_aside();
            }
        }
        self.file_order = None;
        self.file_port = None;
    }

    /// The servers that the firmware starts.
    pub(super) fn begin_webrepl(&mut self) {
        for port in &mut self.ports {
            if let Some(webrepl) = &mut port.webrepl {
                webrepl.listen(true);
            }
        }
    }

    fn print_writes(&mut self, writes: &[&str]) {
        for write in writes {
            self.repl.firmware().print(write.as_bytes(), &mut self.out);
        }
    }

    /// Prints an address as Python prints a tuple.
    fn print_address(&mut self, address: SocketAddr) {
        self.print_writes(&["(", "'"]);
        for c in address.ip().to_string().chars() {
            self.print_writes(&[c.encode_utf8(&mut [0; 4])]);
        }
        self.print_writes(&["'", ", ", &address.port().to_string(), ")"]);
    }
}
