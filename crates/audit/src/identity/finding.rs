//! The result of an identity, in words and numbers.

use serde::{Serialize, Serializer};
use tollgate_wording::{iso, list};

use crate::reader::micros;

use super::check::{Identity, IdentityCheck};
use super::progress::CheckProgress;
use super::source::{Obstacle, stem, table_of};
use super::tally::{CheckTally, Failure};

/// The result of checking an identity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The name of the identity.
    pub name: String,
    /// The result.
    pub verdict: FindingResult,
    /// The failure in words.
    pub finding: String,
    /// The statement that must hold.
    pub states: String,
    /// The meaning of a failure.
    pub meaning: String,
    /// The files of the checks that decided the result.
    pub tables: Vec<String>,
    /// Intervals that were compared.
    pub intervals: u64,
    /// Intervals that were left out, because not all files cover them.
    pub left_out: u64,
    /// Pairs of sums that were compared: one for each interval, or one for each row or key in it if the identity is about these.
    pub comparisons: u64,
    /// Compared pairs that are broken.
    pub breaks: u64,
    /// Compared pairs that are a notice.
    pub notices: u64,
    /// The failure with the largest difference, among those that decided the result.
    pub worst: Option<Worst>,
    /// Missing files without which the identity, or a part of it, cannot be checked.
    pub missing: Vec<String>,
    /// Other reasons why the identity, or a part of it, cannot be checked.
    pub why: Vec<String>,
}

/// The result of checking an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingResult {
    /// It fails: the figures cannot be true.
    Broken,
    /// It fails, but a correct appliance can also show such figures.
    Notice,
    /// It cannot be checked, because files, columns or rows are missing.
    Unchecked,
    /// It holds.
    Holds,
}

/// The failure of an identity with the largest difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worst {
    /// Beginning of the interval, such as `2008-11-18T10:00:00Z`.
    pub begin: String,
    /// Beginning of the interval, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// Length of the interval, in seconds.
    pub length_seconds: i64,
    /// The parts of the row's key, in order. Empty if the identity is about whole intervals.
    pub key: Vec<String>,
    /// The left side of the comparison.
    pub left: ComparedSum,
    /// The right side of the comparison.
    pub right: ComparedSum,
    /// The left side minus the right side. `None` if they count different things.
    #[serde(serialize_with = "as_short_option")]
    pub difference: Option<f64>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedSum {
    /// The sum in words, with its columns and files.
    pub made_of: String,
    /// The value of the sum.
    #[serde(serialize_with = "as_short_number")]
    pub value: f64,
}

impl Finding {
    /// Combines the results of an identity's checks.
    pub(super) fn new(identity: &Identity, checks: &[CheckProgress<'_>]) -> Self {
        let sum = |count: fn(&CheckTally) -> u64| checks.iter().map(|check| count(&check.tally)).sum::<u64>();
        let most =
            |count: fn(&CheckTally) -> u64| checks.iter().map(|check| count(&check.tally)).max().unwrap_or_default();
        let (breaks, notices) = (sum(|tally| tally.breaks), sum(|tally| tally.notices));
        let (mut missing, mut why) = (Vec::new(), Vec::new());
        for obstacle in checks.iter().flat_map(CheckProgress::why_not) {
            match obstacle {
                Obstacle::Missing(table) => missing.push(table),
                Obstacle::Other(text) if why.contains(&text) => {}
                Obstacle::Other(text) => why.push(text),
            }
        }
        let comparisons = sum(|tally| tally.comparisons);
        add_reason(comparisons, &missing, &mut why);
        let verdict = FindingResult::of(comparisons, breaks, notices);
        let rests_on = |check: &&CheckProgress<'_>| match verdict {
            FindingResult::Broken => check.tally.breaks > 0,
            FindingResult::Notice => check.tally.notices > 0,
            FindingResult::Holds => check.tally.comparisons > 0,
            FindingResult::Unchecked => true,
        };
        let mut tables: Vec<u32> =
            checks.iter().filter(rests_on).flat_map(|check| check.check.tables.clone()).collect();
        tables.sort_unstable();
        tables.dedup();
        Finding {
            name: identity.name.clone(),
            verdict,
            finding: identity.finding.clone(),
            states: identity.states.clone(),
            meaning: identity.meaning_as(verdict),
            tables: files_of(tables),
            intervals: most(|tally| tally.intervals),
            left_out: most(|tally| tally.left_out),
            comparisons,
            breaks,
            notices,
            worst: worst_of(checks, verdict),
            missing: files_of(missing),
            why,
        }
    }
}

