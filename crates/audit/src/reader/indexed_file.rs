//! One file of exports: the tables that it may be, and an index of its rows.

use csv::ByteRecord;
use tollgate_catalogue::{Catalogue, Table};

use super::index::{RunIndex, look_through};
use super::layout::{ColumnLayout, match_header, normal};
use super::rows::{CsvFile, RowReader};
use crate::error::Error;

/// A CSV file after its first pass.
#[derive(Clone, Debug)]
pub(crate) struct IndexedFile {
    /// The file.
    pub(crate) file: CsvFile,
    /// Its header.
    pub(crate) header: ByteRecord,
    /// The layout of its columns for each table that it may be. Empty if it matches no table.
    pub(crate) layouts: Vec<ColumnLayout>,
    /// The positions of its intervals.
    pub(crate) index: RunIndex,
    /// The source of these tables.
    pub(crate) known_by: KnownBy,
}

/// The source of a file's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownBy {
    /// The caller names the table.
    Word,
    /// The name of the file.
    Name,
    /// The header of the file.
    Header,
}

impl IndexedFile {
    /// Makes the first pass through a file. Its table is the one in `word` if there is one, otherwise the one of its name,
    /// otherwise any that fits its header.
    pub(crate) fn read(file: CsvFile, name: &str, word: Option<&'static Table>) -> Result<IndexedFile, Error> {
        let mut rows = RowReader::open(&file)?;
        rows.advance()?;
        let header = rows.row().clone();
        let headings: Vec<String> = header.iter().map(|cell| normal(&String::from_utf8_lossy(cell))).collect();
        let matched = match_header(&headings);
        let is_named = |table: &&Table| table.file.eq_ignore_ascii_case(name);
        let named = Catalogue::builtin().tables().iter().find(is_named);
        let (known_by, mut layouts) = match (word, named) {
            (Some(table), _) => (KnownBy::Word, vec![ColumnLayout::find(table, &headings)]),
            (None, Some(table)) => (KnownBy::Name, vec![ColumnLayout::find(table, &headings)]),
            (None, None) => (KnownBy::Header, matched.clone()),
        };
        if known_by != KnownBy::Header {
            check_header(&rows, &header, &layouts[0], &matched)?;
        }
        let index = match layouts.is_empty() {
            true => RunIndex::default(),
            false => look_through(&file, &mut rows, &header, &mut layouts)?,
        };
        Ok(IndexedFile { file, header, layouts, index, known_by })
    }

    /// The layout of its columns as a table that it may be.
    pub(crate) fn layout(&self, table: u32) -> Option<&ColumnLayout> {
        self.layouts.iter().find(|layout| layout.table.number == table)
    }

    /// Returns true if the file has rows with timestamps.
    pub(crate) fn is_timed(&self) -> bool {
        self.layouts.first().is_some_and(|layout| layout.times.is_some()) && !self.index.runs.is_empty()
    }

    /// Returns true if the file has a row for each key rather than one for each interval.
    pub(crate) fn has_keys(&self) -> bool {
        self.layouts.first().is_some_and(ColumnLayout::has_keys)
    }
}

/// Checks the header of a file whose table is known. It must have some of the table's columns, and must not fit another table
/// better.
fn check_header(
    rows: &RowReader,
    header: &ByteRecord,
    layout: &ColumnLayout,
    matched: &[ColumnLayout],
) -> Result<(), Error> {
    let is_another = matched.first().is_some_and(|other| other.found() > layout.found());
    if layout.is_complete() || (layout.found() > 0 && !is_another) {
        return Ok(());
    }
    let found = match matched {
        [] if header.is_empty() => "nothing".to_owned(),
        [] => format!("{:?}", String::from_utf8_lossy(header.as_slice()).chars().take(60).collect::<String>()),
        others => {
            let numbers: Vec<_> = others.iter().map(|other| other.table.number.to_string()).collect();
            format!("the header of table {}", numbers.join(" or "))
        }
    };
    let headings: Vec<_> = layout.table.headings().collect();
    let allowed = format!("that of table {}: {}", layout.table.number, headings.join(","));
    Err(rows.refuse("header", found, allowed))
}
