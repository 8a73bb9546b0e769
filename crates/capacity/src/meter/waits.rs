//! Records waits and gives their distribution.

use hdrhistogram::Histogram;
use tollgate_scenario::DAY;

use crate::measurement::Waits;

/// The longest wait that percentiles distinguish, in microseconds.
const LONGEST: u64 = 30 * DAY;

/// The recorded waits.
pub(super) struct WaitRecord {
    /// It rounds to three digits, so the sum and the maximum are kept separately.
    histogram: Histogram<u64>,
    sum: u64,
    longest: u64,
}

impl WaitRecord {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds and digits are valid for a histogram");
        WaitRecord { histogram, sum: 0, longest: 0 }
    }

    pub(super) fn add(&mut self, micros: u64) {
        self.histogram.saturating_record(micros);
        self.sum += micros;
        self.longest = self.longest.max(micros);
    }

    pub(super) fn absorb(&mut self, other: &WaitRecord) {
        self.histogram.add(&other.histogram).expect("the histograms have the same bounds");
        self.sum += other.sum;
        self.longest = self.longest.max(other.longest);
    }

    pub(super) fn waits(&self) -> Waits {
        // Quantiles are rounded to three digits; clamp to the maximum.
        let quantile = |share: f64| self.histogram.value_at_quantile(share).min(self.longest);
        Waits {
            count: self.histogram.len(),
            sum: self.sum,
            p50: quantile(0.5),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            longest: self.longest,
        }
    }
}
