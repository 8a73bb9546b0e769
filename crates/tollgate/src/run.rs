//! `tollgate run`: simulates a scenario and writes its exports.

use std::fs::{self, File};
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tollgate_catalogue::{Catalogue, Table};
use tollgate_scenario::Moment;
use tollgate_simulation::{ExtraParts, Limited, Simulation, Tally, Workers};
use tollgate_wording::{ByteNames, bytes, count, counted, duration, restarting};

use crate::input::{ExportInput, LoadedScenario, thread_count, whole_number};
use crate::memory::{MemoryArguments, SMALLER_OR_FEWER};
use crate::output::{
    self, ApplianceEntry, DataPackage, Difference, ExportSummary, FileEntry, Kind, Manifest, OutputFile, RunExports,
    ScenarioEntry, Staging,
};
use crate::process_limits::raise_open_files;
use crate::progress::RunProgress;
use crate::selection::select;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate run c650-week
  tollgate run c650-week --volume 0.1 --interval 5m --set time.span=1d
  tollgate run tls-switch --only tls_connections
  tollgate run thread-a-exact --truth
  tollgate run quiet-hour --only 24 --out -

The exports go to DIR/<scenario>/<appliance>/. DIR/<scenario>/ also has a copy of the scenario. manifest.json lists the exports \
with their checksums, and datapackage.json describes their columns. When the run is complete, it replaces any earlier run in \
that directory. It refuses a directory that holds anything else.";

/// The largest number of open files besides the tables: standard streams, locked directories, the trace and the manifest.
const OTHER_FILES: u64 = 12;

/// The arguments of `tollgate run`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    input: ExportInput,

    /// Parent directory of the output; `-` writes a single table to standard output
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,

    /// Write only these tables, separated by commas: numbers, files, titles or pages
    #[arg(long, value_name = "TABLE_OR_PAGE", value_delimiter = ',', allow_hyphen_values = true)]
    only: Vec<String>,

    /// Also write the true figures to <appliance>-truth, and print the differences
    ///
    /// The true figures are the same tables under the counting rule every-plain, which follows the column definitions in the
    /// Reporting API document.
    #[arg(long)]
    truth: bool,

    /// Number of threads [default: one for each processor]; the output does not depend on it
    #[arg(long, value_name = "N", value_parser = thread_count, allow_hyphen_values = true)]
    threads: Option<NonZeroUsize>,

    /// Also write the first N connections to trace.jsonl, each with the counters that it changes
    #[arg(long, value_name = "N", value_parser = whole_number::<usize>(1, u32::MAX.into()), allow_hyphen_values = true)]
    trace: Option<usize>,

    #[command(flatten)]
    memory: MemoryArguments,

    /// Print only errors
    #[arg(long)]
    quiet: bool,

    /// Print the manifest and the times of the run as one JSON document
    #[arg(long)]
    json: bool,
}

/// The manifest and the times of a run, as JSON.
#[derive(Debug, Serialize)]
struct RunDocument<'a> {
    #[serde(flatten)]
    manifest: &'a Manifest,
    /// The differences between the counting rules and the truth, with `--truth`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    differences: &'a [Difference],
    times: Times,
}

/// The times of a run. They are not part of the manifest.
#[derive(Clone, Copy, Debug, Serialize)]
struct Times {
    /// The time of the run, without the time to read the scenario.
    total_seconds: f64,
    /// The time spent on writing.
    writing_seconds: f64,
    /// Connections and messages (transactions), including those of the warm-up.
    simulated: u64,
    simulated_per_second: f64,
}

