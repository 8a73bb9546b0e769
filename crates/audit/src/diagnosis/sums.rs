//! Log-likelihoods of many intervals, for all values of the unknowns at once.

use super::density::{ln, log_sum_exp};
use super::prior::{ODD, SHAPES};

/// A log-likelihood for each share of odd figures, each shape of scatter and each value of another unknown.
pub(crate) struct Sums {
    width: usize,
    logs: Vec<f64>,
    /// The product of the probabilities since the last logarithm. Products are faster than logarithms.
    products: Vec<f64>,
}

/// The logarithm is taken as soon as a product is smaller than this.
const SMALL: f64 = 1e-200;

impl Sums {
    pub(crate) fn new(width: usize) -> Self {
        let count = ODD.len() * SHAPES.len() * width;
        Sums { width, logs: vec![0.0; count], products: vec![1.0; count] }
    }

    /// Adds an interval: its probability for each value under a shape, and its probability if it is odd.
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

/// Sums over the shares of odd figures and over shapes.
pub(crate) fn over_both(log_likelihood: impl Fn(usize, usize) -> f64) -> f64 {
    let mut logs = Vec::new();
    for (odd, (_, weight)) in ODD.iter().enumerate() {
        logs.extend((0..SHAPES.len()).map(|shape| ln(weight / SHAPES.len() as f64) + log_likelihood(odd, shape)));
    }
    log_sum_exp(logs)
}
