//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod objectives;
mod page;
mod plans;
mod question;
mod reference;
mod theory;
mod verdict;
mod verdict_on_objectives;
