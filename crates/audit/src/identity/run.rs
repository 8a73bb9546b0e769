//! Audits exports from beginning to end.

use crate::error::Error;
use crate::reader::Exports;

use super::auditor::Auditor;
use super::check::Assumptions;
use super::finding::Finding;
use super::identities::Identities;
use super::settle::{SettledFile, settle};
use super::source::Sources;
use super::uncovered::IntervalInProgress;

/// The results of an audit.
#[derive(Clone, Debug)]
pub struct AuditResults {
    /// The ambiguous files whose table the figures have shown.
    pub settled: Vec<SettledFile>,
    /// The last interval, if it was not over when the tables were read.
    pub unfinished: Option<IntervalInProgress>,
    /// The findings, in the order of the identities.
    pub findings: Vec<Finding>,
}

/// Settles ambiguous files, and checks the exports against the identities.
///
/// # Errors
/// If a file cannot be read.
pub fn audit(exports: &mut Exports, identities: &Identities, assumptions: Assumptions) -> Result<AuditResults, Error> {
    let settled = settle(exports, identities, assumptions)?;
    let mut auditor = Auditor::new(identities.all(), &Sources::new(exports), assumptions);
    for window in exports.windows_of_columns(|_| true, |table, column| identities.form_of(table, column))? {
        auditor.look_at(&window?);
    }
    Ok(AuditResults { settled, unfinished: auditor.unfinished(), findings: auditor.finish() })
}
