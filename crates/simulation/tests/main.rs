//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod events;
mod forecast;
mod limits;
mod oracle;
mod progression;
mod realism;
mod restarts;
mod scripts;
mod trace;
