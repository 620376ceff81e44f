//! What has become of a test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use belay_device::Exception;

/// What has become of a test, or of a file whose tests could not be run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The file, as it was given.
    pub path: PathBuf,
    /// The class; empty for a function.
    pub group: String,
    /// The test; empty where it is the file that failed.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What it printed. What is too long is cut.
    pub output: String,
    /// How long it took.
    pub duration: Duration,
}

impl Outcome {
    /// That of a file, or of a test that has not run yet.
    pub(crate) fn of_file(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            group: String::new(),
            name: String::new(),
            verdict: Verdict::Passed,
            output: String::new(),
            duration: Duration::ZERO,
        }
    }

    /// The test's name beside all others: `path::Class::test`.
    pub fn id(&self) -> String {
        let path = self.path.display().to_string();
        let parts = [path.as_str(), &self.group, &self.name];
        let parts = parts.iter().filter(|part| !part.is_empty());
        parts.copied().collect::<Vec<_>>().join("::")
    }
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// As it should.
    Passed,
    /// It did not want to run.
    Skipped {
        /// Why not.
        reason: String,
    },
    /// Otherwise.
    Failed(Failure),
}

impl Verdict {
    /// In one word: `passed`, `skipped` or `failed`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped { .. } => "skipped",
            Self::Failed(_) => "failed",
        }
    }
}

/// Why a test failed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// An exception.
    Raised {
        /// The exception, with the host's files in its traceback.
        exception: Exception,
        /// What a failed assertion says of its parts.
        explanation: Option<String>,
    },
    /// It took too long, and was interrupted.
    Timeout {
        /// How long it might have taken.
        limit: Duration,
    },
    /// The board restarted.
    Restarted,
    /// The board, or the link to it, is not there any more.
    Gone {
        /// What is known of it.
        reason: String,
    },
    /// The session with the board failed otherwise.
    Board {
        /// What went wrong.
        reason: String,
    },
}

impl Failure {
    /// What happened, in one line.
    pub fn summary(&self) -> String {
        match self {
            Self::Raised {
                exception,
                explanation,
            } => match explanation.as_deref().and_then(|text| text.lines().next()) {
                Some(first) if exception.message.is_empty() => first.to_owned(),
                _ => {
                    let summary = exception.summary();
                    summary.lines().next().unwrap_or_default().to_owned()
                }
            },
            Self::Timeout { limit } => {
                format!(
                    "took more than {} s and was interrupted",
                    limit.as_secs_f64()
                )
            }
            Self::Restarted => "the board restarted".to_owned(),
            Self::Gone { reason } => format!("the board is gone: {reason}"),
            Self::Board { reason } => reason.clone(),
        }
    }

    /// All that is known, in several lines. `source` gives the text of a line of a file.
    pub fn render(&self, source: impl FnMut(&str, u32) -> Option<String>) -> String {
        match self {
            Self::Raised {
                exception,
                explanation,
            } => {
                let mut text = exception.render(source).trim_end().to_owned();
                if let Some(explanation) = explanation {
                    text.push('\n');
                    text.push_str(explanation);
                }
                text
            }
            other => other.summary(),
        }
    }
}
