//! What was measured, as text for people and as JSON for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// Figures in rows and columns, and what some of them were to be.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) title: String,
    /// The headings of the columns, without that of the rows' names.
    pub(super) columns: Vec<String>,
    /// Names, and a figure for each column.
    pub(super) rows: Vec<(String, Vec<Figure>)>,
    pub(super) targets: Vec<Target>,
}

/// One figure: as it is shown, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) shown: String,
    pub(super) value: Value,
}

/// What is to be reached.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) what: String,
    pub(super) limit: Limit,
    pub(super) reached: f64,
}

/// The best that is asked of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// What several measurements of one thing amount to. A quantile is the smallest of the samples that its
/// share of all does not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) min: Duration,
    pub(super) median: Duration,
    pub(super) p95: Duration,
    pub(super) max: Duration,
}

impl Summary {
    /// `None` when nothing was measured.
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

    /// The median between the extremes, in seconds.
    pub(super) fn between(&self) -> Figure {
        let [median, min, max] = [self.median, self.min, self.max].map(|time| time.as_secs_f64());
        Figure {
            shown: format!("{median:.2} ({min:.2}-{max:.2})"),
            value: json!({ "min": min, "median": median, "max": max }),
        }
    }
}

impl Figure {
    /// A number with so many digits behind the point.
    pub(super) fn number(number: f64, digits: usize) -> Self {
        Self {
            shown: format!("{number:.digits$}"),
            value: json!(number),
        }
    }

    /// How many there are.
    pub(super) fn count(count: u64) -> Self {
        Self {
            shown: count.to_string(),
            value: json!(count),
        }
    }

    /// What is not known.
    pub(super) fn none() -> Self {
        Self {
            shown: String::new(),
            value: Value::Null,
        }
    }
}

impl Target {
    fn is_met(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.reached <= limit,
            Limit::AtLeast(limit) => self.reached >= limit,
        }
    }
}

impl Table {
    /// An empty one.
    pub(super) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.iter().map(|&heading| heading.to_owned()).collect(),
            ..Self::default()
        }
    }

    pub(super) fn row(&mut self, name: impl Into<String>, figures: Vec<Figure>) {
        self.rows.push((name.into(), figures));
    }

    pub(super) fn target(&mut self, what: impl Into<String>, limit: Limit, reached: f64) {
        self.targets.push(Target {
            what: what.into(),
            limit,
            reached,
        });
    }

    pub(super) fn as_text(&self) -> String {
        let names = self.rows.iter().map(|(name, _)| name.chars().count());
        let first = names.max().unwrap_or(0);
        let mut text = format!("{}\n{:first$}", self.title, "");
        let widths: Vec<usize> = (self.columns.iter().enumerate())
            .map(|(column, heading)| {
                let figures = self.rows.iter().filter_map(|(_, row)| row.get(column));
                let widest = figures.map(|figure| figure.shown.chars().count()).max();
                widest.unwrap_or(0).max(heading.chars().count())
            })
            .collect();
        for (heading, width) in self.columns.iter().zip(&widths) {
            let _ = write!(text, "  {heading:>width$}");
        }
        for (name, figures) in &self.rows {
            let mut line = format!("{name:first$}");
            for (figure, width) in figures.iter().zip(&widths) {
                let _ = write!(line, "  {:>width$}", figure.shown);
            }
            let _ = write!(text, "\n{}", line.trim_end());
        }
        for target in &self.targets {
            let (bound, limit) = match target.limit {
                Limit::AtMost(limit) => ("at most", limit),
                Limit::AtLeast(limit) => ("at least", limit),
            };
            let verdict = if target.is_met() { "met" } else { "missed" };
            let Target { what, reached, .. } = target;
            let _ = write!(
                text,
                "\nTarget: {what} {bound} {limit}: {verdict}, {reached:.3}"
            );
        }
        text
    }

    pub(super) fn as_json(&self) -> Value {
        let rows = self.rows.iter().map(|(name, figures)| {
            let figures = self.columns.iter().zip(figures);
            let figures = figures.map(|(heading, figure)| (heading.clone(), figure.value.clone()));
            json!({ "name": name, "figures": figures.collect::<Map<_, _>>() })
        });
        let targets = self.targets.iter().map(|target| {
            let (bound, limit) = match target.limit {
                Limit::AtMost(limit) => ("at_most", limit),
                Limit::AtLeast(limit) => ("at_least", limit),
            };
            json!({
                "what": target.what,
                bound: limit,
                "reached": target.reached,
                "met": target.is_met(),
            })
        });
        json!({
            "title": self.title,
            "rows": rows.collect::<Vec<_>>(),
            "targets": targets.collect::<Vec<_>>(),
        })
    }
}

/// How often `unit` is in `time`.
pub(super) fn ratio(time: Duration, unit: Duration) -> f64 {
    time.as_secs_f64() / unit.as_secs_f64()
}

/// A number of bytes for a calculation; no size is anywhere near 2^52.
#[expect(clippy::cast_precision_loss)]
pub(super) fn float(bytes: u64) -> f64 {
    bytes as f64
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    // Whole nanoseconds: no digits that were not measured.
    (time.as_secs_f64() * 1e9).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_micros).collect()
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
        let cell = Summary::new(us(&[10_000, 30_000, 20_000]))
            .unwrap()
            .between();
        assert_eq!(cell.shown, "0.02 (0.01-0.03)");
        assert_eq!(cell.value["median"], json!(0.02));
    }

    #[test]
    fn figures_stand_below_their_headings_and_targets_below_them() {
        let mut table = Table::new("Calls", &["calls", "median", "round trips"]);
        table.row(
            "bare",
            vec![Figure::count(500), Figure::number(0.1, 3), Figure::none()],
        );
        table.row(
            "öurs",
            vec![
                Figure::count(5),
                Figure::number(0.25, 3),
                Figure::number(1.1, 1),
            ],
        );
        table.target("öurs, x bare", Limit::AtMost(1.3), 2.5);
        table.target("öurs, % of the line", Limit::AtLeast(92.0), 92.0);
        let expected = "\
Calls
      calls  median  round trips
bare    500   0.100
öurs      5   0.250          1.1
Target: öurs, x bare at most 1.3: missed, 2.500
Target: öurs, % of the line at least 92: met, 92.000";
        assert_eq!(table.as_text(), expected);
        let json = table.as_json();
        assert_eq!(json["rows"][1]["figures"]["median"], json!(0.25));
        assert_eq!(json["rows"][0]["figures"]["round trips"], Value::Null);
        assert_eq!(json["targets"][0]["met"], json!(false));
        assert_eq!(json["targets"][1]["at_least"], json!(92.0));
    }
}
