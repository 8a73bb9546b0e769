//! A run that is advanced step by step gives the same result as a run in one go.

use std::collections::BTreeMap;
use std::path::Path;

use tollgate_ledger::Part;
use tollgate_scenario::{HOUR, MINUTE, Moment, Override, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

/// The bytes of each interval by appliance and beginning, and the reported progress.
#[derive(Debug, Default, PartialEq)]
struct Collector {
    intervals: BTreeMap<(usize, Moment), Vec<u8>>,
    reached: (Moment, u64),
}

impl Observer for Collector {
    type Error = String;

    fn interval(&mut self, closed: Closed) -> Result<(), String> {
        // The order of rows has no meaning. Accounts with few rows are enough to compare.
        let mut bytes = Vec::new();
        for part in [Part::System, Part::Groups] {
            closed.counts.write_part(part, &mut bytes);
        }
        let known = self.intervals.insert((closed.appliance, closed.begin), bytes);
        if known.is_some() { Err(format!("interval {} arrived twice", closed.begin)) } else { Ok(()) }
    }

    fn reached(&mut self, moment: Moment, simulated: u64) {
        self.reached = (moment.max(self.reached.0), simulated);
    }
}

#[test]
fn stops_on_the_way_do_not_change_a_run() {
    let changes = ["time.span=20h", "volume=0.02"].map(|change| change.parse::<Override>().unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/c650-pair.toml");
    let scenario = Scenario::read(&path, &changes).unwrap();
    let (begin, end) = (scenario.time.begin.micros(), scenario.time.end().micros());
    let simulation = Simulation::new(&scenario);
    let mut whole = Collector::default();
    let tallies = simulation.run(&Workers::new(Some(2)).unwrap(), &mut whole).unwrap();
    assert_eq!(whole.intervals.len(), 2 * 20);

    let workers = Workers::new(Some(2)).unwrap();
    let mut steps = Collector::default();
    let mut progression =
        simulation.progression(scenario.time.begin..scenario.time.end(), scenario.time.warm_up, &workers);
    assert_eq!(progression.reached().micros(), begin - scenario.time.warm_up.micros());
    // Backwards, not at all, into the warm-up, to the beginning of the span, into an hour, far, and beyond the end.
    for (until, reached) in [
        (begin - 30 * HOUR, begin - 24 * HOUR),
        (begin - 24 * HOUR, begin - 24 * HOUR),
        (begin - 23 * HOUR, begin - 23 * HOUR),
        (begin, begin),
        (begin + MINUTE, begin + HOUR),
        (begin + 13 * HOUR, begin + 13 * HOUR),
        (u64::MAX, end),
    ] {
        progression.advance(Moment::from_micros(until), &mut steps).unwrap();
        assert_eq!(progression.reached().micros(), reached);
        let complete = reached.saturating_sub(begin) / HOUR;
        assert_eq!(steps.intervals.len() as u64, 2 * complete);
    }
    assert_eq!(progression.tallies(), tallies);
    assert_eq!(steps, whole);
}
