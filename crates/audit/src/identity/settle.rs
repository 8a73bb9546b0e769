//! Uses the identities to determine the table of a file whose name and header are ambiguous.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::reader::Exports;
use crate::window::{IntervalRows, Window};

use super::auditor::Auditor;
use super::check::{Assumptions, Identity, IdentityCheck, Relation};
use super::identities::Identities;
use super::rivals::{TableAssignment, assignments_by_group, combine};
use super::source::Sources;

/// A file and the table that it was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledFile {
    /// The name of the file.
    pub file: String,
    /// The number of the table that it is taken for.
    pub table: u32,
}

/// Settles ambiguous files. An assignment of tables to files is accepted if all of these hold:
///
/// - It breaks no identity about these files.
/// - Every file is compared with another file at least once, and one of them with values that are not all 0.
/// - Every other assignment breaks an identity, or only this one shows the same figures as files whose table is known.
///
/// First, identities that need all outgoing connections are not used, because a real appliance may leave connections out. If other
/// assignments break only these, the accepted assignment must show the same figures as files whose table is known.
///
/// If no assignment is accepted, the files stay ambiguous.
///
/// # Errors
/// If a file cannot be read.
pub fn settle(
    exports: &mut Exports,
    identities: &Identities,
    assumptions: Assumptions,
) -> Result<Vec<SettledFile>, Error> {
    let mut settled = Vec::new();
    let all: Vec<&Identity> = identities.all().iter().filter(|identity| identity.rule.is_none()).collect();
    let without_rules: Vec<&Identity> =
        all.iter().copied().filter(|identity| !identity.needs_all_connections).collect();
    // First settle each group by the known files, because a settled group may help to settle others. Then try groups together.
    let searches: [(&[&Identity], TrialSearch, u64); 4] = [
        (&without_rules, trials_of_groups, 0),
        (&without_rules, trials_of_joint_groups, 0),
        (&all, trials_of_groups, 1),
        (&all, trials_of_joint_groups, 1),
    ];
    for (identities, find_trials, fewest_matches) in searches {
        loop {
            let mut trials = find_trials(exports);
            if trials.is_empty() {
                break;
            }
            compare(exports, identities, assumptions, &mut trials)?;
            let before = settled.len();
            for (file, table) in trials.iter().filter_map(|trial| trial.verdict(fewest_matches)).flatten() {
                // An earlier trial may have settled this file or table.
                if exports.files()[*file].table.is_none() && exports.file_of(*table).is_none() {
                    exports.settle(*file, *table);
                    settled.push(SettledFile { file: exports.files()[*file].name.clone(), table: *table });
                }
            }
            if settled.len() == before {
                break;
            }
        }
    }
    Ok(settled)
}

/// Finds the trials of some exports.
type TrialSearch = fn(&Exports) -> Vec<Trial>;

/// Candidate assignments of tables to some files.
struct Trial {
    assignments: Vec<TableAssignment>,
    /// The assignments that break no identity.
    unbroken: Vec<UnbrokenAssignment>,
}

/// An assignment that breaks no identity.
struct UnbrokenAssignment {
    assignment: TableAssignment,
    /// True if every file was compared with another file, and one of them with values that are not all 0.
    is_compared: bool,
    /// Number of equal sums, not 0, of its files and of files whose table is known.
    matches: u64,
}

/// The fewest equal sums that are no coincidence.
const FEWEST_MATCHES: u64 = 3;

/// A trial for each group of files that may be the same tables.
fn trials_of_groups(exports: &Exports) -> Vec<Trial> {
    let groups = assignments_by_group(exports);
    groups.iter().filter_map(|group| Trial::new(&[group])).collect()
}

/// A trial for every two groups, which keeps the number of assignments small, and one for all groups if that is few enough.
fn trials_of_joint_groups(exports: &Exports) -> Vec<Trial> {
    let groups = assignments_by_group(exports);
    let groups: Vec<&[TableAssignment]> = groups.iter().map(Vec::as_slice).collect();
    let mut trials = Vec::new();
    for (place, second) in groups.iter().enumerate() {
        trials.extend(groups[..place].iter().filter_map(|first| Trial::new(&[first, second])));
    }
    if groups.len() > 2 {
        trials.extend(Trial::new(&groups));
    }
    trials
}

impl Trial {
    /// A trial of groups together, unless they have too many assignments.
    fn new(groups: &[&[TableAssignment]]) -> Option<Trial> {
        let assignments = combine(groups);
        (!assignments.is_empty()).then_some(Trial { assignments, unbroken: Vec::new() })
    }

    /// The accepted assignment, if there is one. If it is the only one that is left, it needs `fewest_matches` equal sums.
    fn verdict(&self, fewest_matches: u64) -> Option<&TableAssignment> {
        let matched: Vec<_> = self.unbroken.iter().filter(|unbroken| unbroken.matches > 0).collect();
        let accepted = match (self.unbroken.as_slice(), matched.as_slice()) {
            ([only], _) => Some(only).filter(|only| only.matches >= fewest_matches),
            (_, [only]) => Some(*only).filter(|only| only.matches >= FEWEST_MATCHES),
            _ => None,
        };
        accepted.filter(|accepted| accepted.is_compared).map(|accepted| &accepted.assignment)
    }

