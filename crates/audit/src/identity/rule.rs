//! Identities that rules of the program decide, because no comparison of sums can express them.

use tollgate_wording::iso;

use crate::reader::micros;
use crate::window::Window;

use super::check::Rule;
use super::files::{RepeatedRows, check_dates, check_missing_rows, check_overlaps, check_timestamps};
use super::finding::{ComparedSum, Worst};
use super::outbreaks::OutbreakTimes;
use super::queue::QueueFlow;
use super::scores::SenderScores;
use super::source::Sources;

/// A rule that is being checked.
#[derive(Debug)]
pub(super) enum RuleProgress {
    /// The first pass through the files has decided it.
    Known(RuleResult),
    RepeatedRows(RepeatedRows),
    SenderScores(SenderScores),
    OutbreakTimes(OutbreakTimes),
    QueueFlow(QueueFlow),
}

/// The result of a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleResult {
    /// The files that decided it.
    pub(super) files: Vec<String>,
    /// Intervals that were looked at.
    pub(super) intervals: u64,
    /// Rows or intervals that were looked at.
    pub(super) comparisons: u64,
    pub(super) breaks: u64,
    pub(super) notices: u64,
    pub(super) worst: Option<Worst>,
    /// The tables without which the rule cannot be checked.
    pub(super) missing: Vec<u32>,
    /// Other reasons why it cannot be checked.
    pub(super) why: Vec<String>,
}

/// A place in the files, and the two values that should be equal there.
#[derive(Clone, Debug)]
pub(super) struct Contradiction {
    pub(super) begin_seconds: i64,
    pub(super) length_seconds: i64,
    pub(super) key: Vec<String>,
    pub(super) left: (String, f64),
    pub(super) right: (String, f64),
}

impl Rule {
    /// Returns true if the rule needs a column that is no key, given by the number of its table and its place.
    pub(super) fn uses(self, table: u32, column: usize) -> bool {
        match self {
            Rule::Dates | Rule::Timestamps | Rule::Overlaps | Rule::MissingRows | Rule::RepeatedRows => false,
            Rule::SenderScores => SenderScores::uses(table, column),
            Rule::OutbreakTimes | Rule::QueueFlow => self.tables().contains(&table),
        }
    }
}

impl RuleProgress {
    pub(super) fn new(rule: Rule, sources: &Sources) -> Self {
        match rule {
            Rule::Dates => RuleProgress::Known(check_dates(sources.files())),
            Rule::Timestamps => RuleProgress::Known(check_timestamps(sources.files())),
            Rule::Overlaps => RuleProgress::Known(check_overlaps(sources.files())),
            Rule::MissingRows => RuleProgress::Known(check_missing_rows(sources.files())),
            Rule::RepeatedRows => RuleProgress::RepeatedRows(RepeatedRows::default()),
            Rule::SenderScores => RuleProgress::SenderScores(SenderScores::new(sources)),
            Rule::OutbreakTimes => RuleProgress::OutbreakTimes(OutbreakTimes::new(sources)),
            Rule::QueueFlow => RuleProgress::QueueFlow(QueueFlow::new(sources)),
        }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        match self {
            RuleProgress::Known(_) => {}
            RuleProgress::RepeatedRows(rule) => rule.look_at(window),
            RuleProgress::SenderScores(rule) => rule.look_at(window),
            RuleProgress::OutbreakTimes(rule) => rule.look_at(window),
            RuleProgress::QueueFlow(rule) => rule.look_at(window),
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        match self {
            RuleProgress::Known(result) => result,
            RuleProgress::RepeatedRows(rule) => rule.finish(),
            RuleProgress::SenderScores(rule) => rule.finish(),
            RuleProgress::OutbreakTimes(rule) => rule.finish(),
            RuleProgress::QueueFlow(rule) => rule.finish(),
        }
    }
}

impl Contradiction {
    pub(super) fn into_worst(self) -> Worst {
        let side = |(made_of, value)| ComparedSum { made_of, value };
        let difference = self.left.1 - self.right.1;
        Worst {
            begin: iso(micros(self.begin_seconds)),
            begin_seconds: self.begin_seconds,
            length_seconds: self.length_seconds,
            key: self.key,
            left: side(self.left),
            right: side(self.right),
            difference,
        }
    }
}
