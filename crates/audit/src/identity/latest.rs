//! The evidence of a check on the latest interval, and its results so far.

use super::progress::CheckProgress;
use super::tally::CheckTally;

/// The largest difference in an unfinished interval, as a share of the larger side. Tables that are read moments apart differ by
/// the mail of these moments.
const MOST_BETWEEN_READS: f64 = 0.25;

/// A check's evidence on the latest interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LatestEvidence {
    /// The tables agree, with values that are not all 0.
    Agree,
    /// They agreed in all earlier intervals, and now differ by no more than the mail of a few moments.
    DifferForTheFirstTime,
}

impl CheckProgress<'_> {
    /// Beginning and end of the latest interval, in seconds since the Unix epoch, if the check compares tables and an earlier
    /// interval.
    pub(super) fn latest_interval(&self) -> Option<(i64, i64)> {
        let has_earlier = self.earlier[0].comparisons > 0;
        (self.check.compares_tables() && has_earlier).then_some((self.latest_begin_seconds, self.latest_end_seconds))
    }

    /// The check's evidence on whether the latest interval is finished.
    pub(super) fn latest_evidence(&self) -> Option<LatestEvidence> {
        let (earlier, latest) = (&self.earlier[0], &self.latest[0]);
        let failures = |tally: &CheckTally| tally.breaks + tally.notices;
        if latest.telling == 0 || failures(earlier) > 0 || !self.check.compares_tables() {
            return None;
        }
        match failures(latest) {
            0 => Some(LatestEvidence::Agree),
            _ if latest.largest_share <= MOST_BETWEEN_READS => Some(LatestEvidence::DifferForTheFirstTime),
            _ => None,
        }
    }

    /// Completes the results. `unfinished` is the end of the last interval, if the tables were read before it was over.
    pub(super) fn finish(&mut self, unfinished: Option<i64>) {
        self.compare_span();
        let evidence = self.latest_evidence();
        if evidence == Some(LatestEvidence::DifferForTheFirstTime) && unfinished == Some(self.latest_end_seconds) {
            self.latest.iter_mut().for_each(CheckTally::soften);
        }
        self.absorb_latest();
        let (intervals, left_out) = (self.earlier[0].intervals, self.earlier[0].left_out);
        let best = std::mem::take(&mut self.earlier).into_iter().min_by_key(|tally| (tally.breaks, tally.notices));
        self.tally = CheckTally { intervals, left_out, ..best.unwrap_or_default() };
    }

    /// Returns true if the check is broken so far.
    pub(super) fn is_broken(&self) -> bool {
        let mut choices = self.earlier.iter().zip(&self.latest);
        choices.all(|(earlier, latest)| earlier.breaks + latest.breaks > 0)
    }

    /// Returns true if the check has compared values.
    pub(super) fn has_compared(&self) -> bool {
        self.earlier[0].comparisons + self.latest[0].comparisons > 0
    }

    /// Number of compared pairs that are not both 0.
    pub(super) fn telling(&self) -> u64 {
        self.earlier[0].telling + self.latest[0].telling
    }

    /// Returns true if the check has found a break or a notice.
    pub(super) fn has_failed(&self) -> bool {
        [&self.earlier[0], &self.latest[0]].iter().any(|tally| tally.breaks + tally.notices > 0)
    }
}
