//! Watches a run and measures what the appliances do.

use std::convert::Infallible;
use std::ops::Range;

use hdrhistogram::Histogram;
use tollgate_gateway::Stay;
use tollgate_ledger::System;
use tollgate_scenario::{Appliance, DAY, HOUR, ListenerKind, Scenario, Span};
use tollgate_simulation::{Closed, Observer, Simulation, Usage, Workers};

use crate::outcome::{Backlog, Exhausted, Hour, Measured, Outcome, Resource, Waits};

/// The longest wait that percentiles tell apart from longer ones.
const LONGEST: u64 = 30 * DAY;
/// The cells of processor time, in the order of `Hour::cpu`.
const CPU: [System; 5] =
    [System::CpuAntiSpam, System::CpuAntiVirus, System::CpuMailProcessing, System::CpuReporting, System::CpuQuarantine];

/// Simulates a scenario on one thread and measures it. What is measured is what `tollgate run` would count: a plan takes no
/// short cuts. Messages that wait when the span ends are followed up: what comes after it is simulated too, until no message
/// waits any more or has had to for a day.
pub fn measure(scenario: &Scenario) -> Measured {
    let mut scenario = scenario.clone();
    let whole_hours = |micros: u64| micros.is_multiple_of(HOUR);
    if whole_hours(scenario.time.begin.micros()) && whole_hours(scenario.time.span.micros()) {
        scenario.time.export_interval = Span::from_micros(HOUR);
    }
    let simulation = Simulation::new(&scenario);
    let mut meter = Meter::new(&scenario);
    let span = meter.span.clone();
    let workers = Workers::new(Some(1));
    let mut progression = simulation.progression(span.clone(), scenario.time.warm_up.micros(), &workers);
    let Ok(()) = progression.advance(span.end, &mut meter);
    while meter.is_open(progression.reached_micros()) {
        let Ok(()) = progression.go_on(&mut meter);
    }
    meter.finish(progression.reached_micros())
}

/// What has been seen so far.
struct Meter<'a> {
    scenario: &'a Scenario,
    span: Range<u64>,
    interval: u64,
    watches: Vec<Watch>,
}

/// What has been seen of one appliance.
struct Watch {
    wait: Record,
    delay: Record,
    waited: u64,
    backlog: Option<Backlog>,
    backlogs: Backlogs,
    left: u64,
    connections: u64,
    delivered: u64,
    given_up: u64,
    hours: Vec<Hour>,
}

/// Waits, with their sum and the longest of them, which a histogram knows only about.
struct Record {
    histogram: Histogram<u64>,
    sum: u64,
    longest: u64,
}

/// The backlogs that are told of.
#[derive(Clone, Copy, Default)]
struct Backlogs {
    worst: Option<Backlog>,
    longest: Option<Backlog>,
}

impl<'a> Meter<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let time = &scenario.time;
        let (span, interval) = (time.begin.micros()..time.end().micros(), time.export_interval.micros());
        let watch = || Watch {
            wait: Record::new(),
            delay: Record::new(),
            waited: 0,
            backlog: None,
            backlogs: Backlogs::default(),
            left: 0,
            connections: 0,
            delivered: 0,
            given_up: 0,
            hours: span.clone().step_by(interval as usize).map(|begin| Hour::new(begin, interval)).collect(),
        };
        let watches = scenario.appliances.iter().map(|_| watch()).collect();
        Meter { scenario, span, interval, watches }
    }

    /// Whether a backlog that began within the span is to be watched for longer.
    fn is_open(&self, reached: u64) -> bool {
        let mut backlogs = self.watches.iter().filter_map(|watch| watch.backlog);
        backlogs.any(|backlog| backlog.begin < self.span.end && backlog.end > reached && reached - backlog.begin < DAY)
    }

    fn finish(self, reached: u64) -> Measured {
        let Meter { scenario, span, watches, .. } = self;
        let mut all = Sum::new();
        let mut appliances = Vec::with_capacity(watches.len());
        for (watch, appliance) in watches.into_iter().zip(&scenario.appliances) {
            all.wait.absorb(&watch.wait);
            all.delay.absorb(&watch.delay);
            appliances.push(watch.outcome(appliance, &span, reached));
        }
        Measured { site: all.outcome(&appliances), appliances }
    }
}

