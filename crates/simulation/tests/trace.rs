//! A trace of all connections of a run adds up to the counts of the run.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

use proptest::prelude::*;
use tollgate_ledger::{DeliveryKey, Part, System};
use tollgate_scenario::{Override, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

/// The rows of each account and interval, by account and beginning. Each row has the names and the counts of its cells that are not 0.
/// The trace names keys and the run numbers them, so rows have no keys here.
type Rows = BTreeMap<(&'static str, u64), Vec<Vec<(&'static str, u64)>>>;

/// Cells that belong to the appliance and to no connection.
const OF_APPLIANCE: [System; 7] = [
    System::Elapsed,
    System::Up,
    System::CpuCapacity,
    System::CpuReporting,
    System::CpuOther,
    System::QueueDepthTime,
    System::QueueDepthMax,
];

/// Collects the rows of a run with one appliance.
#[derive(Default)]
struct Collector(Rows);

impl Observer for Collector {
    type Error = Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        for part in Part::ALL {
            let mut rows: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
            for (key, _, cells) in closed.counts.rows(part) {
                // The trace does not show the base interval of a delivery.
                let key = match part {
                    Part::Deliveries => DeliveryKey { base_interval: 0, ..DeliveryKey::unpack(key) }.pack(),
                    _ => key,
                };
                let row = rows.entry(key).or_insert_with(|| vec![0; cells.len()]);
                row.iter_mut().zip(cells).for_each(|(sum, count)| *sum += count);
            }
            for cells in rows.into_values() {
                let named = part.cells().iter().copied().zip(cells);
                let row: Vec<_> = named.filter(|&(name, count)| count > 0 && !is_of_appliance(part, name)).collect();
                if !row.is_empty() {
                    self.0.entry((part.name(), closed.begin.micros())).or_default().push(row);
                }
            }
        }
        Ok(())
    }
}

fn is_of_appliance(part: Part, cell: &str) -> bool {
    part == Part::System && OF_APPLIANCE.iter().any(|&each| System::NAMES[each as usize] == cell)
}

