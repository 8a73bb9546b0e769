//! The probabilities of counts. All mathematics is from the `libm` crate, so that a diagnosis is the same on every machine.

use super::scatter::Scatter;

/// The share of odd figures, which may have any value. One odd figure must not decide.
const ODD_SHARE: f64 = 1e-6;

/// The largest shape of a negative binomial distribution. It cannot be told from a Poisson distribution.
const MAX_SHAPE: f64 = 1e7;

/// The logarithm of the probability of a count under a negative binomial distribution with this mean and variance. It is not below
/// the probability of an odd figure.
pub(crate) fn ln_scattered(count: f64, mean: f64, variance: f64) -> f64 {
    let mean = mean.max(1e-9);
    let shape = if variance > mean { (mean * mean / (variance - mean)).min(MAX_SHAPE) } else { MAX_SHAPE };
    with_odd(ln_negative_binomial(count, mean, shape), count + mean)
}

fn ln_negative_binomial(count: f64, mean: f64, shape: f64) -> f64 {
    if count < 0.0 {
        return f64::NEG_INFINITY;
    }
    let ways = libm::lgamma(count + shape) - libm::lgamma(shape) - libm::lgamma(count + 1.0);
    let part = if count > 0.0 { count * libm::log(mean / (mean + shape)) } else { 0.0 };
    ways - shape * libm::log1p(mean / shape) + part
}

/// The logarithm of the probability that `count` of `tries` succeed, if each succeeds with a probability that varies by a beta
/// distribution with this mean and concentration.
pub(crate) fn ln_successes(count: f64, tries: f64, mean: f64, concentration: f64) -> f64 {
    if count < 0.0 || count > tries {
        return f64::NEG_INFINITY;
    }
    let (yes, no) = (mean * concentration, (1.0 - mean) * concentration);
    if yes <= 0.0 || no <= 0.0 {
        let certain = if yes <= 0.0 { 0.0 } else { tries };
        return if count == certain { 0.0 } else { f64::NEG_INFINITY };
    }
    let beta = |one: f64, other: f64| libm::lgamma(one) + libm::lgamma(other) - libm::lgamma(one + other);
    let ways = libm::lgamma(tries + 1.0) - libm::lgamma(count + 1.0) - libm::lgamma(tries - count + 1.0);
    ways + beta(count + yes, tries - count + no) - beta(yes, no)
}

/// The unknowns of connections that follow from failures.
#[derive(Clone, Copy)]
pub(crate) struct Tried {
    /// The share of failures with a counted connection, and the concentration of its distribution.
    pub(crate) share: f64,
    pub(crate) concentration: f64,
    /// The mean and the scatter of the other connections.
    pub(crate) mean: f64,
    pub(crate) scatter: Scatter,
}

/// The log-likelihood of an interval if a share of its failures has a counted connection.
pub(crate) fn ln_tried(unencrypted: f64, failures: f64, tried: Tried) -> f64 {
    const FEW: f64 = 20.0;
    let Tried { share, concentration, mean, scatter } = tried;
    let scattered = |count: f64| if count < 0.0 { -60.0 } else { ln_scattered(count, mean, scatter.variance(mean)) };
    if mean == 0.0 {
        return with_odd(ln_successes(unencrypted, failures, share, concentration), unencrypted + failures);
    }
    if share == 1.0 || share == 0.0 || failures == 0.0 {
        return with_odd(scattered(unencrypted - share * failures), unencrypted + failures);
    }
    if failures > FEW {
        let second = failures * share * (1.0 - share) * (failures + concentration) / (1.0 + concentration);
        let variance = second + scatter.variance(mean);
        return ln_scattered(unencrypted, failures * share + mean, variance);
    }
    let mut sum = 0.0;
    let mut second = 0.0;
    while second <= failures.min(unencrypted) {
        sum += libm::exp(ln_successes(second, failures, share, concentration) + scattered(unencrypted - second));
        second += 1.0;
    }
    with_odd(libm::log(sum.max(1e-300)), unencrypted + failures)
}

/// Mixes a probability, given by its logarithm, with that of an odd figure, which may be any number up to about `largest`.
pub(crate) fn with_odd(log: f64, largest: f64) -> f64 {
    libm::log(libm::exp(log) + ODD_SHARE / (10.0 + 2.0 * largest.abs()))
}

/// The standard normal distribution function.
pub(crate) fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// Half the deviance of a count from a mean under a negative binomial distribution: the log-likelihood that is lost if the mean is
/// this one instead of the count.
pub(crate) fn deviation(count: f64, mean: f64, shape: f64) -> f64 {
    let mean = mean.max(1e-9);
    let part = if count > 0.0 { count * libm::log(count / mean) } else { 0.0 };
    part - (count + shape) * libm::log((count + shape) / (mean + shape))
}
