//! The figures of an outcome: what the columns of a plan are.

use tollgate_scenario::{HOUR, SECOND};

use crate::outcome::{Hour, Outcome};

/// One figure of an outcome.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name in files: small letters and underscores.
    pub name: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Takes it from an outcome.
    pub value: fn(&Outcome) -> f64,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things in an hour, on the mean of the span.
    PerHour,
    /// Seconds.
    Seconds,
    /// Things.
    Count,
    /// A share from 0 to 1 (of the processor: of all cores).
    Share,
    /// KiB.
    Kib,
}

const fn figure(name: &'static str, title: &'static str, unit: Unit, value: fn(&Outcome) -> f64) -> Figure {
    Figure { name, title, unit, value }
}

/// All figures, in the order in which a plan shows them.
pub const FIGURES: &[Figure] = &[
    figure("connections_per_hour", "Connections taken up, an hour", Unit::PerHour, |o| per_hour(o, o.connections)),
    figure("messages_in_per_hour", "Messages (transactions) accepted, an hour", Unit::PerHour, |o| {
        per_hour(o, o.hours.iter().map(|hour| hour.accepted).sum())
    }),
    figure(
        "messages_processed_per_hour",
        "Messages (transactions) out of the work queue, an hour",
        Unit::PerHour,
        |o| per_hour(o, o.left),
    ),
    figure("messages_out_per_hour", "Messages (transactions) delivered outside, an hour", Unit::PerHour, |o| {
        per_hour(o, o.delivered)
    }),
    figure("delay_mean", "Time in the work queue, mean", Unit::Seconds, |o| mean(o.delay.sum, o.delay.count)),
    figure("delay_p50", "Time in the work queue, half of all messages", Unit::Seconds, |o| seconds(o.delay.p50)),
    figure("delay_p95", "Time in the work queue, 95 %", Unit::Seconds, |o| seconds(o.delay.p95)),
    figure("delay_p99", "Time in the work queue, 99 %", Unit::Seconds, |o| seconds(o.delay.p99)),
    figure("delay_p999", "Time in the work queue, 99.9 %", Unit::Seconds, |o| seconds(o.delay.p999)),
    figure("delay_longest", "Time in the work queue, longest", Unit::Seconds, |o| seconds(o.delay.longest)),
    figure("waited", "Messages that waited for a worker", Unit::Share, |o| share(o.waited, o.entered)),
    figure("wait_mean", "Wait for a worker, mean", Unit::Seconds, |o| mean(o.wait.sum, o.wait.count)),
    figure("wait_p50", "Wait for a worker, half of all messages", Unit::Seconds, |o| seconds(o.wait.p50)),
    figure("wait_p95", "Wait for a worker, 95 %", Unit::Seconds, |o| seconds(o.wait.p95)),
    figure("wait_p99", "Wait for a worker, 99 %", Unit::Seconds, |o| seconds(o.wait.p99)),
    figure("wait_p999", "Wait for a worker, 99.9 %", Unit::Seconds, |o| seconds(o.wait.p999)),
    figure("wait_longest", "Wait for a worker, longest", Unit::Seconds, |o| seconds(o.wait.longest)),
    figure("depth_mean", "Messages in the work queue, mean", Unit::Count, |o| level(o, |hour| hour.depth_time)),
    figure("depth_max", "Messages in the work queue, most", Unit::Count, |o| most(o, |hour| hour.depth_max)),
    figure("above_warning", "Time above the warning of the work queue", Unit::Share, |o| {
        level(o, |hour| hour.above_warning)
    }),
    figure("drain", "Time to drain after the worst peak", Unit::Seconds, |o| {
        o.worst.map_or(0.0, |worst| seconds(worst.end - worst.peak))
    }),
    figure("undrained", "Runs in which it does not drain", Unit::Share, |o| {
        f64::from(u8::from(o.worst.is_some_and(|worst| !worst.ended)))
    }),
    figure("cpu", "CPU", Unit::Share, |o| level(o, |hour| hour.cpu.iter().sum()) / o.cores as f64),
    figure("cpu_busiest_hour", "CPU in the busiest hour", Unit::Share, |o| {
        busiest(o, |hour| hour.cpu.iter().sum()) / o.cores as f64
    }),
    figure("cpu_anti_spam", "CPU of anti-spam scanning", Unit::Share, |o| cpu(o, 0)),
    figure("cpu_anti_virus", "CPU of anti-virus scanning", Unit::Share, |o| cpu(o, 1)),
    figure("cpu_mail_processing", "CPU of mail processing", Unit::Share, |o| cpu(o, 2)),
    figure("cpu_reporting", "CPU of reporting", Unit::Share, |o| cpu(o, 3)),
    figure("cpu_quarantine", "CPU of quarantines", Unit::Share, |o| cpu(o, 4)),
    figure("workers_busy", "Workers busy", Unit::Share, |o| level(o, |hour| hour.workers_busy) / o.workers as f64),
    figure("workers_busiest_hour", "Workers busy in the busiest hour", Unit::Share, |o| {
        busiest(o, |hour| hour.workers_busy) / o.workers as f64
    }),
    figure("public_connections_mean", "Connections to public listeners, mean", Unit::Count, |o| {
        level(o, |hour| hour.public.0)
    }),
    figure("public_connections_max", "Connections to a public listener, most", Unit::Count, |o| {
        most(o, |hour| hour.public.1)
    }),
    figure("public_connections_used", "Connections to a public listener, of those it may have", Unit::Share, |o| {
        used(o, 0)
    }),
    figure("private_connections_mean", "Connections to private listeners, mean", Unit::Count, |o| {
        level(o, |hour| hour.private.0)
    }),
    figure("private_connections_max", "Connections to a private listener, most", Unit::Count, |o| {
        most(o, |hour| hour.private.1)
    }),
    figure("private_connections_used", "Connections to a private listener, of those it may have", Unit::Share, |o| {
        used(o, 1)
    }),
    figure("outbound_connections_mean", "Connections to outside, mean", Unit::Count, |o| {
        level(o, |hour| hour.outbound.0)
    }),
    figure("outbound_connections_max", "Connections to outside, most", Unit::Count, |o| {
        most(o, |hour| hour.outbound.1)
    }),
    figure("outbound_connections_used", "Connections to outside, of those there may be", Unit::Share, |o| used(o, 2)),
    figure("queue_disk_mean", "Queue disk, mean", Unit::Kib, |o| level(o, |hour| hour.disk_kib.0 * hour.span)),
    figure("queue_disk_max", "Queue disk, most", Unit::Kib, |o| most(o, |hour| hour.disk_kib.1)),
    figure("queue_disk_used", "Queue disk, of what there is", Unit::Share, |o| used(o, 3)),
    figure("turned_away", "Connections turned away for lack of room", Unit::Count, |o| {
        (0..4).map(|reason| turned_away(o, reason)).sum()
    }),
    figure("turned_away_public", "Turned away by a public listener that had all it may have", Unit::Count, |o| {
        turned_away(o, 0)
    }),
    figure("turned_away_private", "Turned away by a private listener that had all it may have", Unit::Count, |o| {
        turned_away(o, 1)
    }),
    figure("turned_away_suspended", "Turned away by listeners that were suspended", Unit::Count, |o| turned_away(o, 2)),
    figure("turned_away_disk", "Turned away as the queue disk was full", Unit::Count, |o| turned_away(o, 3)),
    figure("given_up", "Connections whose senders gave up", Unit::Count, |o| o.given_up as f64),
    figure("deferred", "Deliveries that waited for a connection", Unit::Count, |o| o.deferred as f64),
];

