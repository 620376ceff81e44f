//! What a session does beyond plain calls: tasks, objects on the board, batches; and what it begins with.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::environment::finish;
use super::report::{Figure, Limit, Table, float};
use super::{BARE, Goal, Link, Measure, ORIGINAL, OURS, Tools, times};
use crate::{shell, workspace};

/// What a session with imports and the firmware's facts may take to be ready.
const MOST_ROUND_TRIPS: f64 = 6.0;

pub(super) const LINKS: [Link; 3] = [
    Link {
        title: "Calls of a task on a link with a round trip of 2 ms",
        round_trip: Duration::from_millis(2),
        calls: 200,
        target: Goal::RoundTrips(1.05),
        clients: &[
            BARE,
            (OURS, |tools, port, calls| tools.rate(port, "task", calls)),
            (ORIGINAL, |tools, port, calls| {
                tools.script("original_session.py", &[port, "task"], calls)
            }),
        ],
    },
    Link {
        title: "Reading an attribute of an object on the board, on a link with a round trip of 2 ms",
        round_trip: Duration::from_millis(2),
        calls: 200,
        target: Goal::RoundTrips(1.05),
        clients: &[
            BARE,
            (OURS, |tools, port, calls| tools.rate(port, "proxy", calls)),
            (ORIGINAL, |tools, port, calls| {
                tools.script("original_session.py", &[port, "proxy"], calls)
            }),
        ],
    },
    Link {
        title: "A hundred calls at once on a link with a round trip of 20 ms",
        round_trip: Duration::from_millis(20),
        calls: 10,
        target: Goal::RoundTrips(2.0),
        clients: &[
            BARE,
            (OURS, |tools, port, calls| tools.rate(port, "batch", calls)),
            (ORIGINAL, |tools, port, calls| {
                tools.script("original_session.py", &[port, "batch"], calls)
            }),
        ],
    },
];

/// What begins a session once.
const READY: [(&str, Measure); 2] = [
    (OURS, |tools, port, calls| tools.rate(port, "ready", calls)),
    (ORIGINAL, |tools, port, calls| {
        tools.script("original_session.py", &[port, "ready"], calls)
    }),
];

/// Builds the program that times what our sessions do.
pub(super) fn build() -> Result<()> {
    let build = "build --release -p belay-device --example rate";
    shell::run(workspace::cargo().args(build.split(' ')))
}

/// Measures sessions of both clients.
pub(super) fn measure(tools: &Tools) -> Result<Vec<Table>> {
    let mut tables = tools.measure_all(&LINKS)?;
    let title = "Round trips until a session is ready, counted by the board";
    let mut ready = Table::new(title, &["round trips"]);
    for (client, begin) in READY {
        let board = tools.board("fresh")?;
        begin(tools, &board.port, 1)?;
        let trips = board.round_trips()?;
        ensure!(trips > 1, "{client} was ready after {trips} round trips");
        if client == OURS {
            ready.target(client, Limit::AtMost(MOST_ROUND_TRIPS), float(trips));
        }
        ready.row(client, vec![Figure::count(trips)]);
    }
    tables.push(ready);
    Ok(tables)
}

impl Tools {
    /// Our own times, from a program of its own.
    pub(super) fn rate(&self, port: &str, subject: &str, calls: usize) -> Result<Vec<Duration>> {
        let mut command = Command::new(&self.rate);
        command.args([port, subject, &calls.to_string()]);
        let printed = finish(command)?.stdout;
        let list: Value = serde_json::from_slice(&printed).context("the times are no list")?;
        times(&list, 1e-9)
    }
}
