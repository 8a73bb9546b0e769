//! The first pass through a file. It checks every row and records the position of each interval.

use std::collections::BTreeSet;

use csv::ByteRecord;
use tollgate_catalogue::ColumnKind;
use tollgate_wording::{beginning, count};

use crate::digits::FileDigits;

use super::cell;
use super::layout::ColumnLayout;
use super::rows::{CsvFile, RowReader, ends_within_line};
use super::times::{RowTime, RowTimes, TimeCheck};
use super::values::{ColumnValues, ValueCheck};
use crate::error::Error;

/// The largest number of runs of a file, at 32 bytes each. It is enough for every base interval of ten years. Only a file that
/// is not sorted by time can have more.
const MOST_RUNS: usize = 2_000_000;

/// The longest interval in seconds: a leap year.
const MOST_SECONDS: i64 = 366 * 86_400;

/// The positions of a file's intervals, and the results of its first pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunIndex {
    /// The runs in order of time. Runs of one interval are in the order of the file.
    pub(crate) runs: Vec<IntervalRun>,
    /// Number of rows below the header.
    pub(crate) rows: u64,
    /// Number of rows of counts that repeat an interval of a table without keys within one run.
    pub(crate) surplus: u64,
    /// Beginning of the first such interval.
    pub(crate) first_surplus: Option<i64>,
    /// True if the last line of the file has no line end.
    pub(crate) ends_within_line: bool,
    /// The results of checking the times of the rows.
    pub(crate) times: RowTimes,
    /// The results of checking the values of the columns.
    pub(crate) values: Vec<ColumnValues>,
    /// The digits of the averages.
    pub(crate) digits: FileDigits,
}

/// Neighbouring rows of one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IntervalRun {
    /// Beginning of the interval, in seconds since the Unix epoch. 0 without timestamps.
    pub(crate) begin_seconds: i64,
    /// Length of the interval in seconds. 0 without timestamps.
    pub(crate) length_seconds: i64,
    /// Byte position of the first row.
    pub(crate) byte: u64,
    /// Number of rows.
    pub(crate) rows: u64,
}

impl IntervalRun {
    /// End of the interval.
    pub(crate) fn end_seconds(&self) -> i64 {
        self.begin_seconds + self.length_seconds
    }

    /// Returns true if both runs are of the same interval.
    pub(crate) fn is_of(&self, other: &IntervalRun) -> bool {
        (self.begin_seconds, self.length_seconds) == (other.begin_seconds, other.length_seconds)
    }
}

/// The contents of a row of a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Counts,
    Percentages,
}

/// Makes the first pass through a file whose header has been read. It removes the layouts that a row contradicts. At least one
/// layout is left.
///
/// # Errors
/// If the file cannot be read, or a row is malformed in each of the tables.
pub(crate) fn look_through(
    file: &CsvFile,
    rows: &mut RowReader,
    header: &ByteRecord,
    layouts: &mut Vec<ColumnLayout>,
) -> Result<RunIndex, Error> {
    let mut look = Look::new(header, layouts);
    while rows.advance()? {
        look.take(rows, layouts)?;
    }
    look.finish(rows)?;
    let Look { mut index, time_check, value_check, .. } = look;
    index.times = time_check.finish();
    index.values = value_check.finish();
    index.ends_within_line = index.rows > 0 && ends_within_line(file)?;
    // The sort is stable: runs of one interval stay in the order of the file.
    index.runs.sort_by_key(|run| (run.begin_seconds, run.length_seconds));
    Ok(index)
}

/// The role of a row of a summary. Percentages have a percent sign, or `--` for no value.
pub(crate) fn role(layout: &ColumnLayout, row: &ByteRecord) -> Role {
    let cells = |place: usize| row.get(place).unwrap_or_default();
    let in_counts = |place| cell::is_none(cells(place)) || cell::is_percentage(cells(place));
    if layout.counts().any(in_counts) || layout.ignored.iter().any(|&place| cell::is_none(cells(place))) {
        Role::Percentages
    } else {
        Role::Counts
    }
}

