//! The figures of exports: those of each interval, and the sums of each key.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use tollgate_audit::{ColumnForm, Error, Exports, IntervalRows, Values};
use tollgate_catalogue::{Catalogue, ColumnKind, Table};

/// The largest number of keys that a table keeps. Of more keys, a sample is kept.
const MOST_KEYS: usize = 200_000;

/// The table of Maximum Messages in Work Queue.
pub(crate) const MAXIMA: u32 = 32;

/// The figures of exports of one appliance.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The tables that are there, by number.
    pub tables: BTreeMap<u32, TableSeries>,
}

/// The figures of the appliances of a site.
#[derive(Clone, Debug, Default)]
pub struct SiteFigures {
    /// The tables that all appliances have: the sums of their counts, and the means of their averages and percentages.
    pub all: Figures,
    /// The tables of each appliance without keys, if there are several appliances.
    pub appliances: Vec<Figures>,
}

/// The figures of one table.
#[derive(Clone, Debug)]
pub struct TableSeries {
    /// The table.
    pub table: &'static Table,
    /// For each column, true if the file has it.
    pub present: Vec<bool>,
    /// The intervals, in order of time.
    pub series: Vec<SeriesPoint>,
    /// The keys, if the table has any.
    pub keys: KeyFigures,
    /// Number of rows.
    pub rows: u64,
}

/// The figures of a table in one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesPoint {
    /// Beginning, in seconds since the Unix epoch. 0 in a table without timestamps.
    pub begin_seconds: i64,
    /// Length in seconds. 0 in a table without timestamps.
    pub length_seconds: i64,
    /// The number of rows.
    pub rows: u64,
    /// For each column, the sum of a count over all rows, or the mean of an average or a percentage over the rows. 0 for keys, attributes and
    /// columns that are not there.
    pub values: Vec<f64>,
}

/// The sums of the counts of each key over all intervals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyFigures {
    /// The sums of each key by column, in the order of the columns. The parts of a key are separated by a line break.
    pub sums: BTreeMap<String, Vec<f64>>,
    /// One key in so many is kept: 1 if all are.
    pub one_in: u64,
}

impl Figures {
    /// Reads all settled tables of exports. `has_keys` says by the number of a table whether the sums of its keys are wanted.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read(exports: &Exports, has_keys: impl Fn(u32) -> bool) -> Result<Figures, Error> {
        let form = |table: u32, column: usize| match kind_of(table, column) {
            Some(ColumnKind::Key) if has_keys(table) => ColumnForm::Packed,
            Some(ColumnKind::Key | ColumnKind::Attribute) | None => ColumnForm::Absent,
            Some(ColumnKind::Count | ColumnKind::Number | ColumnKind::Percent) => ColumnForm::Plain,
        };
        let mut figures = Figures::default();
        for window in exports.windows_of_columns(|_| true, form)? {
            for (number, intervals) in window?.tables {
                let Some(table) = Catalogue::builtin().table(number) else { continue };
                let figures = figures.tables.entry(number).or_insert_with(|| TableSeries::new(table));
                intervals.iter().for_each(|interval| figures.add(interval, has_keys(number)));
            }
        }
        Ok(figures)
    }

    /// Reads the figures of the appliances of a site, as [`Figures::read`] does.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read_site(site: &[Exports], has_keys: impl Fn(u32) -> bool) -> Result<SiteFigures, Error> {
        let [first, others @ ..] = site else { return Ok(SiteFigures::default()) };
        let mut all = Figures::read(first, &has_keys)?;
        let mut appliances = Vec::new();
        if !others.is_empty() {
            appliances.push(all.without_keys());
        }
        for exports in others {
            let figures = Figures::read(exports, &has_keys)?;
            appliances.push(figures.without_keys());
            all = all.plus(figures);
        }
        // A sum that lacks an appliance is no total.
        all.tables.retain(|&number, _| site.iter().all(|exports| exports.file_of(number).is_some()));
        Ok(SiteFigures { all, appliances })
    }

    fn without_keys(&self) -> Figures {
        let strip = |(&number, table): (&u32, &TableSeries)| {
            let (present, series, keys) = (table.present.clone(), table.series.clone(), KeyFigures::default());
            (number, TableSeries { table: table.table, present, series, keys, rows: table.rows })
        };
        Figures { tables: self.tables.iter().map(strip).collect() }
    }

    /// The figures of both. Counts are added up, and others are averages.
    pub(crate) fn plus(mut self, other: Figures) -> Figures {
        for (number, theirs) in other.tables {
            match self.tables.get_mut(&number) {
                Some(ours) => ours.absorb(theirs),
                None => drop(self.tables.insert(number, theirs)),
            }
        }
        self
    }

    /// The table with a number, if it is there.
    pub fn table(&self, number: u32) -> Option<&TableSeries> {
        self.tables.get(&number)
    }

    /// The beginning of the first interval and the end of the last one, in seconds since the Unix epoch. `None` if no table has timestamps.
    pub fn span(&self) -> Option<(i64, i64)> {
        let timed = || self.tables.values().flat_map(|table| &table.series).filter(|point| point.length_seconds > 0);
        let begin = timed().map(|point| point.begin_seconds).min()?;
        let end = timed().map(|point| point.begin_seconds + point.length_seconds).max()?;
        Some((begin, end))
    }
}

impl TableSeries {
    pub(crate) fn new(table: &'static Table) -> Self {
        let (series, keys) = (Vec::new(), KeyFigures { one_in: 1, ..KeyFigures::default() });
        TableSeries { table, present: vec![false; table.columns.len()], series, keys, rows: 0 }
    }