    /// An auditor for each assignment, with the identities about its files.
    fn audits<'a>(
        &self,
        exports: &Exports,
        known: &Sources,
        identities: &[&'a Identity],
        assumptions: Assumptions,
    ) -> Vec<Option<Auditor<'a>>> {
        let tables: BTreeSet<u32> = self.assignments.iter().flatten().map(|&(_, table)| table).collect();
        let is_about = |identity: &&Identity| identity.tables().any(|table| tables.contains(&table));
        let about: Vec<&Identity> = identities.iter().copied().filter(is_about).collect();
        let audit = |assignment: &TableAssignment| {
            let mut sources = known.clone();
            assignment.iter().for_each(|&(file, table)| sources.add(table, &exports.files()[file]));
            Some(Auditor::new(about.iter().copied(), &sources, assumptions))
        };
        self.assignments.iter().map(audit).collect()
    }
}

/// Audits the exports under all assignments of all trials in one pass.
fn compare(
    exports: &Exports,
    identities: &[&Identity],
    assumptions: Assumptions,
    trials: &mut [Trial],
) -> Result<(), Error> {
    // Each ambiguous file is read as one of its candidates. Its rows are then moved to the other candidates.
    let mut read = exports.clone();
    let mut read_as = vec![None; exports.files().len()];
    for (file, table) in trials.iter().filter_map(|trial| trial.assignments.first()).flatten().copied() {
        if read_as[file].is_none() {
            read.settle(file, table);
            read_as[file] = Some(table);
        }
    }
    let known = Sources::new(exports);
    // `None` is an assignment that has broken an identity; it is not audited any further.
    let mut audits: Vec<Vec<Option<Auditor<'_>>>> =
        trials.iter().map(|trial| trial.audits(exports, &known, identities, assumptions)).collect();
    for window in read.windows()? {
        let mut window = window?;
        let mut files: Vec<_> =
            read_as.iter().map(|table| table.and_then(|table| window.tables.remove(&table))).collect();
        for (trial, audits) in trials.iter().zip(&mut audits) {
            for (assignment, audit) in trial.assignments.iter().zip(audits) {
                if let Some(unbroken) = audit {
                    exchange(&mut window, &mut files, assignment);
                    unbroken.look_at(&window);
                    exchange(&mut window, &mut files, assignment);
                    if unbroken.checks().any(|(_, progress)| progress.is_broken()) {
                        *audit = None;
                    }
                }
            }
        }
        if audits.iter().flatten().all(Option::is_none) {
            break;
        }
    }
    for (trial, audits) in trials.iter_mut().zip(audits) {
        let unbroken =
            trial.assignments.iter().zip(audits).filter_map(|(assignment, audit)| Some((assignment, audit?)));
        let describe = |(assignment, audit): (&TableAssignment, Auditor<'_>)| UnbrokenAssignment {
            assignment: assignment.clone(),
            is_compared: is_compared(assignment, &audit),
            matches: matches(exports, assignment, &audit),
        };
        trial.unbroken = unbroken.map(describe).collect();
    }
    Ok(())
}

/// Returns true if every file of an assignment was compared with another file, and one of them with values that are not all 0.
fn is_compared(assignment: &TableAssignment, audit: &Auditor<'_>) -> bool {
    let compared = || audit.checks().filter(|(check, progress)| check.tables.len() > 1 && progress.has_compared());
    let tables: BTreeSet<u32> = compared().flat_map(|(check, _)| check.tables.iter().copied()).collect();
    let is_assigned = |table: &u32| assignment.iter().any(|(_, assigned)| assigned == table);
    assignment.iter().all(|(_, table)| tables.contains(table))
        && compared().any(|(check, progress)| progress.telling() > 0 && check.tables.iter().any(is_assigned))
}

/// The number of equal sums, not 0, of files of an assignment and of files whose table is known.
fn matches(exports: &Exports, assignment: &TableAssignment, audit: &Auditor<'_>) -> u64 {
    let is_assigned = |table: &u32| assignment.iter().any(|(_, assigned)| assigned == table);
    let is_telling = |check: &IdentityCheck| {
        let (assigned, others): (Vec<u32>, Vec<u32>) = check.tables.iter().partition(|table| is_assigned(table));
        let are_known = others.iter().all(|table| exports.file_of(*table).is_some());
        check.relation == Relation::Equals && !assigned.is_empty() && !others.is_empty() && are_known
    };
    let matched = audit.checks().filter(|(check, progress)| is_telling(check) && !progress.has_failed());
    matched.map(|(_, progress)| progress.telling()).sum()
}

/// Swaps the intervals of the files with those in the window. Two calls restore both.
fn exchange(window: &mut Window, files: &mut [Option<Vec<IntervalRows>>], assignment: &TableAssignment) {
    for &(file, table) in assignment {
        let inside = window.tables.remove(&table);
        let outside = files[file].take();
        files[file] = inside;
        if let Some(intervals) = outside {
            window.tables.insert(table, intervals);
        }
    }
}
