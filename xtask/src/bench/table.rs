//! What the times amount to, and how they are shown.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

/// The calls of all clients on one link.
pub(super) struct Table {
    pub(super) title: String,
    /// The time that the link adds to a call; zero on a bare pty.
    pub(super) round_trip: Duration,
    /// The bare write and read, then the clients.
    pub(super) rows: Vec<Row>,
    pub(super) target: Target,
}

/// The calls of one client.
pub(super) struct Row {
    pub(super) client: String,
    pub(super) calls: usize,
    pub(super) summary: Summary,
}

/// What the second row is to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    /// This many times the median of the first row, at most.
    TimesBare(f64),
    /// This many round trips of the link in the median, at most.
    RoundTrips(f64),
}

/// Some of the samples, by rank.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) min: Duration,
    median: Duration,
    p95: Duration,
    max: Duration,
}

impl Summary {
    /// The summary of the samples; `None` when there are none. A quantile is the smallest sample
    /// that this share of all does not exceed.
    pub(super) fn new(mut samples: Vec<Duration>) -> Option<Self> {
        samples.sort_unstable();
        let quantile = |percent: usize| {
            let rank = (samples.len() * percent).div_ceil(100).max(1);
            samples.get(rank - 1).copied()
        };
        Some(Self {
            min: quantile(0)?,
            median: quantile(50)?,
            p95: quantile(95)?,
            max: quantile(100)?,
        })
    }
}

impl Table {
    /// How often the median of a row holds that of the bare write and read.
    fn times_bare(&self, row: &Row) -> f64 {
        ratio(row.summary.median, self.rows[0].summary.median)
    }

    /// The median of a row in round trips of the link, if the link has such.
    fn round_trips(&self, row: &Row) -> Option<f64> {
        let slow = !self.round_trip.is_zero();
        slow.then(|| ratio(row.summary.median, self.round_trip))
    }

    /// What the second row reached, and what it was to reach.
    fn reached(&self) -> (f64, f64) {
        match self.target {
            Target::TimesBare(limit) => (self.times_bare(&self.rows[1]), limit),
            Target::RoundTrips(limit) => {
                (ratio(self.rows[1].summary.median, self.round_trip), limit)
            }
        }
    }

    pub(super) fn as_text(&self) -> String {
        let width = self.rows.iter().map(|row| row.client.len()).max();
        let width = width.unwrap_or(0);
        let mut text = format!("{}\n{:width$}", self.title, "");
        for heading in ["calls", "min", "median", "p95", "max", "x bare"] {
            let _ = write!(text, "  {heading:>8}");
        }
        if !self.round_trip.is_zero() {
            text += "  round trips";
        }
        for row in &self.rows {
            let _ = write!(text, "\n{:width$}  {:>8}", row.client, row.calls);
            let summary = &row.summary;
            for time in [summary.min, summary.median, summary.p95, summary.max] {
                let _ = write!(text, "  {:>8.3}", milliseconds(time));
            }
            let _ = write!(text, "  {:>8.2}", self.times_bare(row));
            if let Some(trips) = self.round_trips(row) {
                let _ = write!(text, "  {trips:>11.3}");
            }
        }
        let (reached, limit) = self.reached();
        let unit = match self.target {
            Target::TimesBare(_) => "x bare",
            Target::RoundTrips(_) => "round trips",
        };
        let verdict = if reached <= limit { "met" } else { "missed" };
        let _ = write!(
            text,
            "\nTarget of {}: at most {limit} {unit}: {verdict}, {reached:.3}",
            self.rows[1].client
        );
        text
    }

    pub(super) fn as_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let Summary {
                min,
                median,
                p95,
                max,
            } = row.summary;
            json!({
                "client": row.client,
                "calls": row.calls,
                "min": milliseconds(min),
                "median": milliseconds(median),
                "p95": milliseconds(p95),
                "max": milliseconds(max),
                "times_bare": self.times_bare(row),
                "round_trips": self.round_trips(row),
            })
        });
        let (reached, limit) = self.reached();
        json!({
            "title": self.title,
            "round_trip": milliseconds(self.round_trip),
            "rows": rows.collect::<Vec<_>>(),
            "target": {
                "client": self.rows[1].client,
                "quantity": match self.target {
                    Target::TimesBare(_) => "times_bare",
                    Target::RoundTrips(_) => "round_trips",
                },
                "at_most": limit,
                "reached": reached,
                "met": reached <= limit,
            },
        })
    }
}

fn ratio(time: Duration, unit: Duration) -> f64 {
    time.as_secs_f64() / unit.as_secs_f64()
}

fn milliseconds(time: Duration) -> f64 {
    // Whole nanoseconds: no digits that were not measured.
    (time.as_secs_f64() * 1e9).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_micros).collect()
    }

    fn table(round_trip: u64, target: Target, rows: &[(&str, &[u64])]) -> Table {
        let rows = rows.iter().map(|&(client, times)| Row {
            client: client.to_owned(),
            calls: times.len(),
            summary: Summary::new(us(times)).unwrap(),
        });
        Table {
            title: "Calls".to_owned(),
            round_trip: Duration::from_micros(round_trip),
            rows: rows.collect(),
            target,
        }
    }

    #[test]
    fn quantiles_are_samples() {
        let check = |samples: &[u64], expected: [u64; 4]| {
            let [min, median, p95, max] = expected.map(Duration::from_micros);
            let expected = Summary {
                min,
                median,
                p95,
                max,
            };
            assert_eq!(Summary::new(us(samples)), Some(expected), "{samples:?}");
        };
        check(&[7], [7, 7, 7, 7]);
        check(&[5, 1, 4, 2, 3], [1, 3, 5, 5]);
        check(&[4, 3, 2, 1], [1, 2, 4, 4]);
        check(&(1..=100).rev().collect::<Vec<_>>(), [1, 50, 95, 100]);
        assert_eq!(Summary::new(Vec::new()), None);
    }

    #[test]
    fn a_bare_link_is_compared_with_the_bare_call() {
        let table = table(
            0,
            Target::TimesBare(1.3),
            &[("bare", &[90, 100, 200]), ("ours", &[120, 125, 1500])],
        );
        let expected = "\
Calls
         calls       min    median       p95       max    x bare
bare         3     0.090     0.100     0.200     0.200      1.00
ours         3     0.120     0.125     1.500     1.500      1.25
Target of ours: at most 1.3 x bare: met, 1.250";
        assert_eq!(table.as_text(), expected);
        let json = table.as_json();
        assert_eq!(json["rows"][1]["median"], json!(0.125));
        assert_eq!(json["rows"][1]["round_trips"], Value::Null);
        assert_eq!(json["target"]["met"], json!(true));
    }

    #[test]
    fn a_slow_link_is_counted_in_round_trips() {
        let table = table(
            2000,
            Target::RoundTrips(1.05),
            &[("bare", &[2050]), ("ours", &[2200])],
        );
        let expected = "\
Calls
         calls       min    median       p95       max    x bare  round trips
bare         1     2.050     2.050     2.050     2.050      1.00        1.025
ours         1     2.200     2.200     2.200     2.200      1.07        1.100
Target of ours: at most 1.05 round trips: missed, 1.100";
        assert_eq!(table.as_text(), expected);
        let json = table.as_json();
        assert_eq!(json["round_trip"], json!(2.0));
        assert_eq!(json["rows"][1]["round_trips"], json!(1.1));
        assert_eq!(json["target"]["met"], json!(false));
    }
}
