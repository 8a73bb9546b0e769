//! Estimates: means over several seeds with a confidence interval.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean over independent seeds, with its confidence interval.
///
/// If the runs have too few messages for an interval, its ends are infinite. JSON then has null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean over the seeds. For a percentile, that of the times of all seeds together.
    pub mean: f64,
    /// The lower end of the interval. With one seed it is the mean.
    pub low: f64,
    /// The upper end. With one seed it is the mean.
    pub high: f64,
}

/// The confidence level: the share of intervals that cover the true value.
pub const CONFIDENCE: f64 = 0.95;

impl Estimate {
    /// The estimate from one value for each seed, by Student's t. There is at least one.
    pub fn new(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let half = if values.len() > 1 { student(values.len()) * (variance / count).sqrt() } else { 0.0 };
        Estimate { mean, low: mean - half, high: mean + half }
    }

    /// An estimate without an interval.
    pub(crate) fn with_too_few_messages(mean: f64) -> Self {
        Estimate { mean, low: f64::NEG_INFINITY, high: f64::INFINITY }
    }

    /// True if the runs have too few messages for an interval.
    pub fn has_too_few_messages(self) -> bool {
        self.high == f64::INFINITY
    }

    /// The estimate of a time with a higher upper end: that of the logarithm, but at most e times the mean. Times are skewed if a few
    /// messages have very long ones.
    pub(crate) fn skewed(self) -> Self {
        let Estimate { mean, high, .. } = self;
        let stretched = if mean > 0.0 { mean * ((high - mean) / mean).min(1.0).exp() } else { mean };
        Estimate { high: high.max(stretched), ..self }
    }

    /// The estimate with its interval cut at the bounds of the quantity. Student's t has no bounds.
    pub fn within(self, least: f64, most: f64) -> Self {
        if self.has_too_few_messages() {
            return self;
        }
        Estimate { low: self.low.max(least), high: self.high.min(most), ..self }
    }

    /// True if the interval covers the value.
    pub fn covers(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The factor of Student's t for an interval from the values of some seeds, of which there are at least two.
pub(crate) fn student(seeds: usize) -> f64 {
    let student = StudentsT::new(0.0, 1.0, seeds as f64 - 1.0).expect("at least one degree of freedom");
    student.inverse_cdf(0.5 + CONFIDENCE / 2.0)
}
