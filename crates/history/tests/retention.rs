//! The retention time of intervals.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_history::{Clock, History, HistoryForecast, HistoryProgress, Resolution};
use tollgate_ledger::Part;
use tollgate_scenario::{DAY, HOUR, Moment, Scenario};

use crate::support::{moment, read, tiny};

/// The tiny scenario with a span of several days, and its history at a frozen clock.
fn frozen(days: u64, now: &str) -> (Scenario, History) {
    let mut scenario = tiny();
    scenario.time.begin = Moment::from_micros(moment("2008-07-01T06:20:00Z"));
    scenario.time.span = tollgate_scenario::Span::from_micros(days * DAY);
    let history = History::begin(&scenario, Clock::Frozen(moment(now)), Some(2)).unwrap();
    (scenario, history)
}

#[test]
fn each_resolution_is_kept_for_its_time_and_not_from_before_the_scenario() {
    for (now, raw, hour, day) in [
        ("2008-07-01T06:20:00Z", "2008-07-01T06:20:00Z", "2008-07-01T07:00:00Z", "2008-07-02T00:00:00Z"),
        ("2008-07-02T06:27:31Z", "2008-07-01T06:25:00Z", "2008-07-01T07:00:00Z", "2008-07-02T00:00:00Z"),
        ("2008-08-10T12:59:59Z", "2008-08-09T12:55:00Z", "2008-07-09T12:00:00Z", "2008-07-02T00:00:00Z"),
        ("2008-12-31T23:59:59Z", "2008-12-30T23:55:00Z", "2008-11-29T23:00:00Z", "2008-09-30T00:00:00Z"),
    ] {
        let (_, history) = frozen(30, now);
        let from = Resolution::ALL.map(|resolution| history.kept_from_micros(resolution, history.now_micros()));
        assert_eq!(from, [raw, hour, day].map(moment), "at {now}");
        // The whole calendar month before the present one is kept, wherever in the month the clock is.
        if now.starts_with("2008-12") {
            assert!(from[2] <= moment("2008-11-01T00:00:00Z"));
        }
        for (resolution, from) in Resolution::ALL.into_iter().zip(from) {
            let length = history.interval_micros(resolution);
            for begin in (from..history.now_micros().saturating_sub(length)).step_by(length as usize) {
                read(&history, (0, resolution, begin), Part::Groups).unwrap();
            }
        }
    }
}

