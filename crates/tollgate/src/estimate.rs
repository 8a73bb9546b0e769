//! Estimates the size of a scenario without running it: volumes from its rates, exports and the time of a run from a few of its
//! intervals.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use serde::Serialize;
use tollgate_catalogue::{Catalogue, Table};
use tollgate_ledger::{Counts, Selection};
use tollgate_report::{CsvWriter, part_of};
use tollgate_scenario::{Amount, DAY, HOUR, Moment, Scenario, Span, Time};
use tollgate_simulation::{Closed, Forecast, Observer, Simulation, ThreadError, Workers};
use tollgate_traffic::{Rates, Schedule};

use crate::output::writers;

/// Largest number of intervals to simulate for an estimate.
const MAX_SAMPLES: u64 = 12;
/// Approximate largest number of connections and messages to simulate for an estimate. They take about a second.
const MAX_CONNECTIONS: f64 = 1_000_000.0;
/// The traffic of the second simulation of an estimate, relative to the first.
const SMALLER: f64 = 0.5;
/// The time of a sample that is simulated twice.
const SHORT_SECONDS: f64 = 0.2;

/// The largest number of threads that shorten the time of writing. A few tables take most of it.
const PARALLEL_WRITERS: usize = 4;
/// The bytes of exports that are hashed and stored in a second.
const STORED_PER_SECOND: f64 = 300e6;
/// The time in which the system creates and stores a file.
const SECONDS_PER_FILE: f64 = 0.003;

/// A scenario that is ready to run, and the forecast of its run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) simulation: &'a Simulation,
    pub(crate) forecast: &'a Forecast,
    /// The time in which it was prepared.
    pub(crate) seconds: f64,
}

/// The expected connections of each population. They leave out the random factors that a run draws for each day.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Volumes {
    /// The days of the span in GMT. Each is given by its first moment within the span.
    pub(crate) days: Vec<Moment>,
    /// Classes, flows, outbreaks, scripts, and the domains that the scenario lists one by one.
    pub(crate) populations: Vec<PopulationVolume>,
    /// The connections of all populations in the busiest clock hour.
    pub(crate) busiest_hour: f64,
    /// The connections of all populations in each clock hour that the span touches. An hour counts whole.
    #[serde(skip)]
    by_hour: Vec<f64>,
}

/// The expected connections of one population, on all appliances.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PopulationVolume {
    pub(crate) name: String,
    /// The number on each day of [`Volumes::days`].
    pub(crate) connections: Vec<f64>,
}

/// The largest number of keys in each account.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct KeyCounts {
    pub(crate) domains: usize,
    pub(crate) network_owners: usize,
    /// Senders' addresses in use at the same time.
    pub(crate) addresses: u64,
    /// Senders' addresses that are new in an hour.
    pub(crate) new_addresses_an_hour: u64,
    pub(crate) sender_groups: usize,
    pub(crate) internal_users: usize,
    pub(crate) content_filters: usize,
    pub(crate) virus_types: usize,
    pub(crate) outbreaks: usize,
}

/// The expected rows and bytes of the exports of all appliances.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sizes {
    /// Number of intervals in the span.
    pub(crate) intervals: u64,
    /// Number of intervals that were simulated for the estimate.
    pub(crate) sampled: u64,
    pub(crate) tables: Vec<TableSize>,
}

/// The rows and bytes of one table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TableSize {
    pub(crate) number: u32,
    pub(crate) file: String,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

