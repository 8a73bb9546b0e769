//! Figures: the numbers that a plan takes from a measurement.

use tollgate_scenario::{HOUR, SECOND};
use tollgate_simulation::TurnedAway;
use tollgate_wording::{ByteNames, bytes, duration, number, percent};

use crate::distribution;
use crate::estimate::Estimate;
use crate::hour::{CpuTime, HourMeasurement, Utilisation};
use crate::measurement::{Measurement, Waits};

/// One number of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct PlanFigure {
    /// Its name in files: small letters and underscores.
    pub name: &'static str,
    /// Its description.
    pub title: &'static str,
    /// Its unit.
    pub unit: FigureUnit,
    rule: FigureRule,
    /// The part of an hour in it. The figure is worst in the hour with the most.
    hourly: Option<fn(&HourMeasurement) -> u64>,
}

/// Computes a figure from a measurement.
#[derive(Clone, Copy, Debug)]
enum FigureRule {
    /// A number.
    Number(fn(&Measurement) -> f64),
    /// A percentile of times: the time that this share of the times does not exceed.
    Percentile(fn(&Measurement) -> &Waits, f64),
    /// The longest of times.
    Longest(fn(&Measurement) -> &Waits),
}

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureUnit {
    /// A number per hour, averaged over the span.
    PerHour,
    /// Seconds.
    Seconds,
    /// A number.
    Count,
    /// A share from 0 to 1. A share of the processor is of all cores.
    Share,
    /// KiB.
    Kib,
}

const fn figure(
    name: &'static str,
    title: &'static str,
    unit: FigureUnit,
    value: fn(&Measurement) -> f64,
) -> PlanFigure {
    PlanFigure { name, title, unit, rule: FigureRule::Number(value), hourly: None }
}

const fn percentile(
    name: &'static str,
    title: &'static str,
    share: f64,
    times: fn(&Measurement) -> &Waits,
) -> PlanFigure {
    PlanFigure { name, title, unit: FigureUnit::Seconds, rule: FigureRule::Percentile(times, share), hourly: None }
}

const fn longest(name: &'static str, title: &'static str, times: fn(&Measurement) -> &Waits) -> PlanFigure {
    PlanFigure { name, title, unit: FigureUnit::Seconds, rule: FigureRule::Longest(times), hourly: None }
}