impl Observer for Meter<'_> {
    type Error = Infallible;

    const BY_KEY: bool = false;

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        let watch = &mut self.watches[closed.appliance];
        let hour = &mut watch.hours[((closed.begin_micros - self.span.start) / self.interval) as usize];
        let system = &closed.counts.system;
        hour.depth_time = system.get(System::QueueDepthTime);
        hour.depth_max = system.get(System::QueueDepthMax);
        hour.cpu = CPU.map(|cell| system.get(cell));
        hour.note(&closed.usage, self.scenario, closed.appliance);
        watch.left += system.get(System::QueueLeft);
        watch.delivered += system.get(System::OutgoingMessages);
        watch.connections += closed.counts.groups.total().iter().sum::<u64>();
        watch.given_up += closed.usage.given_up;
        Ok(())
    }

    fn stays(&mut self, appliance: usize, stays: &[Stay]) {
        let watch = &mut self.watches[appliance];
        for stay in stays {
            if self.span.contains(&stay.entered) {
                watch.wait.note(stay.started - stay.entered);
                watch.delay.note(stay.left - stay.entered);
                watch.waited += u64::from(stay.started > stay.entered);
                watch.hours[((stay.entered - self.span.start) / self.interval) as usize].accepted += 1;
            }
            watch.book_work(stay, &self.span, self.interval);
            watch.note_backlog(stay, &self.span);
        }
    }
}

impl Watch {
    /// Books the time of a worker in the hours that it lies in.
    fn book_work(&mut self, stay: &Stay, span: &Range<u64>, interval: u64) {
        let (mut from, to) = (stay.started.max(span.start), stay.left.min(span.end));
        while from < to {
            let place = (from - span.start) / interval;
            let end = (span.start + (place + 1) * interval).min(to);
            self.hours[place as usize].workers_busy += end - from;
            from = end;
        }
    }

    fn note_backlog(&mut self, stay: &Stay, span: &Range<u64>) {
        let wait = stay.started - stay.entered;
        match &mut self.backlog {
            None if wait > 0 => {
                let Stay { entered, started, .. } = *stay;
                self.backlog = Some(Backlog { begin: entered, peak: entered, wait, end: started, ended: false });
            }
            Some(backlog) if wait > 0 => {
                backlog.end = backlog.end.max(stay.started);
                if wait > backlog.wait {
                    (backlog.peak, backlog.wait) = (stay.entered, wait);
                }
            }
            Some(backlog) => {
                (backlog.end, backlog.ended) = (stay.entered, true);
                self.backlogs.note(*backlog, span);
                self.backlog = None;
            }
            None => {}
        }
    }

    fn outcome(mut self, appliance: &Appliance, span: &Range<u64>, reached: u64) -> Outcome {
        if let Some(backlog) = self.backlog {
            self.backlogs.note(Backlog { ended: backlog.end <= reached, ..backlog }, span);
        }
        let mut outcome = Outcome {
            name: appliance.name.clone(),
            span_micros: span.end - span.start,
            cores: u64::from(appliance.cores),
            workers: u64::from(appliance.workers),
            connections: self.connections,
            entered: self.wait.histogram.len(),
            waited: self.waited,
            left: self.left,
            delivered: self.delivered,
            wait: self.wait.waits(),
            delay: self.delay.waits(),
            worst: self.backlogs.worst,
            longest: self.backlogs.longest,
            given_up: self.given_up,
            deferred: self.hours.iter().map(|hour| hour.deferred).sum(),
            exhausted: Vec::new(),
            hours: self.hours,
        };
        outcome.exhausted = exhausted(&outcome, span.start);
        outcome
    }
}

