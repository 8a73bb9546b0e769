//! Identities: statements that must hold between the figures of exports, and the audit that checks them.

mod auditor;
mod check;
mod coverage;
mod entry;
mod finding;
mod identities;
mod keys;
mod progress;
mod reference;
mod rivals;
mod settle;
mod source;
mod sums;
mod tally;
mod words;

pub use auditor::Auditor;
pub use check::{Assumptions, Identity};
pub use coverage::{Coverage, IntervalCount};
pub use finding::{ComparedSum, Finding, FindingResult, Worst};
pub use identities::Identities;
pub use settle::{SettledFile, settle};
pub use source::Sources;
