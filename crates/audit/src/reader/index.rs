//! The first look through a file: every row is checked, and where each interval lies is noted down.

use std::path::Path;

use csv::ByteRecord;
use tollgate_catalogue::ColumnKind;

use super::cell;
use super::layout::ColumnLayout;
use super::rows::{RowReader, ends_within_line};
use crate::error::Error;

/// The most runs that are noted down for a file, at 32 bytes each. Every base interval of ten years has room; more come
/// only of rows that are in no order of time.
const MOST_RUNS: usize = 2_000_000;

/// Where the rows of each interval lie in a file, and what was noticed on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunIndex {
    /// The runs in order of time; those of one interval in the order of the file.
    pub(crate) runs: Vec<IntervalRun>,
    /// How many rows there are below the header.
    pub(crate) rows: u64,
    /// How many rows of counts are of an interval of a summary that has one already.
    pub(crate) surplus: u64,
    /// When the first such interval begins.
    pub(crate) first_surplus: Option<i64>,
    /// Whether the file ends within a line.
    pub(crate) ends_within_line: bool,
}

/// Neighbouring rows of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IntervalRun {
    /// When the interval begins, in seconds since the Unix epoch; 0 without timestamps.
    pub(crate) begin_seconds: i64,
    /// Its length in seconds; 0 without timestamps.
    pub(crate) length_seconds: i64,
    /// Where the first row begins.
    pub(crate) byte: u64,
    /// How many rows there are.
    pub(crate) rows: u64,
}

impl IntervalRun {
    /// When the interval is over.
    pub(crate) fn end_seconds(&self) -> i64 {
        self.begin_seconds + self.length_seconds
    }

    /// Whether both are of one interval.
    pub(crate) fn is_of(&self, other: &IntervalRun) -> bool {
        (self.begin_seconds, self.length_seconds) == (other.begin_seconds, other.length_seconds)
    }
}

/// What a row of a summary holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Counts,
    Percentages,
}

/// Looks through a file whose header has been read, as each of the tables that it may be. Those that a row speaks
/// against are taken from the layouts; one is always left.
///
/// # Errors
/// If the file cannot be read, or a row is malformed in each of the tables.
pub(crate) fn look_through(
    path: &Path,
    rows: &mut RowReader,
    header: &ByteRecord,
    layouts: &mut Vec<ColumnLayout>,
) -> Result<RunIndex, Error> {
    let mut look = Look::new(header, layouts);
    while rows.advance()? {
        look.take(rows, layouts)?;
    }
    look.finish(rows)?;
    let Look { mut index, .. } = look;
    index.ends_within_line = index.rows > 0 && ends_within_line(path)?;
    // A stable sort: what comes first in the file stays first.
    index.runs.sort_by_key(|run| (run.begin_seconds, run.length_seconds));
    Ok(index)
}

/// What kind of row a summary's row is. Percentages give themselves away by a sign or by a dash where there is none.
pub(crate) fn role(layout: &ColumnLayout, row: &ByteRecord) -> Role {
    let cells = |place: usize| row.get(place).unwrap_or_default();
    let in_counts = |place| cell::is_none(cells(place)) || cell::is_percentage(cells(place));
    if layout.counts().any(in_counts) || layout.ignored.iter().any(|&place| cell::is_none(cells(place))) {
        Role::Percentages
    } else {
        Role::Counts
    }
}

/// The first look while it goes on.
struct Look<'a> {
    header: &'a ByteRecord,
    /// The columns to check for each of the layouts: their places and kinds.
    checks: Vec<Vec<(usize, ColumnKind)>>,
    index: RunIndex,
    /// The cells of the times of the row before, most often those of this row too.
    times: [Vec<u8>; 2],
    /// Of the run that goes on, in a summary: whether its counts and its percentages have been seen.
    seen_counts: bool,
    seen_percentages: bool,
    /// Where the row before begins, if it ends with a line end within quotes.
    open_byte: Option<u64>,
}

impl<'a> Look<'a> {
    fn new(header: &'a ByteRecord, layouts: &mut Vec<ColumnLayout>) -> Self {
        // What has keys in the file is no summary.
        if layouts.iter().any(ColumnLayout::has_keys) {
            layouts.retain(ColumnLayout::has_keys);
        }
        Look {
            header,
            checks: layouts.iter().map(|layout| layout.numbers().collect()).collect(),
            index: RunIndex::default(),
            times: Default::default(),
            seen_counts: false,
            seen_percentages: false,
            open_byte: None,
        }
    }

    fn take(&mut self, rows: &RowReader, layouts: &mut Vec<ColumnLayout>) -> Result<(), Error> {
        let row = rows.row();
        if row.len() != self.header.len() {
            let found = if row.len() == 1 { "1 field".to_owned() } else { format!("{} fields", row.len()) };
            return Err(rows.refuse("row", found, format!("{}, one for each heading", self.header.len())));
        }
        self.open_byte = (row.as_slice().last() == Some(&b'\n')).then(|| rows.position());
        self.index.rows += 1;
        self.place(rows, layouts)?;
        if layouts[0].is_summary() && role(&layouts[0], row) == Role::Percentages {
            return self.take_percentages(rows, layouts);
        }
        if !layouts[0].has_keys() {
            self.take_counts(rows, &layouts[0])?;
        }
        self.check(rows, layouts)
    }

