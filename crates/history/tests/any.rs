//! Compares histories of random scenarios at random moments with plain runs of their eras.

use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;
use tollgate_history::{Clock, History, Resolution};
use tollgate_ledger::{Counts, Part};
use tollgate_scenario::{DAY, HOUR, MINUTE, Moment, Scenario, Span};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

use crate::support::{Counted, facts, read_all, tiny};

/// Adds every raw interval to the interval of each resolution that contains it.
#[derive(Default)]
struct RollUp {
    raw: u64,
    /// The counts and the number of raw intervals, by resolution and beginning.
    counts: BTreeMap<(Resolution, u64), (Counts, u64)>,
}

impl Observer for RollUp {
    type Error = Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        for (resolution, length) in [(Resolution::Raw, self.raw), (Resolution::Hour, HOUR), (Resolution::Day, DAY)] {
            let entry = self.counts.entry((resolution, closed.begin.micros() / length * length)).or_default();
            entry.0.absorb(closed.counts.clone());
            entry.1 += 1;
        }
        Ok(())
    }
}

/// The counts of a scenario's eras at least up to a moment, from one run after the other.
fn run_eras(scenario: &Scenario, now: u64) -> RollUp {
    let mut era = scenario.clone();
    era.time.export_interval = era.time.base_interval;
    let mut roll_up = RollUp { raw: era.time.base_interval.micros(), ..RollUp::default() };
    while era.time.begin.micros() < now {
        let Ok(_) = Simulation::new(&era).run(&Workers::new(Some(2)).unwrap(), &mut roll_up);
        era.time.begin = era.time.end();
        era.time.span = Span::from_micros(7 * DAY);
        // The tiny scenario keeps undelivered mail for an hour.
        era.time.warm_up = Span::from_micros(25 * HOUR);
    }
    roll_up
}

/// The complete intervals of a resolution within its retention time.
fn whole(eras: &RollUp, scenario: &Scenario, (resolution, length, kept): (Resolution, u64, u64), now: u64) -> Counted {
    let of_resolution = eras.counts.iter().filter(|((of, _), _)| *of == resolution);
    let kept = of_resolution.filter(|&(&(_, begin), (_, parts))| {
        let young = begin + kept >= now / length * length;
        let over = begin + length <= now;
        parts * eras.raw == length && young && over && begin >= scenario.time.begin.micros()
    });
    kept.flat_map(|(&(_, begin), (counts, _))| Part::ALL.map(|part| ((0, begin, part), facts(counts, part)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn kept_intervals_have_the_counts_of_their_eras(
        seed in 0..1000_u64,
        base in prop::sample::select(vec![5 * MINUTE, 20 * MINUTE, HOUR]),
        begin in 0..72_u64,
        span in 1..100_u64,
        now in 0..20 * 24 * 60_u64,
    ) {
        let mut scenario = tiny();
        scenario.seed = seed;
        scenario.time.base_interval = Span::from_micros(base);
        scenario.time.begin = Moment::from_micros(scenario.time.begin.micros() / DAY * DAY + begin * base);
        scenario.time.span = Span::from_micros(span * base);
        let now = scenario.time.begin.micros() + now * MINUTE;
        let history = History::begin(&scenario, Clock::Frozen(now), Some(2)).unwrap();
        let eras = run_eras(&scenario, now);
        for (resolution, kept) in Resolution::ALL.into_iter().zip([DAY, 32 * DAY, 92 * DAY]) {
            let expected = whole(&eras, &scenario, (resolution, history.interval_micros(resolution), kept), now);
            let found = read_all(&history, resolution);
            prop_assert!(found == expected, "{:?} at {}", resolution, Moment::from_micros(now));
        }
    }
}
