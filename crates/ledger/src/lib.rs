//! Counts facts, in whole numbers.
//!
//! [`Counts`] holds the counts of one appliance in one interval, and a [`Ledger`] its intervals. Facts are counted in
//! neutral words. This crate does not know what reports make of them.

mod account;
mod counts;
mod facts;
mod part;

pub use account::{Account, AccountKey, Dense, Index, Row, Scattered};
pub use counts::{Counts, Ledger, SystemCounts, filter_key};
pub use facts::*;
pub use part::Part;
