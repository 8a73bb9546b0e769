//! Remarks for the user on how a directory was read.

use std::collections::BTreeMap;

use tollgate_wording::{self as wording, count, counted, exact_duration, list, quoted, short_list};

use super::file::ExportFile;
use super::grid::{Grid, span};
use super::indexed_file::{IndexedFile, KnownBy};
use super::moment::{gmt, micros};
use super::windows::is_single;

/// The largest number of files that a remark names.
const MOST_NAMES: usize = 3;

/// The remarks on some files, one sentence each, with those on single files first. Files with the same remark share a sentence.
pub(crate) fn remarks(files: &[ExportFile], sources: &[IndexedFile]) -> Vec<String> {
    let mut remarks: Vec<(String, Vec<&str>)> = Vec::new();
    for (file, source) in files.iter().zip(sources) {
        for text in of_file(file, source, files) {
            match remarks.iter_mut().find(|(other, _)| *other == text) {
                Some((_, names)) => names.push(&file.name),
                None => remarks.push((text, vec![&file.name])),
            }
        }
    }
    let mut remarks: Vec<String> =
        remarks.into_iter().map(|(text, names)| format!("{}: {text}", short_list(&names, MOST_NAMES))).collect();
    let settled: Vec<_> = files.iter().zip(sources).filter(|(file, _)| file.table.is_some()).collect();
    remarks.extend(of_intervals(&settled));
    remarks.extend(of_spans(&settled));
    remarks.extend(of_untimed(&settled));
    remarks
}

/// The remarks on one file.
fn of_file(file: &ExportFile, source: &IndexedFile, files: &[ExportFile]) -> Vec<String> {
    let mut texts = vec![];
    let Some(first) = source.layouts.first() else {
        return vec!["ignored, because no table has such a name or header".into()];
    };
    match file.table {
        Some(table) if source.known_by == KnownBy::SimilarName => {
            texts.push(format!("recognised as table {table} by its name"));
        }
        Some(table) if source.known_by == KnownBy::Header => {
            texts.push(format!(
                "recognised as table {table} by its {}",
                if file.candidates.is_empty() { "header" } else { "figures" }
            ));
        }
        Some(_) => {}
        None if let Some(original) = &source.copy_of => {
            return vec![format!("ignored, because it is a copy of {original}")];
        }
        None if file.candidates.is_empty() => {
            let table = first.table.number;
            let other =
                files.iter().find(|other| other.table == Some(table)).map_or("another file", |other| &other.name);
            return vec![format!("ignored, because {other} is already table {table}")];
        }
        None => {
            let tables: Vec<_> = file.candidates.iter().map(u32::to_string).collect();
            // Rivals share the remark, so that it names one of them as an example.
            let mut rivals = files.iter().filter(|other| other.table.is_none() && other.candidates == file.candidates);
            let name = rivals.next().map_or(&file.name, |first| &first.name);
            let (table, word) = (&tables[0], quoted(&format!("{name}={}", tables[0])));
            texts.push(format!("may be table {}; --as {word} reads {name} as table {table}", tables.join(" or ")));
        }
    }
    if !file.missing_columns.is_empty() {
        texts.push(format!("missing columns: {}", list(&file.missing_columns)));
    }
    if !file.ignored_columns.is_empty() {
        texts.push(format!("ignored columns: {}", list(&file.ignored_columns)));
    }
    if file.rows == 0 && !source.has_keys() {
        texts.push("has no rows, so nothing can be checked with it".into());
    }
    if source.index.ends_within_line {
        texts.push("the last line has no line end; the file may be cut off".into());
    }
    if let Some((from, to)) = file.first_gap.filter(|_| !source.has_keys()) {
        let count = counted(file.gaps, "gap");
        texts.push(format!("has {count} between its intervals, the first {}", wording::span(micros(from), micros(to))));
    }
    if let Some(begin) = file.first_overlap {
        let begins = if file.overlaps == 1 { "interval begins" } else { "intervals begin" };
        let count = count(file.overlaps);
        texts.push(format!("{count} {begins} before the previous one has ended, the first at {}", gmt(begin)));
    }
    if let Some(begin) = file.first_repeat {
        texts.push(match source.has_keys() {
            // Each of its keys has a row of its own.
            true => format!(
                "rows are not in order of time, the first at {}; if an interval has a key twice, its first row is used",
                gmt(begin)
            ),
            false => {
                let count = counted(file.repeats, "time");
                format!("repeats an interval {count}, the first at {}; the first row is used", gmt(begin))
            }
        });
    }
    texts
}