impl FindingResult {
    /// The result of these numbers of comparisons, breaks and notices.
    pub(super) fn of(comparisons: u64, breaks: u64, notices: u64) -> FindingResult {
        match (breaks, notices) {
            (1.., _) => FindingResult::Broken,
            (0, 1..) => FindingResult::Notice,
            (0, 0) if comparisons == 0 => FindingResult::Unchecked,
            (0, 0) => FindingResult::Holds,
        }
    }
}

/// Gives a reason if nothing was compared for no other reason.
pub(super) fn add_reason(comparisons: u64, missing: &[u32], why: &mut Vec<String>) {
    if comparisons == 0 && missing.is_empty() && why.is_empty() {
        why.push("there is nothing to compare".into());
    }
}

impl Identity {
    /// The meaning of a result.
    pub(super) fn meaning_as(&self, verdict: FindingResult) -> String {
        let of_notice = self.meaning_of_notice.as_ref().filter(|_| verdict == FindingResult::Notice);
        of_notice.unwrap_or(&self.meaning).clone()
    }
}

/// The files of tables, in order of the tables' numbers.
pub(super) fn files_of(mut tables: Vec<u32>) -> Vec<String> {
    tables.sort_unstable();
    tables.dedup();
    tables.into_iter().filter_map(table_of).map(|table| table.file.clone()).collect()
}

/// The failure with the largest difference among those that decided the result. The first of several equal ones.
fn worst_of(checks: &[CheckProgress<'_>], verdict: FindingResult) -> Option<Worst> {
    let mut worst: Option<(&IdentityCheck, &Failure)> = None;
    for progress in checks {
        let failure = match verdict {
            FindingResult::Broken => &progress.tally.worst_break,
            FindingResult::Notice => &progress.tally.worst_notice,
            FindingResult::Unchecked | FindingResult::Holds => &None,
        };
        if let Some(failure) = failure
            && worst.is_none_or(|(_, other)| failure.difference() > other.difference())
        {
            worst = Some((progress.check, failure));
        }
    }
    worst.map(|(check, failure)| Worst {
        begin: iso(micros(failure.begin_seconds)),
        begin_seconds: failure.begin_seconds,
        length_seconds: failure.length_seconds,
        key: failure.key.clone(),
        left: ComparedSum { made_of: check.describe_left(), value: failure.left },
        right: ComparedSum { made_of: check.describe_right(), value: failure.right },
        difference: (!check.has_mixed_units).then_some(failure.left - failure.right),
    })
}

impl CheckProgress<'_> {
    /// The reasons why the check could not be made.
    fn why_not(&self) -> impl Iterator<Item = Obstacle> {
        let nothing = (self.obstacles.is_empty() && self.tally.comparisons == 0).then(|| self.why_nothing()).flatten();
        self.obstacles.iter().cloned().chain(nothing.map(Obstacle::Other))
    }

    /// The reason why nothing was compared although the files are there. `None` if there was nothing to compare.
    fn why_nothing(&self) -> Option<String> {
        (self.tally.left_out > 0).then(|| {
            let files = list(self.check.tables.iter().filter_map(|table| table_of(*table)).map(stem));
            format!("no interval is covered by all of {files}")
        })
    }
}

/// Writes a number like [`as_short_number`], or null.
#[allow(clippy::ref_option, reason = "serde passes a reference")]
fn as_short_option<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => as_short_number(number, serializer),
        None => serializer.serialize_none(),
    }
}

/// Writes a whole number without a decimal point.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_short_number<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}
