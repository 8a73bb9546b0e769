//! What several seeds say of a figure.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean over seeds with its confidence interval, by Student's t: the seeds are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean over the seeds.
    pub mean: f64,
    /// The lower end of the interval; the mean itself where there is one seed.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How sure the intervals are: they cover the truth in so many of a hundred plans.
pub const CONFIDENCE: f64 = 0.95;

impl Estimate {
    /// The estimate from one value of each seed, of which there is at least one.
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

    /// The estimate of something that can be no less and no more than so much: Student's t knows no bounds.
    pub fn within(self, least: f64, most: f64) -> Self {
        Estimate { low: self.low.max(least), high: self.high.min(most), ..self }
    }

    /// Whether the interval covers a value.
    pub fn covers(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
