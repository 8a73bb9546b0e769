//! Description of one file of exports.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digits::FileDigits;

use super::grid::span;
use super::index::IntervalRun;
use super::indexed_file::IndexedFile;
use super::later::later_columns;
use super::layout::ColumnLayout;
use super::times::RowTimes;
use super::values::ColumnValues;

/// One CSV file of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportFile {
    /// Its name.
    pub name: String,
    /// The number of its table, once that is settled.
    pub table: Option<u32>,
    /// The tables that it may be if its name and header leave that open. Empty if every table that it matches is another file.
    pub candidates: Vec<u32>,
    /// The length of its longest interval in seconds. `None` without rows or timestamps.
    pub interval_seconds: Option<i64>,
    /// Number of different intervals that it has rows of.
    pub intervals: u64,
    /// The number of these intervals by their length in seconds.
    #[serde(skip)]
    pub interval_counts: BTreeMap<i64, u64>,
    /// Number of rows below the header, including rows of percentages and ignored rows.
    pub rows: u64,
    /// Beginning of its first interval, in seconds since the Unix epoch. `None` without rows or timestamps.
    pub begin_seconds: Option<i64>,
    /// End of its last interval, in seconds since the Unix epoch. `None` without rows or timestamps.
    pub end_seconds: Option<i64>,
    /// The headings of the columns that the table does not have. These columns are ignored.
    pub ignored_columns: Vec<String>,
    /// The headings of the table's columns that the file does not have.
    pub missing_columns: Vec<String>,
    /// The columns that later releases of AsyncOS add to the table and that the file has.
    pub later_columns: Vec<String>,
    /// Number of gaps between its intervals. A table with keys has no rows if nothing was counted, so its gaps are no fault.
    pub gaps: u64,
    /// Number of intervals that begin before all earlier ones have ended.
    pub overlaps: u64,
    /// Number of times that an interval is repeated. In a table without keys the first row is used, in a table with keys the
    /// first row of each key.
    pub repeats: u64,
    /// The first gap: the end of an interval and the beginning of the next, in seconds since the Unix epoch.
    pub first_gap: Option<(i64, i64)>,
    /// Beginning of the first interval that overlaps an earlier one, in seconds since the Unix epoch.
    pub first_overlap: Option<i64>,
    /// The latest end of the intervals before that one, in seconds since the Unix epoch.
    pub overlapped_until: Option<i64>,
    /// Beginning of the first repeated interval, in seconds since the Unix epoch.
    pub first_repeat: Option<i64>,
    /// Number of intervals that the file should have, because other files have rows of them. Always 0 for a table with keys.
    pub missing_intervals: u64,
    /// Beginning of the first such interval, in seconds since the Unix epoch.
    pub first_missing: Option<i64>,
    /// Number of further intervals that other files without keys have rows of, at an end of the span or because this file has no
    /// rows. The file may be an export of another time. Always 0 for a table with keys.
    pub absent_intervals: u64,
    /// Beginning of the first such interval, in seconds since the Unix epoch.
    pub first_absent: Option<i64>,
    /// The results of checking the times of its rows.
    #[serde(skip)]
    pub times: RowTimes,
    /// The results of checking the values of its columns.
    #[serde(skip)]
    pub values: Vec<ColumnValues>,
    /// The digits of its averages.
    #[serde(skip)]
    pub digits: FileDigits,
    /// The time of most other files without keys, if it does not overlap the time of this file.
    #[serde(skip)]
    pub other_time: Option<OtherTime>,
}

/// A time that other files have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherTime {
    /// Beginning, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// End, in seconds since the Unix epoch.
    pub end_seconds: i64,
    /// Number of these files.
    pub files: u64,
}

impl ExportFile {
    /// Describes a file from its first pass.
    pub(crate) fn new(name: String, source: &IndexedFile) -> ExportFile {
        let mut file = ExportFile { name, rows: source.index.rows, ..ExportFile::default() };
        if let Some(layout) = source.layouts.first() {
            file.name_columns(source, layout);
        }
        file.repeats = source.index.surplus;
        file.times = source.index.times.clone();
        file.values = source.index.values.clone();
        file.digits = source.index.digits;
        if source.is_timed() {
            file.measure(&source.index.runs);
        }
        file.first_repeat = file.first_repeat.or(source.index.first_surplus);
        file
    }

    /// Lists the ignored and the missing columns.
    pub(crate) fn name_columns(&mut self, source: &IndexedFile, layout: &ColumnLayout) {
        let heading = |place: &usize| String::from_utf8_lossy(&source.header[*place]).trim().to_owned();
        self.ignored_columns = layout.ignored.iter().map(heading).filter(|heading| !heading.is_empty()).collect();
        self.missing_columns = layout.missing();
        let later = later_columns(layout.table.number).zip(&layout.later).filter(|(_, place)| place.is_some());
        self.later_columns = later.map(|(column, _)| column.name.to_owned()).collect();
    }

    /// Finds span, gaps, overlaps and repeats from runs in order of time.
    fn measure(&mut self, runs: &[IntervalRun]) {
        if let Some((begin, end)) = span(runs) {
            (self.begin_seconds, self.end_seconds) = (Some(begin), Some(end));
        }
        self.interval_seconds = runs.iter().map(|run| run.length_seconds).max();
        let mut end_seconds = i64::MIN;
        for intervals in runs.chunk_by(|first, second| first.is_of(second)) {
            let run = &intervals[0];
            self.intervals += 1;
            *self.interval_counts.entry(run.length_seconds).or_default() += 1;
            if intervals.len() > 1 {
                self.repeats += intervals.len() as u64 - 1;
                self.first_repeat.get_or_insert(run.begin_seconds);
            }
            if run.begin_seconds < end_seconds {
                self.overlaps += 1;
                self.first_overlap.get_or_insert(run.begin_seconds);
                self.overlapped_until.get_or_insert(end_seconds);
            } else if end_seconds != i64::MIN && run.begin_seconds > end_seconds {
                self.gaps += 1;
                self.first_gap.get_or_insert((end_seconds, run.begin_seconds));
            }
            end_seconds = end_seconds.max(run.end_seconds());
        }
    }
}
