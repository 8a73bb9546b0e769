//! Moments and ranges of time in words.

use chrono::DateTime;

use crate::range::Range;
use tollgate_history::Resolution;

/// A moment such as `17 Nov 2008 14:05`, in GMT.
pub(super) fn minute(micros: u64) -> String {
    written(micros, "%-d %b %Y %H:%M")
}

/// A moment as the appliance takes it for a custom range: `17 Nov 2008 14:05:00`.
pub(super) fn stamp(micros: u64) -> String {
    written(micros, "%d %b %Y %H:%M:%S")
}

/// A moment as machines read it: `2008-11-17T14:05:00Z`.
pub(super) fn machine(micros: u64) -> String {
    written(micros, "%Y-%m-%dT%H:%M:%SZ")
}

/// The ends of a range: `17 Nov 2008 00:00 to 24 Nov 2008 00:00 GMT`.
pub(super) fn span(range: &Range) -> String {
    format!("{} to {} GMT", minute(range.from_micros), minute(range.to_micros))
}

/// The intervals of a range: `by the hour`.
pub(super) fn step(range: &Range) -> String {
    match (range.resolution, range.interval_micros / 60_000_000) {
        (Resolution::Hour, _) => String::from("by the hour"),
        (Resolution::Day, _) => String::from("by the day"),
        (Resolution::Raw, 1) => String::from("by the minute"),
        (Resolution::Raw, 0) => format!("in intervals of {} seconds", range.interval_micros / 1_000_000),
        (Resolution::Raw, minutes) => format!("in intervals of {minutes} minutes"),
    }
}

fn written(micros: u64, pattern: &str) -> String {
    let moment = i64::try_from(micros).ok().and_then(DateTime::from_timestamp_micros).unwrap_or_default();
    moment.format(pattern).to_string()
}
