//! The second pass through the files: reads the rows of one window at a time.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};

use csv::ByteRecord;
use tollgate_catalogue::ColumnKind;

use super::cell;
use super::grid::{Grid, common_span};
use super::index::{IntervalRun, Role, interval, refuse_cell, role};
use super::indexed_file::IndexedFile;
use super::layout::ColumnLayout;
use super::rows::RowReader;
use crate::error::Error;
use crate::window::{ColumnForm, IntervalRows, PackedTexts, Values, Window};

/// The windows of the settled tables, in order of time.
///
/// A table that does not cover a window has no entry in it. A table with keys has no rows if nothing was counted, so it has an
/// empty entry for every window that it covers. It covers the span that all tables without keys have in common, or else the time
/// between its own first and last rows.
///
/// A table without timestamps belongs to the first window. A file that lacks the timestamps of its table is read only if there is
/// a single window, because otherwise its time is unknown. If no file has timestamps, there is one window of length 0.
pub struct Windows<'a> {
    grid: Option<Grid>,
    timed: Vec<Stream<'a>>,
    /// The tables without timestamps, until they are read into the first window.
    untimed: Vec<Stream<'a>>,
    is_over: bool,
}

impl<'a> Windows<'a> {
    /// Opens the windows of some files, each with the layout of its table. `form` gives the form of a column from the number of the
    /// table and the place of the column.
    pub(crate) fn open(
        settled: &[(&'a IndexedFile, &'a ColumnLayout)],
        form: impl Fn(u32, usize) -> ColumnForm,
    ) -> Result<Self, Error> {
        let sources = settled.iter().map(|(source, _)| *source);
        let grid = Grid::of(sources.clone());
        let span = common_span(sources.clone());
        let is_single = grid.is_none_or(|grid| is_single(grid, sources));
        let mut windows = Windows { grid, timed: Vec::new(), untimed: Vec::new(), is_over: false };
        for &(source, layout) in settled {
            if layout.times.is_some() {
                windows.timed.push(Stream::open(source, layout, span, &form)?);
            } else if is_single || !layout.table.timestamps {
                windows.untimed.push(Stream::open(source, layout, None, &form)?);
            }
        }
        Ok(windows)
    }

    fn read_next(&mut self) -> Result<Option<Window>, Error> {
        let place = self.grid.and_then(|grid| self.timed.iter().filter_map(|stream| stream.next_place(grid)).min());
        let mut window = Window::default();
        match (self.grid, place) {
            (Some(grid), Some(place)) => {
                window.begin_seconds = grid.begin_seconds(place);
                window.length_seconds = grid.length_seconds;
                window.tables = self.read_timed(grid, place)?;
            }
            _ if self.untimed.is_empty() => return Ok(None),
            // No file has timestamps.
            _ => {}
        }
        for mut stream in std::mem::take(&mut self.untimed) {
            let intervals = stream.read_runs(stream.source.index.runs.len())?;
            window.tables.insert(stream.layout.table.number, intervals);
        }
        Ok(Some(window))
    }

    fn read_timed(&mut self, grid: Grid, place: i64) -> Result<BTreeMap<u32, Vec<IntervalRows>>, Error> {
        let mut tables = BTreeMap::new();
        for stream in &mut self.timed {
            let covers = stream.covers(grid, place);
            let runs = &stream.source.index.runs[stream.next..];
            let count = runs.iter().take_while(|run| grid.place(run) == place).count();
            if count > 0 || covers {
                tables.insert(stream.layout.table.number, stream.read_runs(count)?);
            }
        }
        Ok(tables)
    }
}

/// Returns true if all intervals begin in one window.
pub(crate) fn is_single<'a>(grid: Grid, sources: impl Iterator<Item = &'a IndexedFile>) -> bool {
    let mut runs = sources.filter(|source| source.is_timed()).flat_map(|source| &source.index.runs);
    let first = runs.next().map(|run| grid.place(run));
    runs.all(|run| Some(grid.place(run)) == first)
}

impl Iterator for Windows<'_> {
    type Item = Result<Window, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let window = self.read_next().transpose();
        self.is_over = !matches!(window, Some(Ok(_)));
        window
    }
}

/// Reads one table in order of time.
struct Stream<'a> {
    source: &'a IndexedFile,
    layout: &'a ColumnLayout,
    rows: RowReader,
    /// The columns of the table: the place in the file, the kind and the form of each. The place is `None` if the file does not have
    /// the column or nobody wants it.
    columns: Vec<(Option<usize>, ColumnKind, ColumnForm)>,
    /// The places of the key in the file.
    keys: Vec<usize>,
    /// Number of runs that have been read.
    next: usize,
    /// The span that all tables without keys have in common, if they agree.
    span: Option<(i64, i64)>,
}

impl<'a> Stream<'a> {
    fn open(
        source: &'a IndexedFile,
        layout: &'a ColumnLayout,
        span: Option<(i64, i64)>,
        form: impl Fn(u32, usize) -> ColumnForm,
    ) -> Result<Self, Error> {
        let mut rows = RowReader::open(&source.file)?;
        rows.advance()?;
        let wanted = |(column, (place, kind)): (usize, (Option<usize>, ColumnKind))| {
            let form = form(layout.table.number, column);
            (place.filter(|_| form != ColumnForm::Absent), kind, form)
        };
        let columns = layout.columns().enumerate().map(wanted).collect();
        let keys =
            layout.columns().filter(|(_, kind)| *kind == ColumnKind::Key).filter_map(|(place, _)| place).collect();
        Ok(Stream { source, layout, rows, columns, keys, next: 0, span })
    }

