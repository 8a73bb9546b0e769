//! Settles which table a file is, where name and header leave it open, by the identities.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::reader::Exports;
use crate::window::Window;

use super::audit::{Audit, Settings};
use super::source::{Sources, table_of};
use super::{Identities, Identity};

/// A file that was settled, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The name of the file.
    pub file: String,
    /// The number of the table that it is taken for.
    pub table: u32,
}

/// Files that want some of the same tables: their places among the files of the exports, and what each may be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    files: Vec<(usize, Vec<u32>)>,
}

/// What files are taken for: a table for each of the files.
type Reading = Vec<(usize, u32)>;

/// The most ways of reading files that are tried at once.
const MAX_READINGS: usize = 1000;

/// Settles ambiguous files. A reading of them counts only if no identity about them is broken under it, if it makes at least one
/// comparison of every file with another one that says something, and if every other reading breaks an identity. Where there is none,
/// the files stay ambiguous.
///
/// # Errors
/// If a file cannot be read.
pub fn settle(exports: &mut Exports, identities: &Identities, settings: Settings) -> Result<Vec<Settled>, Error> {
    let mut settled = Vec::new();
    // First by files that are known, group by group; what that gives may settle other groups. Then groups together.
    for is_joint in [false, true] {
        loop {
            let mut trials = Trial::all(exports, is_joint);
            if trials.is_empty() {
                break;
            }
            compare(exports, identities, settings, &mut trials)?;
            let before = settled.len();
            for (file, table) in trials.iter().filter_map(Trial::verdict).flatten() {
                // What one trial has settled may be what another wanted.
                if exports.files()[*file].table.is_none() && exports.file_of(*table).is_none() {
                    exports.settle(*file, *table);
                    settled.push(Settled { file: exports.files()[*file].name.clone(), table: *table });
                }
            }
            if settled.len() == before {
                break;
            }
        }
    }
    Ok(settled)
}

/// The readings of some files.
struct Trial {
    readings: Vec<Reading>,
    /// Those under which no identity is broken, and whether each of their files was compared with another one.
    unbroken: Vec<(Reading, bool)>,
}

impl Trial {
    /// What there is to try: every group by itself, or all that hang together.
    fn all(exports: &Exports, is_joint: bool) -> Vec<Trial> {
        let groups = groups(exports);
        let readings: Vec<Vec<Reading>> = groups.iter().map(Group::readings).collect();
        let sets: Vec<Vec<usize>> = if is_joint {
            // Two at a time, so that the number of readings stays small, and all that are left if they are few.
            let pairs = (0..groups.len()).flat_map(|first| (0..first).map(move |second| vec![second, first]));
            pairs.chain((groups.len() > 2).then(|| (0..groups.len()).collect())).collect()
        } else {
            (0..groups.len()).map(|group| vec![group]).collect()
        };
        let within_reason = |set: &Vec<usize>| {
            let count = set.iter().try_fold(1usize, |product, group| product.checked_mul(readings[*group].len()));
            count.is_some_and(|count| (1..=MAX_READINGS).contains(&count))
        };
        let joined = |set: Vec<usize>| {
            let product = set.iter().fold(vec![Reading::new()], |joint, group| {
                let extended = |so_far: &Reading| {
                    let so_far = so_far.clone();
                    readings[*group].iter().map(move |reading| [so_far.as_slice(), reading].concat())
                };
                joint.iter().flat_map(extended).collect()
            });
            Trial { readings: product, unbroken: Vec::new() }
        };
        sets.into_iter().filter(within_reason).map(joined).collect()
    }

    /// The reading that counts, if there is one.
    fn verdict(&self) -> Option<&Reading> {
        match self.unbroken.as_slice() {
            [(reading, true)] => Some(reading),
            _ => None,
        }
    }
}

/// The ambiguous files, those together that want some of the same tables. Files of which the columns would stand elsewhere in
/// another of the tables are left out, as a window read as one table could not be taken for the other.
fn groups(exports: &Exports) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (file, entry) in exports.files().iter().enumerate().filter(|(_, entry)| entry.table.is_none()) {
        let is_free = |table: &u32| exports.file_of(*table).is_none();
        let candidates: Vec<u32> = entry.candidates.iter().copied().filter(is_free).collect();
        let headings = |table: u32| table_of(table).map(|table| table.headings().collect::<Vec<_>>());
        if candidates.is_empty() || candidates.iter().any(|&table| headings(table) != headings(candidates[0])) {
            continue;
        }
        let (near, far) = groups.into_iter().partition(|group| group.wants_any(&candidates));
        let near: Vec<Group> = near;
        groups = far;
        let files = near.into_iter().flat_map(|group| group.files).chain([(file, candidates)]).collect();
        groups.push(Group { files });
    }
    groups
}

