//! Rules about single files: their times, their rows and the values of their cells.

use std::collections::BTreeMap;

use tollgate_wording::{counted, moment};

use crate::reader::{ColumnValues, ExportFile, Fault, Faults, micros};
use crate::window::Window;

use super::contradiction::{Contradiction, RuleResult};
use super::source::{stem, table_of};

/// Checks that dates name the minutes of their timestamps.
pub(super) fn check_dates(files: &[ExportFile]) -> RuleResult {
    let mut result = RuleResult::default();
    let mut unread = Vec::new();
    for file in files {
        let times = &file.times;
        result.comparisons += times.compared_dates;
        result.add(file, &times.dates);
        // Dates in another form cannot be compared. If the file has readable dates too, they were changed.
        if times.compared_dates > 0 {
            result.add(file, &times.unknown_dates);
        } else {
            unread.extend(times.unknown_dates.first.as_ref());
        }
    }
    if let Some(fault) = unread.first() {
        let files = counted(unread.len() as u64, "file");
        result.why.push(format!(
            "the dates of {files} have another form than 2008-11-18 00:59 GMT, such as {:?}",
            fault.text
        ));
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

/// Checks that cells have values that their columns allow. If all texts of a column are in another form, they are left open.
pub(super) fn check_values(files: &[ExportFile]) -> RuleResult {
    let mut result = RuleResult::default();
    for file in files {
        for column in &file.values {
            let ColumnValues { heading, allowed, cells, wrong, first, is_text } = column;
            let Some(value) = first else {
                result.comparisons += cells;
                continue;
            };
            if *is_text && wrong == cells && *cells > 1 {
                result.why.push(format!("{heading} of {} has no value that is {allowed}", file.name));
                continue;
            }
            result.comparisons += cells;
            result.add_break(file, *wrong, || Contradiction {
                begin_seconds: value.begin_seconds,
                length_seconds: value.length_seconds,
                key: value.key.clone(),
                left: (
                    format!(
                        "{} of {heading} of {} with another value than {allowed}, such as {:?}",
                        if *wrong == 1 { "cell" } else { "cells" },
                        file.name,
                        value.found
                    ),
                    *wrong as f64,
                ),
                right: ("such cells are allowed".into(), 0.0),
            });
        }
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
                        right: ("row of a key in an interval".into(), 1.0),
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
    /// Adds faults in the times of a file as breaks.
    fn add(&mut self, file: &ExportFile, faults: &Faults) {
        if let Some(fault) = &faults.first {
            self.add_break(file, faults.count, || contradiction_of(file, fault));
        }
    }
}

/// The contradiction of a fault in the times of a file.
fn contradiction_of(file: &ExportFile, fault: &Fault) -> Contradiction {
    let Fault { begin_seconds, length_seconds, key, heading, found, expected, text } = fault;
    let sides = match found {
        Some(found) => {
            let shown = if text.is_empty() { moment_of(*found) } else { format!("{text:?}, {}", moment_of(*found)) };
            let right = match *heading {
                "Begin Date" => "Begin Timestamp",
                "End Date" => "End Timestamp",
                _ => "the expected timestamp",
            };
            let left = format!("{heading} of {}, in seconds since 1970 ({shown})", file.name);
            [(left, *found as f64), (format!("{right} ({})", moment_of(*expected)), *expected as f64)]
        }
        None => {
            let left = format!("{heading} of {} that cannot be read, such as {text:?}", file.name);
            [(left, 1.0), ("such dates are expected".into(), 0.0)]
        }
    };
    let [left, right] = sides;
    Contradiction { begin_seconds: *begin_seconds, length_seconds: *length_seconds, key: key.clone(), left, right }
}
