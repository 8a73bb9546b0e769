//! Growth of traffic: turns a load into a date.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use tollgate_scenario::{DAY, Moment};

/// Mean number of days of a month.
const DAYS_OF_A_MONTH: f64 = 365.2425 / 12.0;
/// Largest number of months that is turned into a date.
const MOST_MONTHS: f64 = 1200.0;

/// The smallest and the largest growth in percent.
const LEAST: f64 = 0.001;
const MOST: f64 = 1000.0;

/// A constant growth, such as 3% per month. After n months the load is (1 + share)^n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrafficGrowth {
    /// The growth in percent.
    percent: f64,
    /// The period of this growth in months: 1 or 12.
    months: f64,
}

impl TrafficGrowth {
    /// The number of months until traffic has grown to a load. Negative for a load below 1.
    pub fn months_until(self, load: f64) -> f64 {
        self.months * libm::log(load) / libm::log1p(self.percent / 100.0)
    }
}

/// The day on which some months are over. None if they are more than a hundred years.
pub(crate) fn day_after(from: Moment, months: f64) -> Option<u64> {
    let days = (months * DAYS_OF_A_MONTH).round();
    (0.0..=MOST_MONTHS).contains(&months).then(|| from.micros() + days as u64 * DAY)
}

impl FromStr for TrafficGrowth {
    type Err = String;

    /// Reads a growth such as `3%/month` or `20%/year`.
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || {
            format!(
                "found {text:?}, allowed is a percentage from {LEAST} to {MOST} for a month or a year, such as 3%/month"
            )
        };
        let (percent, period) = text.split_once("%/").ok_or_else(refuse)?;
        let months = match period.trim() {
            "month" => 1.0,
            "year" => 12.0,
            _ => return Err(refuse()),
        };
        let percent = percent.trim().parse().ok().filter(|percent: &f64| (LEAST..=MOST).contains(percent));
        Ok(TrafficGrowth { percent: percent.ok_or_else(refuse)?, months })
    }
}

impl fmt::Display for TrafficGrowth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%/{}", self.percent, if self.months == 1.0 { "month" } else { "year" })
    }
}

impl Serialize for TrafficGrowth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
