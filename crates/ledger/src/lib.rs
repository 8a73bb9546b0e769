//! Counts facts, in whole numbers.
//!
//! [`Counts`] holds the counts of one appliance in one interval, and a [`Ledger`] its intervals. Facts are counted in
//! neutral words. This crate does not know what reports make of them.

mod account;
mod bytes;
mod counts;
mod facts;
mod ledger;
mod pages;

pub use account::{Account, AccountKey, AccountVisitor, Dense, Detail, Index, Row, Scattered};
pub use counts::{Counts, KeyKind, Part, Room, Selection, SystemCounts};
pub use facts::*;
pub use ledger::Ledger;
