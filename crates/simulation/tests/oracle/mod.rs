//! Compares the counts of a run with a second, slower way of counting: one appliance after another, one fact after
//! another, into one map, without shards, windows, runs of equal intervals or merging.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use tollgate_ledger::{Delivery, DeliveryKey, Part, Sender, User};
use tollgate_scenario::{MINUTE, Override, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation, Tally, Workers};

mod slow;

use slow::Oracle;

/// Counts by appliance, beginning of the interval, account, key and cell.
pub type Facts = BTreeMap<(usize, u64, &'static str, u64, usize), u64>;

/// Collects the counts of a run.
#[derive(Default)]
pub struct Collector {
    pub facts: Facts,
    intervals: Vec<(usize, u64)>,
}

impl Observer for Collector {
    type Error = std::convert::Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error> {
        self.intervals.push((closed.appliance, closed.begin.micros()));
        for part in Part::ALL {
            for (key, last, cells) in closed.counts.rows(part) {
                for (cell, count) in cells.into_iter().enumerate().filter(|&(_, count)| count > 0) {
                    self.facts.insert((closed.appliance, closed.begin.micros(), part.name(), key, cell), count);
                }
                if part == Part::Addresses {
                    let note = [last.opened.0, u64::from(last.group), u64::from(last.population)];
                    for (cell, value) in note.into_iter().enumerate().filter(|&(_, value)| value > 0) {
                        self.facts.insert((closed.appliance, closed.begin.micros(), "address notes", key, cell), value);
                    }
                }
            }
        }
        Ok(())
    }
}

pub fn collect(simulation: &Simulation, threads: usize) -> (Collector, Vec<Tally>) {
    let mut collector = Collector::default();
    let Ok(tallies) = simulation.run(&Workers::new(Some(threads)).unwrap(), &mut collector);
    (collector, tallies)
}

/// `quiet-hour` with overrides. It uses every feature.
fn scenario(overrides: &[String]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    let overrides: Vec<Override> = overrides.iter().map(|each| each.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

pub fn assert_counted_as_slowly(scenario: &Scenario, threads: usize) {
    let simulation = Simulation::new(scenario);
    let (run, tallies) = collect(&simulation, threads);
    let mut expected = Facts::new();
    for appliance in 0..scenario.appliances.len() {
        let mut oracle = Oracle { scenario, simulation: &simulation, appliance, facts: Facts::new() };
        oracle.count();
        expected.append(&mut oracle.facts);
    }
    for (fact, count) in &expected {
        assert_eq!(run.facts.get(fact), Some(count), "{fact:?}");
    }
    assert_eq!(run.facts.len(), expected.len(), "facts that should not be there");
    let count = (scenario.time.span.micros() / scenario.time.export_interval.micros()) as usize;
    assert_eq!(run.intervals.len(), count * scenario.appliances.len(), "every interval comes, and once");
    if scenario.time.warm_up.micros() == 0 {
        assert_nothing_is_lost(scenario, &run.facts, &tallies);
    }
}

/// Every accepted recipient was counted, or is still on the appliance at the end.
pub fn assert_nothing_is_lost(scenario: &Scenario, facts: &Facts, tallies: &[Tally]) {
    for (appliance, tally) in (0..scenario.appliances.len()).zip(tallies) {
        let sum = |account, cells: &[usize]| -> u64 {
            let wanted =
                facts.iter().filter(|(key, _)| key.0 == appliance && key.2 == account && cells.contains(&key.4));
            wanted.map(|(_, count)| count).sum()
        };
        // The verdicts are the last cells.
        let incoming: Vec<usize> = (Sender::Spam as usize..Sender::COUNT).collect();
        let balance = tally.balance;
        assert_eq!(
            tally.incoming.recipients,
            sum("domains", &incoming) + balance.queued_incoming + balance.quarantined
        );
        let outgoing = [User::OutgoingVirus, User::OutgoingFiltered, User::OutgoingClean].map(usize::from);
        assert_eq!(tally.outgoing.recipients, sum("users", &outgoing) + balance.queued_outgoing);
        let ended = sum("deliveries", &[Delivery::Messages, Delivery::HardBounced].map(usize::from));
        assert_eq!(sum("users", &[User::OutgoingClean.into()]), ended + balance.waiting_for_retry);
    }
}

#[test]
fn a_quiet_hour_is_counted_as_slowly() {
    assert_counted_as_slowly(&scenario(&[]), 2);
}

/// Outages of the scenario's hour: of most destinations, and of some that are named.
fn outages(times: [(u64, u64); 3]) -> String {
    let event = |(domain, (from, minutes)): (&str, (u64, u64))| {
        format!(
            "{{ at = \"2008-11-18T09:{from:02}:00Z\", destination = {{ domain = \"{domain}\", unreachable = \"{minutes}m\" }} }}"
        )
    };
    let domains = ["default", "plain-no.example", "good-required.example"];
    format!("events=[{}]", domains.into_iter().zip(times).map(event).collect::<Vec<_>>().join(", "))
}

#[test]
fn an_outage_changes_only_the_deliveries_to_its_destinations() {
    const NAMED: [&str; 2] = ["plain-no.example", "good-required.example"];
    let with = |events: String| {
        let base = ["time.warm_up=0s", "outbreaks=[]", "time.export_interval=5m", "bounce_profile.max_retries=4"];
        scenario(&[&base.map(String::from)[..], &[events]].concat())
    };
    let disturbed = with(outages([(20, 20), (0, 5), (30, 60)]));
    assert_counted_as_slowly(&disturbed, 2);

    let simulation = Simulation::new(&disturbed);
    let run = collect(&simulation, 2).0.facts;
    let undisturbed = collect(&Simulation::new(&with("events=[]".into())), 2).0.facts;
    let others = |facts: &Facts| -> Facts {
        facts.clone().into_iter().filter(|(key, _)| !["deliveries", "system"].contains(&key.2)).collect()
    };
    assert!(others(&run) == others(&undisturbed), "a table that is not about deliveries differs");
    // The counts of a cell in some minutes after nine, for a named destination or for all others.
    let begin = disturbed.time.begin.micros();
    let sum = |facts: &Facts, cell: Delivery, minutes: std::ops::Range<u64>, named: Option<&str>| -> u64 {
        let facts = facts.iter().filter(|(key, _)| key.2 == "deliveries" && key.4 == usize::from(cell));
        let facts = facts.filter(|(key, _)| minutes.contains(&((key.1 - begin) / MINUTE)));
        let name = |key: u64| simulation.directory().domains[DeliveryKey::unpack(key).domain as usize].as_str();
        let facts = facts.filter(|(key, _)| NAMED.into_iter().find(|each| *each == name(key.3)) == named);
        facts.map(|(_, count)| count).sum()
    };
    let connections = |facts, minutes, named| sum(facts, Delivery::Connections, minutes, named);
    let unreachable = [(None, 20..40), (Some(NAMED[0]), 0..5), (Some(NAMED[1]), 30..60)];
    for (named, minutes) in unreachable {
        assert_eq!(connections(&run, minutes.clone(), named), 0, "{named:?}");
        assert!(connections(&undisturbed, minutes, named) > 0, "{named:?}");
    }
    // Until then, and for destinations with times of their own, nothing differs.
    for (named, minutes) in [(None, 0..20), (Some(NAMED[0]), 20..60), (Some(NAMED[1]), 0..30)] {
        for cell in [Delivery::Connections, Delivery::Messages, Delivery::HardBounced] {
            let [found, expected] = [&run, &undisturbed].map(|facts| sum(facts, cell, minutes.clone(), named));
            assert_eq!(found, expected, "{named:?}");
        }
    }
    assert!(sum(&run, Delivery::HardBounced, 20..40, None) > 10, "recipients hard-bounce without a connection");
    assert!(connections(&run, 40..60, None) > 10);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_scenario_is_counted_as_slowly(
        seed in 0u64..1_000_000,
        volume in 0.1f64..1.5,
        (span, interval) in prop_oneof![Just(("1h", "5m")), Just(("1h", "1h")), Just(("2h", "15m")), Just(("3h", "1h"))],
        // The scenario's outbreak begins in its warm-up.
        start in prop_oneof![Just(&["time.warm_up=0s", "outbreaks=[]"][..]), Just(&["time.warm_up=1h"][..])],
        workers in 1u32..=2,
        default in prop_oneof![Just("no"), Just("preferred"), Just("required"), Just("required-verify")],
        outage in prop::option::of(prop::array::uniform3((0u64..60, 1u64..60))),
        retries in prop_oneof![Just(2u32), Just(100)],
        threads in 1usize..4,
    ) {
        let mut overrides = vec![
            format!("seed={seed}"),
            format!("volume={volume}"),
            format!("time.span={span}"),
            format!("time.export_interval={interval}"),
            format!("appliances.0.workers={workers}"),
            format!("destination_controls.default={default}"),
        ];
        overrides.extend(start.iter().map(|each| each.to_string()));
        overrides.extend(outage.map(outages));
        overrides.push(format!("bounce_profile.max_retries={retries}"));
        assert_counted_as_slowly(&scenario(&overrides), threads);
    }
}