impl Backlogs {
    fn note(&mut self, backlog: Backlog, span: &Range<u64>) {
        if backlog.end <= span.start || backlog.begin >= span.end {
            return;
        }
        if self.worst.is_none_or(|worst| backlog.wait > worst.wait) {
            self.worst = Some(backlog);
        }
        if self.longest.is_none_or(|longest| backlog.span_micros() > longest.span_micros()) {
            self.longest = Some(backlog);
        }
    }
}

impl Record {
    fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds and digits that a histogram can have");
        Record { histogram, sum: 0, longest: 0 }
    }

    fn note(&mut self, micros: u64) {
        self.histogram.saturating_record(micros);
        self.sum += micros;
        self.longest = self.longest.max(micros);
    }

    fn absorb(&mut self, other: &Record) {
        self.histogram.add(&other.histogram).expect("histograms with the same bounds");
        self.sum += other.sum;
        self.longest = self.longest.max(other.longest);
    }

    fn waits(&self) -> Waits {
        // A histogram knows three digits, so that what it says may be more than the longest.
        let not_exceeded = |share: f64| self.histogram.value_at_quantile(share).min(self.longest);
        Waits {
            count: self.histogram.len(),
            sum: self.sum,
            p50: not_exceeded(0.5),
            p95: not_exceeded(0.95),
            p99: not_exceeded(0.99),
            p999: not_exceeded(0.999),
            longest: self.longest,
        }
    }
}

/// What all appliances waited together.
struct Sum {
    wait: Record,
    delay: Record,
}

impl Sum {
    fn new() -> Self {
        Sum { wait: Record::new(), delay: Record::new() }
    }

    /// The outcome of the site: sums, and of what is the most that of any one appliance.
    fn outcome(&self, appliances: &[Outcome]) -> Outcome {
        let sum = |of: fn(&Outcome) -> u64| appliances.iter().map(of).sum();
        let most = |of: fn(&Outcome) -> Option<Backlog>, by: fn(&Backlog) -> u64| {
            appliances.iter().filter_map(of).max_by_key(by)
        };
        let mut exhausted: Vec<Exhausted> = appliances.iter().flat_map(|each| each.exhausted.iter().cloned()).collect();
        exhausted.sort_by_key(|each| each.begin);
        let mut hours = appliances[0].hours.clone();
        for other in &appliances[1..] {
            for (hour, other) in hours.iter_mut().zip(&other.hours) {
                hour.absorb(other);
            }
        }
        Outcome {
            name: "all".into(),
            span_micros: appliances[0].span_micros,
            cores: sum(|each| each.cores),
            workers: sum(|each| each.workers),
            connections: sum(|each| each.connections),
            entered: sum(|each| each.entered),
            waited: sum(|each| each.waited),
            left: sum(|each| each.left),
            delivered: sum(|each| each.delivered),
            wait: self.wait.waits(),
            delay: self.delay.waits(),
            worst: most(|each| each.worst, |backlog| backlog.wait),
            longest: most(|each| each.longest, |backlog| backlog.span_micros()),
            given_up: sum(|each| each.given_up),
            deferred: sum(|each| each.deferred),
            exhausted,
            hours,
        }
    }
}

impl Hour {
    fn new(begin: u64, span: u64) -> Self {
        Hour { begin, span, ..Hour::default() }
    }