impl Unit {
    /// The most that something counted in it can be.
    pub(crate) fn most(self) -> f64 {
        if self == Unit::Share { 1.0 } else { f64::INFINITY }
    }
}

impl Figure {
    /// The figure of that name.
    pub fn find(name: &str) -> Option<&'static Figure> {
        FIGURES.iter().find(|figure| figure.name == name)
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / SECOND as f64
}

fn mean(sum_micros: u64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { seconds(sum_micros) / count as f64 }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn per_hour(outcome: &Outcome, count: u64) -> f64 {
    count as f64 * HOUR as f64 / outcome.span_micros as f64
}

/// The mean over the span of something of which each hour has the integral.
fn level(outcome: &Outcome, integral: fn(&Hour) -> u64) -> f64 {
    let sum: u128 = outcome.hours.iter().map(|hour| u128::from(integral(hour))).sum();
    sum as f64 / outcome.span_micros as f64
}

/// The largest mean of an hour.
fn busiest(outcome: &Outcome, integral: fn(&Hour) -> u64) -> f64 {
    let means = outcome.hours.iter().map(|hour| integral(hour) as f64 / hour.span as f64);
    means.fold(0.0, f64::max)
}

fn most(outcome: &Outcome, of: fn(&Hour) -> u64) -> f64 {
    outcome.hours.iter().map(of).max().unwrap_or_default() as f64
}

fn used(outcome: &Outcome, what: usize) -> f64 {
    outcome.hours.iter().map(|hour| hour.used[what]).max().unwrap_or_default() as f64 / 1e6
}

fn turned_away(outcome: &Outcome, reason: usize) -> f64 {
    outcome.hours.iter().map(|hour| hour.turned_away[reason]).sum::<u64>() as f64
}

fn cpu(outcome: &Outcome, function: usize) -> f64 {
    let sum: u64 = outcome.hours.iter().map(|hour| hour.cpu[function]).sum();
    sum as f64 / outcome.span_micros as f64 / outcome.cores as f64
}
