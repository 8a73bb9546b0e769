//! Writes the exports of a run as its intervals close.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use rayon::prelude::*;
use tollgate_catalogue::{Catalogue, Rule, Table};
use tollgate_ledger::{Counts, Selection};
use tollgate_report::{CountingRule, CsvWriter, Setting, part_of};
use tollgate_scenario::{Moment, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation};

use super::difference::{Comparison, Difference};
use super::file::OutputFile;
use super::manifest::FileEntry;
use crate::progress::RunProgress;

/// The exports of a run, one file for each appliance and table.
#[derive(Debug)]
pub(crate) struct RunExports<'a, W: Write> {
    /// The accounts that the tables show.
    selection: Selection,
    appliances: Vec<Sheets<'a, W>>,
    end_micros: u64,
    progress: RunProgress,
    writing: Duration,
}

/// The open files of one appliance.
#[derive(Debug)]
struct Sheets<'a, W: Write> {
    /// The appliance's name.
    name: &'a str,
    /// The tables as the appliance counts. Each has its own writer, because tables are written in parallel.
    tables: Vec<TableSheet<'a, W>>,
    /// The same tables with the truth, with `--truth`.
    truth: Vec<TableSheet<'a, W>>,
    /// Comparisons of the tables that depend on the counting rule, each with its place in `tables`.
    comparisons: Vec<(usize, Comparison<'a>)>,
    /// The counts of the whole span, for tables without intervals.
    span: Counts,
}

/// One table that is being written.
#[derive(Debug)]
struct TableSheet<'a, W: Write> {
    table: &'a Table,
    writer: CsvWriter<'a>,
    sheet: OutputFile<W>,
    /// A buffer for rows. It is kept so that its memory is reused.
    rows: Vec<u8>,
}

/// The written files, and the time spent on writing them.
#[derive(Debug)]
pub(crate) struct ExportSummary<W> {
    /// The files or streams, in the order of their entries.
    pub(crate) outputs: Vec<W>,
    /// Their entries in the manifest.
    pub(crate) entries: Vec<FileEntry>,
    /// The differences from the truth, with `--truth`.
    pub(crate) differences: Vec<Difference>,
    /// Simulated connections and messages (transactions), including those of the warm-up.
    pub(crate) simulated: u64,
    /// The time spent on writing.
    pub(crate) writing: Duration,
}

impl<'a, W: Write> RunExports<'a, W> {
    /// Opens a file for each appliance and table, and writes its heading. `open` takes the path in the directory of the run.
    /// With `truth`, each table has a second file with the true figures.
    ///
    /// # Errors
    /// If a file cannot be opened or written.
    pub(crate) fn begin(
        scenario: &'a Scenario,
        simulation: &'a Simulation,
        tables: &[&'a Table],
        truth: bool,
        progress: RunProgress,
        mut open: impl FnMut(String) -> Result<OutputFile<W>>,
    ) -> Result<Self> {
        let mut exports = RunExports {
            selection: Selection::ALL.only(tables.iter().map(|table| part_of(table))),
            appliances: Vec::with_capacity(scenario.appliances.len()),
            end_micros: scenario.time.end().micros(),
            progress,
            writing: Duration::ZERO,
        };
        for appliance in &scenario.appliances {
            let counted = Setting::of(scenario, appliance, simulation.directory());
            let mut sheets = Sheets {
                name: &appliance.name,
                tables: begin_tables(&appliance.name, tables, counted, &mut open)?,
                truth: Vec::new(),
                comparisons: Vec::new(),
                span: Counts::default(),
            };
            if truth {
                let truth =
                    Setting { counting: CountingRule { rule: documented_rule(), ..counted.counting }, ..counted };
                sheets.truth = begin_tables(&truth_of(&appliance.name), tables, truth, &mut open)?;
                let followers = tables.iter().enumerate().filter(|(_, table)| table.follows_rule());
                let compare = |(place, &table): (usize, &&'a Table)| (place, Comparison::new(table, counted, truth));
                sheets.comparisons = followers.map(compare).collect();
            }
            exports.appliances.push(sheets);
        }
        Ok(exports)
    }

    /// Writes the table without timestamps, and finishes all files.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn finish(self) -> Result<ExportSummary<W>> {
        let started = Instant::now();
        let (mut outputs, mut entries, mut differences) = (Vec::new(), Vec::new(), Vec::new());
        for Sheets { name, tables, truth, comparisons, span } in self.appliances {
            for TableSheet { table, mut writer, mut sheet, mut rows } in tables.into_iter().chain(truth) {
                if !table.timestamps {
                    rows.clear();
                    let count = writer.write_span(table, self.end_micros, &[&span], &mut rows);
                    sheet.write_rows(&rows, count)?;
                }
                let (output, entry) = sheet.finish()?;
                outputs.push(output);
                entries.push(entry);
            }
            differences.extend(comparisons.into_iter().map(|(_, comparison)| comparison.finish(name)));
        }
        let writing = self.writing + started.elapsed();
        Ok(ExportSummary { outputs, entries, differences, simulated: self.progress.finish(), writing })
    }
}

/// The name of the directory with the true figures of an appliance.
pub(crate) fn truth_of(appliance: &str) -> String {
    format!("{appliance}-truth")
}

fn begin_tables<'a, W: Write>(
    directory: &str,
    tables: &[&'a Table],
    setting: Setting<'a>,
    open: &mut impl FnMut(String) -> Result<OutputFile<W>>,
) -> Result<Vec<TableSheet<'a, W>>> {
    let begin = |&table: &&'a Table| {
        let mut sheet = open(format!("{directory}/{}", table.file))?;
        let (writer, mut rows) = (CsvWriter::new(setting), Vec::new());
        writer.write_header(table, &mut rows);
        sheet.write_rows(&rows, 0)?;
        Ok(TableSheet { table, writer, sheet, rows })
    };
    tables.iter().map(begin).collect()
}

/// The documented counting rule, which gives the true figures.
fn documented_rule() -> &'static Rule {
    &Catalogue::builtin().rules()[0]
}

/// A writer of the exports of each appliance.
pub(crate) fn writers<'a>(scenario: &Scenario, simulation: &'a Simulation) -> Vec<CsvWriter<'a>> {
    let writer = |appliance| CsvWriter::new(Setting::of(scenario, appliance, simulation.directory()));
    scenario.appliances.iter().map(writer).collect()
}

impl<W: Write> TableSheet<'_, W> {
    fn write_interval(&mut self, closed: &Closed) -> Result<()> {
        self.rows.clear();
        let count = self.writer.write_interval(self.table, closed.begin.micros(), &[&closed.counts], &mut self.rows);
        self.sheet.write_rows(&self.rows, count)
    }
}

impl<W: Write + Send> Observer for RunExports<'_, W> {
    type Error = Error;

    fn selection(&self) -> Selection {
        self.selection
    }

    fn interval(&mut self, closed: Closed) -> Result<()> {
        let started = Instant::now();
        let appliance = &mut self.appliances[closed.appliance];
        let tables = appliance.tables.par_iter_mut().chain(appliance.truth.par_iter_mut());
        tables.filter(|each| each.table.timestamps).try_for_each(|each| each.write_interval(&closed))?;
        for (place, comparison) in &mut appliance.comparisons {
            let differs = appliance.tables[*place].rows != appliance.truth[*place].rows;
            comparison.take(&closed, differs);
        }
        appliance.span.outbreaks.absorb(closed.counts.outbreaks);
        self.writing += started.elapsed();
        Ok(())
    }

    fn reached(&mut self, moment: Moment, simulated: u64) {
        self.progress.reached(moment, simulated);
    }
}