    fn note(&mut self, usage: &Usage, scenario: &Scenario, appliance: usize) {
        let [public_used, private_used, outbound_used, disk_used] = &mut self.used;
        for (level, listener) in usage.inbound.iter().zip(&scenario.listeners) {
            let (of_kind, used) = match listener.kind {
                ListenerKind::Public => (&mut self.public, &mut *public_used),
                ListenerKind::Private => (&mut self.private, &mut *private_used),
            };
            *of_kind = (of_kind.0 + level.time as u64, of_kind.1.max(level.most));
            *used = millionths(level.most, u64::from(listener.max_connections())).max(*used);
        }
        let limits = &scenario.appliances[appliance].limits;
        *outbound_used = millionths(usage.outbound.most, u64::from(limits.outbound_connections));
        *disk_used = millionths(usage.queue_bytes.most, limits.queue_kib * 1024);
        self.outbound = (usage.outbound.time as u64, usage.outbound.most);
        let kib = |bytes: u128| (bytes / 1024) as u64;
        self.disk_kib = (kib(usage.queue_bytes.time / u128::from(self.span)), kib(u128::from(usage.queue_bytes.most)));
        self.above_warning = usage.above_warning_micros;
        let away = usage.turned_away;
        self.turned_away = [away.public, away.private, away.suspended, away.disk];
        self.deferred = usage.deferred;
    }

    fn absorb(&mut self, other: &Hour) {
        let level = |(time, most): (u64, u64), other: (u64, u64)| (time + other.0, most.max(other.1));
        self.accepted += other.accepted;
        self.depth_time += other.depth_time;
        self.depth_max = self.depth_max.max(other.depth_max);
        self.above_warning = self.above_warning.max(other.above_warning);
        self.workers_busy += other.workers_busy;
        self.cpu.iter_mut().zip(other.cpu).for_each(|(cell, other)| *cell += other);
        self.public = level(self.public, other.public);
        self.private = level(self.private, other.private);
        self.outbound = level(self.outbound, other.outbound);
        self.disk_kib = level(self.disk_kib, other.disk_kib);
        self.used.iter_mut().zip(other.used).for_each(|(cell, other)| *cell = other.max(*cell));
        self.turned_away.iter_mut().zip(other.turned_away).for_each(|(cell, other)| *cell += other);
        self.deferred += other.deferred;
    }
}

impl Backlog {
    /// How long it lasted.
    pub fn span_micros(&self) -> u64 {
        self.end - self.begin
    }

    /// Whether the workers do not keep up: messages waited without a break for a day.
    fn lasts(&self) -> bool {
        self.span_micros() >= DAY
    }
}

/// How much of something is used, in millionths, rounded up so that nothing is only where nothing is used. What goes out of
/// use within a second counts for all of it, so that what is used may seem to be more than there is.
fn millionths(used: u64, all: u64) -> u64 {
    (u128::from(used.min(all)) * 1_000_000).div_ceil(u128::from(all.max(1))) as u64
}

/// What an appliance had not enough of, in order of the first time.
fn exhausted(outcome: &Outcome, start: u64) -> Vec<Exhausted> {
    let mut found = Vec::new();
    let mut add = |resource, begin: Option<u64>| {
        found.extend(begin.map(|begin| Exhausted { resource, appliance: outcome.name.clone(), begin }));
    };
    let first = |holds: &dyn Fn(&Hour) -> bool| outcome.hours.iter().find(|hour| holds(hour)).map(|hour| hour.begin);
    let backlog = outcome.longest.filter(Backlog::lasts);
    add(Resource::Workers, backlog.map(|backlog| backlog.begin.max(start)));
    add(Resource::SuspendedListeners, first(&|hour| hour.turned_away[2] > 0));
    add(Resource::Processor, first(&|hour| hour.cpu.iter().sum::<u64>() >= outcome.cores * hour.span));
    add(Resource::PublicConnections, first(&|hour| hour.turned_away[0] > 0));
    add(Resource::PrivateConnections, first(&|hour| hour.turned_away[1] > 0));
    add(Resource::OutboundConnections, first(&|hour| hour.deferred > 0));
    add(Resource::QueueDisk, first(&|hour| hour.turned_away[3] > 0));
    found.sort_by_key(|each| each.begin);
    found
}
