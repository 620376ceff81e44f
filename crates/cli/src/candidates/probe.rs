//! What devices say of themselves, asked in parallel and for a limited time.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use belay_device::{ConnectOptions, Device, Implementation};
use belay_transport::{Cancel, Error, OpenOptions, open};

use super::Candidate;
use crate::context::Context;
use crate::diagnosis::Explanation;
use crate::{diagnose, text};

/// How long all of them may take to answer.
const LIMIT: Duration = Duration::from_secs(2);

/// What a device says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// What it is up to, in a word or two.
    pub(crate) state: &'static str,
    /// What runs on it.
    pub(crate) firmware: Option<Implementation>,
    /// Why it is not known what runs on it.
    pub(crate) trouble: Option<String>,
}

/// Devices that are being asked.
pub(crate) struct Probe {
    answers: Receiver<(usize, Answer)>,
    cancel: Cancel,
    deadline: Instant,
}

impl Probe {
    /// Asks all of them. A program that runs on a board is interrupted for it.
    pub(crate) fn start(candidates: &[Candidate], context: &Context) -> Self {
        let cancel = Cancel::default();
        context.interrupts.to_connection(&cancel);
        let (tell, answers) = mpsc::channel();
        for (index, candidate) in candidates.iter().enumerate() {
            let mut options = OpenOptions {
                connect_timeout: LIMIT,
                cancel: cancel.clone(),
                ..context.settings.open_options()
            };
            let names = context.workspace.names().ok();
            let variable = names.and_then(|names| names.password_variable(&candidate.specifier));
            // The password of one device is not for all others.
            options.password = variable.and_then(|name| std::env::var(name).ok());
            let (specifier, tell) = (candidate.specifier.clone(), tell.clone());
            thread::spawn(move || {
                let answer = ask(&specifier, &options);
                // Whoever has enough does not listen any more.
                let _ = tell.send((index, answer));
            });
        }
        Self {
            answers,
            cancel,
            deadline: Instant::now() + LIMIT,
        }
    }

    /// The next answer that is there by `until`, if one is.
    pub(crate) fn next(&self, until: Instant) -> Option<(usize, Answer)> {
        let left = until.saturating_duration_since(Instant::now());
        self.answers.recv_timeout(left).ok()
    }

    /// Whether the time is over in which they may answer. Those who have not are told to end.
    pub(crate) fn is_over(&self) -> bool {
        let over = Instant::now() > self.deadline;
        if over {
            self.cancel.cancel();
        }
        over
    }

    /// All answers, in the order of the devices.
    pub(crate) fn finish(self, count: usize) -> Vec<Answer> {
        let mut answers = vec![Answer::silent(); count];
        while let Some((index, answer)) = self.next(self.deadline) {
            answers[index] = answer;
        }
        // Those who are late end at once, and leave their ports.
        self.cancel.cancel();
        while let Some((index, answer)) = self.next(self.deadline + LIMIT) {
            answers[index] = answer;
        }
        answers
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Answer {
    /// That of one that has not answered in time.
    pub(crate) fn silent() -> Self {
        Self {
            state: "silent",
            firmware: None,
            trouble: Some(format!("no answer within {} s", LIMIT.as_secs())),
        }
    }

    /// The firmware in a few words.
    pub(crate) fn firmware(&self) -> String {
        let Some(facts) = &self.firmware else {
            return String::new();
        };
        let (major, minor, patch) = facts.version;
        text::escape(&format!(
            "{} {major}.{minor}.{patch}, {}",
            facts.name, facts.machine
        ))
    }
}

fn ask(specifier: &belay_transport::Specifier, options: &OpenOptions) -> Answer {
    let transport = match open(specifier, options) {
        Ok(transport) => transport,
        Err(error) => return unopened(error),
    };
    let connect = ConnectOptions {
        reset: false,
        timeout: LIMIT,
        ..ConnectOptions::default()
    };
    let transport = options.cancel.guard(transport);
    let Ok(mut device) = Device::connect(Box::new(transport), connect) else {
        return Answer::silent();
    };
    let Ok(firmware) = device.implementation().cloned() else {
        return Answer::silent();
    };
    // What was asked for is known.
    let _ = device.close();
    Answer {
        state: "ready",
        firmware: Some(firmware),
        trouble: None,
    }
}

fn unopened(error: Error) -> Answer {
    let state = match error {
        Error::PortBusy { .. } => "in use",
        Error::PermissionDenied { .. } => "no permission",
        Error::PasswordRequired { .. } | Error::LoginRequired { .. } => "needs password",
        Error::WrongPassword { .. } | Error::LoginRefused { .. } => "wrong password",
        Error::Silent { .. } | Error::ConnectTimeout { .. } | Error::Cancelled { .. } => {
            return Answer::silent();
        }
        Error::NoSuchPort { .. }
        | Error::NoMatch { .. }
        | Error::HostNotFound { .. }
        | Error::ConnectionRefused { .. } => "not there",
        _ => "no board",
    };
    let diagnosis = diagnose(&crate::Error::Open(error));
    let trouble = match diagnosis.explanation {
        Explanation::Failure { message, .. } => Some(message),
        _ => None,
    };
    Answer {
        state,
        firmware: None,
        trouble,
    }
}
