//! Records waits and gives their distribution.

use hdrhistogram::Histogram;
use tollgate_scenario::DAY;

use crate::distribution::level_shares;
use crate::measurement::Waits;

/// The longest wait that percentiles distinguish, in microseconds.
const LONGEST: u64 = 30 * DAY;

/// The recorded waits.
pub(super) struct WaitRecord {
    /// It rounds to three digits, so the sum and the maximum are kept separately.
    histogram: Histogram<u64>,
    sum: u128,
    longest: u64,
}

impl WaitRecord {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds and digits are valid for a histogram");
        WaitRecord { histogram, sum: 0, longest: 0 }
    }

    pub(super) fn add(&mut self, micros: u64) {
        self.histogram.saturating_record(micros);
        self.sum += u128::from(micros);
        self.longest = self.longest.max(micros);
    }

    pub(super) fn absorb(&mut self, other: &WaitRecord) {
        self.histogram.add(&other.histogram).expect("the histograms have the same bounds");
        self.sum += other.sum;
        self.longest = self.longest.max(other.longest);
    }

    pub(super) fn waits(&self) -> Waits {
        let shares = level_shares();
        let levels = self.levels(&shares);
        let named = |named: f64| {
            let place = shares.iter().position(|share| *share >= named - 1e-12);
            place.and_then(|place| levels.get(place)).copied().unwrap_or_default()
        };
        Waits {
            count: self.histogram.len(),
            sum: self.sum,
            p50: named(0.5),
            p95: named(0.95),
            p99: named(0.99),
            p999: named(0.999),
            longest: self.longest,
            levels,
        }
    }

    /// The percentiles of some shares in ascending order, in one pass over the histogram. There are none if there are no waits.
    fn levels(&self, shares: &[f64]) -> Vec<u64> {
        let count = self.histogram.len() as f64;
        let mut places = shares.iter().map(|share| ((share * count).ceil() as u64).max(1)).peekable();
        let (mut levels, mut up_to) = (Vec::new(), 0);
        for recorded in self.histogram.iter_recorded() {
            up_to += recorded.count_since_last_iteration();
            // Levels are rounded to three digits; clamp to the maximum.
            let level = self.histogram.highest_equivalent(recorded.value_iterated_to()).min(self.longest);
            while places.next_if(|place| *place <= up_to).is_some() {
                levels.push(level);
            }
        }
        levels
    }
}