impl Volumes {
    /// The volumes of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let rates = Rates::new(scenario);
        let (begin, end) = (scenario.time.begin.micros(), scenario.time.end().micros());
        let days: Vec<u64> = (begin / DAY..end.div_ceil(DAY)).map(|day| day * DAY).collect();
        let hours = begin / HOUR..end.div_ceil(HOUR);
        let mut by_hour = vec![0.0; (hours.end - hours.start) as usize];
        let volume = |name: &String| PopulationVolume { name: name.clone(), connections: vec![0.0; days.len()] };
        let mut populations: Vec<_> = rates.populations.iter().map(|rate| volume(&rate.name)).collect();
        for (hour, of_all) in hours.map(|hour| hour * HOUR).zip(&mut by_hour) {
            let local = rates.hour(hour);
            let within = (hour + HOUR).min(end) - hour.max(begin);
            let day = (hour / DAY - begin / DAY) as usize;
            for (rate, population) in rates.populations.iter().zip(&mut populations) {
                let expected = rate.expected(&local);
                *of_all += expected;
                population.connections[day] += expected * within as f64 / HOUR as f64;
            }
        }
        let days = days.iter().map(|&day| Moment::from_micros(day.max(begin))).collect();
        let busiest_hour = by_hour.iter().copied().fold(0.0, f64::max);
        Volumes { days, populations, busiest_hour, by_hour }
    }

    /// The expected connections of each interval, on all appliances.
    fn by_interval(&self, time: &Time) -> Vec<f64> {
        let (begin, interval) = (time.begin.micros(), time.export_interval.micros());
        let of_interval = |begin_micros: u64| {
            let first = (begin_micros / HOUR - begin / HOUR) as usize;
            let each = interval.min(HOUR) as f64 / HOUR as f64;
            self.by_hour[first..].iter().take((interval / HOUR).max(1) as usize).sum::<f64>() * each
        };
        (begin..time.end().micros()).step_by(interval as usize).map(of_interval).collect()
    }

    /// All connections of the span.
    pub(crate) fn total(&self) -> f64 {
        self.populations.iter().flat_map(|population| &population.connections).sum()
    }
}

impl KeyCounts {
    /// The keys of a scenario.
    pub(crate) fn new(schedule: &Schedule) -> Self {
        let directory = schedule.directory();
        let addresses = || schedule.populations().iter().map(|population| population.addresses());
        let in_use: f64 = addresses().map(|numbers| numbers.in_use).sum();
        let new: f64 = addresses().map(|numbers| numbers.new_in_hour).sum();
        KeyCounts {
            domains: directory.domains.len(),
            network_owners: directory.owners.len(),
            addresses: in_use.round() as u64,
            new_addresses_an_hour: new.round() as u64,
            sender_groups: directory.groups.len(),
            internal_users: directory.users.len(),
            content_filters: directory.filters.len(),
            virus_types: directory.viruses.len(),
            outbreaks: directory.outbreaks.len(),
        }
    }
}

impl Sizes {
    /// Estimates the exports of a scenario, and the time of a run. It simulates intervals of all volumes, each by itself, because any
    /// hour can be drawn without the hours before it. They differ from the intervals of a run only in the mail that longer queues and
    /// retries would carry into them. If even one interval has too many connections, it simulates a part of all traffic, and extrapolates.
    /// The time of the run is that of the simulated intervals, multiplied by the work of the run and divided by theirs.
    ///
    /// # Errors
    /// If the threads of the simulation cannot be started.
    pub(crate) fn new(scenario: &Scenario, volumes: &Volumes, prepared: &Prepared) -> Result<(Self, f64), ThreadError> {
        let time = &scenario.time;
        let interval = time.export_interval.micros();
        let intervals = time.span.micros() / interval;
        let simulated = interval.max(HOUR) + time.warm_up.micros().min(HOUR);
        let whole = time.span.micros() + time.warm_up.micros();
        let per_sample = prepared.forecast.transactions() * simulated as f64 / whole as f64;
        let affordable = (MAX_CONNECTIONS / per_sample.max(1.0)) as u64;
        let sampled = affordable.clamp(1, MAX_SAMPLES).min(intervals);
        let part = (MAX_CONNECTIONS / per_sample).min(1.0);

        let chosen = choose_intervals(&volumes.by_interval(time), sampled as usize);
        let workers = Workers::new(None)?;
        let full = Sample::new(scenario, prepared, &chosen, part, &workers);
        // How the sizes grow with the traffic shows in a simulation of a smaller part.
        let smaller = (part < 1.0).then(|| Sample::new(scenario, prepared, &chosen, part * SMALLER, &workers).meter);
        let Sample { meter, simulating, writing, work, warming } = full;
        let scale = intervals as f64 / sampled as f64;
        let tables = meter.scale(scenario, prepared.simulation, scale, smaller.as_ref().map(|smaller| (smaller, part)));
        let sizes = Sizes { intervals, sampled, tables };
        // A run writes tables in parallel.
        let writing = writing * scale / part / workers.threads().min(PARALLEL_WRITERS) as f64;
        let files = (sizes.tables.len() * scenario.appliances.len()) as f64;
        let storing = sizes.total().1 as f64 / STORED_PER_SECOND + files * SECONDS_PER_FILE;
        let simulating = simulating * prepared.forecast.work() / work.max(1.0);
        Ok((sizes, prepared.seconds + warming + simulating + writing + storing))
    }

