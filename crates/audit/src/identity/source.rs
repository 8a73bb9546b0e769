//! Where the figures of each table come from, and of what time they are.

use std::collections::BTreeMap;

use tollgate_catalogue::{Catalogue, ColumnKind, Table};

use crate::reader::{ExportFile, Exports};

/// The files of a directory by the tables that they are.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    tables: BTreeMap<u32, TableSource>,
    /// The files whose table is not settled, with those that they may be.
    ambiguous: Vec<(String, Vec<u32>)>,
}

/// The file of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableSource {
    /// The length of its longest interval in seconds; none without rows.
    pub(crate) interval_seconds: Option<i64>,
    /// The time that it speaks of.
    begin_seconds: i64,
    end_seconds: i64,
    /// Whether a time without rows is one in which there was nothing to count.
    has_keys: bool,
    missing_columns: Vec<String>,
}

/// Why a check cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// There is no file of a table.
    Missing(u32),
    /// Anything else, in words.
    Other(String),
}

/// What a table says of a stretch of time in which it has rows for only some of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// There was nothing to count.
    Zero,
    /// It is not known.
    Unknown,
}

impl Sources {
    /// The files as they are settled so far.
    pub fn new(exports: &Exports) -> Self {
        let mut sources = Sources::default();
        for file in exports.files() {
            match file.table {
                Some(table) => sources.add(table, file),
                None => sources.ambiguous.push((file.name.clone(), file.candidates.clone())),
            }
        }
        sources
    }

    /// Takes a file as a table, in place of any before it.
    pub fn add(&mut self, table: u32, file: &ExportFile) {
        let has_keys = table_of(table).is_some_and(|table| table.columns.iter().any(|c| c.kind() == ColumnKind::Key));
        // Who exports a shorter time has rows of every interval in it; with gaps, keys come and go, and a file that
        // begins late or ends early says that nothing was counted.
        let comes_and_goes = file.gaps > 0 || file.begin_seconds.is_none();
        let source = TableSource {
            interval_seconds: file.interval_seconds,
            begin_seconds: file.begin_seconds.filter(|_| !comes_and_goes).unwrap_or(i64::MIN),
            end_seconds: file.end_seconds.filter(|_| !comes_and_goes).unwrap_or(i64::MAX),
            has_keys,
            missing_columns: file.missing_columns.clone(),
        };
        self.tables.insert(table, source);
    }

    /// The file of a table.
    pub(crate) fn get(&self, table: u32) -> Option<&TableSource> {
        self.tables.get(&table)
    }

    /// Why there is no file that is known to be a table.
    pub(crate) fn why_not(&self, number: u32) -> Obstacle {
        let may_be = |candidates: &&(String, Vec<u32>)| candidates.1.contains(&number);
        let Some((name, candidates)) = self.ambiguous.iter().find(may_be) else {
            return Obstacle::Missing(number);
        };
        let free = candidates.iter().filter(|table| !self.tables.contains_key(table));
        let names: Vec<_> =
            free.filter_map(|&number| Some(format!("{} ({number})", stem(table_of(number)?)))).collect();
        Obstacle::Other(format!("{name} may be {}; --as {name}=TABLE settles it", names.join(" or ")))
    }
}

impl TableSource {
    /// What it says of a stretch of time of which it has not all intervals.
    pub(crate) fn silence(&self, begin_seconds: i64, end_seconds: i64) -> Silence {
        if self.has_keys && self.begin_seconds <= begin_seconds && end_seconds <= self.end_seconds {
            Silence::Zero
        } else {
            Silence::Unknown
        }
    }

    /// Whether it has a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.missing_columns.iter().any(|missing| missing == name)
    }
}

/// The table of a number.
pub(crate) fn table_of(number: u32) -> Option<&'static Table> {
    Catalogue::builtin().table(number)
}

/// The name of a table's file without its ending.
pub(crate) fn stem(table: &Table) -> &str {
    table.file.strip_suffix(".csv").unwrap_or(&table.file)
}