/// All figures, in the order in which a plan shows them.
pub const FIGURES: &[PlanFigure] = &[
    figure("connections_per_hour", "Connections to listeners per hour", FigureUnit::PerHour, |o| {
        per_hour(o, o.connections)
    }),
    figure("messages_accepted_per_hour", "Messages (transactions) accepted per hour", FigureUnit::PerHour, |o| {
        per_hour(o, o.hours.iter().map(|hour| hour.accepted).sum())
    })
    .worst_in(|hour| hour.accepted),
    figure(
        "messages_processed_per_hour",
        "Messages (transactions) leaving the work queue per hour",
        FigureUnit::PerHour,
        |o| per_hour(o, o.left),
    ),
    figure(
        "messages_delivered_per_hour",
        "Messages (transactions) delivered outside per hour",
        FigureUnit::PerHour,
        |o| per_hour(o, o.delivered),
    ),
    figure("delay_mean", "Time in the work queue, mean", FigureUnit::Seconds, |o| mean(o.delay.sum, o.delay.count)),
    percentile("delay_p50", "Time in the work queue, median", 0.5, |o| &o.delay),
    percentile("delay_p95", "Time in the work queue, 95th percentile", 0.95, |o| &o.delay),
    percentile("delay_p99", "Time in the work queue, 99th percentile", 0.99, |o| &o.delay),
    percentile("delay_p999", "Time in the work queue, 99.9th percentile", 0.999, |o| &o.delay),
    longest("delay_longest", "Time in the work queue, longest", |o| &o.delay),
    figure("waited", "Messages that waited for a worker", FigureUnit::Share, |o| share(o.waited, o.entered)),
    figure("wait_mean", "Wait for a worker, mean", FigureUnit::Seconds, |o| mean(o.wait.sum, o.wait.count)),
    percentile("wait_p50", "Wait for a worker, median", 0.5, |o| &o.wait),
    percentile("wait_p95", "Wait for a worker, 95th percentile", 0.95, |o| &o.wait),
    percentile("wait_p99", "Wait for a worker, 99th percentile", 0.99, |o| &o.wait),
    percentile("wait_p999", "Wait for a worker, 99.9th percentile", 0.999, |o| &o.wait),
    longest("wait_longest", "Wait for a worker, longest", |o| &o.wait),
    figure("depth_mean", "Messages in the work queue, mean", FigureUnit::Count, |o| level(o, |hour| hour.depth_time))
        .worst_in(|hour| hour.depth_time),
    figure("depth_max", "Messages in the work queue, maximum", FigureUnit::Count, |o| most(o, |hour| hour.depth_max))
        .worst_in(|hour| hour.depth_max),
    figure("above_warning", "Time with the work queue above its warning", FigureUnit::Share, |o| {
        level(o, |hour| hour.above_warning)
    })
    .worst_in(|hour| hour.above_warning),
    figure("drain", "Time to drain after the worst peak", FigureUnit::Seconds, |o| {
        o.worst.map_or(0.0, |worst| seconds(worst.end - worst.peak))
    }),
    figure("undrained", "Runs whose worst backlog does not drain within a day", FigureUnit::Share, |o| {
        f64::from(u8::from(o.worst.is_some_and(|worst| !worst.ended)))
    }),
    figure("cpu", "CPU", FigureUnit::Share, |o| level(o, |hour| hour.cpu.total()) / o.cores as f64)
        .worst_in(|hour| hour.cpu.total()),
    figure("cpu_busiest_hour", "CPU in the busiest hour", FigureUnit::Share, |o| {
        busiest(o, |hour| hour.cpu.total()) / o.cores as f64
    })
    .worst_in(|hour| hour.cpu.total()),
    figure("cpu_anti_spam", "CPU used by anti-spam scanning", FigureUnit::Share, |o| cpu(o, |cpu| cpu.anti_spam))
        .worst_in(|hour| hour.cpu.anti_spam),
    figure("cpu_anti_virus", "CPU used by anti-virus scanning", FigureUnit::Share, |o| cpu(o, |cpu| cpu.anti_virus))
        .worst_in(|hour| hour.cpu.anti_virus),
    figure("cpu_mail_processing", "CPU used by mail processing", FigureUnit::Share, |o| {
        cpu(o, |cpu| cpu.mail_processing)
    })
    .worst_in(|hour| hour.cpu.mail_processing),
    figure("cpu_reporting", "CPU used by reporting", FigureUnit::Share, |o| cpu(o, |cpu| cpu.reporting))
        .worst_in(|hour| hour.cpu.reporting),
    figure("cpu_quarantine", "CPU used by quarantines", FigureUnit::Share, |o| cpu(o, |cpu| cpu.quarantine))
        .worst_in(|hour| hour.cpu.quarantine),
    figure("cpu_other", "CPU used by everything else", FigureUnit::Share, |o| cpu(o, |cpu| cpu.other))
        .worst_in(|hour| hour.cpu.other),
    figure("workers_busy", "Workers busy", FigureUnit::Share, |o| {
        level(o, |hour| hour.workers_busy) / o.workers as f64
    })
    .worst_in(|hour| hour.workers_busy),
    figure("workers_busiest_hour", "Workers busy in the busiest hour", FigureUnit::Share, |o| {
        busiest(o, |hour| hour.workers_busy) / o.workers as f64
    })
    .worst_in(|hour| hour.workers_busy),
    figure("public_connections_mean", "Connections to public listeners, mean", FigureUnit::Count, |o| {
        level(o, |hour| hour.public.open_time)
    })
    .worst_in(|hour| hour.public.open_time),
    figure("public_connections_max", "Connections to a public listener, maximum", FigureUnit::Count, |o| {
        most(o, |hour| hour.public.most)
    })
    .worst_in(|hour| hour.public.most),
    figure("public_connections_used", "Connections to a public listener, share of its limit", FigureUnit::Share, |o| {
        used(o, |used| used.public)
    })
    .worst_in(|hour| hour.used.public),
    figure("private_connections_mean", "Connections to private listeners, mean", FigureUnit::Count, |o| {
        level(o, |hour| hour.private.open_time)
    })
    .worst_in(|hour| hour.private.open_time),
    figure("private_connections_max", "Connections to a private listener, maximum", FigureUnit::Count, |o| {
        most(o, |hour| hour.private.most)
    })
    .worst_in(|hour| hour.private.most),
    figure(
        "private_connections_used",
        "Connections to a private listener, share of its limit",
        FigureUnit::Share,
        |o| used(o, |used| used.private),
    )
    .worst_in(|hour| hour.used.private),
    figure("outbound_connections_mean", "Outgoing connections, mean", FigureUnit::Count, |o| {
        level(o, |hour| hour.outgoing.open_time)
    })
    .worst_in(|hour| hour.outgoing.open_time),
    figure("outbound_connections_max", "Outgoing connections, maximum", FigureUnit::Count, |o| {
        most(o, |hour| hour.outgoing.most)
    })
    .worst_in(|hour| hour.outgoing.most),
    figure("outbound_connections_used", "Outgoing connections, share of the limit", FigureUnit::Share, |o| {
        used(o, |used| used.outgoing)
    })
    .worst_in(|hour| hour.used.outgoing),
    figure("queue_disk_mean", "Queue disk, mean", FigureUnit::Kib, |o| level(o, |hour| hour.disk_kib.mean * hour.span))
        .worst_in(|hour| hour.disk_kib.mean),
    figure("queue_disk_max", "Queue disk, maximum", FigureUnit::Kib, |o| most(o, |hour| hour.disk_kib.most))
        .worst_in(|hour| hour.disk_kib.most),
    figure("queue_disk_used", "Queue disk, share of its size", FigureUnit::Share, |o| used(o, |used| used.disk))
        .worst_in(|hour| hour.used.disk),
    figure("turned_away", "Connections turned away because a limit was reached", FigureUnit::Count, |o| {
        turned_away(o, TurnedAway::total)
    })
    .worst_in(|hour| hour.turned_away.total()),
    figure("turned_away_public", "Turned away by a full public listener", FigureUnit::Count, |o| {
        turned_away(o, |away| away.public)
    })
    .worst_in(|hour| hour.turned_away.public),
    figure("turned_away_private", "Turned away by a full private listener", FigureUnit::Count, |o| {
        turned_away(o, |away| away.private)
    })
    .worst_in(|hour| hour.turned_away.private),
    figure("turned_away_suspended", "Turned away by suspended listeners", FigureUnit::Count, |o| {
        turned_away(o, |away| away.suspended)
    })
    .worst_in(|hour| hour.turned_away.suspended),
    figure("turned_away_disk", "Turned away by a full queue disk", FigureUnit::Count, |o| {
        turned_away(o, |away| away.disk)
    })
    .worst_in(|hour| hour.turned_away.disk),
    figure("given_up", "Connections whose senders gave up", FigureUnit::Count, |o| o.given_up as f64),
    figure("deferred", "Deliveries that waited for a connection", FigureUnit::Count, |o| o.deferred as f64)
        .worst_in(|hour| hour.deferred),
];

