//! What is not to be seen from outside, against the same servers and repositories.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]
#![allow(
    clippy::field_reassign_with_default,
    reason = "from outside there is no other way"
)]
#![allow(dead_code, reason = "the helpers have more for the tests from outside")]

#[path = "../it/git.rs"]
mod git;
#[path = "../it/server.rs"]
mod server;
#[path = "../it/world.rs"]
mod world;

mod cache;
mod http;
mod repositories;

/// The cases in a text: one to a line, in parts between ` => `.
pub(crate) fn cases<const N: usize>(text: &'static str) -> Vec<[&'static str; N]> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let parts = lines.map(|line| line.split(" => ").collect::<Vec<_>>().try_into());
    parts
        .map(|parts| parts.expect("as many parts as names"))
        .collect()
}
