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
    /// The values of each column of the table, one for each row, in the order of the catalogue, followed by the columns that later
    /// releases add to the table. `None` for a column that is missing in the file or was not wanted.
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
    /// Keys or attributes in less memory, if they are only needed one at a time.
    Packed(PackedTexts),
    /// Counts, averages or percentages. Counts are exact up to 2^53.
    Numbers(Vec<f64>),
}

/// Texts one after the other in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackedTexts {
    text: String,
    /// The end of each text.
    ends: Vec<u32>,
}

/// The form in which a column is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnForm {
    /// It is not read.
    Absent,
    /// Numbers, or texts as [`Values::Texts`].
    Plain,
    /// Numbers, or texts as [`Values::Packed`].
    Packed,
}

impl PackedTexts {
    /// No texts yet, with room for a number of them.
    pub(crate) fn with_capacity(texts: usize) -> Self {
        PackedTexts { text: String::new(), ends: Vec::with_capacity(texts) }
    }

    /// Adds a text. Texts beyond four gigabytes are added as empty ones.
    pub(crate) fn push(&mut self, text: &str) {
        if self.text.len() + text.len() <= u32::MAX as usize {
            self.text.push_str(text);
        }
        self.ends.push(self.text.len() as u32);
    }

    /// A text by its place.
    pub fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)? as usize;
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(begin..end)
    }
}

impl IntervalRows {
    /// Number of rows, without those that were left out. 0 if no column is read.
    pub fn rows(&self) -> usize {
        let columns = self.columns.iter().flatten().map(|values| match values {
            Values::Texts(texts) => texts.len(),
            Values::Packed(texts) => texts.ends.len(),
            Values::Numbers(numbers) => numbers.len(),
        });
        columns.max().unwrap_or_default()
    }

    /// The text in a column of a row.
    pub fn text(&self, column: usize, row: usize) -> Option<&str> {
        match self.columns.get(column)?.as_ref()? {
            Values::Texts(texts) => texts.get(row).map(|text| &**text),
            Values::Packed(texts) => texts.get(row),
            Values::Numbers(_) => None,
        }
    }
}
