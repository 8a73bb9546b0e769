//! The results of a check so far.

use super::check::{IdentityCheck, Relation, Severity};
use super::source::SpanEnd;

/// A right side of 0 may be a small number if it was rounded by this much or more.
const NEARLY_EXACT: f64 = 1e-7;

/// The results of a check so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckTally {
    /// Intervals that were compared.
    pub(crate) intervals: u64,
    /// Intervals that were left out, because not all tables cover them.
    pub(crate) left_out: u64,
    /// Pairs of sums that were compared.
    pub(crate) comparisons: u64,
    /// Compared pairs that are not both 0.
    pub(crate) telling: u64,
    /// Compared pairs that failed as a break.
    pub(crate) breaks: u64,
    /// Compared pairs that failed as a notice.
    pub(crate) notices: u64,
    /// The break with the largest difference.
    pub(crate) worst_break: Option<Failure>,
    /// The notice with the largest difference.
    pub(crate) worst_notice: Option<Failure>,
    /// The largest difference of a failed pair, as a share of its larger side.
    pub(crate) largest_share: f64,
}

/// A comparison that failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) begin_seconds: i64,
    pub(crate) length_seconds: i64,
    pub(crate) key: Vec<String>,
    pub(crate) left: f64,
    pub(crate) right: f64,
}

/// The intervals before the rows of a table and after them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UncoveredEnds {
    pub(crate) first: UncoveredIntervals,
    pub(crate) last: UncoveredIntervals,
}

/// Intervals without rows at an end of the span.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UncoveredIntervals {
    pub(crate) count: u64,
    /// True if other tables show that something was counted in one of them.
    pub(crate) is_contradicted: bool,
    /// True if other tables with keys are complete in one of them.
    pub(crate) others_are_complete: bool,
    /// Beginning of the first, in seconds since the Unix epoch.
    pub(crate) begin_seconds: Option<i64>,
    /// End of the last, in seconds since the Unix epoch.
    pub(crate) end_seconds: i64,
}

/// Two sums to compare.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pair {
    pub(crate) left: f64,
    pub(crate) right: f64,
    /// The difference that is allowed because numbers were rounded when they were written.
    pub(crate) rounding: f64,
    /// True if the lists that make the right side look cut.
    pub(crate) is_cut: bool,
    /// True if no other table with keys has more rows than that of the left side.
    pub(crate) is_longest: bool,
}

impl Failure {
    pub(crate) fn difference(&self) -> f64 {
        (self.left - self.right).abs()
    }
}

impl UncoveredEnds {
    /// The intervals at an end.
    pub(crate) fn at_mut(&mut self, end: SpanEnd) -> &mut UncoveredIntervals {
        match end {
            SpanEnd::First => &mut self.first,
            SpanEnd::Last => &mut self.last,
        }
    }
}

impl Pair {
    /// Returns true if a relation says nothing about the pair.
    #[inline]
    fn is_exempt(self, relation: Relation) -> bool {
        match relation {
            Relation::Equals | Relation::AtMost => false,
            Relation::Needs => self.left == 0.0,
            Relation::CarriedBy => self.right == 0.0,
        }
    }

    /// The severity of the failure, if the pair fails the check.
    #[inline]
    pub(crate) fn fails(self, check: &IdentityCheck) -> Option<Severity> {
        let Pair { left, right, rounding, is_cut, is_longest } = self;
        let above = if is_cut && check.is_notice_if_cut { Severity::Notice } else { check.above };
        let below = if is_longest && check.is_notice_if_longest { Severity::Notice } else { check.below };
        let most = rounding + check.within * right.abs();
        match check.relation {
            Relation::Equals if left < right - most => Some(below),
            Relation::Needs if left != 0.0 && right == 0.0 && rounding < NEARLY_EXACT => Some(above),
            Relation::Equals | Relation::AtMost | Relation::CarriedBy if left > right + most => Some(above),
            _ => None,
        }
    }
}

impl CheckTally {
    /// Compares a pair, unless the relation says nothing about it. `describe` gives the beginning, length and key; it is called only for a failure.
    #[inline]
    pub(crate) fn compare(
        &mut self,
        check: &IdentityCheck,
        pair: Pair,
        describe: impl FnOnce() -> (i64, i64, Vec<String>),
    ) {
        if pair.is_exempt(check.relation) {
            return;
        }
        self.comparisons += 1;
        self.telling += u64::from(pair.left != 0.0 || pair.right != 0.0);
        if let Some(severity) = pair.fails(check) {
            self.note(severity, pair, describe);
        }
    }

    /// Adds the results of later intervals.
    pub(crate) fn absorb(&mut self, later: CheckTally) {
        self.intervals += later.intervals;
        self.left_out += later.left_out;
        self.comparisons += later.comparisons;
        self.telling += later.telling;
        self.breaks += later.breaks;
        self.notices += later.notices;
        self.largest_share = self.largest_share.max(later.largest_share);
        keep_worst(&mut self.worst_break, later.worst_break);
        keep_worst(&mut self.worst_notice, later.worst_notice);
    }

    /// Turns breaks into notices.
    pub(crate) fn soften(&mut self) {
        self.notices += std::mem::take(&mut self.breaks);
        keep_worst(&mut self.worst_notice, self.worst_break.take());
    }

    #[cold]
    fn note(&mut self, severity: Severity, pair: Pair, describe: impl FnOnce() -> (i64, i64, Vec<String>)) {
        let (count, worst) = match severity {
            Severity::Break => (&mut self.breaks, &mut self.worst_break),
            Severity::Notice => (&mut self.notices, &mut self.worst_notice),
        };
        *count += 1;
        let difference = (pair.left - pair.right).abs();
        self.largest_share = self.largest_share.max(difference / pair.left.abs().max(pair.right.abs()));
        // The first of several equal failures is kept.
        if worst.as_ref().is_none_or(|worst| difference > worst.difference()) {
            let (begin_seconds, length_seconds, key) = describe();
            *worst = Some(Failure { begin_seconds, length_seconds, key, left: pair.left, right: pair.right });
        }
    }
}

/// Keeps the failure with the larger difference, or the earlier one if both are equal.
fn keep_worst(worst: &mut Option<Failure>, later: Option<Failure>) {
    if let Some(later) = later
        && worst.as_ref().is_none_or(|worst| later.difference() > worst.difference())
    {
        *worst = Some(later);
    }
}
