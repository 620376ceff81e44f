//! Starts a board and prints where it is, until ctrl-C.

#![expect(clippy::print_stdout, reason = "an example shows what it has")]

use std::thread;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let board = belay_sim::Board::builder().tcp("127.0.0.1:0")?.start()?;
    println!("{}", board.path().display());
    if let Some(address) = board.tcp_address() {
        println!("{address}");
    }
    while board.failure().is_none() {
        thread::park();
    }
    Ok(())
}
