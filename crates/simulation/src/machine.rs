//! The work of an appliance beside its mail: the operating system, updates, jobs of reporting, and restarts.

use std::ops::Range;
use std::sync::Arc;

use rand_distr::{Distribution, StandardNormal};
use tollgate_gateway::Stop;
use tollgate_ledger::{Ledger, System};
use tollgate_scenario::{DAY, Event, HOUR, MINUTE, Moment, Scenario, Span, WEEK};
use tollgate_traffic::{Chance, StreamKey, below, unit};

/// Sigma of the logarithm of the time for which an update stops the work queue (assumed).
const PAUSE_SIGMA: f64 = 1.2;
/// The longest time for which an update stops the work queue.
const LONGEST_PAUSE: u64 = 10 * MINUTE;
/// Time for which an update uses processors.
const UPDATE: u64 = 5 * MINUTE;
/// The jobs of reporting: how late they may begin, and the times for which they run, at the least, usually and at the most (assumed).
const HOURLY_JOB: (u64, [u64; 3]) = (4 * MINUTE, [2 * MINUTE, 3 * MINUTE, 6 * MINUTE]);
const NIGHTLY_JOB: (u64, [u64; 3]) = (15 * MINUTE, [12 * MINUTE, 20 * MINUTE, 30 * MINUTE]);
/// Beginning of the nightly job, as a time of day in GMT.
const NIGHT: u64 = 2 * HOUR;

/// The machine of one appliance. All that it does in an hour depends on the seed, the appliance's name and the hour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine<'a> {
    settings: &'a tollgate_scenario::Machine,
    key: StreamKey,
    cores: u64,
    base_interval: u64,
}

/// An update of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Update {
    /// The time in which it stops the work queue.
    stop: Stop,
    /// The processors that it uses, in millionths of one.
    millionths: u64,
}

impl<'a> Machine<'a> {
    /// The machine of the appliance with this number.
    pub(crate) fn new(scenario: &'a Scenario, number: usize) -> Self {
        let appliance = &scenario.appliances[number];
        let key = StreamKey::new(scenario.seed).named("machine").named(&appliance.name);
        let base_interval = scenario.time.base_interval.micros();
        Machine { settings: &appliance.machine, key, cores: u64::from(appliance.cores), base_interval }
    }

    /// The update that begins in the hour that begins at `begin`, if there is one.
    fn update(&self, begin: u64) -> Option<Update> {
        let settings = self.settings;
        let mut generator = self.key.named("updates").numbered(begin / HOUR).generator();
        let chance = Chance::new(settings.updates_per_week.get() * HOUR as f64 / WEEK as f64);
        if settings.none || !chance.hit(generator.bits()) {
            return None;
        }
        let at = begin + below(generator.bits(), HOUR);
        let normal: f64 = StandardNormal.sample(&mut generator);
        let pause = settings.update_pause.micros() as f64 * libm::exp(PAUSE_SIGMA * normal);
        let load = settings.update_load.get() * (0.25 + 0.75 * unit(generator.bits()));
        let at = Moment::from_micros(at);
        let stop = Stop { at, until: at.plus(Span::from_micros((pause as u64).min(LONGEST_PAUSE))) };
        Some(Update { stop, millionths: millionths(load) * self.cores })
    }

    /// The times in which the work queue stands still and which may affect mail that enters in the hour that begins at `begin`. Each message
    /// takes at most an hour. `down` are the times in which the appliance is down.
    pub(crate) fn stops(&self, begin: u64, down: &[Range<Moment>]) -> Vec<Stop> {
        let hours = [begin.saturating_sub(HOUR), begin, begin + HOUR];
        let mut stops: Vec<Stop> =
            hours.iter().filter_map(|&hour| self.update(hour)).map(|update| update.stop).collect();
        let near = down.iter().filter(|down| down.end.micros() > begin && down.start.micros() < begin + 2 * HOUR);
        stops.extend(near.map(|down| Stop { at: down.start, until: down.end }));
        stops.sort_unstable();
        stops
    }

