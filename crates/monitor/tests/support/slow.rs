//! The expected exports, made in the other way: by a run over the whole span, like `tollgate run`.

use tollgate_catalogue::{Catalogue, ColumnKind, Table};
use tollgate_ledger::Counts;
use tollgate_report::{CountingRule, CsvWriter, Setting};
use tollgate_scenario::{Scenario, Span};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

/// A run over the whole span in intervals of one length.
pub struct Run {
    scenario: Scenario,
    simulation: Simulation,
    closed: Vec<Closed>,
}

struct Collector(Vec<Closed>);

impl Observer for Collector {
    type Error = std::convert::Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error> {
        self.0.push(closed);
        Ok(())
    }
}

impl Run {
    /// Runs a scenario.
    pub fn new(scenario: &Scenario, interval_micros: u64) -> Run {
        let mut scenario = scenario.clone();
        scenario.time.export_interval = Span::from_micros(interval_micros);
        let simulation = Simulation::new(&scenario);
        let mut collector = Collector(Vec::new());
        simulation.run(&Workers::new(None).unwrap(), &mut collector).unwrap();
        Run { scenario, simulation, closed: collector.0 }
    }

    /// The part of a table's file between two moments.
    pub fn file(&self, table: &Table, appliance: usize, from_micros: u64, to_micros: u64) -> String {
        let mut writer = CsvWriter::new(self.setting(appliance));
        let mut out = Vec::new();
        writer.write_header(table, &mut out);
        let is_in = |closed: &&Closed| closed.appliance == appliance && closed.begin.micros() < to_micros;
        let mut span = Counts::default();
        for closed in self.closed.iter().filter(is_in) {
            // Earlier rows are written too, because a counting rule may depend on them, and then removed.
            let before = out.len();
            if table.timestamps {
                writer.write_interval(table, closed.begin.micros(), &[&closed.counts], &mut out);
            }
            if closed.begin.micros() < from_micros {
                out.truncate(before);
            } else {
                span.outbreaks.absorb(closed.counts.outbreaks.clone());
            }
        }
        if !table.timestamps {
            writer.write_span(table, to_micros, &[&span], &mut out);
        }
        String::from_utf8(out).unwrap()
    }

    fn setting(&self, appliance: usize) -> Setting<'_> {
        let time = &self.scenario.time;
        let appliance = &self.scenario.appliances[appliance];
        let rule = Catalogue::builtin().rule(&appliance.counting.rule).unwrap();
        Setting {
            directory: self.simulation.directory(),
            reputation_multiplier: appliance.reputation_multiplier,
            interval_micros: time.export_interval.micros(),
            counting: CountingRule::new(rule, appliance, time),
        }
    }
}

/// The rows of a file in order: the times and keys of each, and its other values with their headings.
pub type Rows = Vec<(Vec<String>, Vec<(String, ColumnKind, String)>)>;

/// Parses a file.
pub fn rows_of(table: &Table, file: &str) -> Rows {
    let times = if table.timestamps { 4 } else { 0 };
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let read = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.unwrap();
        let mut key: Vec<String> = record.iter().take(times).map(str::to_owned).collect();
        let mut values = Vec::new();
        for (column, value) in table.columns.iter().zip(record.iter().skip(times)) {
            match column.kind() {
                ColumnKind::Key => key.push(value.into()),
                kind => values.push((column.name.clone(), kind, value.into())),
            }
        }
        (key, values)
    };
    reader.records().map(read).collect()
}