    /// Finds the run that a row belongs to, or begins it.
    fn place(&mut self, rows: &RowReader, layouts: &[ColumnLayout]) -> Result<(), Error> {
        let row = rows.row();
        let same = match layouts[0].times {
            Some([begin, end]) => row[begin] == *self.times[0] && row[end] == *self.times[1],
            None => true,
        };
        if let (true, Some(run)) = (same, self.index.runs.last_mut()) {
            run.rows += 1;
            return Ok(());
        }
        let (begin_seconds, length_seconds) = match layouts[0].times {
            Some(places) => interval(rows, self.header, places)?,
            None => (0, 0),
        };
        if let Some([begin, end]) = layouts[0].times {
            row[begin].clone_into(&mut self.times[0]);
            row[end].clone_into(&mut self.times[1]);
        }
        let run = IntervalRun { begin_seconds, length_seconds, byte: rows.position(), rows: 1 };
        match self.index.runs.last_mut() {
            // The same moment in other words.
            Some(last) if last.is_of(&run) => last.rows += 1,
            _ => self.begin_run(rows, run)?,
        }
        Ok(())
    }

    fn begin_run(&mut self, rows: &RowReader, run: IntervalRun) -> Result<(), Error> {
        if self.index.runs.len() == MOST_RUNS {
            let found = format!("{MOST_RUNS} changes of the interval before it");
            return Err(rows.refuse("row", found, "rows in order of time; sort the file"));
        }
        self.end_run(rows)?;
        self.index.runs.push(run);
        Ok(())
    }

    /// Makes sure that the run before is whole.
    fn end_run(&mut self, rows: &RowReader) -> Result<(), Error> {
        if let Some(run) = self.index.runs.last()
            && self.seen_percentages
            && !self.seen_counts
        {
            let found = "a row of percentages alone";
            return Err(rows.refuse_at(run.byte, "row", found, "one beside the row of counts of its interval"));
        }
        (self.seen_counts, self.seen_percentages) = (false, false);
        Ok(())
    }

    /// Takes a row of percentages.
    fn take_percentages(&mut self, rows: &RowReader, layouts: &[ColumnLayout]) -> Result<(), Error> {
        if self.seen_percentages {
            return Err(rows.refuse("row", "a second row of percentages", "one for each interval"));
        }
        self.seen_percentages = true;
        for &(place, _) in &self.checks[0] {
            let cell = &rows.row()[place];
            cell::percentage(cell).map_err(|allowed| self.refuse(rows, place, allowed))?;
        }
        debug_assert!(layouts.iter().all(ColumnLayout::is_summary));
        Ok(())
    }

    /// Takes note of a row of a table without keys.
    fn take_counts(&mut self, rows: &RowReader, layout: &ColumnLayout) -> Result<(), Error> {
        if self.seen_counts {
            if layout.times.is_none() {
                let found = "a second row of counts without timestamps";
                return Err(rows.refuse("row", found, "one for each interval, or timestamps to tell intervals apart"));
            }
            self.index.surplus += 1;
            let run = self.index.runs.last();
            self.index.first_surplus = self.index.first_surplus.or(run.map(|run| run.begin_seconds));
        }
        self.seen_counts = true;
        Ok(())
    }

    /// Checks the numbers of a row. What a row is malformed in is not the table of the file, unless it is the last.
    fn check(&mut self, rows: &RowReader, layouts: &mut Vec<ColumnLayout>) -> Result<(), Error> {
        let mut at = 0;
        while at < self.checks.len() {
            // Most tables with one header have the same kinds of numbers.
            let is_known = at > 0 && self.checks[at] == self.checks[at - 1];
            match if is_known { Ok(()) } else { self.check_as(rows, at) } {
                Ok(()) => at += 1,
                Err(error) if self.checks.len() == 1 => return Err(error),
                Err(_) => {
                    self.checks.remove(at);
                    layouts.remove(at);
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn check_as(&self, rows: &RowReader, at: usize) -> Result<(), Error> {
        let row = rows.row();
        for &(place, kind) in &self.checks[at] {
            let cell = &row[place];
            let checked = if kind == ColumnKind::Count { cell::count(cell) } else { cell::number(cell) };
            if let Err(allowed) = checked {
                return Err(self.refuse(rows, place, allowed));
            }
        }
        Ok(())
    }

    /// Makes sure that the file is whole.
    fn finish(&mut self, rows: &RowReader) -> Result<(), Error> {
        if let Some(byte) = self.open_byte {
            return Err(rows.refuse_at(byte, "row", "a quote that is never closed", "a closing quote"));
        }
        self.end_run(rows)
    }

    fn refuse(&self, rows: &RowReader, place: usize, allowed: &str) -> Error {
        refuse_cell(rows, self.header, place, allowed)
    }
}

/// When the interval of a row begins and how long it is, in seconds.
pub(crate) fn interval(rows: &RowReader, header: &ByteRecord, [begin, end]: [usize; 2]) -> Result<(i64, i64), Error> {
    let seconds =
        |place: usize| cell::seconds(&rows.row()[place]).map_err(|allowed| refuse_cell(rows, header, place, allowed));
    let (first, last) = (seconds(begin)?, seconds(end)?);
    if last < first {
        return Err(refuse_cell(rows, header, end, "a moment after the interval's begin"));
    }
    let between = last - first;
    // The end is the last second of the interval; where it is the first second after it, it is whole minutes away.
    let is_behind = between > 0 && between % 60 == 0;
    Ok((first, if is_behind { between } else { between + 1 }))
}

/// What is wrong with a cell of the row that was taken last.
pub(crate) fn refuse_cell(rows: &RowReader, header: &ByteRecord, place: usize, allowed: &str) -> Error {
    let text = |record: &ByteRecord| String::from_utf8_lossy(record.get(place).unwrap_or_default()).into_owned();
    rows.refuse(&text(header), format!("{:?}", shorten(&text(rows.row()))), allowed)
}

/// The beginning of a text that is too long to be shown.
fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}
