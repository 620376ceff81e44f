//! The package manager against servers on this computer and real git repositories, and against what
//! the original makes of the same input.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]
#![allow(dead_code, reason = "the helpers have more for the tests in `inside`")]

mod bundles;
mod damaged;
mod git;
mod hostile;
mod killed;
mod mip;
mod original;
mod project;
mod server;
mod sources;
mod versions;
mod world;
