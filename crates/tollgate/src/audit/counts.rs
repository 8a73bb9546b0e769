//! Counts findings by their result.

use serde::Serialize;
use tollgate_audit::{Finding, FindingResult};

/// The number of findings with each result.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct FindingCounts {
    pub(super) broken: usize,
    pub(super) notices: usize,
    pub(super) unchecked: usize,
    pub(super) hold: usize,
}

impl FindingCounts {
    /// Counts findings.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
        FindingCounts {
            broken: count(FindingResult::Broken),
            notices: count(FindingResult::Notice),
            unchecked: count(FindingResult::Unchecked),
            hold: count(FindingResult::Holds),
        }
    }
}
