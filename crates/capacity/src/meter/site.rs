//! Adds up the measurements of a site's appliances.

use super::waits::WaitRecord;
use crate::measurement::{Backlog, Exhaustion, Measurement};

/// The waits of all appliances together.
pub(super) struct SiteWaits {
    wait: WaitRecord,
    delay: WaitRecord,
}

impl SiteWaits {
    pub(super) fn new() -> Self {
        SiteWaits { wait: WaitRecord::new(), delay: WaitRecord::new() }
    }

    pub(super) fn absorb(&mut self, wait: &WaitRecord, delay: &WaitRecord) {
        self.wait.absorb(wait);
        self.delay.absorb(delay);
    }

    /// The measurement of the whole site. Counts are added up. A maximum is the largest of any appliance.
    pub(super) fn finish(&self, appliances: &[Measurement]) -> Measurement {
        let sum = |of: fn(&Measurement) -> u64| appliances.iter().map(of).sum();
        let most = |of: fn(&Measurement) -> Option<Backlog>, by: fn(&Backlog) -> u64| {
            appliances.iter().filter_map(of).max_by_key(by)
        };
        let mut exhausted: Vec<Exhaustion> =
            appliances.iter().flat_map(|each| each.exhausted.iter().cloned()).collect();
        exhausted.sort_by_key(|each| each.begin);
        let mut hours = appliances[0].hours.clone();
        for other in &appliances[1..] {
            hours.iter_mut().zip(&other.hours).for_each(|(hour, other)| hour.absorb(other));
        }
        Measurement {
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
            longest: most(|each| each.longest, Backlog::span_micros),
            given_up: sum(|each| each.given_up),
            deferred: sum(|each| each.deferred),
            exhausted,
            hours,
        }
    }
}
