//! Every interval that a history keeps is a cut of one run.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod support;

use support::{facts, moment, read, run, scenario};
use tollgate_history::{Clock, History, Interval, Resolution};
use tollgate_ledger::{Counts, Part};
use tollgate_scenario::{DAY, Scenario};

/// Three days of two appliances, small enough to be simulated many times.
fn three_days() -> Scenario {
    scenario("c650-pair.toml", &["time.span=3d", "volume=0.02"])
}

/// Compares every interval of a span that a history keeps with a run of a scenario.
fn assert_same(history: &History, scenario: &Scenario, now: u64) {
    for resolution in Resolution::ALL {
        let length = history.interval_micros(resolution);
        let expected = run(scenario, length);
        let from = history.kept_from_micros(resolution, now).max(scenario.time.begin.micros());
        let to = now.min(scenario.time.end().micros());
        let mut compared = 0;
        for appliance in 0..scenario.appliances.len() {
            for begin in (from..=to - length).step_by(length as usize) {
                for part in Part::ALL {
                    let found = read(history, (appliance, resolution, begin), part).unwrap();
                    assert_eq!(found, expected[&(appliance, begin, part)], "{resolution:?} {begin} {part:?}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 0, "nothing at {resolution:?}");
    }
}

#[test]
fn at_the_end_of_the_span_everything_is_as_it_was_run() {
    let scenario = three_days();
    let now = scenario.time.end().micros();
    let history = History::begin(&scenario, Clock::Frozen(now), Some(2)).unwrap();
    assert_same(&history, &scenario, now);
}
