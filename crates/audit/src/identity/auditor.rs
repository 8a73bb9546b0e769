//! Checks exports against identities, window by window.

use std::collections::BTreeMap;

use crate::window::Window;

use super::check::{Assumptions, Identity, IdentityCheck, Per};
use super::finding::{Finding, FindingResult};
use super::keys::KeyNumbers;
use super::latest::LatestEvidence;
use super::progress::CheckProgress;
use super::rule::RuleProgress;
use super::source::Sources;
use super::sums::Scratch;
use super::uncovered::{IntervalInProgress, uncovered_ends};

/// Checks exports against identities. It keeps the results of each check, but no windows.
#[derive(Debug)]
pub struct Auditor<'a> {
    assumptions: Assumptions,
    parts: Vec<IdentityProgress<'a>>,
    scratch: Scratch,
}

/// An identity that is being checked.
#[derive(Debug)]
struct IdentityProgress<'a> {
    identity: &'a Identity,
    checks: Vec<CheckProgress<'a>>,
    rule: Option<RuleProgress>,
}

impl<'a> Auditor<'a> {
    /// An auditor that checks these identities.
    pub fn new(
        identities: impl IntoIterator<Item = &'a Identity>,
        sources: &Sources,
        assumptions: Assumptions,
    ) -> Self {
        let part = |identity: &'a Identity| IdentityProgress {
            identity,
            checks: identity.checks.iter().map(|check| CheckProgress::new(check, sources)).collect(),
            rule: identity.rule.map(|rule| RuleProgress::new(rule, sources, assumptions)),
        };
        Auditor { assumptions, parts: identities.into_iter().map(part).collect(), scratch: Scratch::default() }
    }

    /// Checks a window. Pass the windows in order of time.
    pub fn look_at(&mut self, window: &Window) {
        let mut keys = KeyNumbers::default();
        for part in &mut self.parts {
            for progress in part.checks.iter_mut().filter(|progress| progress.is_made()) {
                match progress.check.per {
                    Per::Row => progress.compare_rows(window, self.assumptions, &mut self.scratch),
                    _ => progress.compare_slots(window, self.assumptions, &mut self.scratch, &mut keys),
                }
            }
            if let Some(rule) = &mut part.rule {
                rule.look_at(window);
            }
        }
    }

    /// The last interval, if most tables that agreed before differ in it by a few messages. Then the interval was not over when the
    /// tables were read, one after the other. Differences between tables are notices in it.
    pub fn unfinished(&self) -> Option<IntervalInProgress> {
        let checks = || self.parts.iter().flat_map(|part| &part.checks).filter(|progress| progress.is_made());
        let (_, end_seconds) = checks().filter_map(CheckProgress::latest_interval).max_by_key(|(_, end)| *end)?;
        let of_last = || {
            checks()
                .filter_map(|check| Some((check, check.latest_interval()?)))
                .filter(|(_, (_, end))| *end == end_seconds)
        };
        let mut agree: BTreeMap<&[u32], bool> = BTreeMap::new();
        for (progress, _) in of_last() {
            let Some(evidence) = progress.latest_evidence() else { continue };
            let all_agree = agree.entry(&progress.check.tables).or_insert(true);
            *all_agree &= evidence == LatestEvidence::Agree;
        }
        let differing = agree.values().filter(|agree| !**agree).count();
        let begin_seconds = of_last().map(|(_, (begin, _))| begin).min()?;
        (2 * differing > agree.len()).then_some(IntervalInProgress { begin_seconds, end_seconds })
    }

    /// The findings, in the order of the identities. An identity is left out if it is about columns or rows that these files need
    /// not have.
    pub fn finish(mut self) -> Vec<Finding> {
        let unfinished = self.unfinished();
        let ends = uncovered_ends(self.parts.iter().flat_map(|part| &part.checks));
        for progress in self.parts.iter_mut().flat_map(|part| &mut part.checks) {
            progress.finish(unfinished.map(|interval| interval.end_seconds));
        }
        let finding = |part: IdentityProgress<'_>| match part.rule {
            Some(rule) => Some(rule.finish(&ends, unfinished).into_finding(part.identity)),
            None => {
                let checks: Vec<_> = part.checks.into_iter().filter(CheckProgress::is_reported).collect();
                (!checks.is_empty()).then(|| Finding::new(part.identity, &checks))
            }
        };
        let identities: Vec<&Identity> = self.parts.iter().map(|part| part.identity).collect();
        let mut findings: Vec<Finding> = self.parts.into_iter().filter_map(finding).collect();
        for identity in identities {
            if let Some(explained_by) = &identity.explained_by {
                explain_notices(&mut findings, &identity.name, explained_by);
            }
        }
        findings
    }

    /// Each check with its progress so far.
    pub(super) fn checks(&self) -> impl Iterator<Item = (&'a IdentityCheck, &CheckProgress<'a>)> {
        self.parts.iter().flat_map(|part| &part.checks).map(|progress| (progress.check, progress))
    }
}

/// Withdraws the notices of an identity if the failures of another identity explain all of them.
fn explain_notices(findings: &mut [Finding], name: &str, explained_by: &str) {
    let other = findings.iter().find(|finding| finding.name == explained_by);
    let failures = other.map_or(0, |other| other.breaks + other.notices);
    let is_explained = |finding: &&mut Finding| {
        finding.name == name && finding.verdict == FindingResult::Notice && finding.notices <= failures
    };
    if let Some(finding) = findings.iter_mut().find(is_explained) {
        finding.verdict = FindingResult::Unchecked;
        finding.worst = None;
        finding.notices = 0;
        finding.why.push(format!("{explained_by} explains the differences"));
    }
}