impl Group {
    fn wants_any(&self, tables: &[u32]) -> bool {
        self.files.iter().any(|(_, candidates)| candidates.iter().any(|table| tables.contains(table)))
    }

    /// Every way of taking each file for another one of the tables that it may be; none if they are too many.
    fn readings(&self) -> Vec<Reading> {
        let mut readings = vec![Reading::new()];
        for (file, candidates) in &self.files {
            let mut longer = Vec::new();
            for reading in &readings {
                let free = candidates.iter().filter(|table| reading.iter().all(|(_, taken)| taken != *table));
                longer.extend(free.map(|&table| [reading.as_slice(), &[(*file, table)]].concat()));
            }
            readings = longer;
            if readings.len() > MAX_READINGS {
                return Vec::new();
            }
        }
        readings
    }
}

/// Looks at the exports once, under all readings of all trials.
fn compare(exports: &Exports, identities: &Identities, settings: Settings, trials: &mut [Trial]) -> Result<(), Error> {
    // Every ambiguous file is read as some table, and then taken for others.
    let mut read = exports.clone();
    let mut read_as = vec![None; exports.files().len()];
    for (file, table) in trials.iter().filter_map(|trial| trial.readings.first()).flatten().copied() {
        if read_as[file].is_none() {
            read.settle(file, table);
            read_as[file] = Some(table);
        }
    }
    let known = Sources::new(exports);
    // A reading that is broken is not looked at any further.
    let mut audits: Vec<Vec<Option<Audit<'_>>>> =
        trials.iter().map(|trial| trial.audits(exports, &known, identities, settings)).collect();
    for window in read.windows()? {
        let mut window = window?;
        let mut files: Vec<_> =
            read_as.iter().map(|table| table.and_then(|table| window.tables.remove(&table))).collect();
        for (trial, audits) in trials.iter().zip(&mut audits) {
            for (reading, audit) in trial.readings.iter().zip(audits) {
                if let Some(unbroken) = audit {
                    exchange(&mut window, &mut files, reading);
                    unbroken.look_at(&window);
                    exchange(&mut window, &mut files, reading);
                    if unbroken.tallies().any(|(_, tally)| tally.breaks > 0) {
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
        let unbroken = trial.readings.iter().zip(audits).filter_map(|(reading, audit)| Some((reading, audit?)));
        trial.unbroken = unbroken.map(|(reading, audit)| (reading.clone(), says_something(reading, &audit))).collect();
    }
    Ok(())
}

/// Whether every file of a reading was compared with another one, and not only nothing with nothing.
fn says_something(reading: &Reading, audit: &Audit<'_>) -> bool {
    let telling = audit.tallies().filter(|(check, tally)| check.tables.len() > 1 && tally.telling > 0);
    let compared: BTreeSet<u32> = telling.flat_map(|(check, _)| check.tables.iter().copied()).collect();
    reading.iter().all(|(_, table)| compared.contains(table))
}

impl Trial {
    /// An audit for each reading, of the identities that are about its files.
    fn audits<'a>(
        &self,
        exports: &Exports,
        known: &Sources,
        identities: &'a Identities,
        settings: Settings,
    ) -> Vec<Option<Audit<'a>>> {
        let tables: BTreeSet<u32> = self.readings.iter().flatten().map(|&(_, table)| table).collect();
        let is_about = |identity: &&Identity| identity.tables().any(|table| tables.contains(&table));
        let about: Vec<&Identity> = identities.all().iter().filter(is_about).collect();
        let audit = |reading: &Reading| {
            let mut sources = known.clone();
            reading.iter().for_each(|&(file, table)| sources.add(table, &exports.files()[file]));
            Some(Audit::new(about.iter().copied(), &sources, settings))
        };
        self.readings.iter().map(audit).collect()
    }
}

/// Puts the intervals of files into a window as those of their tables, or takes them out again.
fn exchange(window: &mut Window, files: &mut [Option<Vec<crate::window::Interval>>], reading: &Reading) {
    for &(file, table) in reading {
        let inside = window.tables.remove(&table);
        let outside = files[file].take();
        files[file] = inside;
        if let Some(intervals) = outside {
            window.tables.insert(table, intervals);
        }
    }
}
