//! Rules about single files: their times and their rows.

use std::collections::BTreeMap;

use tollgate_wording::moment;

use crate::reader::{ExportFile, Fault, Faults, micros};
use crate::window::Window;

use super::contradiction::{Contradiction, RuleResult};
use super::source::{has_keys, stem, table_of};

/// Checks that dates name the minutes of their timestamps.
pub(super) fn check_dates(files: &[ExportFile]) -> RuleResult {
    let mut result = RuleResult::default();
    for file in files {
        let times = &file.times;
        result.comparisons += times.compared_dates;
        result.add(file, &times.dates);
        // Dates in another form cannot be compared. If the file has readable dates too, they were changed.
        match &times.unknown_dates {
            unknown if unknown.count == 0 => {}
            unknown if times.compared_dates > 0 => result.add(file, unknown),
            _ => result.why.push(format!("{} has dates in an unknown form", file.name)),
        }
    }
    result
}

/// Checks that intervals begin on a whole minute, and that all of them end on the second before a whole minute or all of them on
/// a whole minute.
pub(super) fn check_timestamps(files: &[ExportFile]) -> RuleResult {
    let mut result = RuleResult::default();
    let total = |faults: fn(&ExportFile) -> &Faults| files.iter().map(|file| faults(file).count).sum::<u64>();
    let (last, next) = (total(|file| &file.times.last_seconds), total(|file| &file.times.next_seconds));
    for file in files {
        result.comparisons += file.times.rows;
        result.add(file, &file.times.begins);
        result.add(file, &file.times.ends);
        if last > 0 && next > 0 {
            result.add(file, if last < next { &file.times.last_seconds } else { &file.times.next_seconds });
        }
    }
    result
}

/// Checks that the intervals of a file do not overlap.
pub(super) fn check_overlaps(files: &[ExportFile]) -> RuleResult {
    let mut result = RuleResult::default();
    for file in files {
        result.comparisons += file.intervals;
        if let Some(begin_seconds) = file.first_overlap {
            let until_seconds = file.overlapped_until.unwrap_or(begin_seconds);
            result.add_break(file, file.overlaps, || Contradiction {
                begin_seconds,
                length_seconds: file.interval_seconds.unwrap_or_default(),
                key: Vec::new(),
                left: (
                    format!("Begin Timestamp of {}, in seconds since 1970 ({})", file.name, moment_of(begin_seconds)),
                    begin_seconds as f64,
                ),
                right: (format!("the end of an earlier interval ({})", moment_of(until_seconds)), until_seconds as f64),
            });
        }
    }
    result
}

/// A moment in words.
fn moment_of(seconds: i64) -> String {
    moment(micros(seconds))
}

/// Checks that a file without keys has a row for every interval that other files have rows of. A much shorter file is a notice.
pub(super) fn check_missing_rows(files: &[ExportFile]) -> RuleResult {
    let mut result = RuleResult::default();
    let mut notice = None;
    let without_keys = files.iter().filter(|file| {
        let number = file.table.or(file.candidates.first().copied());
        number.and_then(table_of).is_some_and(|table| !has_keys(table))
    });
    // A file without rows has no intervals of its own.
    let shortest_seconds = files.iter().filter_map(|file| file.interval_seconds).min();
    let missing = |file: &ExportFile, begin_seconds: i64| Contradiction {
        begin_seconds,
        length_seconds: file.interval_seconds.or(shortest_seconds).unwrap_or_default(),
        key: Vec::new(),
        left: (format!("rows of {}", file.name), 0.0),
        right: ("rows that other files show it should have".into(), 1.0),
    };
    for file in without_keys {
        result.comparisons += file.intervals + file.missing_intervals + file.absent_intervals;
        if let Some(begin_seconds) = file.first_absent {
            result.notices += file.absent_intervals;
            notice.get_or_insert((file, begin_seconds));
        }
        if let Some(begin_seconds) = file.first_missing {
            result.add_break(file, file.missing_intervals, || missing(file, begin_seconds));
        }
    }
    if let (None, Some((file, begin_seconds))) = (&result.worst, notice) {
        result.worst = Some(missing(file, begin_seconds).into_worst());
        let short = files.iter().filter(|file| file.absent_intervals > 0);
        result.files =
            short.map(|file| file.table.and_then(table_of).map_or(&file.name, |table| &table.file).clone()).collect();
    }
    result
}

/// Counts rows that repeat a key of their interval.
#[derive(Debug, Default)]
pub(super) struct RepeatedRows {
    result: RuleResult,
    by_table: BTreeMap<u32, u64>,
}

impl RepeatedRows {
    pub(super) fn look_at(&mut self, window: &Window) {
        for (&number, intervals) in &window.tables {
            for interval in intervals {
                self.result.comparisons += interval.rows() as u64 + interval.repeated_rows;
                if interval.repeated_rows == 0 {
                    continue;
                }
                self.result.breaks += interval.repeated_rows;
                *self.by_table.entry(number).or_default() += interval.repeated_rows;
                if self.result.worst.is_none() {
                    let name = table_of(number).map_or("", stem);
                    let contradiction = Contradiction {
                        begin_seconds: interval.begin_seconds,
                        length_seconds: interval.length_seconds,
                        key: interval.first_repeated.clone().unwrap_or_default(),
                        left: (format!("rows of {name}"), 2.0),
                        right: ("rows of a key in an interval".into(), 1.0),
                    };
                    self.result.worst = Some(contradiction.into_worst());
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> RuleResult {
        self.result.files = self.by_table.keys().filter_map(|&number| Some(table_of(number)?.file.clone())).collect();
        self.result
    }
}

impl RuleResult {
    fn add(&mut self, file: &ExportFile, faults: &Faults) {
        if let Some(Fault { begin_seconds, length_seconds, key, heading, found, expected }) = &faults.first {
            let right = match *heading {
                "Begin Date" => "Begin Timestamp",
                "End Date" => "End Timestamp",
                _ => "the expected timestamp",
            };
            self.add_break(file, faults.count, || Contradiction {
                begin_seconds: *begin_seconds,
                length_seconds: *length_seconds,
                key: key.clone(),
                left: (
                    format!("{heading} of {}, in seconds since 1970 ({})", file.name, moment_of(*found)),
                    *found as f64,
                ),
                right: (format!("{right} ({})", moment_of(*expected)), *expected as f64),
            });
        }
    }
}
