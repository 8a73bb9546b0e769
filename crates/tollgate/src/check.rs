//! `tollgate check`: checks a scenario, and estimates its volumes and the size of its exports.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tollgate_history::Clock;
use tollgate_monitor::ServerForecast;
use tollgate_scenario::{Moment, Span, Warning};
use tollgate_simulation::{ExtraParts, Forecast, Simulation, ThreadError};
use tollgate_wording::{ByteNames, bytes, count, counted, day, duration, list, number, span};

use crate::estimate::{KeyCounts, Prepared, Sizes, Volumes};
use crate::input::{ExportInput, LoadedScenario};
use crate::memory::{MemoryArguments, SMALLER, thread_number, with_text};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate check c650-week
  tollgate check c650-week --volume 2 --set time.span=28d
  tollgate check mccolo --json
  tollgate check quiet-hour --set users.count=50 --effective > customer.toml
  tollgate init quiet-hour -o - | tollgate check -

Expected connections are computed from the rates in the scenario. Rows and bytes are estimated from a sample of its intervals, \
and can differ from those of a run by 10%. The memory of a run is computed from the same rates. A run uses from two thirds \
to one and a half times as much. Its time is measured on this machine with the same sample, and can be three times as long or as short.

The connections are those that senders open. Connections for deliveries, and retries, are not counted.

The memory and the temporary files of `serve` are those of a server with a stopped clock. If a run needs more memory than this machine has available, `check`, `run`, `plan` and `serve` refuse it.";

/// Largest number of days that have columns of their own.
const MAX_DAYS: usize = 8;

/// The arguments of `tollgate check`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    input: ExportInput,

    /// Print the estimates as one JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    memory: MemoryArguments,

    /// Print every value of the scenario instead of the estimates, as TOML
    ///
    /// The output is a scenario with the same exports. Overrides are applied. The comment `# default` marks the values that neither the
    /// file nor an option sets.
    #[arg(long, conflicts_with = "json")]
    effective: bool,
}

/// The summary of a scenario.
#[derive(Debug, Serialize)]
struct ScenarioSummary {
    name: String,
    begin: Moment,
    end: Moment,
    interval: Span,
    appliances: Vec<String>,
    warnings: Vec<String>,
    volumes: Volumes,
    keys: KeyCounts,
    exports: Sizes,
    run: RunCost,
}

/// The expected traffic, memory and time of a run with the default number of threads.
#[derive(Debug, Serialize)]
struct RunCost {
    threads: usize,
    /// The expected connections of the span.
    connections: f64,
    /// The expected connections of the busiest clock hour.
    busiest_hour_connections: f64,
    /// The largest memory of the process.
    peak_memory_bytes: u64,
    /// The largest memory and temporary files of `tollgate serve` with a stopped clock.
    serve_peak_memory_bytes: u64,
    serve_temporary_bytes: u64,
    /// The time of the run on this machine.
    seconds: f64,
}

