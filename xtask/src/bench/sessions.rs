//! What a session does beyond plain calls: tasks, objects on the board, batches; and what it begins with.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::environment::finish;
use super::table::{Table, Target};
use super::{BARE, Link, Measure, ORIGINAL, OURS, Tools, times};
use crate::workspace;

/// What a session with imports and the firmware's facts may take to be ready.
const MOST_ROUND_TRIPS: u64 = 6;

pub(super) const LINKS: [Link; 3] = [
    Link {
        title: "Calls of a task on a link with a round trip of 2 ms",
        round_trip: Duration::from_millis(2),
        calls: 200,
        target: Target::RoundTrips(1.05),
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
        target: Target::RoundTrips(1.05),
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
        target: Target::RoundTrips(2.0),
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

pub(super) struct Report {
    tables: Vec<Table>,
    /// Round trips until a session is ready.
    ready: Vec<(&'static str, u64)>,
}

/// Builds the program that times what our sessions do.
pub(super) fn build() -> Result<()> {
    let status = workspace::cargo()
        .args([
            "build",
            "--release",
            "-p",
            "belay-device",
            "--example",
            "rate",
        ])
        .status()?;
    ensure!(
        status.success(),
        "the program that times sessions does not build"
    );
    Ok(())
}

/// Measures sessions of both clients.
pub(super) fn measure(tools: &Tools) -> Result<Report> {
    let tables = tools.measure_all(&LINKS)?;
    let mut ready = Vec::new();
    for (client, begin) in READY {
        let board = tools.board("fresh")?;
        begin(tools, &board.port, 1)?;
        let trips = board.round_trips()?;
        ensure!(trips > 1, "{client} was ready after {trips} round trips");
        ready.push((client, trips));
    }
    Ok(Report { tables, ready })
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

impl Report {
    fn is_met(&self) -> bool {
        self.ready[0].1 <= MOST_ROUND_TRIPS
    }

    pub(super) fn as_text(&self) -> String {
        let mut texts: Vec<_> = self.tables.iter().map(Table::as_text).collect();
        let mut text = "Round trips until a session is ready, counted by the board".to_owned();
        for (client, trips) in &self.ready {
            let _ = write!(text, "\n{client:23}  {trips:>3}");
        }
        let verdict = if self.is_met() { "met" } else { "missed" };
        let (client, trips) = self.ready[0];
        let _ = write!(
            text,
            "\nTarget of {client}: at most {MOST_ROUND_TRIPS}: {verdict}, {trips}"
        );
        texts.push(text);
        texts.join("\n\n")
    }

    pub(super) fn as_json(&self) -> Value {
        let ready = self.ready.iter().map(|(client, trips)| {
            json!({
                "client": client,
                "round_trips": trips,
            })
        });
        json!({
            "unit": "ms",
            "tables": self.tables.iter().map(Table::as_json).collect::<Vec<_>>(),
            "ready": {
                "rows": ready.collect::<Vec<_>>(),
                "at_most": MOST_ROUND_TRIPS,
                "met": self.is_met(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_are_shown_beside_each_other() {
        let report = Report {
            tables: Vec::new(),
            ready: vec![("belay", 7), ("original", 12)],
        };
        let expected = "\
Round trips until a session is ready, counted by the board
belay                      7
original                  12
Target of belay: at most 6: missed, 7";
        assert_eq!(report.as_text(), expected);
        assert_eq!(report.as_json()["ready"]["met"], json!(false));
    }
}
