//! Finds intervals that a file without keys should have, because other files have rows of them.

use super::file::ExportFile;
use super::grid::span;
use super::index::IntervalRun;
use super::indexed_file::IndexedFile;

/// The number of other files that must agree on a span before a shorter file is taken for one with missing rows.
const MOST_AGREE: usize = 3;

/// The largest part of a span by which a file with missing rows is shorter. A file that is shorter by more is an export of
/// another time.
const MOST_SHORT: i64 = 10;

/// Counts the missing intervals of each file without keys. Intervals are missing in a gap if another file has rows there. They are
/// missing at an end of the span if all other files without keys agree on a slightly longer span. Otherwise, intervals at an end are
/// only absent.
pub(crate) fn find(files: &mut [ExportFile], sources: &[IndexedFile]) {
    // Ignored files say nothing.
    let is_used: Vec<bool> = files.iter().map(|file| file.table.is_some() || !file.candidates.is_empty()).collect();
    for (place, (file, source)) in files.iter_mut().zip(sources).enumerate() {
        if !is_used[place] || !source.has_times() || source.has_keys() {
            continue;
        }
        let is_other =
            |(other, source): &(usize, &IndexedFile)| *other != place && is_used[*other] && source.is_timed();
        let others: Vec<&IndexedFile> = sources.iter().enumerate().filter(is_other).map(|(_, source)| source).collect();
        let runs = &source.index.runs;
        let shorter = shortfalls(runs, &others);
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

/// The times before the first run and after the last that other files without keys have.
fn shortfalls(runs: &[IntervalRun], others: &[&IndexedFile]) -> Shortfalls {
    let spans = others.iter().filter(|other| !other.has_keys()).filter_map(|other| span(&other.index.runs));
    let spans: Vec<(i64, i64)> = spans.collect();
    // One other file may have a wrong span, so the span of most is taken, and the longest of several.
    let files_with = |span: (i64, i64)| spans.iter().filter(|other| **other == span).count();
    let outer = spans.iter().copied().max_by_key(|&span| (files_with(span), span.1 - span.0));
    let Some(outer) = outer else { return Shortfalls { ranges: Vec::new(), are_missing: false } };
    let Some(own) = span(runs) else { return Shortfalls { ranges: vec![outer], are_missing: false } };
    let ranges = [(outer.0, own.0), (own.1, outer.1)].into_iter().filter(|(begin, end)| begin < end);
    let ranges: Vec<(i64, i64)> = ranges.collect();
    let length = runs.iter().map(|run| run.length_seconds).max().unwrap_or_default();
    let most = length.max((outer.1 - outer.0) / MOST_SHORT);
    let shortfall: i64 = ranges.iter().map(|(begin, end)| end - begin).sum();
    let agree = spans.len() >= MOST_AGREE && spans.iter().all(|other| *other == outer);
    let is_within = outer.0 <= own.0 && own.1 <= outer.1;
    Shortfalls { ranges, are_missing: agree && is_within && shortfall <= most }
}
