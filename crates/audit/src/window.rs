//! What a directory of exports says of a stretch of time.

use std::collections::BTreeMap;

/// A stretch of time that is as long as the longest interval of a directory's tables, and all that they say of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// When it begins, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// Its length in seconds.
    pub length_seconds: i64,
    /// The intervals of each table that begin within it, by the number of the table, in order of time.
    pub tables: BTreeMap<u32, Vec<IntervalRows>>,
}

/// The rows of one table for one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntervalRows {
    /// When it begins, in seconds since the Unix epoch; 0 in a table without timestamps.
    pub begin_seconds: i64,
    /// Its length in seconds; 0 in a table without timestamps.
    pub length_seconds: i64,
    /// The values of each column of the table, in the order of the catalogue, a value for each row; none of a column that the
    /// file has not.
    pub columns: Vec<Option<Values>>,
    /// Of a summary that has a second row with percentages: that row, in the order of the catalogue.
    pub percentages: Option<Vec<Option<f64>>>,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of keys and attributes.
    Texts(Vec<Box<str>>),
    /// Of everything that is counted or worked out. Counts are exact up to 2^53.
    Numbers(Vec<f64>),
}