    fn next_place(&self, grid: Grid) -> Option<i64> {
        self.source.index.runs.get(self.next).map(|run| grid.place(run))
    }

    /// Returns true if the table covers a window even without rows in it.
    fn covers(&self, grid: Grid, place: i64) -> bool {
        let runs = &self.source.index.runs;
        let is_between = |first, last| (grid.place(first)..=grid.place(last)).contains(&place);
        let between = runs.first().zip(runs.last()).is_some_and(|(first, last)| is_between(first, last));
        let (begin, end) = (grid.begin_seconds(place), grid.begin_seconds(place + 1));
        let is_within = self.span.is_some_and(|span| span.0 <= begin && end <= span.1);
        self.layout.table.has_keys() && (is_within || between)
    }

    /// Reads the next `count` runs and joins those of one interval.
    fn read_runs(&mut self, count: usize) -> Result<Vec<IntervalRows>, Error> {
        let runs = &self.source.index.runs[self.next..self.next + count];
        self.next += count;
        runs.chunk_by(|first, second| first.is_of(second)).map(|runs| self.read_interval(runs)).collect()
    }

    fn read_interval(&mut self, runs: &[IntervalRun]) -> Result<IntervalRows, Error> {
        let rows: u64 = runs.iter().map(|run| run.rows).sum();
        let rows = rows as usize;
        let empty = |kind, form| match kind {
            ColumnKind::Key | ColumnKind::Attribute if form == ColumnForm::Packed => {
                Values::Packed(PackedTexts::with_capacity(rows))
            }
            ColumnKind::Key | ColumnKind::Attribute => Values::Texts(Vec::with_capacity(rows)),
            ColumnKind::Count | ColumnKind::Number | ColumnKind::Percent => Values::Numbers(Vec::with_capacity(rows)),
        };
        let mut interval = IntervalRows {
            begin_seconds: runs[0].begin_seconds,
            length_seconds: runs[0].length_seconds,
            columns: self.columns.iter().map(|(place, kind, form)| place.map(|_| empty(*kind, *form))).collect(),
            ..IntervalRows::default()
        };
        let mut keys = SeenKeys::default();
        keys.hashes.reserve(rows);
        for run in runs {
            self.rows.seek(run.byte)?;
            for row in 0..run.rows {
                self.advance((row == 0).then_some(run))?;
                if self.layout.is_summary() && role(self.layout, self.rows.row()) == Role::Percentages {
                    interval.percentages = Some(self.percentages()?);
                    continue;
                }
                // The first row of a key counts. A table without keys has one row.
                if keys.add(self.rows.row(), &self.keys) {
                    self.push_row(&mut interval)?;
                    continue;
                }
                interval.repeated_rows += 1;
                if interval.first_repeated.is_none() {
                    interval.first_repeated = Some(self.layout.key(self.rows.row()));
                }
            }
        }
        Ok(interval)
    }

    /// Reads the next row. It must have as many fields as in the first pass. If it is the first row of a run, it must also have
    /// the times of that run.
    fn advance(&mut self, first_of: Option<&IntervalRun>) -> Result<(), Error> {
        let header = &self.source.header;
        let mut is_same = self.rows.advance()? && self.rows.row().len() == header.len();
        if let (true, Some(run), Some(times)) = (is_same, first_of, self.layout.times) {
            let time = interval(&self.rows, header, times)?;
            is_same = (time.begin_seconds, time.length_seconds) == (run.begin_seconds, run.length_seconds);
        }
        if !is_same {
            return Err(self.rows.refuse(
                "row",
                "a row that has changed since it was checked",
                "a file that does not change",
            ));
        }
        Ok(())
    }

    fn push_row(&self, interval: &mut IntervalRows) -> Result<(), Error> {
        let row = self.rows.row();
        for ((place, kind, _), values) in self.columns.iter().zip(&mut interval.columns) {
            let (Some(place), Some(values)) = (*place, values) else { continue };
            match values {
                Values::Texts(texts) => texts.push(String::from_utf8_lossy(&row[place]).into()),
                Values::Packed(texts) => texts.push(&String::from_utf8_lossy(&row[place])),
                Values::Numbers(numbers) => {
                    let parse = if *kind == ColumnKind::Count { cell::count } else { cell::number };
                    let number = parse(&row[place]);
                    numbers.push(number.map_err(|allowed| self.refuse(place, allowed))?);
                }
            }
        }
        Ok(())
    }

    fn percentages(&self) -> Result<Vec<Option<f64>>, Error> {
        let percentage =
            |place: usize| cell::percentage(&self.rows.row()[place]).map_err(|allowed| self.refuse(place, allowed));
        self.columns.iter().map(|(place, ..)| place.map_or(Ok(None), percentage)).collect()
    }

    fn refuse(&self, place: usize, allowed: &str) -> Error {
        refuse_cell(&self.rows, &self.source.header, place, allowed)
    }
}

/// The keys of an interval so far. It keeps 64 bits of each, so that memory does not depend on the length of the keys. Two of ten
/// million keys are mistaken for each other with a probability of about 3 in a million.
#[derive(Default)]
struct SeenKeys {
    hashes: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
}

impl SeenKeys {
    /// Adds the key of a row. Returns false if it was there already.
    fn add(&mut self, row: &ByteRecord, places: &[usize]) -> bool {
        let mut hasher = self.hashes.hasher().build_hasher();
        places.iter().for_each(|&place| row[place].hash(&mut hasher));
        self.hashes.insert(hasher.finish())
    }
}

impl std::fmt::Debug for Windows<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Windows").field("grid", &self.grid).finish_non_exhaustive()
    }
}
