//! Writes the exports of a run as its intervals close.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
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
    /// Rows on their way to a sheet, kept so that its memory is.
    rows: Vec<u8>,
}

/// What is being written for one appliance.
#[derive(Debug)]
struct Sheets<'a, W: Write> {
    writer: CsvWriter<'a>,
    sheets: Vec<(&'a Table, Sheet<W>)>,
    /// What tables without intervals need: the outbreaks of the whole span.
    span: Counts,
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
            rows: Vec::new(),
        };
        for (appliance, writer) in scenario.appliances.iter().zip(writers(scenario, simulation)) {
            let mut sheets = Vec::with_capacity(tables.len());
            for &table in tables {
                let mut sheet = open(format!("{}/{}", appliance.name, table.file))?;
                exports.rows.clear();
                writer.write_header(table, &mut exports.rows);
                sheet.write_rows(&exports.rows, 0)?;
                sheets.push((table, sheet));
            }
            exports.appliances.push(Sheets { writer, sheets, span: Counts::default() });
        }
        Ok(exports)
    }

    /// Writes what is left to write.
    ///
    /// # Errors
    /// If a sheet cannot be written.
    pub(crate) fn finish(mut self) -> Result<Written<W>> {
        let started = Instant::now();
        let (mut outputs, mut entries) = (Vec::new(), Vec::new());
        for appliance in self.appliances {
            let Sheets { mut writer, sheets, span } = appliance;
            for (table, mut sheet) in sheets {
                if !table.timestamps {
                    self.rows.clear();
                    let count = writer.write_span(table, self.end_micros, &span, &mut self.rows);
                    sheet.write_rows(&self.rows, count)?;
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

/// A writer of the exports of each appliance.
pub(crate) fn writers<'a>(scenario: &Scenario, simulation: &'a Simulation) -> Vec<CsvWriter<'a>> {
    let writer = |appliance: &Appliance| {
        CsvWriter::new(Setting {
            directory: simulation.directory(),
            reputation_multiplier: appliance.reputation_multiplier,
            interval_micros: scenario.time.export_interval.micros(),
            rule: &Catalogue::builtin().rules()[0],
        })
    };
    scenario.appliances.iter().map(writer).collect()
}

impl<W: Write> Observer for Exports<'_, W> {
    type Error = Error;

    fn interval(&mut self, closed: Closed) -> Result<()> {
        let started = Instant::now();
        let appliance = &mut self.appliances[closed.appliance];
        for (table, sheet) in appliance.sheets.iter_mut().filter(|(table, _)| table.timestamps) {
            self.rows.clear();
            let count = appliance.writer.write_interval(table, closed.begin_micros, &closed.counts, &mut self.rows);
            sheet.write_rows(&self.rows, count)?;
        }
        appliance.span.outbreaks.absorb(closed.counts.outbreaks);
        self.writing += started.elapsed();
        Ok(())
    }

    fn reached(&mut self, micros: u64, simulated: u64) {
        self.progress.reached(micros, simulated);
    }
}