pub fn scenario(overrides: &[String]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    let overrides: Vec<Override> = overrides.iter().map(|each| each.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn assert_traced(overrides: &[String], threads: usize) -> (u64, u64) {
    let scenario = scenario(overrides);
    let simulation = Simulation::new(&scenario);
    let workers = Workers::new(Some(threads)).unwrap();
    let mut collector = Collector::default();
    let Ok(tallies) = simulation.run(&workers, &mut collector);

    let lives = simulation.trace(usize::MAX, &workers);
    assert!(lives.is_sorted_by_key(|life| life.opened));
    let mut traced: BTreeMap<(&str, u64, &str), BTreeMap<&str, u64>> = BTreeMap::new();
    for cell in lives.iter().flat_map(|life| &life.cells) {
        let row = traced.entry((cell.account, cell.interval.micros(), &cell.key)).or_default();
        *row.entry(cell.cell).or_default() += cell.count;
    }
    let mut rows = Rows::new();
    for ((account, begin, _), cells) in traced {
        let part = Part::ALL.into_iter().find(|part| part.name() == account).unwrap();
        let row = part.cells().iter().filter_map(|&name| Some((name, *cells.get(name)?))).collect();
        rows.entry((part.name(), begin)).or_default().push(row);
    }
    // A message that leaves the work queue after the end is not traced, but a part of its work is done before.
    let last = (Part::System.name(), scenario.time.end().micros() - scenario.time.export_interval.micros());
    for rows in [&mut rows, &mut collector.0] {
        rows.entry(last).or_default().iter_mut().for_each(|row| row.retain(|(cell, _)| !cell.starts_with("cpu_")));
        rows.values_mut().for_each(|rows| rows.sort());
    }
    for (place, expected) in &collector.0 {
        assert_eq!(rows.get(place), Some(expected), "{place:?}");
    }
    assert_eq!(rows.len(), collector.0.len());

    let turned_away = lives.iter().filter(|life| life.turned_away).count() as u64;
    assert!(lives.iter().all(|life| !life.turned_away || life.cells.is_empty() && life.messages.is_empty()));
    assert_eq!(turned_away, tallies[0].limits.turned_away);
    let connections = tallies[0].incoming.connections + tallies[0].outgoing.connections;
    assert_eq!(lives.len() as u64, connections + turned_away);
    (connections, turned_away)
}

/// An appliance whose processors are never short, so that no work is counted late.
/// No two content filters have the same name, because the trace names filters.
const BASE: [&str; 5] = [
    "time.warm_up=0s",
    "outbreaks=[]",
    "appliances.0.cores=64",
    "time.span=3h",
    "content_filters.4.name=Copy_Outgoing",
];

pub fn with(more: &[&str]) -> Vec<String> {
    BASE.iter().chain(more).map(|each| each.to_string()).collect()
}

#[test]
fn a_trace_adds_up_to_the_counts_where_a_limit_is_reached() {
    let (_, turned_away) = assert_traced(&with(&["listeners.public.max_connections=1"]), 2);
    assert!(turned_away > 100, "{turned_away}");
}

/// Most destinations are unreachable from some minutes after nine on, and one is for a while.
pub fn outage(from: u64, minutes: u64) -> String {
    let event = |from: u64, domain: &str, minutes: u64| {
        let destination = format!("{{ domain = \"{domain}\", unreachable = \"{minutes}m\" }}");
        format!("{{ at = \"2008-11-18T09:{from:02}:00Z\", destination = {destination} }}")
    };
    format!("events=[{}, {}]", event(from, "default", minutes), event(0, "plain-no.example", 10))
}

#[test]
fn a_trace_shows_attempts_that_open_no_connection() {
    let overrides = [&with(&["time.span=1h"])[..], &[outage(0, 600)]].concat();
    assert_traced(&overrides, 2);
    let lives = Simulation::new(&scenario(&overrides)).trace(usize::MAX, &Workers::new(Some(2)).unwrap());
    let deliveries = lives.iter().flat_map(|life| &life.messages).flat_map(|message| &message.deliveries);
    let (unreachable, others): (Vec<_>, Vec<_>) = deliveries.partition(|each| each.tls == "unreachable");
    assert!(unreachable.iter().all(|each| each.delivered == 0));
    assert!(unreachable.iter().filter(|each| each.hard_bounced > 0).count() > 100);
    assert!(!others.is_empty() && others.iter().all(|each| each.domain == "plain-no.example"));
}

/// An override that sets a limit of the appliance. Most of them are reached.
pub fn limit() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("appliances.0.limits.outbound_connections=700"),
        Just("listeners.public.max_connections=2"),
        Just("listeners.private.max_connections=1"),
        Just("appliances.0.limits.outbound_connections=1"),
        Just("appliances.0.limits.suspend_above=1"),
        Just("appliances.0.limits.queue_kib=300"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_trace_adds_up_to_the_counts(
        seed in 0u64..1_000_000,
        volume in 0.1f64..1.0,
        interval in prop_oneof![Just("5m"), Just("1h"), Just("3h")],
        limit in limit(),
        default in prop_oneof![Just("no"), Just("preferred"), Just("required"), Just("required-verify")],
        outage_minutes in prop::option::of((0u64..60, 1u64..100)),
        threads in 1usize..4,
    ) {
        let texts = [
            limit.to_owned(),
            format!("seed={seed}"),
            format!("volume={volume}"),
            format!("time.export_interval={interval}"),
            format!("destination_controls.default={default}"),
        ];
        let mut overrides = with(&texts.each_ref().map(String::as_str));
        overrides.extend(outage_minutes.map(|(from, minutes)| outage(from, minutes)));
        assert_traced(&overrides, threads);
    }
}