    /// The rows and bytes of all tables.
    pub(crate) fn total(&self) -> (u64, u64) {
        self.tables.iter().fold((0, 0), |(rows, bytes), table| (rows + table.rows, bytes + table.bytes))
    }
}

/// The scenario with a part of all traffic, also of scripts.
fn thinned(scenario: &Scenario, part: f64) -> Scenario {
    let mut thinned = scenario.clone();
    thinned.volume = Amount::new(scenario.volume.get() * part);
    let thin = |number: &mut u32| *number = (f64::from(*number) * part).ceil() as u32;
    for script in &mut thinned.scripted_incoming {
        let of_messages = [&mut script.messages, &mut script.invalid, &mut script.spam, &mut script.virus];
        let of_filters = [&mut script.content_filter, &mut script.quarantine];
        of_messages.into_iter().chain(of_filters).chain([&mut script.connections]).for_each(thin);
    }
    for script in &mut thinned.scripted_outgoing {
        let of_messages = [&mut script.messages, &mut script.hard_bounces, &mut script.virus];
        let of_filters = [&mut script.content_filter, &mut script.quarantine];
        of_messages.into_iter().chain(of_filters).chain([&mut script.connections]).for_each(thin);
    }
    thinned
}

/// The factor from the size of a part of the traffic to that of all of it, as a power of the traffic. The exponent is from 0 to 1.
fn growth(of_part: f64, of_smaller: f64, part: f64) -> f64 {
    let exponent = (of_part.max(1.0) / of_smaller.max(1.0)).ln() / -SMALLER.ln();
    part.powf(-exponent.clamp(0.0, 1.0))
}

/// Chooses some intervals that represent all: sorts them by volume, divides them into strata of equal size, and takes the interval
/// of each stratum whose volume is next to the stratum's mean.
fn choose_intervals(expected: &[f64], sampled: usize) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..expected.len()).collect();
    sorted.sort_by(|&one, &other| expected[one].total_cmp(&expected[other]));
    let strata = (0..sampled).map(|at| &sorted[at * sorted.len() / sampled..(at + 1) * sorted.len() / sampled]);
    let nearest = |stratum: &[usize]| {
        let mean = stratum.iter().map(|&place| expected[place]).sum::<f64>() / stratum.len() as f64;
        let distance = |&place: &usize| (expected[place] - mean).abs();
        stratum.iter().copied().min_by(|one, other| distance(one).total_cmp(&distance(other)))
    };
    strata.filter_map(nearest).collect()
}

/// Some simulated intervals, each by itself, with a part of the traffic.
struct Sample {
    meter: ExportMeter,
    /// The seconds of the simulation, and of writing.
    simulating: f64,
    writing: f64,
    /// The work of the simulation, as the forecast counts it.
    work: f64,
    /// The further seconds that the first simulation of a process takes.
    warming: f64,
}

