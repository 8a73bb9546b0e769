//! The results of rules, and the contradictions that they find.

use tollgate_wording::iso;

use crate::reader::{ExportFile, micros};

use super::check::Identity;
use super::finding::{ComparedSum, Finding, FindingResult, Worst, add_reason, files_of};
use super::source::table_of;

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

impl RuleResult {
    /// The finding of the identity that the rule decides.
    pub(super) fn into_finding(self, identity: &Identity) -> Finding {
        let RuleResult { files, intervals, comparisons, breaks, notices, worst, missing, mut why } = self;
        add_reason(comparisons + breaks + notices, &missing, &mut why);
        let verdict = FindingResult::of(comparisons, breaks, notices);
        Finding {
            name: identity.name.clone(),
            verdict,
            finding: identity.finding.clone(),
            states: identity.states.clone(),
            meaning: identity.meaning_as(verdict),
            tables: files,
            intervals,
            left_out: 0,
            comparisons,
            breaks,
            notices,
            worst,
            missing: files_of(missing),
            why,
        }
    }

    /// Adds breaks in a file. The first contradiction of a break is kept.
    pub(super) fn add_break(&mut self, file: &ExportFile, count: u64, contradiction: impl FnOnce() -> Contradiction) {
        if self.breaks == 0 {
            // Breaks replace notices.
            (self.worst, self.files) = (None, Vec::new());
        }
        self.breaks += count;
        self.describe(file, contradiction);
    }

    fn describe(&mut self, file: &ExportFile, contradiction: impl FnOnce() -> Contradiction) {
        let name = file.table.and_then(table_of).map_or(&file.name, |table| &table.file);
        if !self.files.contains(name) {
            self.files.push(name.clone());
        }
        if self.worst.is_none() {
            self.worst = Some(contradiction().into_worst());
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
            difference: Some(difference),
        }
    }
}
