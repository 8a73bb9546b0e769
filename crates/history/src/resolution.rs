//! The lengths of intervals that an appliance keeps.

use tollgate_scenario::{DAY, HOUR, Time};

/// A length of intervals that an appliance keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// The scenario's base interval, five minutes by default: for the past hour. Kept for a day.
    Raw,
    /// Clock hours: for days and weeks. Kept for 32 days.
    Hour,
    /// Days in GMT: for months. Kept for 92 days.
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

    /// The longer intervals that its intervals are rolled up into.
    pub(crate) fn longer(self) -> Option<Resolution> {
        match self {
            Resolution::Raw => Some(Resolution::Hour),
            Resolution::Hour => Some(Resolution::Day),
            Resolution::Day => None,
        }
    }

    /// The age up to which its intervals are kept, in microseconds. For days it covers the calendar month before the
    /// present one, and 90 days.
    pub(crate) fn kept_micros(self) -> u64 {
        match self {
            Resolution::Raw => DAY,
            Resolution::Hour => 32 * DAY,
            Resolution::Day => 92 * DAY,
        }
    }
}
