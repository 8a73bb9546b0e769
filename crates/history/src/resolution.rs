//! The lengths of intervals that an appliance keeps.

use tollgate_scenario::{DAY, HOUR, Time};

/// A length of intervals that an appliance keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// The scenario's base interval, five minutes unless it says otherwise: for the past hour.
    Raw,
    /// Clock hours: for days and weeks.
    Hour,
    /// Days in GMT: for months.
    Day,
}

impl Resolution {
    /// Every resolution, the finest first.
    pub const ALL: [Resolution; 3] = [Resolution::Raw, Resolution::Hour, Resolution::Day];

    /// The length of its intervals in microseconds.
    pub fn micros(self, time: &Time) -> u64 {
        match self {
            Resolution::Raw => time.base_interval.micros(),
            Resolution::Hour => HOUR,
            Resolution::Day => DAY,
        }
    }
}
