//! Compares the figures of two directories of exports.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_catalogue::ColumnKind;

use crate::figures::{Figures, SeriesPoint, TableSeries};

/// The time that exports cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedTime {
    /// Beginning of the first interval, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// End of the last interval.
    pub end_seconds: i64,
    /// Length of the longest interval in seconds.
    pub interval_seconds: i64,
}

/// The differences of two directories of exports.
#[derive(Clone, Debug, Serialize)]
pub struct ExportComparison {
    /// The time that each of them covers. `None` if it has no table with timestamps.
    pub times: [Option<ComparedTime>; 2],
    /// The tables that both have, in order of their numbers.
    pub tables: Vec<TableComparison>,
    /// The numbers of the tables that only one of them has.
    pub only_in_first: Vec<u32>,
    /// The numbers of the tables that only the other has.
    pub only_in_second: Vec<u32>,
    /// True if every figure of every key and interval is equal.
    pub equal: bool,
}

/// The differences of one table.
#[derive(Clone, Debug, Serialize)]
pub struct TableComparison {
    /// Its number.
    pub table: u32,
    /// Its title.
    pub title: String,
    /// Rows in the first and in the second.
    pub rows: [u64; 2],
    /// Intervals in the first and in the second.
    pub intervals: [usize; 2],
    /// The keys, if the table has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeyComparison>,
    /// The columns of figures that both have.
    pub columns: Vec<ColumnComparison>,
    /// True if every figure of every key and interval is equal.
    pub equal: bool,
}

/// The keys of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyComparison {
    /// Keys in the first.
    pub first: u64,
    /// Keys in the second.
    pub second: u64,
    /// Keys that both have. `None` if there are so many keys that only samples are compared.
    pub common: Option<u64>,
}

/// The differences of one column.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnComparison {
    /// Its heading.
    pub column: String,
    /// The totals: sums of counts, the largest of maxima, and means of averages and percentages over the time.
    pub totals: [f64; 2],
    /// The second total minus the first.
    pub difference: f64,
    /// The second total divided by the first. `None` if the first is 0.
    pub ratio: Option<f64>,
    /// The part of the volume that is in other hours of the week, from 0 (same hours) to 1. `None` for columns that are not counts, if one of them
    /// has no volume, or if the intervals are longer than an hour.
    pub hours_apart: Option<f64>,
}

impl ExportComparison {
    /// Compares two directories of exports.
    pub fn new(first: &Figures, second: &Figures) -> ExportComparison {
        let both = first.tables.iter().filter_map(|(number, ours)| Some((ours, second.table(*number)?)));
        let tables: Vec<_> = both.map(|(ours, theirs)| TableComparison::new(ours, theirs)).collect();
        let only = |one: &Figures, other: &Figures| -> Vec<u32> {
            one.tables.keys().filter(|number| !other.tables.contains_key(number)).copied().collect()
        };
        let (only_in_first, only_in_second) = (only(first, second), only(second, first));
        let equal = tables.iter().all(|table| table.equal) && only_in_first.is_empty() && only_in_second.is_empty();
        let times = [first, second].map(ComparedTime::of);
        ExportComparison { times, tables, only_in_first, only_in_second, equal }
    }

    /// The columns whose totals differ by more than a share of the larger one, the most different first.
    pub fn beyond(&self, tolerance: f64) -> Vec<(&TableComparison, &ColumnComparison)> {
        let columns = self.tables.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)));
        let mut beyond: Vec<_> = columns.filter(|(_, column)| column.relative() > tolerance).collect();
        beyond.sort_by(|(_, one), (_, other)| other.relative().total_cmp(&one.relative()));
        beyond
    }
}

impl ComparedTime {
    fn of(figures: &Figures) -> Option<Self> {
        let (begin_seconds, end_seconds) = figures.span()?;
        let points = figures.tables.values().flat_map(|table| &table.series);
        let interval_seconds = points.map(|point| point.length_seconds).max()?;
        Some(ComparedTime { begin_seconds, end_seconds, interval_seconds })
    }
}

impl TableComparison {
    fn new(first: &TableSeries, second: &TableSeries) -> Self {
        let is_figure = |&column: &usize| {
            let is_number = !matches!(first.kind(column), ColumnKind::Key | ColumnKind::Attribute);
            is_number && first.present[column] && second.present[column]
        };
        let columns: Vec<usize> = (0..first.table.columns.len()).filter(is_figure).collect();
        let same_sums = first.keys.sums.iter().eq(&second.keys.sums);
        let equal = first.present == second.present && first.series == second.series && same_sums;
        TableComparison {
            table: first.table.number,
            title: first.table.title.clone(),
            rows: [first.rows, second.rows],
            intervals: [first.series.len(), second.series.len()],
            keys: first.table.has_keys().then(|| compare_keys(first, second)),
            columns: columns.into_iter().map(|column| compare_column(first, second, column)).collect(),
            equal,
        }
    }
}

impl ColumnComparison {
    /// The difference in relation to the larger total, from 0 to 1. 0 if both are 0.
    pub fn relative(&self) -> f64 {
        let larger = self.totals[0].abs().max(self.totals[1].abs());
        if larger > 0.0 { self.difference.abs() / larger } else { 0.0 }
    }
}

fn compare_keys(first: &TableSeries, second: &TableSeries) -> KeyComparison {
    let (ours, theirs) = (&first.keys, &second.keys);
    let is_whole = ours.one_in == 1 && theirs.one_in == 1;
    let common = || ours.sums.keys().filter(|key| theirs.sums.contains_key(*key)).count() as u64;
    KeyComparison { first: ours.count(), second: theirs.count(), common: is_whole.then(common) }
}

fn compare_column(first: &TableSeries, second: &TableSeries, column: usize) -> ColumnComparison {
    let totals = [first.total(column), second.total(column)];
    let is_count = first.kind(column) == ColumnKind::Count;
    let profiles = [first, second].map(|table| if is_count { profile(&table.series, column) } else { None });
    let [ours, theirs] = profiles;
    ColumnComparison {
        column: first.table.columns[column].name.clone(),
        totals,
        difference: totals[1] - totals[0],
        ratio: (totals[0] != 0.0).then(|| totals[1] / totals[0]),
        hours_apart: ours.zip(theirs).map(|(ours, theirs)| apart(&ours, &theirs)),
    }
}

/// The share of the volume of a column in each hour of the week.
fn profile(series: &[SeriesPoint], column: usize) -> Option<BTreeMap<i64, f64>> {
    const HOUR: i64 = 3600;
    let mut hours: BTreeMap<i64, f64> = BTreeMap::new();
    for point in series {
        if !(1..=HOUR).contains(&point.length_seconds) {
            return None;
        }
        *hours.entry(point.begin_seconds.div_euclid(HOUR).rem_euclid(168)).or_default() += point.values[column];
    }
    let sum: f64 = hours.values().sum();
    (sum > 0.0).then(|| hours.into_iter().map(|(hour, volume)| (hour, volume / sum)).collect())
}

/// Half the sum of the differences of two profiles.
fn apart(first: &BTreeMap<i64, f64>, second: &BTreeMap<i64, f64>) -> f64 {
    let ours: f64 =
        first.iter().map(|(hour, share)| (share - second.get(hour).copied().unwrap_or_default()).abs()).sum();
    let theirs: f64 = second.iter().filter(|(hour, _)| !first.contains_key(hour)).map(|(_, share)| share).sum();
    (ours + theirs) / 2.0
}
