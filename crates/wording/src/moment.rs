//! Moments and spans of time, in GMT. Moments are microseconds since the Unix epoch.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

const DAY: &str = "%a %-d %b %Y";

/// A moment with its weekday. Its seconds are written only if they are not 0: `Tue 2 Dec 2008 10:00 GMT`.
pub fn moment(micros: impl Into<i128>) -> String {
    let micros = micros.into();
    time(micros).map_or_else(|| beyond(micros), |time| format!("{} {} GMT", time.format(DAY), clock(time)))
}

/// The day of a moment: `Tue 2 Dec 2008`.
pub fn day(micros: impl Into<i128>) -> String {
    let micros = micros.into();
    time(micros).map_or_else(|| beyond(micros), |time| time.format(DAY).to_string())
}

/// A span from one moment to another. If both are on one day, the day is written once. A whole day is written without
/// times: `Tue 2 Dec 2008 10:00 to 11:00 GMT`, `Mon 17 Nov 2008 00:00 to Mon 24 Nov 2008 00:00 GMT`,
/// `Tue 2 Dec 2008 GMT`.
pub fn span(from_micros: impl Into<i128>, to_micros: impl Into<i128>) -> String {
    let (from_micros, to_micros) = (from_micros.into(), to_micros.into());
    let (Some(from), Some(to)) = (time(from_micros), time(to_micros)) else {
        return format!("{} to {}", moment(from_micros), moment(to_micros));
    };
    let first = from.format(DAY);
    if from.time() == NaiveTime::MIN && to - from == TimeDelta::days(1) {
        format!("{first} GMT")
    } else if from.date_naive() == to.date_naive() {
        format!("{first} {} to {} GMT", clock(from), clock(to))
    } else {
        format!("{first} {} to {} {} GMT", clock(from), to.format(DAY), clock(to))
    }
}

/// A note on the time in which an appliance was restarting, without a full stop. Log, pages and runs use it.
pub fn restarting(appliance: &str, from_micros: impl Into<i128>, to_micros: impl Into<i128>) -> String {
    format!("{appliance} has no figures for {}, because it was restarting", span(from_micros, to_micros))
}

/// A moment for machines, to the second: `2008-12-02T10:00:00Z`.
pub fn iso(micros: impl Into<i128>) -> String {
    let micros = micros.into();
    time(micros).map_or_else(|| beyond(micros), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn time(micros: i128) -> Option<DateTime<Utc>> {
    i64::try_from(micros).ok().and_then(DateTime::from_timestamp_micros)
}

/// A moment outside the calendar.
fn beyond(micros: i128) -> String {
    format!("second {} since 1970", micros.div_euclid(1_000_000))
}

fn clock(time: DateTime<Utc>) -> String {
    let is_whole = time.timestamp() % 60 == 0;
    time.format(if is_whole { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i128 = 3_600_000_000;
    /// Tuesday 2 December 2008, 10:00.
    const TEN: i128 = 1_228_212_000_000_000;

    #[test]
    fn moments_have_a_weekday() {
        let cases = [
            (0, "Thu 1 Jan 1970 00:00 GMT", "1970-01-01T00:00:00Z"),
            (TEN, "Tue 2 Dec 2008 10:00 GMT", "2008-12-02T10:00:00Z"),
            (TEN + 30_500_000, "Tue 2 Dec 2008 10:00:30 GMT", "2008-12-02T10:00:30Z"),
            (-1_000_000, "Wed 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z"),
            (951_782_400_000_000, "Tue 29 Feb 2000 00:00 GMT", "2000-02-29T00:00:00Z"),
            (i128::from(i64::MAX), "second 9223372036854 since 1970", "second 9223372036854 since 1970"),
        ];
        for (micros, people, machines) in cases {
            assert_eq!([moment(micros), iso(micros)], [people, machines]);
        }
        assert_eq!(day(TEN), "Tue 2 Dec 2008");
        assert_eq!(moment(1_228_212_000_000_000_u64), moment(TEN));
    }

    #[test]
    fn spans_say_their_day_once() {
        let midnight = TEN - 10 * HOUR;
        let cases = [
            (TEN, TEN + HOUR, "Tue 2 Dec 2008 10:00 to 11:00 GMT"),
            (TEN, TEN + 24 * HOUR, "Tue 2 Dec 2008 10:00 to Wed 3 Dec 2008 10:00 GMT"),
            (midnight, midnight + 24 * HOUR, "Tue 2 Dec 2008 GMT"),
            (midnight + 23 * HOUR, midnight + 24 * HOUR, "Tue 2 Dec 2008 23:00 to Wed 3 Dec 2008 00:00 GMT"),
            (TEN, TEN, "Tue 2 Dec 2008 10:00 to 10:00 GMT"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(span(from, to), expected);
        }
    }
}