impl FigureUnit {
    /// Writes a value for people: `0.42 s`, `2 h 24 min`, `31.0%`, `12,609`.
    pub fn write(self, value: f64) -> String {
        match self {
            FigureUnit::PerHour | FigureUnit::Count => number(value),
            FigureUnit::Seconds => duration(value),
            FigureUnit::Share => percent(value),
            FigureUnit::Kib => bytes(value * 1024.0, ByteNames::Binary),
        }
    }

    /// The largest possible value of a figure with this unit.
    fn most(self) -> f64 {
        if self == FigureUnit::Share { 1.0 } else { f64::INFINITY }
    }
}

impl PlanFigure {
    const fn worst_in(self, hourly: fn(&HourMeasurement) -> u64) -> Self {
        PlanFigure { hourly: Some(hourly), ..self }
    }

    /// The start of the hour in which it is worst in a measurement, in microseconds since the Unix epoch. A time in the queue is
    /// worst when the message arrives that waits longest, or in the last hour if that message arrives after the span. None if no
    /// hour is worse than another.
    pub fn worst_hour(&self, measured: &Measurement) -> Option<u64> {
        let last = measured.hours.last().filter(|_| measured.hours.len() > 1)?;
        match self.hourly {
            Some(hourly) => {
                let hours = measured.hours.iter().filter(|hour| hourly(hour) > 0);
                hours.rev().max_by_key(|hour| hourly(hour)).map(|hour| hour.begin)
            }
            None if self.unit == FigureUnit::Seconds => {
                let of_peak = |peak: u64| measured.hours.iter().rev().find(|hour| hour.begin <= peak).unwrap_or(last);
                measured.worst.map(|worst| of_peak(worst.peak).begin)
            }
            None => None,
        }
    }

