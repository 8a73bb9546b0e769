//! Checks exports against identities, window by window.

use crate::window::Window;

use super::check::{Assumptions, Identity, IdentityCheck, Per};
use super::finding::Finding;
use super::keys::KeyNumbers;
use super::progress::CheckProgress;
use super::source::Sources;
use super::sums::Scratch;
use super::tally::CheckTally;

/// Checks exports against identities. It keeps the results of each check, but no windows.
#[derive(Debug)]
pub struct Auditor<'a> {
    assumptions: Assumptions,
    parts: Vec<(&'a Identity, Vec<CheckProgress<'a>>)>,
    scratch: Scratch,
}

impl<'a> Auditor<'a> {
    /// An auditor that checks these identities.
    pub fn new(
        identities: impl IntoIterator<Item = &'a Identity>,
        sources: &Sources,
        assumptions: Assumptions,
    ) -> Self {
        let part = |identity: &'a Identity| {
            (identity, identity.checks.iter().map(|check| CheckProgress::new(check, sources)).collect())
        };
        Auditor { assumptions, parts: identities.into_iter().map(part).collect(), scratch: Scratch::default() }
    }

    /// Checks a window. Pass the windows in order of time.
    pub fn look_at(&mut self, window: &Window) {
        let mut keys = KeyNumbers::default();
        let progresses = self.parts.iter_mut().flat_map(|(_, progresses)| progresses);
        for progress in progresses.filter(|progress| progress.obstacles.is_empty()) {
            match progress.check.per {
                Per::Row => progress.compare_rows(window, self.assumptions, &mut self.scratch),
                _ => progress.compare_slots(window, self.assumptions, &mut self.scratch, &mut keys),
            }
        }
    }

    /// The findings, in the order of the identities.
    pub fn finish(mut self) -> Vec<Finding> {
        for progress in self.parts.iter_mut().flat_map(|(_, progresses)| progresses) {
            progress.compare_span();
        }
        self.parts.iter().map(|(identity, progresses)| Finding::new(identity, progresses)).collect()
    }

    /// Each check with its results so far.
    pub(super) fn tallies(&self) -> impl Iterator<Item = (&'a IdentityCheck, &CheckTally)> {
        self.parts.iter().flat_map(|(_, progresses)| progresses).map(|progress| (progress.check, &progress.tally))
    }
}
