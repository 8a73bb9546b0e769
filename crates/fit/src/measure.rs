//! Single figures of a column: its total, and what its intervals and keys look like.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_catalogue::ColumnKind;

use crate::evidence::TimeGrid;
use crate::figures::{Figures, KeyFigures, TableSeries};

/// A measure of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The sum of a count, the largest of maxima, or the mean of an average or a percentage over the time.
    Total,
    /// The count of the interval with the largest count.
    BusiestInterval,
    /// The count that 95 of 100 intervals do not exceed.
    P95Interval,
    /// The correlation of a count with that of the interval before, from -1 to 1.
    Autocorrelation,
    /// The share of the ten keys with the largest counts.
    TenLargestKeys,
}

/// The place of a measured figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FigurePlace {
    /// The number of the table.
    pub(crate) table: u32,
    /// The place of the column in it.
    pub(crate) column: usize,
    pub(crate) measure: Measure,
}

/// The measured figures of exports.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeasuredFigures {
    pub(crate) values: BTreeMap<FigurePlace, f64>,
    /// The counts of each step, by table and column.
    pub(crate) series: BTreeMap<(u32, usize), Vec<f64>>,
}

/// The fewest intervals of which a quantile or a correlation says something.
const MANY_INTERVALS: usize = 12;

impl Measure {
    /// Its name in words.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Total => "total",
            Measure::BusiestInterval => "busiest interval",
            Measure::P95Interval => "95th percentile of the intervals",
            Measure::Autocorrelation => "correlation with the interval before",
            Measure::TenLargestKeys => "share of the ten largest keys",
        }
    }
}

impl MeasuredFigures {
    /// Measures figures. Intervals that are shorter than the step are added up first.
    pub(crate) fn new(figures: &Figures, step_seconds: i64) -> Self {
        let grid = TimeGrid::of(figures).map(|grid| grid.with_step_of(step_seconds));
        let mut measured = MeasuredFigures::default();
        for table in figures.tables.values() {
            let columns = 0..table.table.columns.len();
            let is_figure = |column: &usize| !matches!(table.kind(*column), ColumnKind::Key | ColumnKind::Attribute);
            for column in columns.filter(|column| table.present[*column]).filter(is_figure) {
                measured.measure(table, column, grid);
            }
        }
        measured
    }

    fn measure(&mut self, table: &TableSeries, column: usize, grid: Option<TimeGrid>) {
        let number = table.table.number;
        let mut set = |measure, value| {
            self.values.insert(FigurePlace { table: number, column, measure }, value);
        };
        set(Measure::Total, table.total(column));
        if table.kind(column) != ColumnKind::Count {
            return;
        }
        if let Some(share) = ten_largest(&table.keys, column) {
            set(Measure::TenLargestKeys, share);
        }
        if let Some(grid) = grid.filter(|grid| table.table.timestamps && grid.steps > 1) {
            let series = grid.series(table, &[column]);
            set(Measure::BusiestInterval, series.iter().copied().fold(0.0, f64::max));
            if series.len() >= MANY_INTERVALS {
                set(Measure::P95Interval, p95(&series));
                set(Measure::Autocorrelation, autocorrelation(&series));
            }
            self.series.insert((number, column), series);
        }
    }
}

/// The smallest value that at least 95 of 100 values do not exceed.
fn p95(series: &[f64]) -> f64 {
    let mut sorted = series.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * 95).div_ceil(100);
    sorted[rank.saturating_sub(1)]
}

/// The correlation of a series with itself one step later. 0 if it does not vary.
fn autocorrelation(series: &[f64]) -> f64 {
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    let variance: f64 = series.iter().map(|value| (value - mean).powi(2)).sum();
    let together: f64 = series.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    if variance > 0.0 { together / variance } else { 0.0 }
}

/// The share of the ten largest keys. `None` if the keys are a sample, or if there are no more than ten.
fn ten_largest(keys: &KeyFigures, column: usize) -> Option<f64> {
    let mut counts: Vec<f64> = keys.sums.values().map(|sums| sums[column]).collect();
    if keys.one_in != 1 || counts.len() <= 10 {
        return None;
    }
    counts.sort_by(|one, other| other.total_cmp(one));
    let sum: f64 = counts.iter().sum();
    (sum > 0.0).then(|| counts.iter().take(10).sum::<f64>() / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_intervals_are_those_of_their_definitions() {
        let series: Vec<f64> = (1..=40).map(f64::from).collect();
        assert_eq!(p95(&series), 38.0);
        assert_eq!(p95(&[7.0]), 7.0);
        assert_eq!(autocorrelation(&[5.0; 20]), 0.0);
        let alternating: Vec<f64> = (0..100).map(|place| f64::from(place % 2)).collect();
        assert!((autocorrelation(&alternating) + 0.99).abs() < 1e-12);
    }

    #[test]
    fn the_share_of_the_ten_largest_keys_needs_all_keys() {
        let keys = |count: usize, one_in| KeyFigures {
            sums: (0..count).map(|place| (place.to_string(), vec![if place < 10 { 3.0 } else { 1.0 }])).collect(),
            one_in,
        };
        assert_eq!(ten_largest(&keys(30, 1), 0), Some(0.6));
        assert_eq!([ten_largest(&keys(30, 2), 0), ten_largest(&keys(10, 1), 0)], [None, None]);
    }
}