impl Sample {
    fn new(scenario: &Scenario, prepared: &Prepared, chosen: &[usize], part: f64, workers: &Workers) -> Self {
        let thinned = (part < 1.0).then(|| thinned(scenario, part)).map(|thinned| (Simulation::new(&thinned), thinned));
        let (simulation, of) = thinned.as_ref().map_or((prepared.simulation, scenario), |(it, of)| (it, of));
        let time = &scenario.time;
        let warm_up = time.warm_up.min(Span::from_micros(HOUR));
        let simulate = || {
            let mut meter = ExportMeter::new();
            let mut reading = MeterReading { meter: &mut meter, writers: writers(of, simulation) };
            let (started, mut work) = (Instant::now(), 0.0);
            for &place in chosen {
                let begin = time.begin.plus(Span::from_micros(place as u64 * time.export_interval.micros()));
                let end = begin.plus(time.export_interval);
                let mut progression = simulation.progression(begin..end, warm_up, workers);
                let Ok(()) = progression.advance(end, &mut reading);
                let start = Moment::from_micros(begin.micros().saturating_sub(warm_up.micros()));
                work += prepared.forecast.work_of(start..end, part);
            }
            let (passed, writing) = (started.elapsed(), meter.writing);
            Sample {
                meter,
                simulating: passed.saturating_sub(writing).as_secs_f64(),
                writing: writing.as_secs_f64(),
                work,
                warming: 0.0,
            }
        };
        let first = simulate();
        if first.simulating > SHORT_SECONDS {
            return first;
        }
        // The first simulation of a process also waits for memory and for threads to start. In a short sample, this takes most of the time.
        let second = simulate();
        Sample { warming: (first.simulating - second.simulating).max(0.0), ..second }
    }
}

/// The rows and bytes of each table with timestamps in the simulated intervals.
struct ExportMeter {
    measured: Vec<(&'static Table, u64, u64)>,
    buffer: Vec<u8>,
    /// The time spent on writing.
    writing: Duration,
}

/// A meter that observes one simulation.
struct MeterReading<'a> {
    meter: &'a mut ExportMeter,
    writers: Vec<CsvWriter<'a>>,
}

impl ExportMeter {
    fn new() -> Self {
        let tables = Catalogue::builtin().tables().iter();
        let measured = tables.map(|table| (table, 0, 0)).collect();
        ExportMeter { measured, buffer: Vec::new(), writing: Duration::ZERO }
    }

    /// Multiplies the measured sizes by a factor, and adds the headings and the table without timestamps. If only a part of the traffic
    /// was simulated, the sizes of a smaller part show how they grow: keys of a table that has them all do not become more.
    fn scale(
        mut self,
        scenario: &Scenario,
        simulation: &Simulation,
        factor: f64,
        smaller: Option<(&ExportMeter, f64)>,
    ) -> Vec<TableSize> {
        let mut writers = writers(scenario, simulation);
        let mut sizes = Vec::with_capacity(self.measured.len());
        for (place, (table, rows, bytes)) in self.measured.into_iter().enumerate() {
            let growth = |of: u64, of_smaller: fn(&ExportMeter, usize) -> u64| {
                smaller.map_or(1.0, |(smaller, part)| growth(of as f64, of_smaller(smaller, place) as f64, part))
            };
            let grown = |of: u64, growth: f64| (of as f64 * factor * growth).round() as u64;
            let mut rows = grown(rows, growth(rows, |meter, place| meter.measured[place].1));
            let bytes = grown(bytes, growth(bytes, |meter, place| meter.measured[place].2));
            self.buffer.clear();
            for writer in &mut writers {
                writer.write_header(table, &mut self.buffer);
                if !table.timestamps {
                    rows +=
                        writer.write_span(table, scenario.time.end().micros(), &[&Counts::default()], &mut self.buffer);
                }
            }
            let bytes = bytes + self.buffer.len() as u64;
            sizes.push(TableSize { number: table.number, file: table.file.clone(), rows, bytes });
        }
        sizes
    }
}

impl Observer for MeterReading<'_> {
    type Error = Infallible;

    fn selection(&self) -> Selection {
        Selection::ALL.only(self.meter.measured.iter().map(|(table, ..)| part_of(table)))
    }

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        let started = Instant::now();
        let writer = &mut self.writers[closed.appliance];
        for (table, rows, bytes) in self.meter.measured.iter_mut().filter(|(table, ..)| table.timestamps) {
            self.meter.buffer.clear();
            *rows += writer.write_interval(table, closed.begin.micros(), &[&closed.counts], &mut self.meter.buffer);
            *bytes += self.meter.buffer.len() as u64;
        }
        self.meter.writing += started.elapsed();
        Ok(())
    }
}
