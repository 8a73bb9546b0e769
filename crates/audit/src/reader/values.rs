//! Finds cells whose values their columns do not allow: texts that are no address, scores out of range, percentages over 100.

use std::net::IpAddr;

use csv::ByteRecord;
use tollgate_catalogue::{Attribute, Column, ColumnContent, KeyPart};

use super::cell;
use super::layout::ColumnLayout;

/// The largest percentage, with room for the rounding of averages to twelve digits.
const MOST_PERCENT: f64 = 100.0 + 1e-9;

/// The highest reputation score. The lowest is its negative.
const MOST_SCORE: f64 = 10.0;

/// The values of one column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnValues {
    /// Its heading.
    pub heading: String,
    /// The values that the column allows.
    pub allowed: &'static str,
    /// Number of cells.
    pub cells: u64,
    /// Number of cells with another value.
    pub wrong: u64,
    /// The first of these.
    pub first: Option<WrongValue>,
    /// True if the column has texts, which other releases of AsyncOS may write in another form.
    pub is_text: bool,
}

/// A value that its column does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongValue {
    /// Beginning of the row's interval, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// Length of the row's interval in seconds.
    pub length_seconds: i64,
    /// The parts of the row's key.
    pub key: Vec<String>,
    /// The text in the cell.
    pub found: String,
}

/// The values that a column allows, if the catalogue limits them beyond the kind of the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueRange {
    Address,
    Whole,
    YesOrNo,
    Score,
    Percentage,
}

impl ValueRange {
    fn of(column: &Column) -> Option<ValueRange> {
        match &column.content {
            ColumnContent::Key { key: KeyPart::Address, .. } => Some(ValueRange::Address),
            ColumnContent::Key { key: KeyPart::OutbreakId, .. } => Some(ValueRange::Whole),
            ColumnContent::Attribute(Attribute::DnsVerified) => Some(ValueRange::YesOrNo),
            ColumnContent::Attribute(Attribute::Sbrs) => Some(ValueRange::Score),
            ColumnContent::Percent { .. } => Some(ValueRange::Percentage),
            ColumnContent::Key { .. }
            | ColumnContent::Attribute(_)
            | ColumnContent::Sum(_)
            | ColumnContent::Average { .. } => None,
        }
    }

    fn allows(self, cell: &[u8]) -> bool {
        let text = std::str::from_utf8(cell.trim_ascii()).unwrap_or_default();
        match self {
            ValueRange::Address => text.parse::<IpAddr>().is_ok(),
            ValueRange::Whole => text.parse::<u64>().is_ok(),
            ValueRange::YesOrNo => text.eq_ignore_ascii_case("yes") || text.eq_ignore_ascii_case("no"),
            ValueRange::Score => {
                let is_in_range = |score: f64| score.abs() <= MOST_SCORE;
                text.eq_ignore_ascii_case("none") || text.parse().is_ok_and(is_in_range)
            }
            ValueRange::Percentage => cell::number(cell).is_ok_and(|number| number <= MOST_PERCENT),
        }
    }

    fn words(self) -> &'static str {
        match self {
            ValueRange::Address => "an IP address",
            ValueRange::Whole => "a whole number",
            ValueRange::YesOrNo => "Yes or No, and No if the host name is unknown",
            ValueRange::Score => "a score from -10.0 to 10.0, or None",
            ValueRange::Percentage => "a percentage from 0 to 100",
        }
    }
}

/// Checks the values of rows, one row after the other.
#[derive(Debug, Default)]
pub(crate) struct ValueCheck {
    columns: Vec<CheckedColumn>,
}

#[derive(Debug)]
struct CheckedColumn {
    place: usize,
    range: ValueRange,
    /// The place of the host name, if the column says whether it is verified.
    host: Option<usize>,
    values: ColumnValues,
}

/// The host name of an address without reverse DNS.
const NO_HOST: &[u8] = b"unknown";

impl ValueCheck {
    /// Checks the columns of a layout whose values are limited.
    pub(crate) fn new(layout: &ColumnLayout) -> ValueCheck {
        let columns = || layout.places.iter().zip(&layout.table.columns);
        let is_host = |column: &Column| matches!(column.content, ColumnContent::Attribute(Attribute::Hostname));
        let host = columns().find(|(_, column)| is_host(column)).and_then(|(place, _)| *place);
        let checked = |(place, column): (&Option<usize>, &Column)| {
            let (place, range) = ((*place)?, ValueRange::of(column)?);
            let values = ColumnValues {
                heading: column.name.clone(),
                allowed: range.words(),
                cells: 0,
                wrong: 0,
                first: None,
                is_text: range != ValueRange::Percentage,
            };
            let host = if range == ValueRange::YesOrNo { host } else { None };
            Some(CheckedColumn { place, range, host, values })
        };
        ValueCheck { columns: columns().filter_map(checked).collect() }
    }

    /// Checks a row. `describe` gives the beginning and the length of its interval, and its key.
    #[inline]
    pub(crate) fn check(&mut self, row: &ByteRecord, describe: impl Fn() -> (i64, i64, Vec<String>)) {
        for CheckedColumn { place, range, host, values } in &mut self.columns {
            values.cells += 1;
            // A host without a name is not verified.
            let is_nameless = host.is_some_and(|host| row[host].trim_ascii().eq_ignore_ascii_case(NO_HOST));
            let is_contradicted = is_nameless && row[*place].trim_ascii().eq_ignore_ascii_case(b"yes");
            if !is_contradicted && range.allows(&row[*place]) {
                continue;
            }
            values.wrong += 1;
            if values.first.is_none() {
                let (begin_seconds, length_seconds, key) = describe();
                let found = String::from_utf8_lossy(&row[*place]).into_owned();
                values.first = Some(WrongValue { begin_seconds, length_seconds, key, found });
            }
        }
    }

    /// The results of all columns.
    pub(crate) fn finish(self) -> Vec<ColumnValues> {
        self.columns.into_iter().map(|column| column.values).collect()
    }
}
