//! Every interval of a history is a cut of the same run, no matter when the history began.

use tollgate_history::{ApplianceInterval, Clock, History, Resolution};
use tollgate_ledger::{Counts, Part};
use tollgate_scenario::{DAY, HOUR, MINUTE, Moment, Scenario, Span};

use crate::support::{Counted, facts, moment, read, read_all, run, scenario};

/// Three days of two appliances, small enough for many simulations.
fn three_days(changes: &[&str]) -> Scenario {
    scenario("c650-pair.toml", &[&["time.span=3d", "volume=0.005"], changes].concat())
}

fn frozen(scenario: &Scenario, now: u64) -> History {
    History::begin(scenario, Clock::Frozen(now), Some(2)).unwrap()
}

/// Compares the intervals of a history up to a moment with the expected ones. Returns the number of intervals that both
/// have.
fn assert_same(found: &Counted, expected: &Counted) -> usize {
    let mut compared = 0_usize;
    for (key, facts) in found {
        if let Some(expected) = expected.get(key) {
            assert_eq!(facts, expected, "appliance {}, {}, {:?}", key.0, Moment::from_micros(key.1), key.2);
            compared += 1;
        }
    }
    assert!(compared.is_multiple_of(Part::COUNT), "every part of an interval");
    compared / Part::COUNT
}

#[test]
fn the_span_is_as_it_is_run_wherever_the_clock_stands_in_it() {
    let scenario = three_days(&[]);
    let begin = scenario.time.begin.micros();
    let lengths = Resolution::ALL.map(|resolution| (resolution, resolution.micros(&scenario.time)));
    let expected = lengths.map(|(_, length)| run(&scenario, length));
    // The end, inside an interval, inside the first hour, and an hour after the end in an era of its own.
    let moments = [3 * DAY, 2 * DAY + 10 * HOUR + 7 * MINUTE, 20 * MINUTE, 3 * DAY + HOUR];
    for now in moments.map(|since| begin + since) {
        let history = frozen(&scenario, now);
        for ((resolution, length), expected) in lengths.into_iter().zip(&expected) {
            let intervals = (now.min(scenario.time.end().micros()) - begin) / length;
            let kept = if resolution == Resolution::Raw { intervals.min(DAY / length) } else { intervals };
            let after = if resolution == Resolution::Raw { now.saturating_sub(begin + 3 * DAY) / length } else { 0 };
            let compared = assert_same(&read_all(&history, resolution), expected);
            assert_eq!(compared as u64, 2 * (kept - after), "{resolution:?} at {}", Moment::from_micros(now));
        }
    }
}

#[test]
fn every_feature_of_the_format_comes_through() {
    let scenario = scenario("quiet-hour.toml", &[]);
    let history = frozen(&scenario, scenario.time.end().micros());
    for (resolution, intervals) in [(Resolution::Raw, 12), (Resolution::Hour, 1)] {
        let found = read_all(&history, resolution);
        for part in Part::ALL {
            assert!(found.iter().any(|(key, facts)| key.2 == part && !facts.is_empty()), "nothing in {part:?}");
        }
        let expected = run(&scenario, history.interval_micros(resolution));
        assert_eq!(assert_same(&found, &expected), intervals, "{resolution:?}");
    }
}

#[test]
fn sums_are_those_of_the_rows() {
    let scenario = scenario("quiet-hour.toml", &[]);
    let history = frozen(&scenario, scenario.time.end().micros());
    let interval =
        ApplianceInterval { appliance: 0, resolution: Resolution::Hour, begin_micros: scenario.time.begin.micros() };
    let (mut rows, mut sums) = (Counts::default(), Counts::default());
    for part in Part::ALL.into_iter().filter(|&part| part != Part::Deliveries) {
        history.absorb(interval, part, &mut rows).unwrap();
        history.absorb_sum(interval, part, &mut sums).unwrap();
    }
    assert!(rows.domains.len() > 1 && sums.domains.len() == 1);
    let total = |counts: &Counts, part: Part| {
        let mut total = vec![0; part.cells().len()];
        for (_, _, cells) in counts.rows(part) {
            total.iter_mut().zip(cells).for_each(|(sum, count)| *sum += count);
        }
        total
    };
    for part in Part::ALL.into_iter().filter(|&part| part != Part::Deliveries) {
        assert_eq!(total(&sums, part), total(&rows, part), "{part:?}");
    }
}

