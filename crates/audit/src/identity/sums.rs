//! The sums of a check, by row or by key.

use std::ops::Range;

use tollgate_catalogue::Table;

use crate::digits::FileDigits;
use crate::window::{IntervalRows, Values, Window};

use super::check::{Aggregation, Assumptions, ColumnPlace, Constant, Rounding, Term};
use super::source::table_of;

/// Reusable buffers for the sums of a check.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// For each sum of the check, its value by row or key.
    pub(super) sums: Vec<Vec<f64>>,
    /// The rounding error that both sides together may have, by row or key.
    pub(super) rounding: Vec<f64>,
    /// True for the rows or keys that exist in this interval.
    pub(super) is_there: Vec<bool>,
}

/// The intervals of a check's tables that are compared with each other, by their places in the window.
pub(super) struct Members<'w> {
    pub(super) window: &'w Window,
    pub(super) begin_seconds: i64,
    pub(super) length_seconds: i64,
    pub(super) places: Vec<(u32, Range<usize>)>,
}

/// Half a unit of the first decimal. The rest is for rounding in this program's arithmetic.
const ONE_DECIMAL: f64 = 0.0500001;

impl Term {
    /// Returns true if the file has the percentages that the term needs.
    pub(super) fn has_shares(&self, members: &Members<'_>) -> bool {
        let is_there = |place: &ColumnPlace| {
            members.intervals(place.table).iter().all(|interval| share(interval, place.column).is_some())
        };
        self.way != Aggregation::Share || self.places.iter().all(is_there)
    }

    /// The product of all factors that are not columns.
    fn factor(&self, assumptions: Assumptions, seconds: i64) -> f64 {
        let value = |constant: &Constant| match constant {
            Constant::Multiplier => f64::from(assumptions.multiplier),
            Constant::MaxPerConnection => f64::from(assumptions.max_per_connection),
            Constant::Seconds => seconds as f64,
        };
        self.constants.iter().map(value).fold(self.number, |product, value| product * value)
    }
}

/// The sum that each row of an interval is added to: one for all rows, one for each row from a place on, or one for each key.
#[derive(Clone, Copy)]
pub(super) enum RowTarget<'k> {
    Together,
    EachByItself(usize),
    ByKey(&'k [u32]),
}

impl Scratch {
    pub(super) fn clear(&mut self, sides: usize, items: usize) {
        self.sums.resize_with(sides, Vec::new);
        for sums in self.sums.iter_mut().chain([&mut self.rounding]) {
            sums.clear();
            sums.resize(items, 0.0);
        }
        self.is_there.clear();
        self.is_there.resize(items, false);
    }

    /// Adds a term to one of the check's sums. `digits` are those of the file of its first column.
    pub(super) fn add<'k>(
        &mut self,
        side: usize,
        (term, digits): (&Term, FileDigits),
        members: &Members<'_>,
        assumptions: Assumptions,
        rows_of: impl Fn((u32, usize)) -> RowTarget<'k>,
    ) {
        let Some((first, others)) = term.places.split_first() else {
            let number = term.factor(assumptions, members.length_seconds);
            self.sums[side].iter_mut().for_each(|sum| *sum += number);
            return;
        };
        for at in members.range(first.table) {
            let interval = &members.window.tables[&first.table][at];
            let mut factor = term.factor(assumptions, interval.length_seconds);
            for other in others {
                // A product has tables without keys only. They have one row for the interval.
                factor *=
                    members.intervals(other.table).iter().map(|other_of| total(other_of, other.column)).sum::<f64>();
            }
            let percentage = share(interval, first.column);
            let values = match (term.way, &percentage) {
                (Aggregation::Share, Some(percentage)) => std::slice::from_ref(percentage),
                (Aggregation::Share, None) => &[],
                _ => numbers(interval, first.column).unwrap_or_default(),
            };
            let rows = rows_of((first.table, at));
            let values = match rows {
                RowTarget::EachByItself(begin) => {
                    let end = values.len().min(begin + self.sums[side].len());
                    values.get(begin..end).unwrap_or_default()
                }
                _ => values,
            };
            collect(&mut self.sums[side], values, factor, term.way == Aggregation::Greatest, rows);
            let lost: Vec<f64> = match first.rounding {
                Rounding::None => continue,
                Rounding::TwelveDigits => values.iter().map(|&value| digits.lost(value)).collect(),
                Rounding::OneDecimal => vec![ONE_DECIMAL; values.len()],
            };
            collect(&mut self.rounding, &lost, factor.abs(), false, rows);
        }
    }
}

