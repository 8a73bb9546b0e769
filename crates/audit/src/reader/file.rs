//! What is known of one file of exports.

use serde::Serialize;

use super::grid::span;
use super::index::IntervalRun;
use super::indexed_file::IndexedFile;
use super::layout::ColumnLayout;

/// What is known of one CSV file of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportFile {
    /// Its name.
    pub name: String,
    /// The number of the table that it is, once that is settled.
    pub table: Option<u32>,
    /// The tables that it may be if its name and header leave that open; none if it matches no table that another file
    /// is not.
    pub candidates: Vec<u32>,
    /// The length of its longest interval in seconds; none without rows or timestamps.
    pub interval_seconds: Option<i64>,
    /// How many different intervals it has rows of.
    pub intervals: u64,
    /// How many rows it has below the header, those with percentages and those ignored included.
    pub rows: u64,
    /// When its first interval begins, in seconds since the Unix epoch; none without rows or timestamps.
    pub begin_seconds: Option<i64>,
    /// When its last interval is over, in seconds since the Unix epoch; none without rows or timestamps.
    pub end_seconds: Option<i64>,
    /// The headings of the columns that the table has not; they are ignored.
    pub ignored_columns: Vec<String>,
    /// The headings of the table's columns that the file has not.
    pub missing_columns: Vec<String>,
    /// How many gaps there are between its intervals. A table with keys has no rows where nothing was counted, and so a
    /// gap in it is none.
    pub gaps: u64,
    /// How many intervals begin before all those before them are over.
    pub overlaps: u64,
    /// How many times there are rows of an interval that had rows before: of those without keys the first holds, of
    /// those with keys the first with each key.
    pub repeats: u64,
    /// The first gap, from the end of an interval to the begin of the next, in seconds since the Unix epoch.
    pub first_gap: Option<(i64, i64)>,
    /// The first interval that begins too early, in seconds since the Unix epoch.
    pub first_overlap: Option<i64>,
    /// The first interval of which there are rows again, in seconds since the Unix epoch.
    pub first_repeat: Option<i64>,
}

impl ExportFile {
    /// What the first look through a file says of it.
    pub(crate) fn new(name: String, source: &IndexedFile) -> ExportFile {
        let mut file = ExportFile { name, rows: source.index.rows, ..ExportFile::default() };
        if let Some(layout) = source.layouts.first() {
            file.name_columns(source, layout);
        }
        file.repeats = source.index.surplus;
        if source.is_timed() {
            file.measure(&source.index.runs, source.has_keys());
        }
        file.first_repeat = file.first_repeat.or(source.index.first_surplus);
        file
    }

    /// Names the columns that a table has not and those that the file has not.
    pub(crate) fn name_columns(&mut self, source: &IndexedFile, layout: &ColumnLayout) {
        let heading = |place: &usize| String::from_utf8_lossy(&source.header[*place]).trim().to_owned();
        self.ignored_columns = layout.ignored.iter().map(heading).filter(|heading| !heading.is_empty()).collect();
        self.missing_columns = layout.missing();
    }

    /// Takes the measure of runs in order of time.
    fn measure(&mut self, runs: &[IntervalRun], has_keys: bool) {
        if let Some((begin, end)) = span(runs) {
            (self.begin_seconds, self.end_seconds) = (Some(begin), Some(end));
        }
        self.interval_seconds = runs.iter().map(|run| run.length_seconds).max();
        let mut end_seconds = i64::MIN;
        for intervals in runs.chunk_by(|first, second| first.is_of(second)) {
            let run = &intervals[0];
            self.intervals += 1;
            if intervals.len() > 1 {
                self.repeats += intervals.len() as u64 - 1;
                self.first_repeat.get_or_insert(run.begin_seconds);
            }
            if run.begin_seconds < end_seconds {
                self.overlaps += 1;
                self.first_overlap.get_or_insert(run.begin_seconds);
            } else if end_seconds != i64::MIN && run.begin_seconds > end_seconds && !has_keys {
                self.gaps += 1;
                self.first_gap.get_or_insert((end_seconds, run.begin_seconds));
            }
            end_seconds = end_seconds.max(run.end_seconds());
        }
    }
}
