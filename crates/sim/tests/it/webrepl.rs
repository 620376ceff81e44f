//! The board as a WebREPL server.

mod client;
mod facts;
mod recording;

use belay_sim::{Board, Builder};

use crate::host::start;

const PASSWORD: &str = "python";

fn webrepl_board(builder: Builder) -> Board {
    start(builder.webrepl("127.0.0.1:0", PASSWORD).unwrap())
}
