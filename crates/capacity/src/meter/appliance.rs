//! Measures one appliance.

use std::ops::Range;

use tollgate_gateway::Stay;
use tollgate_ledger::System;
use tollgate_scenario::{Appliance, Listener};
use tollgate_simulation::Closed;

use super::backlogs::Backlogs;
use super::exhaustion;
use super::hours::Hours;
use super::waits::WaitRecord;
use crate::measurement::Measurement;

/// The measurements of one appliance so far.
pub(super) struct ApplianceMeter {
    /// Microseconds since the Unix epoch.
    span: Range<u64>,
    pub(super) wait: WaitRecord,
    pub(super) delay: WaitRecord,
    waited: u64,
    backlogs: Backlogs,
    left: u64,
    connections: u64,
    delivered: u64,
    given_up: u64,
    hours: Hours,
}

impl ApplianceMeter {
    pub(super) fn new(span: Range<u64>, interval_micros: u64) -> Self {
        ApplianceMeter {
            wait: WaitRecord::new(),
            delay: WaitRecord::new(),
            waited: 0,
            backlogs: Backlogs::new(span.clone()),
            left: 0,
            connections: 0,
            delivered: 0,
            given_up: 0,
            hours: Hours::new(span.clone(), interval_micros),
            span,
        }
    }

    pub(super) fn add_interval(&mut self, closed: &Closed, listeners: &[Listener], appliance: &Appliance) {
        let system = &closed.counts.system;
        let hour = self.hours.at(closed.begin.micros());
        hour.set_counts(system);
        hour.set_usage(&closed.usage, listeners, appliance);
        self.left += system.get(System::QueueLeft);
        self.delivered += system.get(System::OutgoingMessages);
        self.connections += closed.counts.groups.total().iter().sum::<u64>();
        self.given_up += closed.usage.given_up;
    }

    /// Adds the stay of the next message in the work queue.
    pub(super) fn add_stay(&mut self, stay: &Stay) {
        if self.span.contains(&stay.entered.micros()) {
            self.wait.add(stay.started.since(stay.entered).micros());
            self.delay.add(stay.left.since(stay.entered).micros());
            self.waited += u64::from(stay.started > stay.entered);
            self.hours.at(stay.entered.micros()).accepted += 1;
        }
        self.hours.add_work(stay.started.micros()..stay.left.micros());
        self.backlogs.add(stay);
    }

    /// True if a backlog that began within the span is open and younger than a day.
    pub(super) fn has_open_backlog(&self, reached_micros: u64) -> bool {
        self.backlogs.is_open(reached_micros)
    }

    pub(super) fn finish(self, appliance: &Appliance, reached_micros: u64) -> Measurement {
        let backlogs = self.backlogs.finish(reached_micros);
        let (wait, hours) = (self.wait.waits(), self.hours.finish());
        let mut measurement = Measurement {
            name: appliance.name.clone(),
            span_micros: self.span.end - self.span.start,
            cores: u64::from(appliance.cores),
            workers: u64::from(appliance.workers),
            connections: self.connections,
            entered: wait.count,
            waited: self.waited,
            left: self.left,
            delivered: self.delivered,
            wait,
            delay: self.delay.waits(),
            worst: backlogs.worst,
            longest: backlogs.longest,
            given_up: self.given_up,
            deferred: hours.iter().map(|hour| hour.deferred).sum(),
            exhausted: Vec::new(),
            hours,
        };
        measurement.exhausted = exhaustion::find(&measurement, self.span.start);
        measurement
    }
}