#[test]
fn other_intervals_are_refused_with_what_is_allowed() {
    let (_, history) = frozen(30, "2008-12-31T23:59:59Z");
    for (resolution, begin, expected) in [
        (
            Resolution::Raw,
            "2008-12-30T23:50:00Z",
            "intervals of 5m: found one that begins at 2008-12-30T23:50:00Z, \
             allowed is 2008-12-30T23:55:00Z (the earliest kept) or later",
        ),
        (
            Resolution::Hour,
            "2008-07-01T05:00:00Z",
            "intervals of 1h: found one that begins at 2008-07-01T05:00:00Z, \
             allowed is 2008-11-29T23:00:00Z (the earliest kept) or later",
        ),
        (
            Resolution::Day,
            "2008-12-31T00:00:00Z",
            "intervals of 1d: found one that begins at 2008-12-31T00:00:00Z, \
             allowed is one that is over by 2008-12-31T23:59:59Z",
        ),
        (
            Resolution::Hour,
            "2009-01-05T00:00:00Z",
            "intervals of 1h: found one that begins at 2009-01-05T00:00:00Z, \
             allowed is one that is over by 2008-12-31T23:59:59Z",
        ),
    ] {
        let error = read(&history, (0, resolution, moment(begin)), Part::System).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
#[should_panic(expected = "no appliance 1")]
fn an_appliance_that_does_not_exist_is_a_fault_of_the_caller() {
    let (_, history) = frozen(1, "2008-07-02T00:00:00Z");
    let _ = read(&history, (1, Resolution::Hour, moment("2008-07-01T12:00:00Z")), Part::System);
}

#[test]
#[should_panic(expected = "nothing begins at")]
fn so_is_a_moment_at_which_no_interval_begins() {
    let (_, history) = frozen(1, "2008-07-02T00:00:00Z");
    let _ = read(&history, (0, Resolution::Hour, moment("2008-07-01T12:05:00Z")), Part::System);
}

#[test]
fn a_stopped_clock_makes_only_the_kept_intervals() {
    let (scenario, history) = frozen(30, "2008-12-31T23:59:59Z");
    let now = history.now_micros();
    let from = history.kept_from_micros(Resolution::Day, now);
    // The earliest era is simulated from first to last, so this day is the last to be ready.
    read(&history, (0, Resolution::Day, from), Part::System).unwrap();
    let end = scenario.time.end().micros();
    let era_begin = from - (from - end) % (7 * DAY);
    let needed_micros = now / (5 * 60_000_000) * (5 * 60_000_000) - era_begin;
    while history.progress().made_micros < needed_micros {
        std::thread::yield_now();
    }
    assert_eq!(history.progress(), HistoryProgress { made_micros: needed_micros, needed_micros });
    assert_eq!(history.made_until_micros(), now);
    // A day of raw intervals, in chunks of two hours; 32 days of hours, in chunks of a day; 92 days, in chunks of 24.
    let (files, _) = history.size();
    assert!(files <= 13 + 33 + 5, "{files} files");
}

#[test]
fn the_size_of_the_files_is_forecast() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/outbreak.toml");
    let scenario = Scenario::read(&path, &[]).unwrap();
    let clock = Clock::Frozen(scenario.time.end().micros() + 3 * DAY);
    let expected = HistoryForecast::new(&scenario, &clock, 1);
    let history = History::begin(&scenario, clock, None).unwrap();
    while history.progress().made_micros < history.progress().needed_micros {
        std::thread::yield_now();
    }
    let (_, size_bytes) = history.size();
    let ratio = expected.disk_bytes / size_bytes as f64;
    assert!((1.0 / 1.5..1.5).contains(&ratio), "{expected:?} {size_bytes}");
    // A clock that moves has days to come.
    assert!(HistoryForecast::new(&scenario, &Clock::Live, 1).disk_bytes > 2.0 * expected.disk_bytes);
}

#[test]
fn stored_files_and_bytes_do_not_grow_as_weeks_pass() {
    let mut scenario = tiny();
    scenario.time.span = tollgate_scenario::Span::from_micros(HOUR);
    let begin = scenario.time.end().micros() / DAY * DAY + DAY;
    let hand = Arc::new(AtomicU64::new(begin));
    let history = History::begin(&scenario, Clock::Set(hand.clone()), Some(1)).unwrap();
    // The intervals within the retention time and the hour ahead of the clock: 27 hours in chunks of two, 33 days in
    // chunks of one, 116 days in chunks of 24, and one more chunk of each at the beginning and at the end.
    let (fewest_files, most_files) = (13 + 33 + 4, (14 + 2) + (33 + 2) + (5 + 2));
    let mut most_bytes = 0;
    for day in 1..40 * 7 {
        let now = begin + day * DAY;
        hand.store(now, Ordering::Release);
        // The history is not made a day ahead. When this interval is ready, older ones have been dropped.
        read(&history, (0, Resolution::Day, now - DAY), Part::System).unwrap();
        let (files, bytes) = history.size();
        assert!(files <= most_files, "{files} files on day {day}");
        // After 24 weeks, every resolution is full and has begun to drop intervals.
        if day < 24 * 7 {
            most_bytes = most_bytes.max(bytes);
        } else {
            assert!(files >= fewest_files, "{files} files on day {day}");
            assert!(bytes <= 2 * most_bytes, "{bytes} bytes on day {day}, at most {most_bytes} before");
        }
    }
}
