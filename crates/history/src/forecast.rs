//! Forecasts the memory and the temporary files of a history.

use tollgate_scenario::{HOUR, Moment, Scenario, Span};
use tollgate_simulation::Forecast;

use crate::clock::Clock;
use crate::resolution::Resolution;
use crate::store::CHUNK;

/// The expected memory and files of a history when it keeps all intervals.
#[derive(Clone, Copy, Debug)]
pub struct HistoryForecast {
    /// The peak memory of the process while the history is simulated, in bytes.
    pub memory_bytes: f64,
    /// The size of the temporary files, in bytes.
    pub disk_bytes: f64,
    /// The rows of addresses and domains in the busiest day, on all appliances.
    pub day_rows: f64,
    /// The rows of addresses and domains in all kept days together, on all appliances.
    pub range_rows: f64,
    /// The rows of users in all kept days together, on all appliances.
    pub range_user_rows: f64,
}

/// Bytes of memory of a row of an unfinished hour or day, and of its bytes before they are written.
const ROW_BYTES: f64 = 230.0;
/// Bytes of a row of an address or a domain in a file, with its share of the accounts that have few rows.
const STORED_BYTES: f64 = 21.0;
/// Bytes of a row of a user in a file.
const STORED_USER_BYTES: f64 = 10.0;
/// Bytes of a connection for a delivery in a file. Several share a row.
const STORED_DELIVERY_BYTES: f64 = 3.0;

impl HistoryForecast {
    /// Forecasts a history that simulates on a number of threads. If the clock moves, the history is the largest that it will keep.
    pub fn new(scenario: &Scenario, clock: &Clock, threads: usize) -> Self {
        let kept = Resolution::ALL.map(|resolution| Forecast::new(&kept_scenario(scenario, clock, resolution)));
        let size = |kept: &Forecast| {
            kept.rows().0 * STORED_BYTES
                + kept.user_rows() * STORED_USER_BYTES
                + kept.deliveries() * STORED_DELIVERY_BYTES
        };
        let disk_bytes = kept.iter().map(size).sum();
        let [_, _, days] = &kept;
        let (_, day_rows) = days.rows();
        let mut simulated = kept_scenario(scenario, clock, Resolution::Day);
        simulated.time.export_interval = scenario.time.base_interval;
        let memory_bytes = Forecast::new(&simulated).peak_bytes(threads, true) + day_rows * ROW_BYTES;
        simulated.time.export_interval = simulated.time.span;
        let range = Forecast::new(&simulated);
        let ((_, range_rows), range_user_rows) = (range.rows(), range.user_rows());
        HistoryForecast { memory_bytes, disk_bytes, day_rows, range_rows, range_user_rows }
    }
}

/// A scenario whose span has the kept intervals of a resolution. They are its export intervals.
fn kept_scenario(scenario: &Scenario, clock: &Clock, resolution: Resolution) -> Scenario {
    let length = resolution.micros(&scenario.time);
    let now = clock.now_micros();
    let spare = if clock.is_frozen() { 0 } else { CHUNK * length };
    let kept = resolution.kept_micros() + spare;
    let begin = now.saturating_sub(kept).max(scenario.time.begin.micros()) / HOUR * HOUR;
    let end = if clock.is_frozen() { now } else { begin + kept };
    let mut changed = scenario.clone();
    changed.time.begin = Moment::from_micros(begin);
    changed.time.span = Span::from_micros((end - begin).max(HOUR));
    changed.time.warm_up = Span::from_micros(0);
    changed.time.export_interval = Span::from_micros(length);
    changed
}
