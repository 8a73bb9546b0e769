//! The distribution of waits, recorded one by one.

use hdrhistogram::Histogram;
use tollgate_scenario::DAY;

use crate::measurement::Waits;

/// Percentiles do not tell longer waits apart.
const LONGEST: u64 = 30 * DAY;

/// Waits that were recorded.
pub(super) struct WaitRecord {
    /// Rounds to three digits, so sum and maximum are kept beside it.
    histogram: Histogram<u64>,
    sum: u64,
    longest: u64,
}

impl WaitRecord {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds and digits that a histogram can have");
        WaitRecord { histogram, sum: 0, longest: 0 }
    }

    pub(super) fn add(&mut self, micros: u64) {
        self.histogram.saturating_record(micros);
        self.sum += micros;
        self.longest = self.longest.max(micros);
    }

    pub(super) fn absorb(&mut self, other: &WaitRecord) {
        self.histogram.add(&other.histogram).expect("histograms with the same bounds");
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
