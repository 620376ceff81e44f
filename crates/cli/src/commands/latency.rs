//! `belay latency`.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Error;
use crate::args::Latency;
use crate::connection::with_session;
use crate::context::Context;
use crate::settings::{Port, Verbosity};

/// How many bars the histogram has.
const BARS: usize = 8;
/// The length of the longest bar, in characters.
const BAR: usize = 40;

/// Measures how long a call to the board takes.
pub(crate) fn latency(args: &Latency, context: &Context) -> Result<u8, Error> {
    let port = Port::new(&context.workspace, args.port.as_ref())?;
    with_session(context, &port, false, |session| {
        let mut samples = Vec::new();
        // The first call is not counted: what is slow only once is not the link's latency.
        for number in 0..=args.count.get() {
            let start = Instant::now();
            let result = session.device.eval_repr("0");
            let time = start.elapsed();
            result.map_err(|error| session.error(error))?;
            if number == 0 {
                continue;
            }
            samples.push(time);
            if context.settings.verbosity == Verbosity::Verbose && !args.json {
                context
                    .printer
                    .line(&format!("{number:>6}  {} ms", shown(time)))?;
            }
        }
        if let Some(path) = &args.output {
            write_csv(path, &samples)?;
        }
        let summary = Summary::new(&samples);
        let text = if args.json {
            summary.as_json(session.port(), &samples)
        } else {
            summary.as_text(session.port(), &samples)
        };
        context.printer.line(&text)
    })?;
    Ok(0)
}

/// What the samples amount to.
#[derive(Debug, PartialEq)]
struct Summary {
    min: Duration,
    median: Duration,
    p95: Duration,
    max: Duration,
}

impl Summary {
    /// The summary of at least one sample. A quantile is the smallest sample that this share of all
    /// does not exceed.
    fn new(samples: &[Duration]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let quantile = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
        Self {
            min: quantile(0),
            median: quantile(50),
            p95: quantile(95),
            max: quantile(100),
        }
    }

    fn as_text(&self, port: &str, samples: &[Duration]) -> String {
        let mut text = format!(
            "{} calls to {port}, in milliseconds\nmin {}  median {}  p95 {}  max {}",
            samples.len(),
            shown(self.min),
            shown(self.median),
            shown(self.p95),
            shown(self.max),
        );
        let bars = histogram(samples, self.min, self.p95);
        let most = bars.iter().map(|bar| bar.1).max().unwrap_or(1).max(1);
        for (from, count) in bars {
            let bar = "#".repeat((count * BAR).div_ceil(most));
            let line = format!("\n{:>9}  {bar:<BAR$} {count}", shown(from));
            let _ = write!(text, "{}", line.trim_end());
        }
        text
    }

    fn as_json(&self, port: &str, samples: &[Duration]) -> String {
        let samples: Vec<f64> = samples.iter().copied().map(milliseconds).collect();
        json!({
            "port": port,
            "count": samples.len(),
            "unit": "ms",
            "min": milliseconds(self.min),
            "median": milliseconds(self.median),
            "p95": milliseconds(self.p95),
            "max": milliseconds(self.max),
            "samples": samples,
        })
        .to_string()
    }
}

/// How many samples lie in each of equal steps from `min` to `p95`; the last step has all that is
/// above it too.
fn histogram(samples: &[Duration], min: Duration, p95: Duration) -> Vec<(Duration, usize)> {
    let step = (p95.saturating_sub(min) / BARS as u32).max(Duration::from_micros(1));
    let mut bars: Vec<_> = (0..BARS)
        .map(|index| (min + step * index as u32, 0))
        .collect();
    for sample in samples {
        let index = sample.saturating_sub(min).as_nanos() / step.as_nanos();
        bars[usize::try_from(index).map_or(BARS - 1, |index| index.min(BARS - 1))].1 += 1;
    }
    bars
}

/// Writes one line for each call, replacing the file only when all of it is there.
fn write_csv(path: &Path, samples: &[Duration]) -> Result<(), Error> {
    let mut text = String::from("call,milliseconds\n");
    for (number, &sample) in samples.iter().enumerate() {
        let _ = writeln!(text, "{},{}", number + 1, milliseconds(sample));
    }
    belay_deploy::write_file(path, text.as_bytes()).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

fn milliseconds(time: Duration) -> f64 {
    // Whole nanoseconds: no digits that were not measured.
    (time.as_secs_f64() * 1e9).round() / 1e6
}

fn shown(time: Duration) -> String {
    format!("{:.3}", milliseconds(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(times: &[u64]) -> Vec<Duration> {
        times
            .iter()
            .map(|&time| Duration::from_micros(time))
            .collect()
    }

    #[test]
    fn quantiles_are_samples() {
        let samples = us(&[5, 1, 4, 2, 3]);
        let all = us(&[1, 3, 5, 5]);
        let summary = Summary {
            min: all[0],
            median: all[1],
            p95: all[2],
            max: all[3],
        };
        assert_eq!(Summary::new(&samples), summary);
        let one = us(&[7]);
        let summary = Summary {
            min: one[0],
            median: one[0],
            p95: one[0],
            max: one[0],
        };
        assert_eq!(Summary::new(&one), summary);
    }

    #[test]
    fn every_sample_is_in_a_bar() {
        for samples in [
            us(&[7]),
            us(&[1, 1, 1]),
            us(&[100, 110, 120, 5000]),
            us(&[0, 800]),
        ] {
            let summary = Summary::new(&samples);
            let bars = histogram(&samples, summary.min, summary.p95);
            assert_eq!(bars.iter().map(|bar| bar.1).sum::<usize>(), samples.len());
        }
    }

    #[test]
    fn the_text_is_short() {
        let samples = us(&[100, 110, 120, 5000]);
        let text = Summary::new(&samples).as_text("COM3", &samples);
        assert!(
            text.starts_with(
                "4 calls to COM3, in milliseconds\nmin 0.100  median 0.110  p95 5.000  max 5.000"
            ),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2 + BARS);
    }
}
