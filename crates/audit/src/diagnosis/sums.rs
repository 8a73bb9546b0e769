//! Log-likelihoods of many intervals, side by side for all values of what is not known.

use super::density::{ln, log_sum_exp};
use super::prior::{ODD, SHAPES};

/// For each share of odd figures and each shape of scatter, a log-likelihood for each value of what else is not known.
pub(crate) struct Sums {
    width: usize,
    logs: Vec<f64>,
    /// What has been multiplied up since the logarithm was taken: a product takes less time.
    products: Vec<f64>,
}

/// Products are not let become smaller.
const SMALL: f64 = 1e-200;

impl Sums {
    pub(crate) fn new(width: usize) -> Self {
        let count = ODD.len() * SHAPES.len() * width;
        Sums { width, logs: vec![0.0; count], products: vec![1.0; count] }
    }

    /// Adds an interval: its probability for each value under a shape, and how likely it is if it is odd.
    pub(crate) fn add(&mut self, shape: usize, odd: f64, probabilities: impl Iterator<Item = f64>) {
        for (place, probability) in probabilities.enumerate() {
            for (row, (share, _)) in ODD.iter().enumerate() {
                let at = (row * SHAPES.len() + shape) * self.width + place;
                self.products[at] *= (1.0 - share) * probability + share * odd;
                if self.products[at] < SMALL {
                    self.logs[at] += ln(self.products[at]);
                    self.products[at] = 1.0;
                }
            }
        }
    }

    /// The log-likelihoods for a share of odd figures and a shape.
    pub(crate) fn of(&self, odd: usize, shape: usize) -> Vec<f64> {
        let from = (odd * SHAPES.len() + shape) * self.width;
        let range = from..from + self.width;
        self.logs[range.clone()].iter().zip(&self.products[range]).map(|(log, product)| log + ln(*product)).collect()
    }
}

/// Sums over how many figures are odd and over shapes.
pub(crate) fn over_both(log_likelihood: impl Fn(usize, usize) -> f64) -> f64 {
    let mut logs = Vec::new();
    for (odd, (_, weight)) in ODD.iter().enumerate() {
        logs.extend((0..SHAPES.len()).map(|shape| ln(weight / SHAPES.len() as f64) + log_likelihood(odd, shape)));
    }
    log_sum_exp(logs)
}
