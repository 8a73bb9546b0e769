//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod any;
mod clock;
mod cuts;
mod end;
mod faults;
mod retention;
mod support;
