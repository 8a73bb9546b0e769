//! The measurements of an appliance hour by hour.

use std::ops::Range;

use tollgate_ledger::{System, SystemCounts};
use tollgate_scenario::{Appliance, Listener, ListenerKind};
use tollgate_simulation::Usage;

use crate::hour::{ConnectionUse, CpuTime, DiskUse, HourMeasurement, Utilisation};

/// The hours of a span, or its export intervals.
pub(super) struct Hours {
    /// Microseconds since the Unix epoch.
    span: Range<u64>,
    interval_micros: u64,
    hours: Vec<HourMeasurement>,
}

impl Hours {
    pub(super) fn new(span: Range<u64>, interval_micros: u64) -> Self {
        let begins = span.clone().step_by(interval_micros as usize);
        let hour = |begin| HourMeasurement { begin, span: interval_micros, ..HourMeasurement::default() };
        Hours { hours: begins.map(hour).collect(), span, interval_micros }
    }

    /// The hour of a moment within the span.
    pub(super) fn at(&mut self, micros: u64) -> &mut HourMeasurement {
        let place = self.place(micros);
        &mut self.hours[place]
    }

    /// Adds a piece of work of one worker to the hours that it covers.
    pub(super) fn add_work(&mut self, work: Range<u64>) {
        let (mut begin, end) = (work.start.max(self.span.start), work.end.min(self.span.end));
        while begin < end {
            let place = self.place(begin);
            let next = (self.span.start + (place as u64 + 1) * self.interval_micros).min(end);
            self.hours[place].workers_busy += next - begin;
            begin = next;
        }
    }

    pub(super) fn finish(self) -> Vec<HourMeasurement> {
        self.hours
    }

    fn place(&self, micros: u64) -> usize {
        ((micros - self.span.start) / self.interval_micros) as usize
    }
}

impl HourMeasurement {
    pub(super) fn set_counts(&mut self, system: &SystemCounts) {
        self.depth_time = system.get(System::QueueDepthTime);
        self.depth_max = system.get(System::QueueDepthMax);
        self.cpu = CpuTime {
            anti_spam: system.get(System::CpuAntiSpam),
            anti_virus: system.get(System::CpuAntiVirus),
            mail_processing: system.get(System::CpuMailProcessing),
            reporting: system.get(System::CpuReporting),
            quarantine: system.get(System::CpuQuarantine),
            other: system.get(System::CpuOther),
        };
    }

    pub(super) fn set_usage(&mut self, usage: &Usage, listeners: &[Listener], appliance: &Appliance) {
        for (level, listener) in usage.inbound.iter().zip(listeners) {
            let (connections, used) = match listener.kind {
                ListenerKind::Public => (&mut self.public, &mut self.used.public),
                ListenerKind::Private => (&mut self.private, &mut self.used.private),
            };
            connections.absorb(ConnectionUse { open_time: level.time as u64, most: level.most });
            *used = millionths(level.most, u64::from(listener.max_connections())).max(*used);
        }
        let limits = &appliance.limits;
        self.used.outgoing = millionths(usage.outbound.most, u64::from(limits.outbound_connections));
        self.used.disk = millionths(usage.queue_bytes.most, limits.queue_kib * 1024);
        self.outgoing = ConnectionUse { open_time: usage.outbound.time as u64, most: usage.outbound.most };
        let mean_bytes = usage.queue_bytes.time / u128::from(self.span);
        self.disk_kib = DiskUse { mean: (mean_bytes / 1024) as u64, most: usage.queue_bytes.most / 1024 };
        self.above_warning = usage.above_warning_micros;
        self.turned_away = usage.turned_away;
        self.deferred = usage.deferred;
    }

    /// Adds the same hour of another appliance. For maxima it keeps the larger one.
    pub(super) fn absorb(&mut self, other: &HourMeasurement) {
        self.accepted += other.accepted;
        self.depth_time += other.depth_time;
        self.depth_max = self.depth_max.max(other.depth_max);
        self.above_warning = self.above_warning.max(other.above_warning);
        self.workers_busy += other.workers_busy;
        self.cpu.absorb(other.cpu);
        self.public.absorb(other.public);
        self.private.absorb(other.private);
        self.outgoing.absorb(other.outgoing);
        self.disk_kib.absorb(other.disk_kib);
        self.used.absorb(other.used);
        self.turned_away += other.turned_away;
        self.deferred += other.deferred;
    }
}

impl CpuTime {
    fn absorb(&mut self, other: CpuTime) {
        self.anti_spam += other.anti_spam;
        self.anti_virus += other.anti_virus;
        self.mail_processing += other.mail_processing;
        self.reporting += other.reporting;
        self.quarantine += other.quarantine;
        self.other += other.other;
    }
}

impl ConnectionUse {
    fn absorb(&mut self, other: ConnectionUse) {
        self.open_time += other.open_time;
        self.most = self.most.max(other.most);
    }
}

impl DiskUse {
    fn absorb(&mut self, other: DiskUse) {
        self.mean += other.mean;
        self.most = self.most.max(other.most);
    }
}

impl Utilisation {
    fn absorb(&mut self, other: Utilisation) {
        self.public = self.public.max(other.public);
        self.private = self.private.max(other.private);
        self.outgoing = self.outgoing.max(other.outgoing);
        self.disk = self.disk.max(other.disk);
    }
}

/// The used part in millionths of the whole. It is rounded up, so it is 0 only if nothing is used. Anything in
/// use at any time in a second counts for all of that second, so the use may exceed the whole and is capped at it.
fn millionths(used: u64, whole: u64) -> u64 {
    (u128::from(used.min(whole)) * 1_000_000).div_ceil(u128::from(whole.max(1))) as u64
}
