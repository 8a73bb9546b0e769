#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use tollgate_scenario::MINUTE;

use super::*;

fn micros(text: &str) -> u64 {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros() as u64
}

fn query(pairs: &[(&str, &str)]) -> Query {
    Query(pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect())
}

/// A history that keeps all resolutions since a moment.
fn kept_since(begin: &str, now: &str) -> Retention {
    Retention {
        now_micros: micros(now),
        interval_micros: [5 * MINUTE, HOUR, DAY],
        from_micros: [micros(begin); Resolution::ALL.len()],
        begin_micros: micros("2000-01-01 00:00:00"),
    }
}

/// A range as text: its ends, and the number and length of its intervals.
fn shown(range: &Range) -> String {
    let date = |micros| moment(micros).format("%Y-%m-%d %H:%M").to_string();
    let (from, to) = (date(range.from_micros), date(range.to_micros));
    let ends = range.begins().last().map(|begin| begin + range.interval_micros);
    assert_eq!(ends.unwrap_or(range.from_micros), range.to_micros, "whole intervals");
    format!("{from} to {to}, {} of {}m", range.begins().count(), range.interval_micros / MINUTE)
}

fn find(pairs: &[(&str, &str)], kept: &Retention) -> Result<String, String> {
    let range = Range::find(&query(pairs), kept);
    range.map(|range| shown(&range)).map_err(|refusal| {
        assert_eq!(refusal.status, axum::http::StatusCode::BAD_REQUEST);
        refusal.line
    })
}

#[test]
fn ranges_at_awkward_moments() {
    let long_ago = "2000-01-01 00:00:00";
    for (name, now, expected) in [
        ("current_hour", "2008-11-24 00:00:00", "2008-11-23 23:00 to 2008-11-24 00:00, 12 of 5m"),
        ("current_hour", "2008-11-24 00:04:59", "2008-11-23 23:00 to 2008-11-24 00:00, 12 of 5m"),
        ("current_hour", "2008-11-24 00:05:00", "2008-11-23 23:05 to 2008-11-24 00:05, 12 of 5m"),
        ("current_day", "2009-01-01 00:00:00", "2008-12-31 00:00 to 2009-01-01 00:00, 24 of 60m"),
        ("current_day", "2009-01-01 00:59:59", "2008-12-31 00:00 to 2009-01-01 00:00, 24 of 60m"),
        ("current_day", "2008-03-01 12:30:00", "2008-02-29 12:00 to 2008-03-01 12:00, 24 of 60m"),
        ("current_week", "2008-11-24 00:00:00", "2008-11-17 00:00 to 2008-11-24 00:00, 168 of 60m"),
        ("current_month", "2008-03-01 23:59:59", "2008-01-31 00:00 to 2008-03-01 00:00, 30 of 1440m"),
        ("current_quarter", "2009-03-01 00:00:00", "2008-12-01 00:00 to 2009-03-01 00:00, 90 of 1440m"),
        ("previous_day", "2008-11-24 00:00:00", "2008-11-23 00:00 to 2008-11-24 00:00, 24 of 60m"),
        ("previous_day", "2008-11-23 23:59:59", "2008-11-22 00:00 to 2008-11-23 00:00, 24 of 60m"),
        ("previous_day", "2008-03-01 07:00:00", "2008-02-29 00:00 to 2008-03-01 00:00, 24 of 60m"),
        ("previous_day", "2009-01-01 00:00:01", "2008-12-31 00:00 to 2009-01-01 00:00, 24 of 60m"),
        ("calendar_day", "2009-01-01 00:00:01", "2008-12-31 00:00 to 2009-01-01 00:00, 24 of 60m"),
        ("previous_month", "2008-03-31 23:59:59", "2008-02-01 00:00 to 2008-03-01 00:00, 29 of 1440m"),
        ("previous_month", "2009-03-31 23:59:59", "2009-02-01 00:00 to 2009-03-01 00:00, 28 of 1440m"),
        ("previous_month", "2009-01-01 00:00:00", "2008-12-01 00:00 to 2009-01-01 00:00, 31 of 1440m"),
        ("previous_month", "2008-12-31 23:59:59", "2008-11-01 00:00 to 2008-12-01 00:00, 30 of 1440m"),
        ("calendar_month", "2008-12-31 23:59:59", "2008-11-01 00:00 to 2008-12-01 00:00, 30 of 1440m"),
    ] {
        let found = find(&[("date_range", name)], &kept_since(long_ago, now));
        assert_eq!(found.as_deref(), Ok(expected), "{name} at {now}");
    }
    // The default is the past day.
    let kept = kept_since(long_ago, "2008-11-24 00:00:00");
    assert_eq!(find(&[], &kept), find(&[("date_range", "current_day")], &kept));
}

