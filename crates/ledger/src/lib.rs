//! Counts facts, in whole numbers.
//!
//! [`Counts`] is what one appliance counted in one interval; a [`Ledger`] is its intervals. Facts are in neutral words:
//! what a report makes of them is no business of this crate.

mod account;
mod counts;
mod facts;
mod part;

pub use account::{Account, AccountKey, Dense, Index, Row, Scattered};
pub use counts::{Counts, Ledger, SystemCounts, filter_key};
pub use facts::*;
pub use part::Part;
