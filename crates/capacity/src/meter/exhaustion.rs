//! Finds the exhausted resources of an appliance.

use crate::hour::HourMeasurement;
use crate::measurement::{Backlog, Exhaustion, Measurement, Resource};

/// The exhausted resources of an appliance, in order of their first exhaustion. `begin` is the start of the span in
/// microseconds since the Unix epoch.
pub(super) fn find(measurement: &Measurement, begin: u64) -> Vec<Exhaustion> {
    let first_hour = |is_exhausted: &dyn Fn(&HourMeasurement) -> bool| {
        measurement.hours.iter().find(|hour| is_exhausted(hour)).map(|hour| hour.begin)
    };
    let backlog = measurement.longest.filter(Backlog::lasted_a_day);
    let begins = [
        (Resource::Workers, backlog.map(|backlog| backlog.begin.max(begin))),
        (Resource::SuspendedListeners, first_hour(&|hour| hour.turned_away.suspended > 0)),
        (Resource::Processor, first_hour(&|hour| hour.cpu.total() >= measurement.cores * hour.span)),
        (Resource::PublicConnections, first_hour(&|hour| hour.turned_away.public > 0)),
        (Resource::PrivateConnections, first_hour(&|hour| hour.turned_away.private > 0)),
        (Resource::OutgoingConnections, first_hour(&|hour| hour.deferred > 0)),
        (Resource::QueueDisk, first_hour(&|hour| hour.turned_away.disk > 0)),
    ];
    let exhaustion = |(resource, begin): (Resource, Option<u64>)| {
        Some(Exhaustion { resource, appliance: measurement.name.clone(), begin: begin? })
    };
    let mut exhausted: Vec<Exhaustion> = begins.into_iter().filter_map(exhaustion).collect();
    exhausted.sort_by_key(|exhaustion| exhaustion.begin);
    exhausted
}