/// Adds values times a factor to their sums, or keeps the greatest of them.
#[inline]
fn collect(sums: &mut [f64], values: &[f64], factor: f64, greatest: bool, rows: RowTarget<'_>) {
    let put = |sum: &mut f64, value: f64| *sum = if greatest { sum.max(factor * value) } else { *sum + factor * value };
    match rows {
        RowTarget::Together if greatest => values.iter().for_each(|value| put(&mut sums[0], *value)),
        RowTarget::Together => sums[0] += factor * values.iter().sum::<f64>(),
        RowTarget::EachByItself(_) => sums.iter_mut().zip(values).for_each(|(sum, value)| put(sum, *value)),
        RowTarget::ByKey(keys) => {
            keys.iter().zip(values).for_each(|(key, value)| put(&mut sums[*key as usize], *value))
        }
    }
}

impl<'w> Members<'w> {
    pub(super) fn new(window: &'w Window, begin_seconds: i64, length_seconds: i64, tables: &[u32]) -> Self {
        let places = tables.iter().map(|table| {
            let intervals = window.tables.get(table).map(Vec::as_slice).unwrap_or_default();
            // Tables without timestamps cover the whole window.
            if length_seconds == window.length_seconds && intervals.iter().all(|interval| interval.length_seconds == 0)
            {
                return (*table, 0..intervals.len());
            }
            let before = |moment: i64| intervals.partition_point(|interval| interval.begin_seconds < moment);
            (*table, before(begin_seconds)..before(begin_seconds + length_seconds))
        });
        Members { window, begin_seconds, length_seconds, places: places.collect() }
    }

    fn range(&self, table: u32) -> Range<usize> {
        let found = self.places.iter().find(|(other, _)| *other == table);
        found.map_or(0..0, |(_, range)| range.clone())
    }

    /// Returns true if all tables with keys have the same number of rows, and it is not 0. Lists of different things that are as long
    /// as each other look cut.
    pub(super) fn has_cut_lists(&self) -> bool {
        let with_keys = self.places.iter().filter(|(table, _)| table_of(*table).is_some_and(Table::has_keys));
        let rows = with_keys.map(|(table, _)| self.intervals(*table).iter().map(IntervalRows::rows).sum::<usize>());
        let mut rows = rows.collect::<Vec<_>>();
        rows.dedup();
        matches!(rows[..], [rows] if rows > 0)
    }

    /// Returns true if no table with keys has more rows than the first table of a sum.
    pub(super) fn is_longest(&self, sum: &[Term]) -> bool {
        let rows = |table: u32| self.intervals(table).iter().map(IntervalRows::rows).sum::<usize>();
        let with_keys = self.places.iter().filter(|(table, _)| table_of(*table).is_some_and(Table::has_keys));
        let own = sum.iter().flat_map(|term| &term.places).next().map_or(0, |place| rows(place.table));
        with_keys.map(|(table, _)| rows(*table)).all(|other| other <= own)
    }

    pub(super) fn intervals(&self, table: u32) -> &'w [IntervalRows] {
        let intervals = self.window.tables.get(&table).map(Vec::as_slice).unwrap_or_default();
        &intervals[self.range(table)]
    }
}

pub(super) fn numbers(interval: &IntervalRows, column: usize) -> Option<&[f64]> {
    match interval.columns.get(column) {
        Some(Some(Values::Numbers(numbers))) => Some(numbers),
        _ => None,
    }
}

fn total(interval: &IntervalRows, column: usize) -> f64 {
    numbers(interval, column).unwrap_or_default().iter().sum()
}

fn share(interval: &IntervalRows, column: usize) -> Option<f64> {
    interval.percentages.as_ref()?.get(column).copied().flatten()
}