#[test]
fn ranges_begin_when_the_scenario_does() {
    let begin = "2008-11-17 09:00:00";
    for (name, now, expected) in [
        ("current_hour", "2008-11-17 09:00:00", "2008-11-17 09:00 to 2008-11-17 09:00, 0 of 5m"),
        ("current_hour", "2008-11-17 09:07:00", "2008-11-17 09:00 to 2008-11-17 09:05, 1 of 5m"),
        ("current_day", "2008-11-17 09:59:59", "2008-11-17 09:00 to 2008-11-17 09:00, 0 of 60m"),
        ("current_week", "2008-11-19 12:00:00", "2008-11-17 09:00 to 2008-11-19 12:00, 51 of 60m"),
        ("previous_day", "2008-11-17 12:00:00", "2008-11-17 09:00 to 2008-11-17 09:00, 0 of 60m"),
        ("previous_day", "2008-11-18 12:00:00", "2008-11-17 09:00 to 2008-11-18 00:00, 15 of 60m"),
        ("previous_month", "2008-11-30 00:00:00", "2008-11-17 09:00 to 2008-11-17 09:00, 0 of 1440m"),
    ] {
        let found = find(&[("date_range", name)], &kept_since(begin, now));
        assert_eq!(found.as_deref(), Ok(expected), "{name} at {now}");
    }
}

#[test]
fn a_custom_range_takes_the_finest_intervals_that_suit_it_and_are_kept() {
    let kept = Retention {
        from_micros: ["2008-11-23 00:00:00", "2008-11-10 00:00:00", "2008-09-01 00:00:00"].map(micros),
        ..kept_since("2008-09-01 00:00:00", "2008-11-24 12:34:56")
    };
    for (from, to, expected) in [
        ("24 Nov 2008 11:00:00", "24 Nov 2008 12:00:00", "2008-11-24 11:00 to 2008-11-24 12:00, 12 of 5m"),
        ("24 Nov 2008 11:02:00", "24 Nov 2008 11:02:01", "2008-11-24 11:00 to 2008-11-24 11:05, 1 of 5m"),
        ("24 Nov 2008 11:00:00", "24 Nov 2008 12:00:01", "2008-11-24 11:00 to 2008-11-24 12:00, 1 of 60m"),
        // An end in the future, and a beginning in an incomplete interval.
        ("24 Nov 2008 12:00:00", "24 Nov 2008 13:00:00", "2008-11-24 12:00 to 2008-11-24 12:30, 6 of 5m"),
        ("24 Nov 2008 12:31:00", "24 Nov 2008 12:32:00", "2008-11-24 12:30 to 2008-11-24 12:30, 0 of 5m"),
        ("24 Nov 2008 12:00:00", "31 Dec 9999 23:59:59", "2008-11-24 00:00 to 2008-11-24 00:00, 0 of 1440m"),
        // An hour whose base intervals are no longer kept, and a day whose hours are no longer kept.
        ("22 Nov 2008 11:00:00", "22 Nov 2008 12:00:00", "2008-11-22 11:00 to 2008-11-22 12:00, 1 of 60m"),
        ("09 Nov 2008 11:00:00", "09 Nov 2008 12:00:00", "2008-11-09 00:00 to 2008-11-10 00:00, 1 of 1440m"),
        ("16 Nov 2008 00:00:00", "24 Nov 2008 00:00:00", "2008-11-16 00:00 to 2008-11-24 00:00, 192 of 60m"),
        ("16 Nov 2008 00:00:00", "24 Nov 2008 00:00:01", "2008-11-16 00:00 to 2008-11-24 00:00, 8 of 1440m"),
        ("1 Aug 2008 00:00:00", "2 Sep 2008 00:00:00", "2008-09-01 00:00 to 2008-09-02 00:00, 1 of 1440m"),
    ] {
        let found = find(&[("date_range", "custom"), ("datestamp_from", from), ("datestamp_to", to)], &kept);
        assert_eq!(found.as_deref(), Ok(expected), "{from} to {to}");
    }
}

