//! Finds tables with keys that lack the rows of the first or the last intervals, or all rows, although other tables show that there were
//! some.
//!
//! A table with keys has no rows if nothing was counted, so the first pass through the files does not know whether rows are missing.

use std::collections::BTreeMap;

use super::check::{Assumptions, Per};
use super::keys::KeyNumbers;
use super::progress::CheckProgress;
use super::source::SpanEnd;
use super::sums::{Members, Scratch};
use super::tally::{CheckTally, UncoveredEnds, UncoveredIntervals};

/// An interval that was not over when the tables were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalInProgress {
    /// Beginning, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// End, in seconds since the Unix epoch.
    pub end_seconds: i64,
}

/// A table that has no rows in the first or the last intervals, although other tables show that there were some.
#[derive(Clone, Copy, Debug)]
pub(super) struct UncoveredEnd {
    /// The number of the table.
    pub(super) table: u32,
    pub(super) end: SpanEnd,
    /// The intervals without rows.
    pub(super) intervals: UncoveredIntervals,
    /// Number of intervals of the span.
    pub(super) of: u64,
    /// True if the file has no rows at all.
    pub(super) is_empty: bool,
}

impl<'a> CheckProgress<'a> {
    /// Notes the tables with keys that have rows only before or only after an interval, or no rows. Other tables contradict them if the
    /// check would fail without rows.
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
        let has_witnesses = !self.check.witnesses.is_empty() && trial.iter().all(|tally| tally.breaks > 0);
        for (end, uncovered) in ends.iter().zip(&mut self.uncovered) {
            let Some(end) = end else { continue };
            let intervals = uncovered.at_mut(*end);
            intervals.count += 1;
            intervals.is_contradicted |= fails;
            intervals.others_are_complete |= has_witnesses;
            intervals.begin_seconds.get_or_insert(members.begin_seconds);
            intervals.end_seconds = end_seconds;
        }
    }
}

/// The ends of tables that other tables contradict, in the order of the tables.
pub(super) fn uncovered_ends<'p, 'a: 'p>(checks: impl Iterator<Item = &'p CheckProgress<'a>>) -> Vec<UncoveredEnd> {
    let mut found: BTreeMap<(u32, SpanEnd), UncoveredEnd> = BTreeMap::new();
    for progress in checks {
        let tables = progress.check.tables.iter().zip(&progress.sources);
        for ((&table, source), UncoveredEnds { first, last }) in tables.zip(&progress.uncovered) {
            for (end, intervals) in [(SpanEnd::First, *first), (SpanEnd::Last, *last)] {
                if !intervals.is_contradicted {
                    continue;
                }
                let (of, is_empty) = (progress.looked_at, source.is_empty);
                let new = UncoveredEnd { table, end, intervals, of, is_empty };
                let most = found.entry((table, end)).or_insert(new);
                let others_are_complete = most.intervals.others_are_complete || intervals.others_are_complete;
                if intervals.count > most.intervals.count {
                    *most = new;
                }
                most.intervals.others_are_complete = others_are_complete;
            }
        }
    }
    found.into_values().collect()
}
