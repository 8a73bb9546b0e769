//! The rules about rows that a file should have, and about files of another time.

use tollgate_wording::{counted, span};

use crate::reader::{ExportFile, MOST_AGREE, MOST_SHORT, OtherTime, micros};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::Worst;
use super::source::{SpanEnd, table_of};
use super::uncovered::{IntervalInProgress, UncoveredEnd};

/// Checks that files have rows of every interval in which other files show that they should.
#[derive(Debug)]
pub(super) struct MissingRows {
    result: RuleResult,
    /// The worst notice, and the files with notices.
    notice: Option<Worst>,
    short_files: Vec<String>,
    /// The span of the files without keys, if enough of them agree.
    agreed_seconds: Option<(i64, i64)>,
    /// The files of another time. Another rule reports them.
    of_other_time: Vec<u32>,
}

impl MissingRows {
    /// Checks the files without keys, which have a row even if nothing was counted. A much shorter file is a notice.
    pub(super) fn new(files: &[ExportFile]) -> MissingRows {
        let mut rule = MissingRows {
            result: RuleResult::default(),
            notice: None,
            short_files: Vec::new(),
            agreed_seconds: agreed_span(files),
            of_other_time: files
                .iter()
                .filter(|file| file.other_time.is_some())
                .filter_map(|file| file.table)
                .collect(),
        };
        // A file without rows has no intervals of its own.
        let shortest_seconds = files.iter().filter_map(|file| file.interval_seconds).min();
        for file in files.iter().filter(|file| !has_keys(file)) {
            rule.result.comparisons += file.intervals + file.missing_intervals + file.absent_intervals;
            let length_seconds = file.interval_seconds.or(shortest_seconds).unwrap_or_default();
            let missing =
                |begin_seconds: i64| contradiction((begin_seconds, length_seconds), format!("rows of {}", file.name));
            if let Some(begin_seconds) = file.first_absent {
                rule.add_notice(name_of(file), file.absent_intervals, || missing(begin_seconds));
            }
            if let Some(begin_seconds) = file.first_missing {
                rule.result.add_break(file, file.missing_intervals, || missing(begin_seconds));
            }
        }
        rule
    }

    /// Adds the tables with keys that lack rows. `unfinished` is the last interval, if it was not over.
    pub(super) fn finish(mut self, ends: &[UncoveredEnd], unfinished: Option<IntervalInProgress>) -> RuleResult {
        let of_other_time = std::mem::take(&mut self.of_other_time);
        for end in ends.iter().filter(|end| !of_other_time.contains(&end.table)) {
            let Some(table) = table_of(end.table) else { continue };
            let count = end.intervals.count;
            self.result.comparisons += count;
            let begin_seconds = end.intervals.begin_seconds.unwrap_or_default();
            let length_seconds = end.intervals.end_seconds - begin_seconds;
            let missing = || contradiction((begin_seconds, length_seconds), end.describe(&table.file));
            let is_unfinished = unfinished.is_some_and(|interval| interval.begin_seconds <= begin_seconds);
            if self.is_missing(end) && !is_unfinished && !ends.iter().any(|other| end.is_late_with(other)) {
                self.result.breaks += count;
                if !self.result.files.contains(&table.file) {
                    self.result.files.push(table.file.clone());
                }
                self.result.worst.get_or_insert_with(|| missing().into_worst());
            } else {
                self.add_notice(&table.file, count, missing);
            }
        }
        if self.result.breaks == 0 {
            self.result.worst = self.notice;
            self.result.files = self.short_files;
        }
        self.result
    }

    /// Returns true if a table with keys cannot be an export of a shorter time: it has no rows at all, or other lists of the same
    /// figures are complete, or enough files agree on a slightly longer span.
    fn is_missing(&self, end: &UncoveredEnd) -> bool {
        let begin_seconds = end.intervals.begin_seconds.unwrap_or_default();
        let is_short = self.agreed_seconds.is_some_and(|(begin, end_of_span)| {
            let shortfall = end.intervals.end_seconds - begin_seconds;
            end.intervals.count == 1 || shortfall <= (end_of_span - begin) / MOST_SHORT
        });
        end.is_empty || is_short || (end.intervals.others_are_complete && end.intervals.count > 1)
    }