#[test]
fn ranges_that_mean_nothing_are_refused_in_one_line() {
    let kept = kept_since("2008-11-17 00:00:00", "2008-11-24 12:34:56");
    let choices = "current_hour, current_day, current_week, current_month, current_quarter, previous_day, \
                   previous_month, custom";
    let form = "allowed is DD Mon YYYY HH24:MM:SS in GMT, such as 18 Nov 2008 09:00:00";
    assert_eq!(
        find(&[("date_range", "yester\nday")], &kept),
        Err(format!("date_range: found \"yester\\nday\", allowed are {choices}"))
    );
    assert_eq!(find(&[("date_range", "custom")], &kept), Err(format!("datestamp_from: found none, {form}")));
    let custom = |from, to| find(&[("date_range", "custom"), ("datestamp_from", from), ("datestamp_to", to)], &kept);
    for (from, to, expected) in [
        ("18 Nov 2008", "19 Nov 2008 00:00:00", format!("datestamp_from: found \"18 Nov 2008\", {form}")),
        ("18 Nov 2008 09:00:00", "", format!("datestamp_to: found \"\", {form}")),
        ("30 Feb 2008 09:00:00", "", format!("datestamp_from: found \"30 Feb 2008 09:00:00\", {form}")),
        ("18 Nov 1908 09:00:00", "", format!("datestamp_from: found \"18 Nov 1908 09:00:00\", {form}")),
        (
            "18 Nov 2008 09:00:00",
            "18 Nov 2008 09:00:00",
            "datestamp_to: found 18 Nov 2008 09:00:00, allowed are moments after datestamp_from, 18 Nov 2008 09:00:00"
                .into(),
        ),
        (
            "24 Nov 2008 12:34:56",
            "25 Nov 2008 00:00:00",
            "datestamp_from: found 24 Nov 2008 12:34:56, allowed are moments before now, 24 Nov 2008 12:34:56".into(),
        ),
        (
            "16 Nov 2008 00:00:00",
            "17 Nov 2008 00:00:00",
            "datestamp_to: found 17 Nov 2008 00:00:00, allowed are moments after 17 Nov 2008 00:00:00, the beginning \
             of the kept history"
                .into(),
        ),
    ] {
        assert_eq!(custom(from, to), Err(expected));
    }
}

#[test]
fn a_custom_range_before_the_scenario_is_empty() {
    // The history keeps what it has had since the scenario began, or only the last part of it.
    let begun = Retention {
        begin_micros: micros("2008-11-17 09:00:00"),
        ..kept_since("2008-11-17 09:00:00", "2008-11-24 12:34:56")
    };
    let later = Retention { begin_micros: micros("2008-01-17 09:00:00"), ..begun };
    for (kept, from, to, expected) in [
        (&begun, "16 Nov 2008 00:00:00", "17 Nov 2008 09:00:00", Ok("2008-11-17 09:00 to 2008-11-17 09:00, 0 of 60m")),
        (
            &begun,
            "01 Jan 1999 00:00:00",
            "31 Dec 1999 00:00:00",
            Ok("2008-11-17 09:00 to 2008-11-17 09:00, 0 of 1440m"),
        ),
        (&begun, "17 Nov 2008 08:00:00", "17 Nov 2008 09:00:01", Ok("2008-11-17 09:00 to 2008-11-17 10:00, 1 of 60m")),
        (&later, "17 Jan 2008 08:00:00", "17 Jan 2008 09:00:00", Ok("2008-11-17 09:00 to 2008-11-17 09:00, 0 of 5m")),
        (&later, "17 Jan 2008 09:00:00", "17 Jan 2008 10:00:00", Err("the beginning of the kept history")),
    ] {
        let found = find(&[("date_range", "custom"), ("datestamp_from", from), ("datestamp_to", to)], kept);
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{from} to {to}"),
            (Err(line), Err(end)) => assert!(line.ends_with(end), "{line}"),
            _ => panic!("{from} to {to}: {found:?}"),
        }
    }
}
