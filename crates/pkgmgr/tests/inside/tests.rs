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