#[test]
fn an_era_after_the_span_is_a_run_of_its_own() {
    let scenario = three_days(&[]);
    let end = scenario.time.end().micros();
    let now = end + 14 * DAY;
    let history = frozen(&scenario, now);
    for (era, begin) in [(1, end), (2, end + 7 * DAY)] {
        let mut alone = scenario.clone();
        alone.time.begin = Moment::from_micros(begin);
        alone.time.span = Span::from_micros(7 * DAY);
        // The bounce profile keeps messages for three days.
        alone.time.warm_up = Span::from_micros(4 * DAY);
        let hours = assert_same(&read_all(&history, Resolution::Hour), &run(&alone, HOUR));
        assert_eq!(hours, 2 * 7 * 24, "hours of era {era}");
        let days = assert_same(&read_all(&history, Resolution::Day), &run(&alone, DAY));
        assert_eq!(days, 2 * 7, "days of era {era}");
    }
}

#[test]
fn histories_begun_at_different_times_agree() {
    let scenario = three_days(&[]);
    let boundary = scenario.time.end().micros() + 7 * DAY;
    let moments = [boundary - 6 * HOUR, boundary + 6 * HOUR];
    let [one, other] = moments.map(|now| (now, frozen(&scenario, now)));
    for (resolution, shared) in [(Resolution::Raw, 12 * 12), (Resolution::Hour, 10 * 24 - 6), (Resolution::Day, 9)] {
        let found = read_all(&one.1, resolution);
        let compared = assert_same(&found, &read_all(&other.1, resolution));
        assert_eq!(compared, 2 * shared, "{resolution:?}");
    }
}

/// Compares every part of an interval with the sum of the shorter ones in it.
fn assert_sum(history: &History, (resolution, begin): (Resolution, u64), shorter: Resolution) {
    let end = begin + history.interval_micros(resolution);
    for part in Part::ALL {
        let mut sum = Counts::default();
        for begin_micros in (begin..end).step_by(history.interval_micros(shorter) as usize) {
            history
                .absorb(ApplianceInterval { appliance: 1, resolution: shorter, begin_micros }, part, &mut sum)
                .unwrap();
        }
        let whole = read(history, (1, resolution, begin), part).unwrap();
        assert_eq!(whole, facts(&sum, part), "{resolution:?} from {}, {part:?}", Moment::from_micros(begin));
    }
}

#[test]
fn an_interval_that_lies_in_two_eras_is_the_sum_of_those_in_it() {
    let scenario = three_days(&["time.begin=2008-11-17T14:00:00Z", "time.span=35h 35m", "time.export_interval=5m"]);
    let boundary = scenario.time.end().micros();
    assert_eq!(boundary, moment("2008-11-19T01:35:00Z"));
    let history = frozen(&scenario, moment("2008-11-20T00:00:00Z"));
    assert_sum(&history, (Resolution::Day, moment("2008-11-18T00:00:00Z")), Resolution::Hour);
    assert_sum(&history, (Resolution::Day, moment("2008-11-19T00:00:00Z")), Resolution::Hour);
    assert_sum(&history, (Resolution::Hour, moment("2008-11-19T01:00:00Z")), Resolution::Raw);
    let raw = read_all(&history, Resolution::Raw);
    assert_eq!(assert_same(&raw, &run(&scenario, 5 * MINUTE)), 2 * (12 + 7), "from 00:00 to 01:35");
}
