//! What came of a check so far.

use super::check::{IdentityCheck, Relation, Severity};

/// What came of a check so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckTally {
    /// Intervals looked at.
    pub(crate) intervals: u64,
    /// Intervals left out, as not all of the tables say something of them.
    pub(crate) left_out: u64,
    /// Pairs of sums compared.
    pub(crate) comparisons: u64,
    /// Of these, those that say something: not all zero.
    pub(crate) telling: u64,
    /// Of these, those that do not hold.
    pub(crate) breaks: u64,
    pub(crate) notices: u64,
    /// The worst of each.
    pub(crate) worst_break: Option<Failure>,
    pub(crate) worst_notice: Option<Failure>,
}

/// A comparison that does not hold.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) begin_seconds: i64,
    pub(crate) length_seconds: i64,
    pub(crate) key: Vec<String>,
    pub(crate) left: f64,
    pub(crate) right: f64,
}

/// Two sums to be compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pair {
    pub(crate) left: f64,
    pub(crate) right: f64,
    /// How far they may be apart because numbers were rounded when they were written.
    pub(crate) rounding: f64,
}

impl Failure {
    pub(crate) fn difference(&self) -> f64 {
        (self.left - self.right).abs()
    }
}

impl Pair {
    /// What it is that the pair does not hold, if it does not.
    #[inline]
    pub(crate) fn fails(self, check: &IdentityCheck) -> Option<Severity> {
        let Pair { left, right, rounding } = self;
        let most = rounding + check.within * right.abs();
        match check.relation {
            Relation::Equals if left < right - most => Some(check.below),
            Relation::Needs if left != 0.0 && right == 0.0 => Some(check.above),
            Relation::Equals | Relation::AtMost if left > right + most => Some(check.above),
            Relation::CarriedBy if right != 0.0 && left > right + most => Some(check.above),
            _ => None,
        }
    }
}

impl CheckTally {
    /// Compares a pair. `describe` gives interval and key, and is asked only where it does not hold.
    #[inline]
    pub(crate) fn compare(
        &mut self,
        check: &IdentityCheck,
        pair: Pair,
        describe: impl FnOnce() -> (i64, i64, Vec<String>),
    ) {
        self.comparisons += 1;
        self.telling += u64::from(pair.left != 0.0 || pair.right != 0.0);
        if let Some(severity) = pair.fails(check) {
            self.note(severity, pair, describe);
        }
    }

    #[cold]
    fn note(&mut self, severity: Severity, pair: Pair, describe: impl FnOnce() -> (i64, i64, Vec<String>)) {
        let (count, worst) = match severity {
            Severity::Break => (&mut self.breaks, &mut self.worst_break),
            Severity::Notice => (&mut self.notices, &mut self.worst_notice),
        };
        *count += 1;
        let difference = (pair.left - pair.right).abs();
        // Of several as bad the first is kept.
        if worst.as_ref().is_none_or(|worst| difference > worst.difference()) {
            let (begin_seconds, length_seconds, key) = describe();
            *worst = Some(Failure { begin_seconds, length_seconds, key, left: pair.left, right: pair.right });
        }
    }
}