    fn add_notice(&mut self, file: &str, count: u64, contradiction: impl FnOnce() -> Contradiction) {
        self.result.notices += count;
        if !self.short_files.iter().any(|other| other == file) {
            self.short_files.push(file.to_owned());
        }
        self.notice.get_or_insert_with(|| contradiction().into_worst());
    }
}

impl UncoveredEnd {
    /// Returns true if another table lacks the same last interval. Then both were probably exported before the interval ended.
    fn is_late_with(&self, other: &UncoveredEnd) -> bool {
        let lacks_last = |end: &UncoveredEnd| end.end == SpanEnd::Last && end.intervals.count == 1 && !end.is_empty;
        let is_same = self.intervals.begin_seconds == other.intervals.begin_seconds;
        self.table != other.table && is_same && lacks_last(self) && lacks_last(other)
    }

    fn describe(&self, file: &str) -> String {
        let end = match self.end {
            SpanEnd::First => "first",
            SpanEnd::Last => "last",
        };
        match self.intervals.count {
            _ if self.is_empty => format!("rows of {file}"),
            1 => format!("rows of {file} in the {end} of {}", counted(self.of, "interval")),
            count => format!("rows of {file} in the {end} {count} of {}", counted(self.of, "interval")),
        }
    }
}

/// Checks that the time of each file overlaps the time of most files without keys.
pub(super) fn check_other_time(files: &[ExportFile]) -> RuleResult {
    let mut result = RuleResult::default();
    let mut notice = None;
    let mut short_files = Vec::new();
    for file in files {
        let (Some(begin_seconds), Some(end_seconds)) = (file.begin_seconds, file.end_seconds) else { continue };
        result.comparisons += 1;
        let Some(other) = file.other_time else { continue };
        let OtherTime { begin_seconds: from, end_seconds: to, files } = other;
        let contradiction = || Contradiction {
            begin_seconds,
            length_seconds: end_seconds - begin_seconds,
            key: Vec::new(),
            left: (
                format!("rows of {} in the time of the other files, {}", file.name, span(micros(from), micros(to))),
                0.0,
            ),
            right: (
                if files == 1 { "file that has rows in it" } else { "files that have rows in it" }.into(),
                files as f64,
            ),
        };
        let worst = Worst { difference: None, ..contradiction().into_worst() };
        if files >= MOST_AGREE as u64 {
            result.breaks += 1;
            result.files.push(name_of(file).to_owned());
            result.worst.get_or_insert(worst);
        } else {
            result.notices += 1;
            short_files.push(name_of(file).to_owned());
            notice.get_or_insert(worst);
        }
    }
    if result.breaks == 0 {
        result.worst = notice;
        result.files = short_files;
    }
    result
}

/// The span of the files without keys, if enough of them have rows and all of these agree.
fn agreed_span(files: &[ExportFile]) -> Option<(i64, i64)> {
    let mut spans = files
        .iter()
        .filter(|file| !has_keys(file) && file.other_time.is_none())
        .filter_map(|file| Some((file.begin_seconds?, file.end_seconds?)))
        .collect::<Vec<_>>();
    let count = spans.len();
    spans.dedup();
    spans.first().copied().filter(|_| spans.len() == 1 && count >= MOST_AGREE)
}

fn has_keys(file: &ExportFile) -> bool {
    let number = file.table.or(file.candidates.first().copied());
    number.and_then(table_of).is_none_or(tollgate_catalogue::Table::has_keys)
}

/// The name of the file of the table, or of the file if its table is not settled.
fn name_of(file: &ExportFile) -> &str {
    file.table.and_then(table_of).map_or(&file.name, |table| &table.file)
}

fn contradiction((begin_seconds, length_seconds): (i64, i64), rows: String) -> Contradiction {
    let right = ("row or more that other files show it should have".into(), 1.0);
    Contradiction { begin_seconds, length_seconds, key: Vec::new(), left: (rows, 0.0), right }
}
