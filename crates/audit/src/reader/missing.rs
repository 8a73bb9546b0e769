//! Finds intervals that a file without keys should have, because other files have rows of them, and files of another time.

use super::file::{ExportFile, OtherTime};
use super::grid::span;
use super::index::IntervalRun;
use super::indexed_file::IndexedFile;

/// The number of other files that must agree on a span before a shorter file is taken for one with missing rows.
pub(crate) const MOST_AGREE: usize = 3;

/// The largest part of a span by which a file with missing rows is shorter. A file that is shorter by more is an export of
/// another time.
pub(crate) const MOST_SHORT: i64 = 10;

/// Counts the missing intervals of each file without keys. Intervals are missing in a gap if another file has rows there, and all
/// intervals are missing in a file without rows. They are missing at an end of the span if all other files without keys agree on a
/// slightly longer span. Otherwise, intervals at an end are only absent. A file whose time does not overlap the time of the others is of
/// another time instead.
pub(crate) fn find(files: &mut [ExportFile], sources: &[IndexedFile]) {
    // Ignored files say nothing.
    let is_used: Vec<bool> = files.iter().map(|file| file.table.is_some() || !file.candidates.is_empty()).collect();
    for (place, (file, source)) in files.iter_mut().zip(sources).enumerate() {
        if !is_used[place] || !source.has_times() {
            continue;
        }
        let is_other =
            |(other, source): &(usize, &IndexedFile)| *other != place && is_used[*other] && source.is_timed();
        let others: Vec<&IndexedFile> = sources.iter().enumerate().filter(is_other).map(|(_, source)| source).collect();
        let runs = &source.index.runs;
        let outer = span_of_most(&others);
        file.other_time = outer.filter(|outer| span(runs).is_some_and(|own| outer.is_apart_from(own)));
        if source.has_keys() || file.other_time.is_some() {
            continue;
        }
        let shorter = shortfalls(runs, &others, outer);
        let is_missing = shorter.are_missing;
        let in_gaps = gaps(runs).into_iter().filter(|gap| others.iter().any(|other| has_rows(other, *gap)));
        let at_ends = shorter.ranges.iter().copied();
        let missing: Vec<(i64, i64)> = at_ends.clone().filter(|_| is_missing).chain(in_gaps).collect();
        let absent: Vec<(i64, i64)> = at_ends.filter(|_| !is_missing).collect();
        let lengths = |runs: &[IntervalRun]| runs.iter().map(|run| run.length_seconds).max();
        let Some(length) = lengths(runs).or_else(|| others.iter().filter_map(|other| lengths(&other.index.runs)).min())
        else {
            continue;
        };
        (file.missing_intervals, file.first_missing) = count(&missing, length);
        (file.absent_intervals, file.first_absent) = count(&absent, length);
    }
}

/// The number of intervals of a length in some ranges, and the beginning of the first.
fn count(ranges: &[(i64, i64)], length: i64) -> (u64, Option<i64>) {
    let intervals: i64 = ranges.iter().map(|(begin, end)| (end - begin + length - 1) / length).sum();
    (intervals as u64, ranges.iter().map(|(begin, _)| *begin).min())
}

/// The times between runs that no run covers.
fn gaps(runs: &[IntervalRun]) -> Vec<(i64, i64)> {
    let mut gaps = Vec::new();
    let mut end_seconds = runs.first().map_or(0, |run| run.begin_seconds);
    for run in runs {
        if run.begin_seconds > end_seconds {
            gaps.push((end_seconds, run.begin_seconds));
        }
        end_seconds = end_seconds.max(run.end_seconds());
    }
    gaps
}

/// Returns true if a file has an interval that lies within a range.
fn has_rows(file: &IndexedFile, (begin, end): (i64, i64)) -> bool {
    let runs = &file.index.runs;
    let first = runs.partition_point(|run| run.begin_seconds < begin);
    runs[first..].iter().take_while(|run| run.begin_seconds < end).any(|run| run.end_seconds() <= end)
}

/// The times at the ends of the span that a file does not have but others have.
struct Shortfalls {
    ranges: Vec<(i64, i64)>,
    /// True if the file should have them. Otherwise, it may be an export of another time.
    are_missing: bool,
}

/// The span of most files without keys, and the longest of several. One of the files may have a wrong span. `None` if none of them has rows.
fn span_of_most(files: &[&IndexedFile]) -> Option<OtherTime> {
    let spans = || files.iter().filter(|file| !file.has_keys()).filter_map(|file| span(&file.index.runs));
    let files_with = |span: (i64, i64)| spans().filter(|other| *other == span).count();
    let (begin_seconds, end_seconds) = spans().max_by_key(|&span| (files_with(span), span.1 - span.0))?;
    Some(OtherTime { begin_seconds, end_seconds, files: files_with((begin_seconds, end_seconds)) as u64 })
}

impl OtherTime {
    fn is_apart_from(self, (begin, end): (i64, i64)) -> bool {
        end <= self.begin_seconds || self.end_seconds <= begin
    }
}

/// The times before the first run and after the last that other files have. `outer` is the span of most of them.
fn shortfalls(runs: &[IntervalRun], others: &[&IndexedFile], outer: Option<OtherTime>) -> Shortfalls {
    let spans = |with_keys: bool| {
        let wanted = others.iter().filter(move |other| other.has_keys() == with_keys);
        wanted.filter_map(|other| span(&other.index.runs))
    };
    let Some(own) = span(runs) else {
        // A file without rows lacks the intervals of the other files, whatever these are.
        let outer = outer.map(|outer| (outer.begin_seconds, outer.end_seconds));
        let of_keys = || spans(true).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        return Shortfalls { ranges: outer.or_else(of_keys).into_iter().collect(), are_missing: true };
    };
    let Some(outer) = outer else { return Shortfalls { ranges: Vec::new(), are_missing: false } };
    let outer = (outer.begin_seconds, outer.end_seconds);
    let ranges = [(outer.0, own.0), (own.1, outer.1)].into_iter().filter(|(begin, end)| begin < end);
    let ranges: Vec<(i64, i64)> = ranges.collect();
    let length = runs.iter().map(|run| run.length_seconds).max().unwrap_or_default();
    let most = length.max((outer.1 - outer.0) / MOST_SHORT);
    let shortfall: i64 = ranges.iter().map(|(begin, end)| end - begin).sum();
    let agree = spans(false).count() >= MOST_AGREE && spans(false).all(|other| other == outer);
    let is_within = outer.0 <= own.0 && own.1 <= outer.1;
    Shortfalls { ranges, are_missing: agree && is_within && shortfall <= most }
}
