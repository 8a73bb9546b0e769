//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod lifelike;
mod listed;
mod rhythms;
mod streams;
