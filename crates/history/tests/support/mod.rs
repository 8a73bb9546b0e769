//! Helpers for the tests of histories.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

use tollgate_history::{ApplianceInterval, History, HistoryError, Resolution};
use tollgate_ledger::{Counts, Last, Part};
use tollgate_scenario::{Moment, Override, Scenario, Span};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

/// The facts of one part of an interval: rows of key, note and cells, in order of their keys.
pub type Facts = Vec<(u64, Vec<u64>)>;

/// Counts by appliance, beginning and part.
pub type Counted = BTreeMap<(usize, u64, Part), Facts>;

/// A scenario of the repository with overrides.
pub fn scenario(name: &str, changes: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    let changes: Vec<Override> = changes.iter().map(|change| change.parse().unwrap()).collect();
    Scenario::read(&path, &changes).unwrap()
}

/// A scenario of one appliance. Simulating a week of it takes a few milliseconds.
pub fn tiny() -> Scenario {
    scenario("quiet-hour.toml", &["volume=0.05", "time.warm_up=0h", "bounce_profile.max_time=1h"])
}

/// A moment in microseconds since the Unix epoch.
pub fn moment(text: &str) -> u64 {
    Moment::try_from(text.to_owned()).unwrap().micros()
}

/// The counts of `tollgate run` with a given export interval.
pub fn run(scenario: &Scenario, interval_micros: u64) -> Counted {
    #[derive(Default)]
    struct Collector(Counted);
    impl Observer for Collector {
        type Error = Infallible;
        fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
            for part in Part::ALL {
                self.0.insert((closed.appliance, closed.begin.micros(), part), facts(&closed.counts, part));
            }
            Ok(())
        }
    }
    let mut scenario = scenario.clone();
    scenario.time.export_interval = Span::from_micros(interval_micros);
    let mut collector = Collector::default();
    let Ok(_) = Simulation::new(&scenario).run(&Workers::new(Some(2)).unwrap(), &mut collector);
    collector.0
}

/// One part of an interval from a history.
pub fn read(
    history: &History,
    (appliance, resolution, begin_micros): (usize, Resolution, u64),
    part: Part,
) -> Result<Facts, HistoryError> {
    let mut counts = Counts::default();
    history.absorb(ApplianceInterval { appliance, resolution, begin_micros }, part, &mut counts)?;
    Ok(facts(&counts, part))
}

/// All intervals of a history at one resolution.
pub fn read_all(history: &History, resolution: Resolution) -> Counted {
    let now = history.now_micros();
    let length = history.interval_micros(resolution);
    let mut counted = Counted::new();
    for begin in (history.kept_from_micros(resolution, now)..=now - length).step_by(length as usize) {
        for appliance in 0..history.scenario().appliances.len() {
            for part in Part::ALL {
                counted.insert((appliance, begin, part), read(history, (appliance, resolution, begin), part).unwrap());
            }
        }
    }
    counted
}

/// The rows of one part, in order. The facts about a sender come before the cells.
pub fn facts(counts: &Counts, part: Part) -> Facts {
    let listed = |(key, last, cells): (u64, Last, Vec<u64>)| {
        let (micros, place) = last.opened;
        let last = [micros, place.into(), last.sbrs.cast_unsigned().into(), last.group.into(), last.population.into()];
        (key, [last.as_slice(), &cells].concat())
    };
    let mut facts: Facts = counts.rows(part).into_iter().map(listed).collect();
    facts.sort();
    facts
}
