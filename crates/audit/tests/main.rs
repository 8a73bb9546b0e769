//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod diagnosis;
mod foreign;
mod identities;
mod rules;
mod sites;
