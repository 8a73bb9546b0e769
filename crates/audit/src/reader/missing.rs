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
/// missing at an end of the span if all other files without keys agree on a slightly longer span.
pub(crate) fn find(files: &mut [ExportFile], sources: &[IndexedFile]) {
    for place in 0..sources.len() {
        if !sources[place].is_timed() || sources[place].has_keys() {
            continue;
        }
        let others: Vec<&IndexedFile> = sources
            .iter()
            .enumerate()
            .filter(|(other, source)| *other != place && source.is_timed())
            .map(|(_, source)| source)
            .collect();
        let runs = &sources[place].index.runs;
        let ranges = gaps(runs).into_iter().filter(|gap| others.iter().any(|other| has_rows(other, *gap)));
        let Some(length) = runs.iter().map(|run| run.length_seconds).max() else { continue };
        let ranges: Vec<(i64, i64)> = shortfalls(runs, &others).into_iter().chain(ranges).collect();
        files[place].missing_intervals =
            ranges.iter().map(|(begin, end)| (end - begin + length - 1) / length).sum::<i64>() as u64;
        files[place].first_missing = ranges.iter().map(|(begin, _)| *begin).min();
    }
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

/// The times before the first run and after the last that the file should have.
fn shortfalls(runs: &[IntervalRun], others: &[&IndexedFile]) -> Vec<(i64, i64)> {
    let mut spans = others.iter().filter(|other| !other.has_keys()).filter_map(|other| span(&other.index.runs));
    let Some((own, first)) = span(runs).zip(spans.next()) else { return Vec::new() };
    let mut agreeing = 1;
    for other in spans {
        if other != first {
            return Vec::new();
        }
        agreeing += 1;
    }
    let length = runs.iter().map(|run| run.length_seconds).max().unwrap_or_default();
    let most = length.max((first.1 - first.0) / MOST_SHORT);
    let shortfall = (own.0 - first.0) + (first.1 - own.1);
    if agreeing < MOST_AGREE || own.0 < first.0 || first.1 < own.1 || shortfall == 0 || shortfall > most {
        return Vec::new();
    }
    [(first.0, own.0), (own.1, first.1)].into_iter().filter(|(begin, end)| begin < end).collect()
}