impl RunArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the scenario or the options are refused, or if something cannot be written.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let chosen = self.input.read()?;
        if !self.quiet {
            chosen.note_warnings();
        }
        let tables = select(Catalogue::builtin(), &self.only)?;
        let extra = ExtraParts { truth: self.truth, traced: self.trace.unwrap_or_default() };
        self.memory.check(&chosen.scenario, &chosen.source, (self.threads, extra), SMALLER_OR_FEWER)?;
        self.check_open_files(&chosen, &tables)?;
        if self.out == Path::new("-") {
            self.stream(&chosen, &tables)?;
        } else {
            self.write(&chosen, &tables)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Checks that the process may open all of its files at once. Each table of each appliance is one.
    fn check_open_files(&self, chosen: &LoadedScenario, tables: &[&Table]) -> Result<()> {
        let Some(limit) = raise_open_files() else { return Ok(()) };
        let copies = if self.truth { 2 } else { 1 };
        let needed = OTHER_FILES + (tables.len() * chosen.scenario.appliances.len() * copies) as u64;
        if limit < needed {
            bail!("open files: found a limit of {limit}, allowed is at least {needed}; raise it with ulimit -n");
        }
        Ok(())
    }

    /// Writes the only table to the standard output.
    fn stream(&self, chosen: &LoadedScenario, tables: &[&Table]) -> Result<()> {
        let appliances = chosen.scenario.appliances.len();
        if tables.len() * appliances != 1 {
            bail!(
                "--out -: found {} of {}, allowed is one table of one appliance; choose it with --only",
                counted(tables.len() as u64, "table"),
                counted(appliances as u64, "appliance")
            );
        }
        let others = [("--json", self.json), ("--trace", self.trace.is_some()), ("--truth", self.truth)];
        if let Some((option, _)) = others.into_iter().find(|(_, given)| *given) {
            bail!("`{option}` cannot be combined with `--out -`, which writes only the table");
        }
        terminal::check_output()?;
        let started = Instant::now();
        let open = |path| Ok(OutputFile::new(io::stdout(), path, "to standard output".into()));
        let simulation = Simulation::new(&chosen.scenario);
        let (tallies, written) = self.simulate(chosen, &simulation, tables, open)?;
        self.note_restarts(chosen, &restarts(chosen, &simulation));
        self.note_limits(chosen, &tallies);
        self.note_times(&Times::new(started.elapsed(), &written));
        Ok(())
    }

    /// Writes the directory of the run.
    fn write(&self, chosen: &LoadedScenario, tables: &[&Table]) -> Result<()> {
        let started = Instant::now();
        let target = self.out.join(&chosen.name);
        let staging = Staging::begin(&target, Kind::Run)?;
        let names = chosen.scenario.appliances.iter().map(|appliance| appliance.name.clone());
        let truths = names.clone().map(|name| output::truth_of(&name)).filter(|_| self.truth);
        for name in names.chain(truths) {
            let directory = staging.path().join(name);
            fs::create_dir(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        }
        let simulation = Simulation::new(&chosen.scenario);
        let open = |path: String| {
            let full = staging.path().join(&path);
            let file = File::create_new(&full).with_context(|| format!("cannot create {}", full.display()))?;
            Ok(OutputFile::new(file, path, full.display().to_string()))
        };
        let (tallies, mut written) = self.simulate(chosen, &simulation, tables, open)?;
        if let Some(count) = self.trace {
            let (file, entry) = self.write_trace(&simulation, count, open(output::TRACE.into())?)?;
            written.outputs.push(file);
            written.entries.push(entry);
        }
        let restarts = restarts(chosen, &simulation);
        let manifest = manifest(chosen, (&tallies, &restarts), &written);
        for (file, entry) in written.outputs.iter().zip(&written.entries) {
            file.sync_all().with_context(|| format!("cannot write {}", staging.path().join(&entry.path).display()))?;
        }
        write_file(&staging.path().join(output::SCENARIO), chosen.source.text())?;
        write_file(&staging.path().join(output::MANIFEST), &manifest.to_text()?)?;
        let package = DataPackage::new(&chosen.name, &written.entries);
        write_file(&staging.path().join(output::DATA_PACKAGE), &package.to_text()?)?;
        staging.commit()?;
        let times = Times::new(started.elapsed(), &written);

        let (files, rows, size_bytes) = manifest.totals();
        if !self.quiet {
            let (files, rows) = (counted(files as u64, "file"), counted(rows, "row"));
            let size = bytes(size_bytes as f64, ByteNames::Binary);
            terminal::note(&format!("wrote {files} ({rows}, {size}) to {}", target.display()));
        }
        self.note_times(&times);
        self.note_restarts(chosen, &restarts);
        self.note_limits(chosen, &tallies);
        if self.json {
            let document = RunDocument { manifest: &manifest, differences: &written.differences, times };
            terminal::print_json(&document)?;
        } else if self.truth && !self.quiet {
            terminal::print(&terminal::printable_lines(&terminal::fitted(&output::describe_differences(
                &written.differences,
            ))))?;
        }
        Ok(())
    }

    /// Writes the trace: one line of JSON for each connection.
    fn write_trace<W: io::Write>(
        &self,
        simulation: &Simulation,
        count: usize,
        mut sheet: OutputFile<W>,
    ) -> Result<(W, FileEntry)> {
        let workers = Workers::new(self.threads.map(NonZeroUsize::get))?;
        for life in simulation.trace(count, &workers) {
            let mut line = serde_json::to_vec(&life)?;
            line.push(b'\n');
            sheet.write_rows(&line, 1)?;
        }
        sheet.finish()
    }

    fn simulate<'a, W: io::Write + Send>(
        &self,
        chosen: &'a LoadedScenario,
        simulation: &'a Simulation,
        tables: &[&'a Table],
        open: impl FnMut(String) -> Result<OutputFile<W>>,
    ) -> Result<(Vec<Tally>, ExportSummary<W>)> {
        let progress = RunProgress::new(&chosen.scenario.time, self.quiet);
        let mut exports = RunExports::begin(&chosen.scenario, simulation, tables, self.truth, progress, open)?;
        let workers = Workers::new(self.threads.map(NonZeroUsize::get))?;
        let tallies = simulation.run(&workers, &mut exports)?;
        Ok((tallies, exports.finish()?))
    }

    /// Prints the times for which rows are missing.
    fn note_restarts(&self, chosen: &LoadedScenario, restarts: &[Vec<Range<Moment>>]) {
        for (appliance, times) in chosen.scenario.appliances.iter().zip(restarts) {
            if let (Some(first), false) = (times.first(), self.quiet) {
                let more = match times.len() {
                    1 => String::new(),
                    more => format!(", and {} times after that", count(more as u64 - 1)),
                };
                let note = restarting(&appliance.name, first.start.micros(), first.end.micros());
                terminal::note(&format!("{note}{more}"));
            }
        }
    }

    /// Prints counts that no table shows: connections that were turned away, and deliveries that waited for a free connection.
    fn note_limits(&self, chosen: &LoadedScenario, tallies: &[Tally]) {
        for (appliance, tally) in chosen.scenario.appliances.iter().zip(tallies) {
            let Limited { turned_away, given_up, deferred } = tally.limits;
            if !self.quiet && tally.limits != Limited::default() {
                terminal::note(&format!(
                    "{}: turned away {} because a limit was reached (the senders of {} gave up); deferred \
                     deliveries: {}",
                    appliance.name,
                    counted(turned_away, "connection"),
                    count(given_up),
                    count(deferred),
                ));
            }
        }
    }

    fn note_times(&self, times: &Times) {
        if !self.quiet {
            terminal::note(&format!(
                "simulated {} connections and messages, including the warm-up, in {}, {} per second; {} of this was writing",
                count(times.simulated),
                duration(times.total_seconds),
                count(times.simulated_per_second.round() as u64),
                duration(times.writing_seconds),
            ));
        }
    }
}

impl Times {
    fn new<W>(total: Duration, written: &ExportSummary<W>) -> Self {
        let total_seconds = total.as_secs_f64();
        Times {
            total_seconds,
            writing_seconds: written.writing.as_secs_f64(),
            simulated: written.simulated,
            simulated_per_second: written.simulated as f64 / total_seconds,
        }
    }
}

/// The times in the span in which each appliance is down.
fn restarts(chosen: &LoadedScenario, simulation: &Simulation) -> Vec<Vec<Range<Moment>>> {
    let time = &chosen.scenario.time;
    let (begin, end) = (time.begin, time.end());
    let down = |place| {
        let down = simulation.down(place, begin..end);
        let inside = down.iter().map(|time| time.start.max(begin)..time.end.min(end));
        inside.filter(|time| time.start < time.end).collect()
    };
    (0..chosen.scenario.appliances.len()).map(down).collect()
}

fn manifest<W>(
    chosen: &LoadedScenario,
    (tallies, restarts): (&[Tally], &[Vec<Range<Moment>>]),
    written: &ExportSummary<W>,
) -> Manifest {
    let entry = ScenarioEntry::new(&chosen.name, &chosen.source);
    let appliances = chosen.scenario.appliances.iter().zip(tallies).zip(restarts);
    let appliances = appliances.map(|((appliance, tally), down)| ApplianceEntry::new(appliance, tally, down)).collect();
    Manifest::new(entry, &chosen.scenario, appliances, written.entries.clone())
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    let write = || {
        let mut file = File::create_new(path)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
