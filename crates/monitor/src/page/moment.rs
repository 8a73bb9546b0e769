//! The text of time ranges.

use crate::range::Range;
use tollgate_history::Resolution;
use tollgate_wording::duration;

/// The ends of a range: `Mon 17 Nov 2008 00:00 to Mon 24 Nov 2008 00:00 GMT`.
pub(super) fn span(range: &Range) -> String {
    tollgate_wording::span(range.from_micros, range.to_micros)
}

/// The length of the intervals of a range: `by the hour`.
pub(super) fn step(range: &Range) -> String {
    match (range.resolution, range.interval_micros) {
        (Resolution::Hour, _) => String::from("by the hour"),
        (Resolution::Day, _) => String::from("by the day"),
        (Resolution::Raw, 60_000_000) => String::from("by the minute"),
        (Resolution::Raw, micros) => format!("in intervals of {}", duration(micros as f64 / 1e6)),
    }
}
