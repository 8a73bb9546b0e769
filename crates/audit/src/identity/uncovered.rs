//! Finds tables with keys that lack the rows of the first or the last intervals, although other tables show that there were some.
//!
//! A table with keys has no rows if nothing was counted, so the audit does not know whether such a file is an export of a shorter
//! time, or whether rows are missing.

use std::collections::BTreeMap;

use super::check::{Assumptions, Per};
use super::keys::KeyNumbers;
use super::progress::CheckProgress;
use super::source::{SpanEnd, table_of};
use super::sums::{Members, Scratch};
use super::tally::{CheckTally, UncoveredEnds};

/// A table that has no rows in the first or the last intervals, although other tables show that there were some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncoveredEnd {
    /// The file of the table.
    pub file: String,
    /// The end of the span.
    pub end: SpanEnd,
    /// Number of intervals without rows at this end.
    pub intervals: u64,
    /// Number of intervals of the span.
    pub of: u64,
}

impl<'a> CheckProgress<'a> {
    /// Notes the tables with keys that have rows only before or only after an interval. Other tables contradict them if the check
    /// would fail without rows.
    pub(super) fn note_uncovered<'w>(
        &mut self,
        members: &Members<'w>,
        assumptions: Assumptions,
        scratch: &mut Scratch,
        keys: &mut KeyNumbers<'w>,
    ) where
        'a: 'w,
    {
        let end_seconds = members.begin_seconds + members.length_seconds;
        let ends: Vec<Option<SpanEnd>> = members
            .places
            .iter()
            .zip(&self.sources)
            .map(|((_, range), source)| {
                source.end_beyond(members.begin_seconds, end_seconds).filter(|_| range.is_empty())
            })
            .collect();
        let others_cover = self.covers(members).zip(&ends).all(|(covers, end)| covers || end.is_some());
        if self.check.per == Per::Span || ends.iter().all(Option::is_none) || !others_cover {
            return;
        }
        let empty = vec![CheckTally::default(); self.latest.len()];
        let latest = std::mem::replace(&mut self.latest, empty);
        self.compare_slot(members, assumptions, scratch, keys);
        let trial = std::mem::replace(&mut self.latest, latest);
        let fails = trial.iter().all(|tally| tally.breaks + tally.notices > 0);
        for (end, uncovered) in ends.iter().zip(&mut self.uncovered) {
            let Some(end) = end else { continue };
            let intervals = uncovered.at_mut(*end);
            intervals.count += 1;
            intervals.is_contradicted |= fails;
        }
    }
}

/// The ends of tables that other tables contradict, in the order of the tables.
pub(super) fn uncovered_ends<'p, 'a: 'p>(checks: impl Iterator<Item = &'p CheckProgress<'a>>) -> Vec<UncoveredEnd> {
    let mut found: BTreeMap<(u32, SpanEnd), (u64, u64)> = BTreeMap::new();
    for progress in checks {
        for (&table, UncoveredEnds { first, last }) in progress.check.tables.iter().zip(&progress.uncovered) {
            for (end, intervals) in [(SpanEnd::First, first), (SpanEnd::Last, last)] {
                if intervals.is_contradicted {
                    let most = found.entry((table, end)).or_default();
                    *most = (*most).max((intervals.count, progress.looked_at));
                }
            }
        }
    }
    let describe = |((table, end), (intervals, of))| {
        let file = table_of(table).map(|table| table.file.clone()).unwrap_or_default();
        UncoveredEnd { file, end, intervals, of }
    };
    found.into_iter().map(describe).collect()
}
