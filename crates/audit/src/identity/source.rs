//! The file of each table, and the time that it covers.

use std::collections::BTreeMap;

use tollgate_catalogue::{Catalogue, Table};
use tollgate_wording::quoted;

use super::check::ColumnPlace;
use crate::digits::FileDigits;
use crate::reader::{ExportFile, Exports, later_columns};

/// The files of a directory, by their tables.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    tables: BTreeMap<u32, TableSource>,
    /// All files that are recognised, settled or not.
    files: Vec<ExportFile>,
    /// The files whose table is not settled, each with its candidates.
    ambiguous: Vec<(String, Vec<u32>)>,
}

/// The file of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableSource {
    /// The length of its longest interval in seconds. `None` without rows.
    pub(crate) interval_seconds: Option<i64>,
    /// The time that it covers.
    begin_seconds: i64,
    end_seconds: i64,
    /// True if the table has keys: then a time without rows is one in which nothing was counted.
    has_keys: bool,
    /// True if the table has keys and timestamps, and the file has no rows.
    pub(crate) is_empty: bool,
    missing_columns: Vec<String>,
    later_columns: Vec<String>,
    /// The digits of its averages.
    pub(crate) digits: FileDigits,
}

/// A reason why a check cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// There is no file of the table with this number.
    Missing(u32),
    /// Any other reason, in words.
    Other(String),
}

/// The meaning of missing rows in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Nothing was counted.
    Zero,
    /// It is unknown what was counted.
    Unknown,
}

impl Sources {
    /// The files of a directory as far as they are settled.
    pub fn new(exports: &Exports) -> Self {
        let mut sources = Sources::default();
        for file in exports.files() {
            match file.table {
                Some(table) => sources.add(table, file),
                None if file.candidates.is_empty() => {}
                None => {
                    sources.files.push(file.clone());
                    sources.ambiguous.push((file.name.clone(), file.candidates.clone()));
                }
            }
        }
        sources
    }

    /// Sets the file of a table. It replaces any earlier one.
    pub fn add(&mut self, table: u32, file: &ExportFile) {
        let has_keys = table_of(table).is_some_and(Table::has_keys);
        // A file without gaps may be an export of a shorter time, so it covers only its own rows. A file with gaps shows that
        // its keys come and go, so if it begins late or ends early, nothing was counted there.
        let comes_and_goes = file.gaps > 0 || file.begin_seconds.is_none();
        let source = TableSource {
            interval_seconds: file.interval_seconds,
            begin_seconds: file.begin_seconds.filter(|_| !comes_and_goes).unwrap_or(i64::MIN),
            end_seconds: file.end_seconds.filter(|_| !comes_and_goes).unwrap_or(i64::MAX),
            has_keys,
            is_empty: has_keys && file.begin_seconds.is_none() && file.rows == 0,
            missing_columns: file.missing_columns.clone(),
            later_columns: file.later_columns.clone(),
            digits: file.digits,
        };
        self.files.retain(|other| other.table != Some(table) && other.name != file.name);
        self.files.push(ExportFile { table: Some(table), ..file.clone() });
        self.tables.insert(table, source);
    }

    /// All files that are recognised, settled or not.
    pub(crate) fn files(&self) -> &[ExportFile] {
        &self.files
    }

    /// The file of a table.
    pub(crate) fn get(&self, table: u32) -> Option<&TableSource> {
        self.tables.get(&table)
    }

    /// The reason why a table has no settled file.
    pub(crate) fn why_not(&self, number: u32) -> Obstacle {
        let may_be = |candidates: &&(String, Vec<u32>)| candidates.1.contains(&number);
        let Some((name, candidates)) = self.ambiguous.iter().find(may_be) else {
            return Obstacle::Missing(number);
        };
        let free = candidates.iter().filter(|table| !self.tables.contains_key(table));
        let names: Vec<_> =
            free.filter_map(|&number| Some(format!("{} ({number})", stem(table_of(number)?)))).collect();
        let word = quoted(&format!("{name}=TABLE"));
        Obstacle::Other(format!("{name} may be {}; --as {word} settles it", names.join(" or ")))
    }
}

/// An end of the span of the exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SpanEnd {
    /// The beginning.
    First,
    /// The end.
    Last,
}

impl TableSource {
    /// The end of the span at which an interval lies that is before or after all rows of a file with keys. A file without rows lacks those
    /// at the beginning.
    pub(crate) fn end_beyond(&self, begin_seconds: i64, end_seconds: i64) -> Option<SpanEnd> {
        if !self.has_keys {
            None
        } else if self.is_empty || end_seconds <= self.begin_seconds {
            Some(SpanEnd::First)
        } else {
            (self.end_seconds <= begin_seconds).then_some(SpanEnd::Last)
        }
    }

    /// The meaning of missing rows between two moments.
    pub(crate) fn silence(&self, begin_seconds: i64, end_seconds: i64) -> Silence {
        if self.has_keys && self.begin_seconds <= begin_seconds && end_seconds <= self.end_seconds {
            Silence::Zero
        } else {
            Silence::Unknown
        }
    }

    /// Returns true if the file has a column of its table.
    pub(crate) fn has(&self, place: ColumnPlace) -> bool {
        let name = column_name(place);
        if place.is_later() {
            self.later_columns.iter().any(|later| later == name)
        } else {
            !self.missing_columns.iter().any(|missing| missing == name)
        }
    }
}

/// The table with a number.
pub(crate) fn table_of(number: u32) -> Option<&'static Table> {
    Catalogue::builtin().table(number)
}

impl ColumnPlace {
    /// Returns true if later releases have added the column.
    pub(crate) fn is_later(self) -> bool {
        table_of(self.table).is_some_and(|table| self.column >= table.columns.len())
    }
}

/// The heading of a column.
pub(crate) fn column_name(place: ColumnPlace) -> &'static str {
    let columns = table_of(place.table).map_or(&[][..], |table| &table.columns);
    match columns.get(place.column) {
        Some(column) => &column.name,
        None => later_columns(place.table).nth(place.column - columns.len()).map_or("", |column| column.name),
    }
}

/// The name of a table's file without its ending.
pub(crate) fn stem(table: &Table) -> &str {
    table.file.strip_suffix(".csv").unwrap_or(&table.file)
}