    /// Adds the rows of an interval. Rows of an interval that is there already are added to it.
    fn add(&mut self, interval: &IntervalRows, has_keys: bool) {
        let count = self.table.columns.len();
        let rows = interval.rows();
        let mut values = vec![0.0; count];
        for (column, value) in values.iter_mut().enumerate() {
            let Some(Some(read)) = interval.columns.get(column) else { continue };
            self.present[column] = true;
            if let Values::Numbers(numbers) = read {
                *value = numbers.iter().sum();
                if self.table.columns[column].kind() != ColumnKind::Count {
                    *value /= numbers.len().max(1) as f64;
                }
            }
        }
        if has_keys && self.table.has_keys() {
            (0..rows).for_each(|row| self.add_key(interval, row));
        }
        let (begin_seconds, length_seconds) = (interval.begin_seconds, interval.length_seconds);
        self.series.push(SeriesPoint { begin_seconds, length_seconds, rows: rows as u64, values });
        self.rows += rows as u64;
    }

    /// Adds the figures of the same table of another appliance.
    fn absorb(&mut self, other: TableSeries) {
        let mut points: BTreeMap<i64, SeriesPoint> =
            self.series.drain(..).map(|point| (point.begin_seconds, point)).collect();
        for theirs in other.series {
            let Some(ours) = points.get_mut(&theirs.begin_seconds) else {
                points.insert(theirs.begin_seconds, theirs);
                continue;
            };
            let rows = [ours.rows, theirs.rows].map(|rows| rows as f64);
            for (column, (value, their)) in ours.values.iter_mut().zip(theirs.values).enumerate() {
                match self.table.columns[column].kind() {
                    _ if self.table.number == MAXIMA => *value = value.max(their),
                    ColumnKind::Count => *value += their,
                    _ => *value = (*value * rows[0] + their * rows[1]) / (rows[0] + rows[1]),
                }
            }
            ours.rows += theirs.rows;
        }
        self.series = points.into_values().collect();
        self.rows += other.rows;
        if other.keys.one_in > self.keys.one_in {
            self.keys.one_in = other.keys.one_in;
            self.keys.sums.retain(|key, _| hash(key).is_multiple_of(other.keys.one_in));
        }
        for (key, sums) in other.keys.sums {
            self.add_to_key(&key, |column| sums[column]);
        }
    }

    fn add_key(&mut self, interval: &IntervalRows, row: usize) {
        let parts = (0..self.table.columns.len()).filter(|&column| self.kind(column) == ColumnKind::Key);
        let mut key = String::new();
        for text in parts.filter_map(|column| interval.text(column, row)) {
            if !key.is_empty() {
                key.push('\n');
            }
            key.push_str(text);
        }
        self.add_to_key(&key, |column| match interval.columns.get(column) {
            Some(Some(Values::Numbers(numbers))) => numbers[row],
            _ => 0.0,
        });
    }

    /// Adds the counts of a row to those of its key. `value_of` gives the value of a column.
    pub(crate) fn add_to_key(&mut self, key: &str, value_of: impl Fn(usize) -> f64) {
        if self.keys.one_in > 1 && !hash(key).is_multiple_of(self.keys.one_in) {
            return;
        }
        if !self.keys.sums.contains_key(key) {
            self.keys.sums.insert(key.to_owned(), vec![0.0; self.table.columns.len()]);
        }
        if let Some(sums) = self.keys.sums.get_mut(key) {
            let counts = self.table.columns.iter().zip(sums).enumerate();
            let counts = counts.filter(|(_, (column, _))| column.kind() == ColumnKind::Count);
            counts.for_each(|(place, (_, sum))| *sum += value_of(place));
        }
        if self.keys.sums.len() > MOST_KEYS {
            self.keys.one_in *= 2;
            let one_in = self.keys.one_in;
            self.keys.sums.retain(|key, _| hash(key).is_multiple_of(one_in));
        }
    }

    /// The place of the column with a heading, if the file has it.
    pub fn column(&self, name: &str) -> Option<usize> {
        let place = self.table.columns.iter().position(|column| column.name == name)?;
        self.present[place].then_some(place)
    }

    /// The kind of a column.
    pub fn kind(&self, column: usize) -> ColumnKind {
        self.table.columns[column].kind()
    }

    /// The total of a column: the sum of a count, the largest of maxima, or the mean of an average or a percentage over the time.
    pub fn total(&self, column: usize) -> f64 {
        if self.table.number == MAXIMA {
            return self.series.iter().map(|point| point.values[column]).fold(0.0, f64::max);
        }
        if self.kind(column) == ColumnKind::Count {
            return self.series.iter().map(|point| point.values[column]).sum();
        }
        let weight = |point: &SeriesPoint| point.length_seconds.max(1) as f64;
        let sum: f64 = self.series.iter().map(|point| point.values[column] * weight(point)).sum();
        sum / self.series.iter().map(weight).sum::<f64>().max(1.0)
    }

    /// The sum of a count column with this heading, or 0 if it is not there.
    pub fn sum_of(&self, name: &str) -> f64 {
        self.column(name).map_or(0.0, |column| self.total(column))
    }
}

impl KeyFigures {
    /// The number of keys. An estimate if only a sample is kept.
    pub fn count(&self) -> u64 {
        self.sums.len() as u64 * self.one_in.max(1)
    }
}

fn kind_of(table: u32, column: usize) -> Option<ColumnKind> {
    Catalogue::builtin().table(table)?.columns.get(column).map(|column| column.kind())
}

/// A hash of a key. It decides which keys are in a sample.
fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
