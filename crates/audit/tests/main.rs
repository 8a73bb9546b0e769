//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod comparisons;
mod diagnosis;
mod few_causes;
mod foreign;
mod groups;
mod identities;
mod queue;
mod rules;
#[allow(dead_code, reason = "the study uses more of it")]
mod sites;
