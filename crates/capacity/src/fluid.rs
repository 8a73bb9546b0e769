//! Guesses a limit from one run. It treats traffic as a fluid, hour by hour.

use tollgate_scenario::DAY;

use crate::hour::HourMeasurement;
use crate::measurement::{Measurement, SiteMeasurement};

/// The largest factor.
const MOST: f64 = 1e6;

/// The factor by which the traffic of a run would have to grow to exhaust a resource, if all use grows in proportion.
pub(crate) fn limit(measured: &SiteMeasurement) -> f64 {
    measured.appliances.iter().map(limit_of_one).fold(MOST, f64::min)
}

fn limit_of_one(measurement: &Measurement) -> f64 {
    let used = measurement.hours.iter().map(|hour| hour.used.most()).max().unwrap_or_default();
    let limits = [
        of_workers(measurement),
        measurement.hours.iter().map(|hour| of_processor(measurement, hour)).fold(MOST, f64::min),
        if used == 0 { MOST } else { 1e6 / used as f64 },
    ];
    limits.into_iter().fold(MOST, f64::min)
}

/// The smallest factor at which the workers do not keep up.
fn of_workers(measurement: &Measurement) -> f64 {
    let (mut low, mut high) = (0.0, MOST);
    if !falls_behind(measurement, high) {
        return MOST;
    }
    // Three digits are enough for a guess.
    while high - low > 1e-3 * high {
        let middle = if low == 0.0 { high / 2.0 } else { (low + high) / 2.0 };
        *(if falls_behind(measurement, middle) { &mut high } else { &mut low }) = middle;
    }
    high
}

/// True if a backlog would last a day when the span repeats. The work is that of the messages that arrive, not of those that
/// leave, so the guess is also right for a run that falls behind.
fn falls_behind(measurement: &Measurement, factor: f64) -> bool {
    let busy: u64 = measurement.hours.iter().map(|hour| hour.workers_busy).sum();
    let work = factor * busy as f64 / measurement.left.max(1) as f64;
    let (mut backlog, mut lasted) = (0.0, 0);
    let mut passed = 0;
    for hour in measurement.hours.iter().cycle() {
        // Only a backlog that begins within the span counts.
        if passed >= measurement.span_micros && lasted <= passed - measurement.span_micros {
            return false;
        }
        passed += hour.span;
        let offered = work * hour.accepted as f64;
        backlog = f64::max(0.0, backlog + offered - (measurement.workers * hour.span) as f64);
        lasted = if backlog > 0.0 { lasted + hour.span } else { 0 };
        if lasted >= DAY {
            return true;
        }
    }
    false
}

/// The factor at which an hour uses all cores. The part of the workers stops growing when all workers are busy.
fn of_processor(measurement: &Measurement, hour: &HourMeasurement) -> f64 {
    let (cores, workers) = ((measurement.cores * hour.span) as f64, (measurement.workers * hour.span) as f64);
    let (all, queue) = (hour.cpu.total() as f64, hour.workers_busy as f64);
    if all == 0.0 {
        return MOST;
    }
    let plain = cores / all;
    if plain * queue <= workers || all <= queue {
        plain
    } else {
        ((cores - workers) / (all - queue)).max(0.0).max(plain)
    }
}
