//! Tests of the crate as its users see it.

mod bounds;
mod cpython;
mod forms;
mod reprs;
mod round_trip;
mod serde;
