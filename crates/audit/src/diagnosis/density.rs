//! The distributions of counts. All mathematics is from the `libm` crate, so that a diagnosis is the same on every machine.

use super::figure::Figure;

/// A smaller probability is raised to this before its logarithm is taken.
pub(crate) const TINY: f64 = 1e-300;

/// The natural logarithm of a probability, which may be 0.
pub(crate) fn ln(probability: f64) -> f64 {
    libm::log(probability.max(TINY))
}

/// The logarithm of a sum of numbers that are given by their logarithms.
pub(crate) fn log_sum_exp(logs: impl IntoIterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = logs.into_iter().collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + libm::log(logs.iter().map(|log| libm::exp(log - most)).sum())
}

/// The same for two numbers, which is faster.
pub(crate) fn log_add(one: f64, other: f64) -> f64 {
    let (less, more) = if one < other { (one, other) } else { (other, one) };
    if less == f64::NEG_INFINITY { more } else { more + libm::log1p(libm::exp(less - more)) }
}

/// The standard normal distribution function.
pub(crate) fn normal_distribution(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// Computes the probability of a count, exact or within a range, under negative binomial distributions of one shape. Their variance
/// is mean + mean^2 / shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scattered {
    count: Figure,
    shape: f64,
    /// For an exact count, the logarithm of the factor of its probability that does not depend on the mean.
    ways: f64,
}

impl Scattered {
    pub(crate) fn new(count: Figure, shape: f64) -> Self {
        let ways = if count.low < 0.0 || count.low < count.high { 0.0 } else { ln_ways(count.low, shape) };
        Scattered { count, shape, ways }
    }

    /// The probability of the count under the distribution with a mean.
    pub(crate) fn probability(&self, mean: f64) -> f64 {
        let Figure { low, high } = self.count;
        if high < 0.0 || mean <= 0.0 {
            return f64::from(u8::from(low <= 0.0 && high >= 0.0));
        }
        if low < high {
            return within(low, high, |count| negative_binomial(count, mean, self.shape));
        }
        libm::exp(self.ways + ln_power(low, mean, self.shape))
    }
}

/// The probability of a count under a negative binomial distribution.
pub(crate) fn negative_binomial(count: f64, mean: f64, shape: f64) -> f64 {
    if count < 0.0 || mean <= 0.0 {
        return f64::from(u8::from(count == 0.0));
    }
    libm::exp(ln_ways(count, shape) + ln_power(count, mean, shape))
}

fn ln_ways(count: f64, shape: f64) -> f64 {
    if count == 0.0 { 0.0 } else { libm::lgamma(count + shape) - libm::lgamma(shape) - libm::lgamma(count + 1.0) }
}

fn ln_power(count: f64, mean: f64, shape: f64) -> f64 {
    // In this form both logarithms are exact if the mean is small beside the shape, and if it is large.
    let some = if count == 0.0 { 0.0 } else { count * libm::log1p(shape / mean) };
    -shape * libm::log1p(mean / shape) - some
}

/// The probability that a count lies in a range. In a wide range only some points are computed.
pub(crate) fn within(low: f64, high: f64, probability: impl Fn(f64) -> f64) -> f64 {
    const POINTS: u32 = 16;
    let width = high - low + 1.0;
    if width <= f64::from(POINTS) {
        let mut sum = 0.0;
        let mut count = low;
        while count <= high {
            sum += probability(count);
            count += 1.0;
        }
        return sum;
    }
    let step = width / f64::from(POINTS);
    (0..POINTS).map(|point| probability((low + step * (f64::from(point) + 0.5)).floor())).sum::<f64>() * step
}

/// The probability of a number of hits in some trials. The probability of a hit varies by a beta distribution with this mean and
/// concentration. A mean of 0 or 1 is certain.
pub(crate) fn beta_binomial(hits: f64, trials: f64, mean: f64, concentration: f64) -> f64 {
    if hits < 0.0 || hits > trials {
        return 0.0;
    }
    if mean <= 0.0 || mean >= 1.0 || trials == 0.0 {
        let certain = if mean >= 1.0 { trials } else { 0.0 };
        return if hits == certain { 1.0 } else { 0.0 };
    }
    let (a, b) = (mean * concentration, (1.0 - mean) * concentration);
    let ln_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let ways = libm::lgamma(trials + 1.0) - libm::lgamma(hits + 1.0) - libm::lgamma(trials - hits + 1.0);
    libm::exp(ways + ln_beta(hits + a, trials - hits + b) - ln_beta(a, b))
}

/// The probability of a count of which only a rough upper bound is known. It is uniform on a logarithmic scale.
pub(crate) fn broad(count: f64, bound: f64) -> f64 {
    let bound = bound.max(count).max(1.0);
    1.0 / ((count + 1.0) * (libm::log(bound + 2.0) + 0.58))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-9 * (1.0 + other.abs()), "{one} is not {other}");
    }

    #[test]
    fn probabilities_sum_up_to_one_and_have_their_means() {
        for (mean, shape) in [(0.01, 0.5), (3.0, 2.0), (40.0, 200.0)] {
            let counts = || (0..4000).map(f64::from);
            assert_near(counts().map(|count| negative_binomial(count, mean, shape)).sum(), 1.0);
            assert_near(counts().map(|count| count * negative_binomial(count, mean, shape)).sum(), mean);
        }
        for (trials, mean, concentration) in [(0.0, 0.3, 2.0), (7.0, 0.3, 2.0), (34.0, 0.97, 60.0), (5.0, 0.0, 6.0)] {
            let hits = || (0..=trials as u32).map(f64::from);
            assert_near(hits().map(|hits| beta_binomial(hits, trials, mean, concentration)).sum(), 1.0);
            let sum: f64 = hits().map(|hits| hits * beta_binomial(hits, trials, mean, concentration)).sum();
            assert_near(sum, trials * mean);
        }
        // In wide ranges only some points are computed.
        let whole = within(0.0, 3999.0, |count| negative_binomial(count, 1500.0, 40.0));
        assert!((whole - 1.0).abs() < 0.02, "{whole}");
    }

    #[test]
    fn a_count_is_judged_as_by_its_distribution() {
        for (count, mean, shape) in [(0.0, 0.2, 2.0), (34.0, 40.0, 8.0), (198_232.0, 198_000.0, 200.0)] {
            let scattered = Scattered::new(Figure::exact(count), shape);
            assert_near(scattered.probability(mean), negative_binomial(count, mean, shape));
        }
        assert_near(Scattered::new(Figure::exact(0.0), 2.0).probability(0.0), 1.0);
        assert_near(Scattered::new(Figure::exact(3.0), 2.0).probability(0.0), 0.0);
        assert_near(Scattered::new(Figure { low: -3.0, high: -1.0 }, 2.0).probability(5.0), 0.0);
        assert_near(Scattered::new(Figure { low: -3.0, high: 4.0 }, 2.0).probability(0.0), 1.0);
    }

    #[test]
    fn sums_of_logarithms_accept_zero_probabilities() {
        let none = f64::NEG_INFINITY;
        assert_near(log_sum_exp([-1000.0, -1000.0]), -1000.0 + std::f64::consts::LN_2);
        assert_near(log_add(-1000.0, -1000.0), -1000.0 + std::f64::consts::LN_2);
        assert_eq!((log_sum_exp([]), log_sum_exp([none, none]), log_add(none, none)), (none, none, none));
        assert_eq!(log_add(none, -3.0), -3.0);
        assert!(ln(0.0).is_finite());
    }
}