/// The state of the first pass.
struct Look<'a> {
    header: &'a ByteRecord,
    /// The columns to check for each layout: their places and kinds.
    checks: Vec<Vec<(usize, ColumnKind)>>,
    index: RunIndex,
    /// The places of the columns with averages.
    averages: BTreeSet<usize>,
    /// The timestamp cells of the previous row. Most rows repeat them.
    times: [Vec<u8>; 2],
    /// The End Timestamp of the previous row.
    end_stamp: i64,
    time_check: TimeCheck,
    value_check: ValueCheck,
    /// True if the current run of a table without keys has had a row of counts.
    seen_counts: bool,
    /// True if the current run has had a row of percentages.
    seen_percentages: bool,
    /// Byte position of the previous row, if that row ends with a line end within quotes.
    open_byte: Option<u64>,
}

impl<'a> Look<'a> {
    fn new(header: &'a ByteRecord, layouts: &mut Vec<ColumnLayout>) -> Self {
        // If the header fits a table with keys, the file is no summary.
        if layouts.iter().any(|layout| layout.table.has_keys()) {
            layouts.retain(|layout| layout.table.has_keys());
        }
        let checks: Vec<Vec<(usize, ColumnKind)>> = layouts.iter().map(|layout| layout.checked().collect()).collect();
        let numbers = checks.iter().flatten().filter(|(_, kind)| *kind == ColumnKind::Number);
        let averages: BTreeSet<usize> = numbers.map(|(place, _)| *place).collect();
        Look {
            header,
            index: RunIndex { digits: FileDigits::NONE, ..RunIndex::default() },
            averages,
            checks,
            times: Default::default(),
            end_stamp: 0,
            time_check: TimeCheck::default(),
            // Tables with the same header limit the values of their columns in the same way.
            value_check: ValueCheck::new(&layouts[0]),
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
        let has_new_times = self.place(rows, layouts)?;
        self.check_time(row, &layouts[0], has_new_times);
        if layouts[0].is_summary() && role(&layouts[0], row) == Role::Percentages {
            return self.take_percentages(rows, layouts);
        }
        if !layouts[0].table.has_keys() {
            self.take_counts(rows, &layouts[0])?;
        }
        self.check(rows, layouts)?;
        self.check_values(row, &layouts[0]);
        self.averages.iter().for_each(|&place| self.index.digits.add(&row[place]));
        Ok(())
    }

    /// Adds a row to the current run or begins a new one. Returns true if its timestamps differ from those of the previous row.
    fn place(&mut self, rows: &RowReader, layouts: &[ColumnLayout]) -> Result<bool, Error> {
        let row = rows.row();
        let same = match layouts[0].times {
            Some([begin, end]) => row[begin] == *self.times[0] && row[end] == *self.times[1],
            None => true,
        };
        if let (true, Some(run)) = (same, self.index.runs.last_mut()) {
            run.rows += 1;
            return Ok(false);
        }
        let RowTime { begin_seconds, length_seconds, end_stamp } = match layouts[0].times {
            Some(places) => interval(rows, self.header, places)?,
            None => RowTime { begin_seconds: 0, length_seconds: 0, end_stamp: 0 },
        };
        self.end_stamp = end_stamp;
        if let Some([begin, end]) = layouts[0].times {
            row[begin].clone_into(&mut self.times[0]);
            row[end].clone_into(&mut self.times[1]);
        }
        let run = IntervalRun { begin_seconds, length_seconds, byte: rows.position(), rows: 1 };
        match self.index.runs.last_mut() {
            // The same moments, written in another way.
            Some(last) if last.is_of(&run) => last.rows += 1,
            _ => self.begin_run(rows, run)?,
        }
        Ok(true)
    }

    fn check_time(&mut self, row: &ByteRecord, layout: &ColumnLayout, has_new_times: bool) {
        let (Some(_), Some(run)) = (layout.times, self.index.runs.last()) else { return };
        let IntervalRun { begin_seconds, length_seconds, .. } = *run;
        let time = RowTime { begin_seconds, length_seconds, end_stamp: self.end_stamp };
        self.time_check.check(row, layout.dates, time, has_new_times, || layout.key(row));
    }

    fn check_values(&mut self, row: &ByteRecord, layout: &ColumnLayout) {
        let run = self.index.runs.last();
        self.value_check.check(row, || {
            let (begin_seconds, length_seconds) = run.map_or((0, 0), |run| (run.begin_seconds, run.length_seconds));
            (begin_seconds, length_seconds, layout.key(row))
        });
    }

    fn begin_run(&mut self, rows: &RowReader, run: IntervalRun) -> Result<(), Error> {
        if self.index.runs.len() == MOST_RUNS {
            let found = format!("{} changes of the interval before this row", count(MOST_RUNS as u64));
            return Err(rows.refuse("row", found, "a file that is sorted by time"));
        }
        self.end_run(rows)?;
        self.index.runs.push(run);
        Ok(())
    }

    /// Checks that the previous run has a row of counts if it has a row of percentages.
    fn end_run(&mut self, rows: &RowReader) -> Result<(), Error> {
        if let Some(run) = self.index.runs.last()
            && self.seen_percentages
            && !self.seen_counts
        {
            let found = "a row of percentages without a row of counts";
            return Err(rows.refuse_at(run.byte, "row", found, "one of each for an interval"));
        }
        (self.seen_counts, self.seen_percentages) = (false, false);
        Ok(())
    }

    /// Checks a row of percentages.
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

    /// Records a row of counts of a table without keys.
    fn take_counts(&mut self, rows: &RowReader, layout: &ColumnLayout) -> Result<(), Error> {
        if self.seen_counts {
            if layout.times.is_none() {
                let found = "a second row of counts without timestamps";
                return Err(rows.refuse(
                    "row",
                    found,
                    "one for each interval, or timestamps that tell the intervals apart",
                ));
            }
            self.index.surplus += 1;
            let run = self.index.runs.last();
            self.index.first_surplus = self.index.first_surplus.or(run.map(|run| run.begin_seconds));
        }
        self.seen_counts = true;
        Ok(())
    }

    /// Checks the numbers of a row. A layout under which the row is malformed is removed, unless it is the only one left.
    fn check(&mut self, rows: &RowReader, layouts: &mut Vec<ColumnLayout>) -> Result<(), Error> {
        let mut at = 0;
        while at < self.checks.len() {
            // Most tables with the same header have the same kinds of numbers.
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

    /// Checks that the file is complete.
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

/// The times of a row.
pub(crate) fn interval(rows: &RowReader, header: &ByteRecord, [begin, end]: [usize; 2]) -> Result<RowTime, Error> {
    let seconds =
        |place: usize| cell::seconds(&rows.row()[place]).map_err(|allowed| refuse_cell(rows, header, place, allowed));
    let (first, last) = (seconds(begin)?, seconds(end)?);
    if last < first {
        return Err(refuse_cell(rows, header, end, "a moment after the beginning of the interval"));
    }
    let between = last - first;
    if between > MOST_SECONDS {
        let allowed = format!("at most 366 days after the Begin Timestamp, {first}.0");
        return Err(refuse_cell(rows, header, end, &allowed));
    }
    // Most exports write the last second of the interval as its end. If the two timestamps are whole minutes apart, the end is the
    // first second after it.
    let is_behind = between > 0 && between % 60 == 0;
    let length_seconds = if is_behind { between } else { between + 1 };
    Ok(RowTime { begin_seconds: first, length_seconds, end_stamp: last })
}

/// The largest number of characters of a malformed cell that an error shows.
const MOST_SHOWN: usize = 60;

/// The error for a malformed cell of the current row.
pub(crate) fn refuse_cell(rows: &RowReader, header: &ByteRecord, place: usize, allowed: &str) -> Error {
    let text = |record: &ByteRecord| String::from_utf8_lossy(record.get(place).unwrap_or_default()).into_owned();
    rows.refuse(&text(header), format!("{:?}", beginning(&text(rows.row()), MOST_SHOWN)), allowed)
}