    /// The times in a span in which an appliance is down, in order and apart from each other. They are whole base intervals.
    pub(crate) fn down(scenario: &Scenario, number: usize, span: Range<Moment>) -> Arc<[Range<Moment>]> {
        let machine = Machine::new(scenario, number);
        let base = machine.base_interval;
        let name = &scenario.appliances[number].name;
        let restart = |event: &Event| {
            let restart = event.restart.as_ref().filter(|restart| restart.of == *name)?;
            let (begin, end) = (event.at.micros(), event.at.plus(restart.takes).micros());
            Some(Moment::from_micros(begin / base * base)..Moment::from_micros(end.div_ceil(base) * base))
        };
        let mut times: Vec<Range<Moment>> = scenario.events.iter().filter_map(restart).collect();
        let hours = (span.start.micros()..span.end.micros()).step_by(HOUR as usize);
        times.extend(hours.filter_map(|begin| machine.random_restart(begin)));
        times.sort_unstable_by_key(|time| time.start);
        times.dedup_by(|next, last| {
            let overlaps = next.start <= last.end;
            if overlaps {
                last.end = last.end.max(next.end);
            }
            overlaps
        });
        times.into()
    }

    /// The restart in an hour at a random moment, if there is one.
    fn random_restart(&self, begin: u64) -> Option<Range<Moment>> {
        let apart = self.settings.restarts_apart.micros();
        let mut generator = self.key.named("restarts").numbered(begin / HOUR).generator();
        if self.settings.none || apart == 0 || !Chance::new(HOUR as f64 / apart as f64).hit(generator.bits()) {
            return None;
        }
        let intervals = HOUR / self.base_interval;
        let down = if intervals > 2 { 1 + below(generator.bits(), 2) } else { 1 };
        let from = begin + below(generator.bits(), intervals + 1 - down) * self.base_interval;
        Some(Moment::from_micros(from)..Moment::from_micros(from + down * self.base_interval))
    }

    /// Counts the processor time of the operating system and of an update in the hour that begins at `begin`.
    pub(crate) fn count(&self, begin: u64, ledger: &mut Ledger) {
        if self.settings.none {
            return;
        }
        for interval in (begin..begin + HOUR).step_by(self.base_interval as usize) {
            let mut generator = self.key.named("idle").numbered(interval / self.base_interval).generator();
            let normal: f64 = StandardNormal.sample(&mut generator);
            let share = (self.settings.idle.get() + self.settings.noise.get() * normal).clamp(0.0, 1.0);
            let used = (millionths(share) * self.cores, 1_000_000);
            work(ledger, System::CpuOther, (interval, interval + self.base_interval), used);
        }
        if let Some(update) = self.update(begin) {
            let at = update.stop.at.micros();
            work(ledger, System::CpuOther, (at, at + UPDATE), (update.millionths, 1_000_000));
        }
    }

    /// Counts the processor time of the jobs that report an hour, which ends at `end`. `reporting` is the time of all of them.
    pub(crate) fn report(&self, end: u64, reporting: u64, ledger: &mut Ledger) {
        let nightly = reporting * millionths(self.settings.nightly_reports.get()) / 1_000_000;
        let night = (end + DAY - NIGHT - 1) / DAY * DAY + NIGHT;
        for (moment, (latest, [least, usual, most]), time) in
            [(end, HOURLY_JOB, reporting - nightly), (night, NIGHTLY_JOB, nightly)]
        {
            let mut generator = self.key.named("reports").numbered(moment / HOUR).generator();
            let mut draw = |from: u64, to: u64| from + below(generator.bits(), to - from);
            let (begin, span) =
                if self.settings.none { (moment, usual) } else { (moment + draw(0, latest), draw(least, most)) };
            let begin = ledger.free_from(begin, span);
            work(ledger, System::CpuReporting, (begin, begin + span), (time, span));
        }
    }
}

fn millionths(share: f64) -> u64 {
    libm::round(share * 1e6) as u64
}

/// Counts processor time in a cell: a part of the time from `from` to `to`, which may be more than the whole. What is left of a microsecond
/// goes to the next interval, so that the parts of all intervals add up.
fn work(ledger: &mut Ledger, cell: System, (from, to): (u64, u64), (part, whole): (u64, u64)) {
    let until = |at: u64| (u128::from(at - from) * u128::from(part) / u128::from(whole)) as u64;
    let mut at = from;
    ledger.spread(from, to, |counts, micros| {
        counts.system.add(cell, until(at + micros) - until(at));
        at += micros;
    });
}
