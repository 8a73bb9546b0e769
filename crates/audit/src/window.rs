//! The rows of all tables in one window of time.

use std::collections::BTreeMap;

/// The rows of all tables in one window of time. A window is as long as the longest interval of the tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// Beginning, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// Length in seconds.
    pub length_seconds: i64,
    /// The intervals of each table that begin in the window, in order of time, by the number of the table.
    pub tables: BTreeMap<u32, Vec<IntervalRows>>,
}

/// The rows of one table for one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntervalRows {
    /// Beginning, in seconds since the Unix epoch. 0 in a table without timestamps.
    pub begin_seconds: i64,
    /// Length in seconds. 0 in a table without timestamps.
    pub length_seconds: i64,
    /// The values of each column of the table, one for each row, in the order of the catalogue. `None` for a column that is
    /// missing in the file.
    pub columns: Vec<Option<Values>>,
    /// The second row of a summary, which has percentages, in the order of the catalogue. `None` if there is no such row.
    pub percentages: Option<Vec<Option<f64>>>,
    /// Number of rows that were left out, because an earlier row of the interval has the same key.
    pub repeated_rows: u64,
    /// The key of the first row that was left out.
    pub first_repeated: Option<Vec<String>>,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Keys or attributes.
    Texts(Vec<Box<str>>),
    /// Counts, averages or percentages. Counts are exact up to 2^53.
    Numbers(Vec<f64>),
}
