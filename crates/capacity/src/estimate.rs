//! Estimates: means over several seeds with a confidence interval.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean over independent seeds, with its confidence interval by Student's t.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean over the seeds.
    pub mean: f64,
    /// The lower end of the interval. With one seed it is the mean.
    pub low: f64,
    /// The upper end. With one seed it is the mean.
    pub high: f64,
}

/// The confidence level: the share of intervals that cover the true value.
pub const CONFIDENCE: f64 = 0.95;

impl Estimate {
    /// The estimate from one value for each seed. There is at least one.
    pub fn new(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let half = match StudentsT::new(0.0, 1.0, count - 1.0) {
            Ok(student) => student.inverse_cdf(0.5 + CONFIDENCE / 2.0) * (variance / count).sqrt(),
            Err(_) => 0.0,
        };
        Estimate { mean, low: mean - half, high: mean + half }
    }

    /// The estimate with its interval cut at the bounds of the quantity. Student's t has no bounds.
    pub fn within(self, least: f64, most: f64) -> Self {
        Estimate { low: self.low.max(least), high: self.high.min(most), ..self }
    }

    /// True if the interval covers the value.
    pub fn covers(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
