//! Distributions of times. Those of several seeds are pooled for percentiles.

use tollgate_scenario::SECOND;

use crate::estimate::{Estimate, student};
use crate::measurement::Waits;

/// Levels for each factor of ten in the share of longer times.
const LEVELS_PER_DECADE: u32 = 40;
/// The smallest share of longer times at a level is 10 to the power of minus this.
const DECADES: u32 = 6;
/// The shares of the percentiles that have names.
const NAMED_SHARES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];

/// A percentile has an interval if a run has this number of messages divided by the share of longer times: a run then has about
/// 100 longer times.
const LEAST_BEYOND: f64 = 100.0;
/// It also has an interval if all runs together have that many longer times of five runs.
const LEAST_BEYOND_OF_ALL: f64 = 500.0;

/// The shares at which [`Waits::levels`] gives a time, in ascending order.
pub(crate) fn level_shares() -> Vec<f64> {
    let share = |place: u32| 1.0 - libm::exp10(-f64::from(place) / f64::from(LEVELS_PER_DECADE));
    let mut shares: Vec<f64> = (0..=DECADES * LEVELS_PER_DECADE).map(share).chain(NAMED_SHARES).collect();
    shares.sort_by(f64::total_cmp);
    shares.dedup_by(|one, other| (*one - *other).abs() < 1e-12);
    shares
}

/// The number of seeds with which a percentile has a confidence interval, if runs have this many messages. `share` is the share
/// of messages up to the percentile. None if it has one with any number of seeds from two on.
pub(crate) fn least_seeds(messages_of_a_run: f64, share: f64) -> Option<u64> {
    let beyond = messages_of_a_run * (1.0 - share);
    // The shares of the percentiles are not exact in binary.
    let is_enough = beyond >= LEAST_BEYOND * (1.0 - 1e-9);
    (!is_enough).then(|| (LEAST_BEYOND_OF_ALL / beyond * (1.0 - 1e-9)).ceil() as u64)
}

/// The distributions of several seeds as one.
struct Pool<'a> {
    of_seeds: &'a [&'a Waits],
    shares: Vec<f64>,
    count: f64,
}

/// The estimate of a percentile, in seconds. It is the percentile of the times of all seeds together: the mean of the seeds'
/// percentiles is too small if the times of a run depend on each other.
///
/// The interval is that of the share of times that are longer, turned into times. This share varies from seed to seed. Its
/// logarithm is more symmetrical than the time itself, and the pooled distribution reaches beyond the percentile of any seed.
///
/// The intervals of the named percentiles have the order of the percentiles.
pub(crate) fn percentile(of_seeds: &[&Waits], share: f64) -> Estimate {
    let pool = Pool::new(of_seeds);
    let estimate = pool.percentile(share);
    if of_seeds.len() < 2 || estimate.has_too_few_messages() {
        return estimate;
    }
    let smaller = NAMED_SHARES.into_iter().filter(|named| *named < share);
    let larger = NAMED_SHARES.into_iter().filter(|named| *named > share);
    let low = smaller.map(|named| pool.percentile(named).low).fold(estimate.low, f64::max);
    let high = larger.map(|named| pool.percentile(named).high).fold(estimate.high, f64::min);
    Estimate { low: low.min(estimate.mean), high: high.max(estimate.mean), ..estimate }
}

impl<'a> Pool<'a> {
    /// The estimate of a percentile from this share of longer times alone.
    fn percentile(&self, share: f64) -> Estimate {
        let of_seeds = self.of_seeds;
        let seconds = |micros: u64| micros as f64 / SECOND as f64;
        let level = self.level(share);
        let mean = seconds(level);
        let seeds = of_seeds.len() as f64;
        if of_seeds.len() < 2 || self.count == 0.0 {
            return Estimate { mean, low: mean, high: mean };
        }
        if least_seeds(self.count / seeds, share).is_some_and(|least| least > of_seeds.len() as u64) {
            return Estimate::with_too_few_messages(mean);
        }
        let half = student(of_seeds.len()) * self.deviation_beyond(level) / seeds.sqrt() / (1.0 - share);
        let beyond = |factor: f64| seconds(self.level(1.0 - ((1.0 - share) * factor).min(1.0)));
        // The share of longer times is skewed: the second term makes room for the seeds that saw none of them.
        let high = beyond((-half - half * half / 2.0).exp());
        // The longest time that was seen bounds this end, but not the percentile.
        Estimate { mean, low: beyond(half.exp()), high }.skewed()
    }

    fn new(of_seeds: &'a [&'a Waits]) -> Self {
        let count = of_seeds.iter().map(|waits| waits.count as f64).sum();
        Pool { of_seeds, shares: level_shares(), count }
    }

    /// The smallest time that at least this share of all times does not exceed, in microseconds.
    fn level(&self, share: f64) -> u64 {
        let (mut low, mut high) = (0, self.of_seeds.iter().map(|waits| waits.longest).max().unwrap_or_default());
        while low < high {
            let middle = low + (high - low) / 2;
            // Sums of shares are exact to about 15 digits.
            if self.share_up_to(middle) >= share - 1e-12 { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// The share of all times up to this one.
    fn share_up_to(&self, micros: u64) -> f64 {
        let weighted = self.of_seeds.iter().map(|waits| waits.count as f64 * waits.share_up_to(micros, &self.shares));
        weighted.sum::<f64>() / self.count.max(1.0)
    }

    /// The standard deviation over the seeds of the share of times beyond a level. Seeds with more times weigh more.
    fn deviation_beyond(&self, level: u64) -> f64 {
        let seeds = self.of_seeds.len() as f64;
        let beyond = 1.0 - self.share_up_to(level);
        let square = |waits: &&Waits| {
            let weight = waits.count as f64 * seeds / self.count;
            (weight * (1.0 - waits.share_up_to(level, &self.shares) - beyond)).powi(2)
        };
        (self.of_seeds.iter().map(square).sum::<f64>() / (seeds - 1.0)).sqrt()
    }
}

impl Waits {
    /// The share of times up to this one. Between two levels it grows evenly.
    fn share_up_to(&self, micros: u64, shares: &[f64]) -> f64 {
        let below = self.levels.partition_point(|level| *level <= micros);
        let (Some(last), next) = (below.checked_sub(1), self.levels.get(below).unwrap_or(&self.longest)) else {
            return 0.0;
        };
        if micros >= self.longest {
            return 1.0;
        }
        let (share, next_share) = (shares[last], shares.get(below).copied().unwrap_or(1.0));
        let (level, part) = (self.levels[last], micros - self.levels[last]);
        share + (next_share - share) * part as f64 / (next - level).max(1) as f64
    }
}
