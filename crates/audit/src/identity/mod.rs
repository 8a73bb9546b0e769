//! Identities: statements that must hold between the figures of exports, and the audit that checks them.

mod auditor;
mod check;
mod contradiction;
mod coverage;
mod entry;
mod files;
mod finding;
mod identities;
mod keys;
mod multiplier;
mod obstacles;
mod outbreaks;
mod progress;
mod queue;
mod reference;
mod rivals;
mod rule;
mod scores;
mod settle;
mod source;
mod stays;
mod sums;
mod tally;
mod uncovered;
mod words;

pub use auditor::{Auditor, IntervalInProgress};
pub use check::{Assumptions, Identity};
pub use coverage::{Coverage, IntervalCount};
pub use finding::{ComparedSum, Finding, FindingResult, Worst};
pub use identities::Identities;
pub use multiplier::{InferredMultiplier, infer_multiplier};
pub use settle::{SettledFile, settle};
pub use source::{Sources, SpanEnd};
pub use uncovered::UncoveredEnd;
