//! The figures of a run, without its files.

use std::convert::Infallible;
use std::fmt::Write;
use std::net::Ipv4Addr;

use tollgate_catalogue::{Catalogue, ColumnKind, Table};
use tollgate_ledger::{Counts, Selection};
use tollgate_report::{Projection, Rows, Setting, Value, is_missing, part_of};
use tollgate_scenario::Scenario;
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

use crate::figures::{Figures, SeriesPoint, TableSeries};

const MICROS: u64 = 1_000_000;

impl Figures {
    /// The figures that the exports of a run have. Those of several appliances are added up.
    ///
    /// `is_wanted` says by the number of a table whether it is needed, and `has_keys` whether the sums of its keys are.
    pub fn simulate(
        scenario: &Scenario,
        is_wanted: impl Fn(u32) -> bool,
        has_keys: impl Fn(u32) -> bool,
        workers: &Workers,
    ) -> Figures {
        let simulation = Simulation::new(scenario);
        let tables: Vec<_> = Catalogue::builtin().tables().iter().filter(|table| is_wanted(table.number)).collect();
        let tables_of = |appliance| {
            let setting = Setting::of(scenario, appliance, simulation.directory());
            let table = |table: &&'static Table| SimulatedTable {
                projection: Projection::new(setting),
                has_keys: has_keys(table.number),
                series: TableSeries { present: vec![true; table.columns.len()], ..TableSeries::new(table) },
            };
            SimulatedTables { tables: tables.iter().map(table).collect(), span: Counts::default() }
        };
        let mut run = SimulatedRun {
            selection: Selection::ALL.only(tables.iter().map(|table| part_of(table))),
            interval_micros: scenario.time.export_interval.micros(),
            appliances: scenario.appliances.iter().map(tables_of).collect(),
        };
        let Ok(_) = simulation.run(workers, &mut run);
        let end_micros = scenario.time.end().micros();
        let figures = run.appliances.into_iter().map(|appliance| appliance.finish(end_micros));
        figures.reduce(Figures::plus).unwrap_or_default()
    }
}

/// An observer that makes figures.
struct SimulatedRun<'a> {
    selection: Selection,
    interval_micros: u64,
    appliances: Vec<SimulatedTables<'a>>,
}

/// The tables of an appliance.
struct SimulatedTables<'a> {
    tables: Vec<SimulatedTable<'a>>,
    /// The counts of the whole span, for tables without intervals.
    span: Counts,
}

struct SimulatedTable<'a> {
    projection: Projection<'a>,
    has_keys: bool,
    series: TableSeries,
}

impl Observer for SimulatedRun<'_> {
    type Error = Infallible;

    fn selection(&self) -> Selection {
        self.selection
    }

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        let appliance = &mut self.appliances[closed.appliance];
        for table in appliance.tables.iter_mut().filter(|table| table.series.table.timestamps) {
            let (counts, length) = ([&closed.counts], self.interval_micros);
            if !is_missing(table.series.table, &counts) {
                table.add(counts[0], (closed.begin.micros(), length));
            }
        }
        appliance.span.outbreaks.absorb(closed.counts.outbreaks);
        Ok(())
    }
}

impl SimulatedTables<'_> {
    fn finish(mut self, end_micros: u64) -> Figures {
        let span = self.span;
        let spans = self.tables.iter_mut().filter(|table| !table.series.table.timestamps);
        spans.for_each(|table| table.add_span(&span, end_micros));
        let tables = self.tables.into_iter().map(|table| (table.series.table.number, table.series));
        Figures { tables: tables.collect() }
    }
}

impl SimulatedTable<'_> {
    fn add(&mut self, counts: &Counts, (begin_micros, length_micros): (u64, u64)) {
        let times = [begin_micros, length_micros].map(|micros| (micros / MICROS) as i64);
        self.add_rows(counts, begin_micros + length_micros, times);
    }

    fn add_span(&mut self, counts: &Counts, end_micros: u64) {
        self.add_rows(counts, end_micros, [0, 0]);
    }

    fn add_rows(&mut self, counts: &Counts, end_micros: u64, [begin_seconds, length_seconds]: [i64; 2]) {
        let SimulatedTable { projection, has_keys, series } = self;
        let table = series.table;
        let has_keys = *has_keys && table.has_keys();
        let width = table.columns.len();
        let sums = vec![0.0; width];
        let mut rows = RowSums { series, has_keys, key: String::new(), row: Vec::with_capacity(width), sums, rows: 0 };
        projection.project(table, end_micros, &[counts], &mut rows);
        let RowSums { rows, sums: mut values, .. } = rows;
        if rows > 0 {
            let means = values.iter_mut().zip(&table.columns).filter(|(_, column)| column.kind() != ColumnKind::Count);
            means.for_each(|(value, _)| *value /= rows as f64);
            series.series.push(SeriesPoint { begin_seconds, length_seconds, rows, values });
            series.rows += rows;
        }
    }
}

/// Adds up the rows of an interval.
struct RowSums<'a> {
    series: &'a mut TableSeries,
    has_keys: bool,
    /// The key and the values of the current row.
    key: String,
    row: Vec<f64>,
    sums: Vec<f64>,
    rows: u64,
}

impl Rows for RowSums<'_> {
    fn begin(&mut self) {
        self.key.clear();
        self.row.clear();
    }

    fn value(&mut self, value: Value<'_>) {
        let kind = self.series.kind(self.row.len());
        if kind == ColumnKind::Key && self.has_keys {
            if !self.key.is_empty() {
                self.key.push('\n');
            }
            let written = match value {
                Value::Text(text) => self.key.write_str(text),
                Value::Address(address) => write!(self.key, "{}", Ipv4Addr::from_bits(address)),
                Value::Count(number) => write!(self.key, "{number}"),
                Value::Flag(_) | Value::Score(_) | Value::Number(_) | Value::Percent(_) => Ok(()),
            };
            debug_assert!(written.is_ok());
        }
        let is_figure = !matches!(kind, ColumnKind::Key | ColumnKind::Attribute);
        self.row.push(value.number().filter(|_| is_figure).unwrap_or_default());
    }

    fn end(&mut self) {
        self.sums.iter_mut().zip(&self.row).for_each(|(sum, value)| *sum += value);
        self.rows += 1;
        if self.has_keys {
            let row = &self.row;
            self.series.add_to_key(&self.key, |column| row[column]);
        }
    }
}