    /// Its value in a measurement.
    pub fn value(&self, measured: &Measurement) -> f64 {
        match self.rule {
            FigureRule::Number(value) => value(measured),
            FigureRule::Percentile(times, share) => distribution::percentile(&[times(measured)], share).mean,
            FigureRule::Longest(times) => seconds(times(measured).longest),
        }
    }

    /// Its estimate from one measurement for each seed. There is at least one.
    pub fn estimate(&self, seeds: &[&Measurement]) -> Estimate {
        let estimate = match self.rule {
            FigureRule::Percentile(times, share) => {
                distribution::percentile(&seeds.iter().map(|seed| times(seed)).collect::<Vec<_>>(), share)
            }
            // It has no true value: it grows with the span and with the number of seeds.
            FigureRule::Longest(times) => {
                let longest = seconds(seeds.iter().map(|seed| times(seed).longest).max().unwrap_or_default());
                Estimate { mean: longest, low: longest, high: longest }
            }
            FigureRule::Number(value) => {
                let estimate = Estimate::new(&seeds.iter().map(|seed| value(seed)).collect::<Vec<_>>());
                if self.unit == FigureUnit::Seconds { estimate.skewed() } else { estimate }
            }
        };
        estimate.within(0.0, self.unit.most())
    }

    /// The estimate of its difference, second minus first, from one measurement of each side for each seed. The interval is that
    /// of the differences of the seeds.
    pub fn difference(&self, first: &[&Measurement], second: &[&Measurement]) -> Estimate {
        let sides = [first, second].map(|seeds| self.estimate(seeds));
        let mean = sides[1].mean - sides[0].mean;
        if sides.iter().any(|side| side.has_too_few_messages()) {
            return Estimate::with_too_few_messages(mean);
        }
        let pairs = first.iter().zip(second);
        let of_seeds =
            Estimate::new(&pairs.map(|(one, other)| self.value(other) - self.value(one)).collect::<Vec<_>>());
        let half = of_seeds.high - of_seeds.mean;
        Estimate { mean, low: mean - half, high: mean + half }
    }

    /// The number of seeds with which it has a confidence interval, if runs have this many messages. None if it has one with any
    /// number of seeds from two on.
    pub fn least_seeds(&self, messages_of_a_run: f64) -> Option<u64> {
        match self.rule {
            FigureRule::Percentile(_, share) => distribution::least_seeds(messages_of_a_run, share),
            FigureRule::Number(_) | FigureRule::Longest(_) => None,
        }
    }

    /// The figure with that name.
    pub fn find(name: &str) -> Option<&'static PlanFigure> {
        FIGURES.iter().find(|figure| figure.name == name)
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / SECOND as f64
}

fn mean(sum_micros: u128, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum_micros as f64 / SECOND as f64 / count as f64 }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn per_hour(measurement: &Measurement, count: u64) -> f64 {
    count as f64 * HOUR as f64 / measurement.span_micros as f64
}

/// The mean over the span, from the integral over time of each hour.
fn level(measurement: &Measurement, integral: fn(&HourMeasurement) -> u64) -> f64 {
    let sum: u128 = measurement.hours.iter().map(|hour| u128::from(integral(hour))).sum();
    sum as f64 / measurement.span_micros as f64
}

/// The mean of the hour with the largest mean.
fn busiest(measurement: &Measurement, integral: fn(&HourMeasurement) -> u64) -> f64 {
    let means = measurement.hours.iter().map(|hour| integral(hour) as f64 / hour.span as f64);
    means.fold(0.0, f64::max)
}

fn most(measurement: &Measurement, of: fn(&HourMeasurement) -> u64) -> f64 {
    measurement.hours.iter().map(of).max().unwrap_or_default() as f64
}

fn used(measurement: &Measurement, of: fn(Utilisation) -> u64) -> f64 {
    measurement.hours.iter().map(|hour| of(hour.used)).max().unwrap_or_default() as f64 / 1e6
}

fn turned_away(measurement: &Measurement, of: fn(TurnedAway) -> u64) -> f64 {
    measurement.hours.iter().map(|hour| of(hour.turned_away)).sum::<u64>() as f64
}

fn cpu(measurement: &Measurement, of: fn(CpuTime) -> u64) -> f64 {
    let sum: u64 = measurement.hours.iter().map(|hour| of(hour.cpu)).sum();
    sum as f64 / measurement.span_micros as f64 / measurement.cores as f64
}
