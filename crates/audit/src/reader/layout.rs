//! Matches the columns of a file with the columns of a table.

use csv::ByteRecord;
use tollgate_catalogue::{Attribute, Catalogue, Column, ColumnContent, ColumnKind, Table};

use super::later::later_columns;

/// Headings of the catalogue and their other forms, both after [`normal`].
const OTHER_FORMS: [(&str, &str); 8] = [
    // Later releases say "sender domain".
    ("domain", "sender domain"),
    // Later releases use the wording of the network owners in the table of domains too.
    ("rejected", "connections rejected"),
    ("accepted", "connections accepted"),
    // The document itself has both forms, in different tables.
    ("stopped by content filters", "stopped by content filter"),
    ("stopped by content filter", "stopped by content filters"),
    // Summaries of later releases add "messages".
    ("total attempted", "total attempted messages"),
    ("total threat", "total threat messages"),
    ("clean", "clean messages"),
];

/// The headings of the times of a row. The dates repeat the timestamps in words.
const TIMES: [&str; 2] = ["begin timestamp", "end timestamp"];
const DATES: [&str; 2] = ["begin date", "end date"];

/// The places of a table's columns in the rows of a file.
#[derive(Clone, Debug)]
pub(crate) struct ColumnLayout {
    /// The table.
    pub(crate) table: &'static Table,
    /// The places of the timestamps. `None` if the table or the file does not have them.
    pub(crate) times: Option<[usize; 2]>,
    /// The places of the dates. `None` if the file does not have one of them, or has no timestamps.
    pub(crate) dates: [Option<usize>; 2],
    /// The place of each column of the table. `None` if the file does not have it.
    pub(crate) places: Vec<Option<usize>>,
    /// The place of each column that later releases add to the table. `None` if the file does not have it.
    pub(crate) later: Vec<Option<usize>>,
    /// The places of columns that neither the table nor a later release has.
    pub(crate) ignored: Vec<usize>,
}

impl ColumnLayout {
    /// Finds a table's columns in a header, in any order. The headings must have gone through [`normal`].
    pub(crate) fn find(table: &'static Table, header: &[String]) -> ColumnLayout {
        let place_of = |heading: &str| header.iter().position(|found| found == heading);
        let times = match TIMES.map(place_of) {
            [Some(begin), Some(end)] if table.timestamps => Some([begin, end]),
            _ => None,
        };
        let names: Vec<String> = table.columns.iter().map(|column| normal(&column.name)).collect();
        let mut places: Vec<Option<usize>> = names.iter().map(|name| place_of(name)).collect();
        let mut keys = 0;
        for (column, name) in names.iter().enumerate() {
            let is_key = table.columns[column].kind() == ColumnKind::Key;
            keys += usize::from(is_key);
            if places[column].is_some() {
                continue;
            }
            let forms = OTHER_FORMS.iter().filter(|(own, _)| own == name).map(|(_, other)| (*other).to_owned());
            // A key that the page does not show has a numbered heading such as `key0`.
            let numbered = is_key.then(|| format!("key{}", keys - 1));
            let mut found = forms.chain(numbered).filter_map(|form| place_of(&form));
            let found = found.find(|place| !places.contains(&Some(*place)));
            places[column] = found;
        }
        let is_date = |place: usize| table.timestamps && (DATES.contains(&header[place].as_str()));
        let is_used = |place: usize| {
            places.contains(&Some(place)) || times.is_some_and(|times| times.contains(&place)) || is_date(place)
        };
        let free: Vec<usize> = (0..header.len()).filter(|&place| !is_used(place)).collect();
        let later: Vec<Option<usize>> = later_columns(table.number)
            .map(|column| free.iter().copied().find(|&place| column.is_headed(&header[place])))
            .collect();
        let ignored = free.into_iter().filter(|place| !later.contains(&Some(*place))).collect();
        let dates = if times.is_some() { DATES.map(place_of) } else { [None, None] };
        ColumnLayout { table, times, dates, places, later, ignored }
    }

    /// Number of the table's columns that the file has.
    pub(crate) fn found(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// Returns true if the file has all columns of the table.
    pub(crate) fn is_complete(&self) -> bool {
        self.found() == self.places.len()
    }

    /// The headings of the table's columns that the file does not have.
    pub(crate) fn missing(&self) -> Vec<String> {
        let columns = self.places.iter().zip(&self.table.columns);
        columns.filter(|(place, _)| place.is_none()).map(|(_, column)| column.name.clone()).collect()
    }

    /// The parts of the key of a row.
    pub(crate) fn key(&self, row: &ByteRecord) -> Vec<String> {
        let keys = self.columns().filter(|(_, kind)| *kind == ColumnKind::Key).filter_map(|(place, _)| place);
        keys.map(|place| String::from_utf8_lossy(&row[place]).into_owned()).collect()
    }

    /// Returns true if the table may have a second row with percentages: it has several counts and no keys.
    pub(crate) fn is_summary(&self) -> bool {
        !self.table.has_keys() && self.counts().nth(1).is_some()
    }

    /// The places of the columns with counts.
    pub(crate) fn counts(&self) -> impl Iterator<Item = usize> {
        self.numbers().filter(|(_, kind)| *kind == ColumnKind::Count).map(|(place, _)| place)
    }

    /// The places and kinds of the columns with numbers.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (usize, ColumnKind)> {
        let columns = self.columns().filter_map(|(place, kind)| Some((place?, kind)));
        columns.filter(|(_, kind)| !matches!(kind, ColumnKind::Key | ColumnKind::Attribute))
    }

    /// The places and kinds of the columns whose cells are checked: those with numbers, and the times of outbreaks, which are whole numbers.
    pub(crate) fn checked(&self) -> impl Iterator<Item = (usize, ColumnKind)> {
        let is_time = |column: &Column| {
            matches!(column.content, ColumnContent::Attribute(Attribute::FirstSeen | Attribute::ProtectionTime))
        };
        let times = self.places.iter().zip(&self.table.columns).filter(move |(_, column)| is_time(column));
        self.numbers().chain(times.filter_map(|(place, _)| Some(((*place)?, ColumnKind::Count))))
    }

    /// The place and kind of each column of the table, followed by those of later releases, which are counts.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (Option<usize>, ColumnKind)> {
        let kinds = self.table.columns.iter().map(|column| column.kind());
        let later = self.later.iter().map(|place| (*place, ColumnKind::Count));
        self.places.iter().copied().zip(kinds).chain(later)
    }
}

/// The layouts of the tables that a header fits. It must have all columns of the table. If it fits several tables, those with the
/// most columns are returned.
pub(crate) fn match_header(header: &[String]) -> Vec<ColumnLayout> {
    let tables = Catalogue::builtin().tables().iter();
    let complete = tables.map(|table| ColumnLayout::find(table, header)).filter(ColumnLayout::is_complete);
    // A single heading such as Time or Messages identifies a table only together with timestamps.
    let mut layouts: Vec<ColumnLayout> =
        complete.filter(|layout| layout.times.is_some() || layout.found() > 1).collect();
    let most = layouts.iter().map(ColumnLayout::found).max();
    layouts.retain(|layout| Some(layout.found()) == most);
    layouts
}

/// Removes the differences between releases from a heading: upper case, a colon at the end, and blanks around it.
pub(crate) fn normal(heading: &str) -> String {
    heading.trim().trim_end_matches(':').trim_end().to_lowercase()
}