/// Remarks on the lengths of intervals.
fn of_intervals(settled: &[(&ExportFile, &IndexedFile)]) -> Vec<String> {
    let Some(grid) = Grid::of(settled.iter().map(|(_, source)| *source)) else { return Vec::new() };
    let mut by_lengths: BTreeMap<Vec<i64>, Vec<&str>> = BTreeMap::new();
    let mut texts = Vec::new();
    let mut unfit = Vec::new();
    for (file, source) in settled.iter().filter(|(_, source)| source.is_timed()) {
        let mut lengths: Vec<i64> = source.index.runs.iter().map(|run| run.length_seconds).collect();
        lengths.sort_unstable();
        lengths.dedup();
        by_lengths.entry(lengths).or_default().push(&file.name);
        if !source.index.runs.iter().all(|run| grid.holds(run)) {
            unfit.push(file.name.as_str());
        }
    }
    if by_lengths.len() > 1 || by_lengths.keys().any(|lengths| lengths.len() > 1) {
        let shown = |lengths: &Vec<i64>| list(lengths.iter().map(|&length| exact_duration(length.unsigned_abs())));
        let groups: Vec<_> = by_lengths
            .iter()
            .map(|(lengths, names)| format!("{} in {}", shown(lengths), short_list(names, MOST_NAMES)))
            .collect();
        texts.push(format!("intervals have different lengths: {}", groups.join("; ")));
    }
    if !unfit.is_empty() {
        let length = exact_duration(grid.length_seconds.unsigned_abs());
        texts.push(format!(
            "{}: some intervals cross the boundaries of the longest intervals ({length})",
            short_list(&unfit, MOST_NAMES)
        ));
    }
    texts
}

/// Remarks on the spans of files. Tables with keys may begin later and end earlier than others, unless they are of another time.
fn of_spans(settled: &[(&ExportFile, &IndexedFile)]) -> Vec<String> {
    let timed = settled.iter().filter(|(_, source)| source.is_timed());
    let mut by_span: BTreeMap<(i64, i64), Vec<&str>> = BTreeMap::new();
    let of = |with_keys: bool| {
        let found = timed.clone().filter(move |(_, source)| source.has_keys() == with_keys);
        found.filter_map(|(file, source)| {
            Some((span(&source.index.runs)?, file.name.as_str(), file.other_time.is_some()))
        })
    };
    for (own, name, _) in of(false) {
        by_span.entry(own).or_default().push(name);
    }
    let outer = by_span.keys().copied().reduce(|first, second| (first.0.min(second.0), first.1.max(second.1)));
    for (own, name, is_of_other_time) in of(true) {
        if is_of_other_time || outer.is_some_and(|outer| own.0 < outer.0 || outer.1 < own.1) {
            by_span.entry(own).or_default().push(name);
        }
    }
    if by_span.len() < 2 {
        return Vec::new();
    }
    let show = |((begin, end), names): (&(i64, i64), &Vec<&str>)| {
        format!("{} in {}", wording::span(micros(*begin), micros(*end)), short_list(names, MOST_NAMES))
    };
    let groups: Vec<_> = by_span.iter().map(show).collect();
    let groups = groups.join("; ");
    vec![format!("files cover different spans, and figures are compared only where all files have rows: {groups}")]
}

/// Remarks on files without timestamps that should have them.
fn of_untimed(settled: &[(&ExportFile, &IndexedFile)]) -> Vec<String> {
    let is_untimed = |source: &IndexedFile| source.layouts[0].times.is_none() && source.layouts[0].table.timestamps;
    let untimed = settled.iter().filter(|(_, source)| is_untimed(source));
    let names: Vec<&str> = untimed.map(|(file, _)| file.name.as_str()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let sources = settled.iter().map(|(_, source)| *source);
    let read = match Grid::of(sources.clone()) {
        None => "assumed to cover the same interval",
        Some(grid) if is_single(grid, sources) => "assumed to cover the only interval of the other files",
        Some(_) => "ignored, because the interval is unknown",
    };
    vec![format!("{}: no timestamps; {read}", short_list(&names, MOST_NAMES))]
}
