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
    /// The name of another file with the same bytes that is used instead.
    pub(crate) copy_of: Option<String>,
}

/// The source of a file's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownBy {
    /// The caller names the table.
    Word,
    /// The name of the file.
    Name,
    /// The name of the file without the number that a browser adds, or without the page.
    SimilarName,
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
        // A similar name counts only if the header fits the table too.
        let similar = matched.iter().find(|layout| Some(layout.table.number) == table_of_similar_name(name));
        let (known_by, mut layouts) = match (word, named, similar) {
            (Some(table), ..) => (KnownBy::Word, vec![ColumnLayout::find(table, &headings)]),
            (None, Some(table), _) => (KnownBy::Name, vec![ColumnLayout::find(table, &headings)]),
            (None, None, Some(layout)) => (KnownBy::SimilarName, vec![layout.clone()]),
            (None, None, None) => (KnownBy::Header, matched.clone()),
        };
        if matches!(known_by, KnownBy::Word | KnownBy::Name) {
            check_header(&rows, &header, &layouts[0], &matched)?;
        }
        if let Some(layout) = layouts.first() {
            check_repeats(&rows, &headings, layout)?;
        }
        let index = match layouts.is_empty() {
            true => RunIndex::default(),
            false => look_through(&file, &mut rows, &header, &mut layouts)?,
        };
        Ok(IndexedFile { file, header, layouts, index, known_by, copy_of: None })
    }

    /// The layout of its columns as a table that it may be.
    pub(crate) fn layout(&self, table: u32) -> Option<&ColumnLayout> {
        self.layouts.iter().find(|layout| layout.table.number == table)
    }

    /// Returns true if the file has timestamps.
    pub(crate) fn has_times(&self) -> bool {
        self.layouts.first().is_some_and(|layout| layout.times.is_some())
    }

    /// Returns true if the file has rows with timestamps.
    pub(crate) fn is_timed(&self) -> bool {
        self.has_times() && !self.index.runs.is_empty()
    }

    /// Returns true if the file has a row for each key rather than one for each interval.
    pub(crate) fn has_keys(&self) -> bool {
        self.layouts.first().is_some_and(|layout| layout.table.has_keys())
    }
}

/// The number of the table that a name stands for: a browser adds ` (1)` to the name of a second download, and users cut off the page.
fn table_of_similar_name(name: &str) -> Option<u32> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    let without_number = || {
        let (start, number) = stem.strip_suffix(')')?.rsplit_once('(')?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| start.trim_end())
    };
    let stem = without_number().unwrap_or(&stem);
    let is_meant = |table: &&Table| {
        let full = table.file.strip_suffix(".csv").unwrap_or(&table.file);
        let without_page = full.strip_prefix(&*table.page_path).and_then(|rest| rest.strip_prefix('_'));
        full == stem || without_page == Some(stem)
    };
    let mut meant = Catalogue::builtin().tables().iter().filter(is_meant);
    let table = meant.next()?;
    meant.next().is_none().then_some(table.number)
}

/// Checks that no column of a table is in the header twice, because the two may differ.
fn check_repeats(rows: &RowReader, headings: &[String], layout: &ColumnLayout) -> Result<(), Error> {
    let is_repeated = |place: &&usize| headings.iter().filter(|heading| **heading == headings[**place]).count() > 1;
    match layout.places.iter().flatten().find(is_repeated) {
        None => Ok(()),
        Some(&place) => {
            Err(rows.refuse("header", format!("the heading {} twice", headings[place]), "each heading once"))
        }
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
