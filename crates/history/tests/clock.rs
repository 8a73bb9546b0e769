//! Clocks, and histories that follow a moving clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tollgate_history::{Clock, History, HistoryError, Host, Resolution};
use tollgate_ledger::Part;
use tollgate_scenario::{DAY, HOUR, MINUTE};

use crate::support::{Counted, moment, read, scenario, tiny};

#[test]
fn the_words_of_a_command_line_are_read() {
    let time = tiny().time;
    let frozen = Clock::read("2008-11-18T10:30:00Z", &time).unwrap();
    assert!(frozen.is_frozen());
    assert_eq!(frozen.now_micros(), moment("2008-11-18T10:30:00Z"));
    let running = [
        ("x60", 60.0, "2008-11-18T10:00:00Z"),
        ("x0.5", 0.5, "2008-11-18T10:00:00Z"),
        ("x1e3@2008-12-24T18:00:00Z", 1000.0, "2008-12-24T18:00:00Z"),
        ("x100000", 100_000.0, "2008-11-18T10:00:00Z"),
        ("x2@2008-11-18T10:00:00+01:00", 2.0, "2008-11-18T09:00:00Z"),
    ];
    for (text, expected, from) in running {
        let Clock::Running { speed, from_micros, .. } = Clock::read(text, &time).unwrap() else { panic!("{text}") };
        assert_eq!((speed, from_micros), (expected, moment(from)), "{text}");
    }
    let live = Clock::read("live", &time).unwrap();
    assert!(matches!(live, Clock::Live) && live.now_micros() > moment("2026-01-01T00:00:00Z"));
}

#[test]
fn other_words_are_refused_with_what_is_allowed() {
    let moments = r#"are "live", "xN", "xN@TIME" and a TIME from 1970 to 2200 such as "2008-11-17T14:00:00Z""#;
    let speeds = r#"is a number above 0 and at most 100000 such as in "x60""#;
    for (text, found, allowed) in [
        ("", r#""""#, moments),
        ("now", r#""now""#, moments),
        ("Live", r#""Live""#, moments),
        ("2008-11-18", r#""2008-11-18""#, moments),
        ("x60@", r#""""#, moments),
        ("x60@noon", r#""noon""#, moments),
        ("x", r#"speed """#, speeds),
        ("x0", r#"speed "0""#, speeds),
        ("x-1", r#"speed "-1""#, speeds),
        ("xinf", r#"speed "inf""#, speeds),
        ("x100001", r#"speed "100001""#, speeds),
        ("x1e7", r#"speed "1e7""#, speeds),
        ("xnan", r#"speed "nan""#, speeds),
        ("x60x@2008-11-18T10:00:00Z", r#"speed "60x""#, speeds),
    ] {
        let error = Clock::read(text, &tiny().time).unwrap_err();
        assert_eq!(error.to_string(), format!("clock: found {found}, allowed {allowed}"), "{text}");
    }
    for (text, found) in
        [("2008-11-18T08:59:59Z", "2008-11-18T08:59:59Z"), ("x9@2008-11-17T00:00:00Z", "2008-11-17T00:00:")]
    {
        let error = Clock::read(text, &tiny().time).unwrap_err().to_string();
        assert!(error.starts_with(&format!("clock: found {found}")), "{error}");
        let allowed = "Z, allowed is 2008-11-18T09:00:00Z (the beginning of the scenario) or later";
        assert!(error.ends_with(allowed), "{error}");
    }
}

#[test]
fn no_history_begins_before_its_scenario() {
    let scenario = tiny();
    let before = Clock::Frozen(scenario.time.begin.micros() - 1);
    assert!(matches!(History::begin(&scenario, before, None), Err(HistoryError::TooEarly { .. })));
}

#[test]
fn the_fastest_clock_stops_where_moments_end() {
    let time = tiny().time;
    let clock = Clock::Running { speed: f64::MAX, from_micros: time.end().micros(), since: Instant::now() };
    while clock.now_micros() == time.end().micros() {}
    assert_eq!(clock.now_micros(), moment("2199-12-31T23:59:59Z") + 1_000_000);
}

#[test]
fn an_hour_is_waited_for_until_a_running_clock_has_passed_it() {
    let scenario = tiny();
    let end = scenario.time.end().micros();
    // An hour passes in a twentieth of a second, and is kept for 38 seconds.
    let clock = Clock::Running { speed: 72_000.0, from_micros: end, since: Instant::now() };
    let history = History::begin(&scenario, clock, Some(1)).unwrap();
    while history.now_micros() < end + HOUR {
        std::thread::yield_now();
    }
    read(&history, (0, Resolution::Hour, end), Part::System).unwrap();
}

#[test]
fn readers_wait_for_finished_intervals_while_the_clock_moves() {
    let scenario = tiny();
    let end = scenario.time.end().micros();
    let hand = Arc::new(AtomicU64::new(end));
    let history = History::begin(&scenario, Clock::Set(hand.clone()), Some(1)).unwrap();
    // Several readers ask for every interval as soon as it is over, for more than an era.
    let follow = || {
        let mut counted = Counted::new();
        let mut next = end;
        while next < end + 9 * DAY {
            if history.now_micros() >= next + HOUR {
                for part in [Part::Addresses, Part::System] {
                    counted.insert((0, next, part), read(&history, (0, Resolution::Hour, next), part).unwrap());
                }
                next += HOUR;
            }
            std::thread::yield_now();
        }
        counted
    };
    let followed = std::thread::scope(|scope| {
        let readers = [scope.spawn(follow), scope.spawn(follow)];
        // The clock never waits for the simulation. It moves by less than the retention time of hours, so no hour is
        // dropped before it is read.
        while history.now_micros() < end + 9 * DAY {
            hand.fetch_add(7 * MINUTE, Ordering::AcqRel);
            std::thread::yield_now();
        }
        readers.map(|reader| reader.join().unwrap())
    });
    let still = History::begin(&scenario, Clock::Frozen(end + 9 * DAY), Some(2)).unwrap();
    for counted in followed {
        assert_eq!(counted.len(), 2 * 9 * 24);
        for ((appliance, begin, part), facts) in counted {
            assert_eq!(facts, read(&still, (appliance, Resolution::Hour, begin), part).unwrap(), "{begin} {part:?}");
        }
    }
}

#[test]
fn readers_of_intervals_that_a_fast_clock_drops_are_told_so() {
    let scenario = scenario("c650-week.toml", &[]);
    let clock = Clock::Running { speed: 1e12, from_micros: scenario.time.end().micros(), since: Instant::now() };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let host = Host::new(move |severity, line| log.lock().unwrap().push(format!("{severity:?}: {line}")));
    let history = History::begin_on(host, &scenario, clock, None).unwrap();
    let too_fast = loop {
        if let Some(too_fast) = history.too_fast() {
            break too_fast;
        }
        std::thread::yield_now();
    };
    assert!(too_fast.clock == 1e12 && too_fast.machine > 0.0, "{too_fast:?}");
    let begin = scenario.time.begin.micros();
    let error = read(&history, (0, Resolution::Hour, begin), Part::System).unwrap_err();
    assert!(matches!(error, HistoryError::TooFast(_)), "{error}");
    drop(history);
    let lines = lines.lock().unwrap();
    assert!(lines.len() == 1 && lines[0].starts_with("Warning: the clock runs at x1000000000000, but "), "{lines:?}");
}
