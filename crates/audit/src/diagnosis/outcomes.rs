//! Unencrypted connections that follow from TLS failures.

use super::density::{Scattered, beta_binomial};
use super::evidence::Span;
use super::figure::Figure;
use super::prior::{Refused, Weighted};
use super::signature::PerFailure;

/// The possible numbers of second connections after some failures, and their probabilities under each probability that a second
/// connection is refused.
pub(crate) struct Outcomes {
    failures: f64,
    reading: PerFailure,
    /// Numbers of second connections.
    seconds: Vec<f64>,
    /// The probability of each of these, for each probability of refusal.
    probabilities: Vec<Vec<f64>>,
}

impl Outcomes {
    pub(crate) fn new(failures: f64, reading: PerFailure, refused: &[Weighted<Refused>]) -> Self {
        // Up to `FEW` failures, every number of second connections is computed. Above that, `POINTS` numbers stand for all.
        const FEW: f64 = 64.0;
        const POINTS: f64 = 24.0;
        let numbers: Vec<(f64, f64)> = if reading.if_second == 0.0 || failures == 0.0 {
            vec![(failures, 1.0)]
        } else if failures <= FEW {
            (0..=failures as u32).map(|second| (f64::from(second), 1.0)).collect()
        } else {
            // The ends are computed by themselves, because some probabilities make them certain.
            let width = (failures - 1.0) / POINTS;
            let between = (0..POINTS as u32).map(|at| ((1.0 + width * (f64::from(at) + 0.5)).floor(), width));
            [(0.0, 1.0)].into_iter().chain(between).chain([(failures, 1.0)]).collect()
        };
        let of_refused = |&(refused, _): &Weighted<Refused>| {
            let probability = |&(second, width): &(f64, f64)| {
                width * beta_binomial(second, failures, 1.0 - refused.mean, refused.concentration)
            };
            if numbers.len() == 1 { vec![1.0] } else { numbers.iter().map(probability).collect() }
        };
        let probabilities = refused.iter().map(of_refused).collect();
        Outcomes { failures, reading, seconds: numbers.into_iter().map(|(second, _)| second).collect(), probabilities }
    }

    /// The unencrypted connections of an interval that do not follow from failures, for each number of second connections.
    pub(crate) fn left(&self, span: &Span, shape: f64) -> Vec<Scattered> {
        let left = |second: &f64| {
            let booked = self.reading.certain * self.failures + self.reading.if_second * second;
            let left = Figure { low: span.unencrypted.low - booked, high: span.unencrypted.high - booked };
            Scattered::new(left, shape)
        };
        self.seconds.iter().map(left).collect()
    }

    /// The probability of an interval for each probability of refusal. `mean` is the mean of the connections that do not follow
    /// from failures.
    pub(crate) fn probabilities(&self, left: &[Scattered], mean: f64) -> impl Iterator<Item = f64> {
        let left: Vec<f64> = left.iter().map(|left| left.probability(mean)).collect();
        self.probabilities.iter().map(move |seconds| seconds.iter().zip(&left).map(|(one, other)| one * other).sum())
    }
}
