//! Writes the exports of a run as its intervals close.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use rayon::prelude::*;
use tollgate_ledger::Counts;
use tollgate_report::{Catalogue, CsvWriter, Setting, Table};
use tollgate_scenario::{Appliance, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation};

use super::manifest::FileEntry;
use super::sheet::Sheet;
use crate::progress::Progress;

/// The exports of a run, one sheet for each appliance and table.
#[derive(Debug)]
pub(crate) struct Exports<'a, W: Write> {
    appliances: Vec<Sheets<'a, W>>,
    end_micros: u64,
    progress: Progress,
    writing: Duration,
}

/// What is being written for one appliance.
#[derive(Debug)]
struct Sheets<'a, W: Write> {
    /// Each table has a writer of its own, as tables are written side by side.
    tables: Vec<TableSheet<'a, W>>,
    /// What tables without intervals need: the outbreaks of the whole span.
    span: Counts,
}

/// One table that is being written.
#[derive(Debug)]
struct TableSheet<'a, W: Write> {
    table: &'a Table,
    writer: CsvWriter<'a>,
    sheet: Sheet<W>,
    /// Rows on their way to the sheet, kept so that its memory is.
    rows: Vec<u8>,
}

/// What has been written, and how long that took.
#[derive(Debug)]
pub(crate) struct Written<W> {
    /// The files or streams, in the order of their entries.
    pub(crate) outputs: Vec<W>,
    /// What the manifest says of them.
    pub(crate) entries: Vec<FileEntry>,
    /// Connections and messages that were simulated, those of the warm-up included.
    pub(crate) simulated: u64,
    /// The time that went into writing.
    pub(crate) writing: Duration,
}

impl<'a, W: Write> Exports<'a, W> {
    /// Opens a sheet for each appliance and table, given its path in the directory of the run, and writes its heading.
    ///
    /// # Errors
    /// If a sheet cannot be opened or written.
    pub(crate) fn begin(
        scenario: &Scenario,
        simulation: &'a Simulation,
        tables: &[&'a Table],
        progress: Progress,
        mut open: impl FnMut(String) -> Result<Sheet<W>>,
    ) -> Result<Self> {
        let mut exports = Exports {
            appliances: Vec::with_capacity(scenario.appliances.len()),
            end_micros: scenario.time.end().micros(),
            progress,
            writing: Duration::ZERO,
        };
        for (appliance, setting) in scenario.appliances.iter().zip(settings(scenario, simulation)) {
            let mut sheets = Sheets { tables: Vec::with_capacity(tables.len()), span: Counts::default() };
            for &table in tables {
                let mut sheet = open(format!("{}/{}", appliance.name, table.file))?;
                let (writer, mut rows) = (CsvWriter::new(setting), Vec::new());
                writer.write_header(table, &mut rows);
                sheet.write_rows(&rows, 0)?;
                sheets.tables.push(TableSheet { table, writer, sheet, rows });
            }
            exports.appliances.push(sheets);
        }
        Ok(exports)
    }

    /// Writes what is left to write.
    ///
    /// # Errors
    /// If a sheet cannot be written.
    pub(crate) fn finish(self) -> Result<Written<W>> {
        let started = Instant::now();
        let (mut outputs, mut entries) = (Vec::new(), Vec::new());
        for Sheets { tables, span } in self.appliances {
            for TableSheet { table, mut writer, mut sheet, mut rows } in tables {
                if !table.timestamps {
                    rows.clear();
                    let count = writer.write_span(table, self.end_micros, &span, &mut rows);
                    sheet.write_rows(&rows, count)?;
                }
                let (output, entry) = sheet.finish()?;
                outputs.push(output);
                entries.push(entry);
            }
        }
        let writing = self.writing + started.elapsed();
        Ok(Written { outputs, entries, simulated: self.progress.finish(), writing })
    }
}

/// What the exports of each appliance are written with.
fn settings<'a>(scenario: &Scenario, simulation: &'a Simulation) -> Vec<Setting<'a>> {
    let setting = |appliance: &Appliance| Setting {
        directory: simulation.directory(),
        reputation_multiplier: appliance.reputation_multiplier,
        interval_micros: scenario.time.export_interval.micros(),
        rule: &Catalogue::builtin().rules()[0],
    };
    scenario.appliances.iter().map(setting).collect()
}

/// A writer of the exports of each appliance.
pub(crate) fn writers<'a>(scenario: &Scenario, simulation: &'a Simulation) -> Vec<CsvWriter<'a>> {
    settings(scenario, simulation).into_iter().map(CsvWriter::new).collect()
}

impl<W: Write> TableSheet<'_, W> {
    fn write_interval(&mut self, closed: &Closed) -> Result<()> {
        self.rows.clear();
        let count = self.writer.write_interval(self.table, closed.begin_micros, &closed.counts, &mut self.rows);
        self.sheet.write_rows(&self.rows, count)
    }
}

impl<W: Write + Send> Observer for Exports<'_, W> {
    type Error = Error;

    fn interval(&mut self, closed: Closed) -> Result<()> {
        let started = Instant::now();
        let appliance = &mut self.appliances[closed.appliance];
        let tables = appliance.tables.par_iter_mut().filter(|each| each.table.timestamps);
        tables.try_for_each(|each| each.write_interval(&closed))?;
        appliance.span.outbreaks.absorb(closed.counts.outbreaks);
        self.writing += started.elapsed();
        Ok(())
    }

    fn reached(&mut self, micros: u64, simulated: u64) {
        self.progress.reached(micros, simulated);
    }
}