impl CheckArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the scenario cannot be read or is refused.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let chosen = self.input.read()?;
        chosen.note_warnings();
        if self.effective {
            terminal::print(&chosen.effective())?;
            return Ok(ExitCode::SUCCESS);
        }
        let started = Instant::now();
        let forecast = self.memory.check(&chosen.scenario, &chosen.source, (None, ExtraParts::default()), SMALLER)?;
        let amount = ScenarioSummary::new(&chosen, &forecast, started)?;
        if self.json {
            terminal::print_json(&amount)?;
        } else {
            terminal::print(&terminal::printable_lines(&terminal::fitted(&amount.to_text())))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ScenarioSummary {
    /// Estimates a scenario whose forecast began at a moment.
    fn new(chosen: &LoadedScenario, forecast: &Forecast, started: Instant) -> Result<Self, ThreadError> {
        let scenario = &chosen.scenario;
        let simulation = Simulation::new(scenario);
        let prepared = Prepared { simulation: &simulation, forecast, seconds: started.elapsed().as_secs_f64() };
        let volumes = Volumes::new(scenario);
        let (exports, seconds) = Sizes::new(scenario, &volumes, &prepared)?;
        let threads = thread_number(None);
        let server = ServerForecast::new(scenario, &Clock::Frozen(scenario.time.end().micros()), threads);
        let run = RunCost {
            threads,
            connections: volumes.total(),
            busiest_hour_connections: volumes.busiest_hour,
            peak_memory_bytes: with_text(forecast.peak_bytes(threads, true), &chosen.source) as u64,
            serve_peak_memory_bytes: with_text(server.memory_bytes, &chosen.source) as u64,
            serve_temporary_bytes: server.disk_bytes as u64,
            seconds,
        };
        Ok(ScenarioSummary {
            name: chosen.name.clone(),
            begin: scenario.time.begin,
            end: scenario.time.end(),
            interval: scenario.time.export_interval,
            appliances: scenario.appliances.iter().map(|appliance| appliance.name.clone()).collect(),
            warnings: chosen.warnings().iter().map(Warning::to_string).collect(),
            keys: KeyCounts::new(simulation.schedule()),
            exports,
            volumes,
            run,
        })
    }

    fn to_text(&self) -> String {
        let ScenarioSummary { name, begin, end, interval, appliances, .. } = self;
        let appliances = list(appliances);
        let (rows, size_bytes) = self.exports.total();
        let (when, each) = (span(begin.micros(), end.micros()), duration(interval.seconds()));
        let Sizes { intervals, sampled, .. } = self.exports;
        [
            format!("{name} is valid: {when}, intervals of {each}, appliances: {appliances}\n"),
            "Expected connections by day (GMT)".into(),
            self.volumes_text(),
            "Maximum number of keys".into(),
            self.keys_text(),
            format!("Expected exports, estimated from {} of {}", count(sampled), counted(intervals, "interval")),
            self.exports_text(),
            format!("total: {} and {}\n", counted(rows, "row"), bytes(size_bytes as f64, ByteNames::Binary)),
            format!("Expected run on this machine, on {}", counted(self.run.threads as u64, "thread")),
            self.run.to_text(),
            "--effective prints every value of the scenario, with its defaults".into(),
        ]
        .join("\n")
            + "\n"
    }

    /// One line for each population: its connections on each day, or the least, mean and most per day.
    fn volumes_text(&self) -> String {
        let days = &self.volumes.days;
        let few = days.len() <= MAX_DAYS;
        let heading = if few {
            days.iter().map(|moment| day(moment.micros())).collect()
        } else {
            ["least per day", "mean per day", "most per day"].map(String::from).to_vec()
        };
        let mut lines = vec![[vec![String::new()], heading, vec!["total".into()]].concat()];
        for population in &self.volumes.populations {
            let connections = &population.connections;
            let total: f64 = connections.iter().sum();
            let cells = if few {
                connections.iter().map(|&day| number(day)).collect()
            } else {
                let least = connections.iter().copied().fold(f64::INFINITY, f64::min);
                let most = connections.iter().copied().fold(0.0, f64::max);
                [least, total / days.len() as f64, most].map(number).to_vec()
            };
            lines.push([vec![population.name.clone()], cells, vec![number(total)]].concat());
        }
        terminal::columns(&lines)
    }

    fn keys_text(&self) -> String {
        let keys = &self.keys;
        let lines = [
            ("domains", keys.domains as u64),
            ("network owners", keys.network_owners as u64),
            ("addresses in use at one time", keys.addresses),
            ("new addresses per hour", keys.new_addresses_an_hour),
            ("sender groups", keys.sender_groups as u64),
            ("internal users", keys.internal_users as u64),
            ("content filters", keys.content_filters as u64),
            ("virus types", keys.virus_types as u64),
            ("outbreaks", keys.outbreaks as u64),
        ];
        let rows = lines.map(|(name, number)| vec![name.to_owned(), count(number)]);
        terminal::columns(&rows)
    }

    fn exports_text(&self) -> String {
        let mut lines = vec![["#", "file", "rows", "bytes"].map(String::from).to_vec()];
        lines.extend(self.exports.tables.iter().map(|table| {
            let size = bytes(table.bytes as f64, ByteNames::Binary);
            vec![table.number.to_string(), table.file.clone(), count(table.rows), size]
        }));
        terminal::columns(&lines)
    }
}

impl RunCost {
    fn to_text(&self) -> String {
        let lines = [
            ("connections", number(self.connections)),
            ("connections in the busiest hour", number(self.busiest_hour_connections)),
            ("peak memory", bytes(self.peak_memory_bytes as f64, ByteNames::Binary)),
            ("time", duration(self.seconds)),
            ("peak memory of serve", bytes(self.serve_peak_memory_bytes as f64, ByteNames::Binary)),
            ("temporary files of serve", bytes(self.serve_temporary_bytes as f64, ByteNames::Binary)),
        ];
        terminal::columns(&lines.map(|(name, value)| vec![name.to_owned(), value]))
    }
}
