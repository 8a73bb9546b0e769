//! Reasons why a check cannot be made.

use tollgate_wording::{exact_duration, list};

use super::check::{ColumnPlace, Per, Rounding};
use super::progress::CheckProgress;
use super::source::{Obstacle, Sources, column_name, table_of};

impl CheckProgress<'_> {
    /// Finds the reasons why the check cannot be made, and the length of the intervals that it compares.
    pub(super) fn find_obstacles(&mut self, sources: &Sources) {
        for &table in &self.check.tables {
            match sources.get(table) {
                Some(source) => self.sources.push(source.clone()),
                None => self.obstacles.push(sources.why_not(table)),
            }
        }
        if self.obstacles.is_empty() {
            self.find_missing_columns();
            self.step_seconds = self.sources.iter().filter_map(|source| source.interval_seconds).max();
            self.find_unlike_intervals();
        }
    }

    fn find_missing_columns(&mut self) {
        for (&number, source) in self.check.tables.iter().zip(&self.sources) {
            let keys = match &self.check.per {
                Per::Key { columns, .. } => columns.iter().find(|(other, _)| *other == number),
                _ => None,
            };
            let keys = keys.into_iter().flat_map(|(_, keys)| keys.clone());
            let of_table = self.check.needed_places().filter(|place| place.table == number).map(|place| place.column);
            let mut columns: Vec<usize> = of_table.chain(keys).collect();
            columns.sort_unstable();
            columns.dedup();
            let places =
                columns.into_iter().map(|column| ColumnPlace { table: number, column, rounding: Rounding::None });
            for place in places.filter(|place| !source.has(*place)) {
                let file = table_of(number).map_or("", |table| &table.file);
                self.obstacles.push(Obstacle::Other(format!("{file} has no column {}", column_name(place))));
            }
        }
    }

    fn find_unlike_intervals(&mut self) {
        let lengths = || self.sources.iter().map(|source| source.interval_seconds);
        if self.check.is_rounded && lengths().any(|length| length.is_some() && length != self.step_seconds) {
            let each = self.check.tables.iter().zip(lengths()).filter_map(|(&number, length)| {
                Some(format!("{} in {}", exact_duration(length?.unsigned_abs()), table_of(number)?.file))
            });
            let each = list(each);
            self.obstacles.push(Obstacle::Other(format!(
                "averages over intervals of different lengths cannot be compared: {each}"
            )));
        }
    }
}
