//! Restarts, updates and the jobs of reporting.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use tollgate_ledger::{Part, System};
use tollgate_scenario::{MINUTE, Override, Scenario};
use tollgate_simulation::Simulation;

use crate::oracle::{Collector, Facts, assert_nothing_is_lost, collect};

/// `quiet-hour` with a machine that restarts and is often updated.
fn scenario(restarts: &[(u64, u64)], more: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    let mut overrides = vec![
        "time.warm_up=0s".to_owned(),
        "appliances.quiet.machine={updates_per_week=100,update_pause=\"1m\",restarts_apart=\"6h\"}".to_owned(),
    ];
    overrides.extend(restarts.iter().map(|(minute, takes)| {
        let at = format!("2008-11-18T{:02}:{:02}:00Z", 9 + minute / 60, minute % 60);
        format!("events.+={{at=\"{at}\",restart={{of=\"quiet\",takes=\"{takes}m\"}}}}")
    }));
    overrides.extend(more.iter().map(|&text| text.to_owned()));
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// The facts of each key, added up over all intervals, without those that cannot be added up: maxima, the notes of addresses, and processor
/// time, which waits for later intervals.
fn sums(facts: &Facts) -> Facts {
    let mut sums = Facts::new();
    for ((appliance, _, account, key, cell), count) in facts {
        let is_of_intervals = *account == Part::System.name()
            && (*cell == System::QueueDepthMax as usize || System::NAMES[*cell].starts_with("cpu_"));
        if !is_of_intervals && *account != "address notes" {
            *sums.entry((*appliance, 0, account, *key, *cell)).or_default() += count;
        }
    }
    sums
}

/// The processor time that is used in each interval of an appliance, and the time in which it is up.
fn processor_times(collector: &Collector) -> BTreeMap<u64, [u64; 2]> {
    let mut times: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
    for ((_, begin, account, _, cell), count) in &collector.facts {
        if *account == Part::System.name() {
            let [used, up] = times.entry(*begin).or_default();
            let is_use = System::NAMES[*cell].starts_with("cpu_") && *cell != System::CpuCapacity as usize;
            *used += if is_use { *count } else { 0 };
            *up += if *cell == System::Up as usize { *count } else { 0 };
        }
    }
    times
}

#[test]
fn processors_do_nothing_while_an_appliance_is_down() {
    let more = ["appliances.quiet.cost.connection=60s", "appliances.quiet.cores=1", "appliances.quiet.workers=1"];
    let mut is_full = false;
    for interval in ["5m", "1h"] {
        let interval = format!("time.export_interval={interval}");
        let scenario = scenario(&[(7, 50)], &[&more[..], &[&interval]].concat());
        let (collector, _) = collect(&Simulation::new(&scenario), 1);
        for (begin, [used, up]) in processor_times(&collector) {
            assert!(used <= up, "{begin}: {used} microseconds in {up}");
            is_full |= up > 0 && used == up;
        }
    }
    assert!(is_full, "the processors are never busy all the time");
}

fn times_up(collector: &Collector) -> Vec<(u64, u64)> {
    let of_system = |((_, begin, account, _, cell), count): (&(usize, u64, &'static str, u64, usize), &u64)| {
        (*account == Part::System.name() && *cell == System::Up as usize).then_some((*begin, *count))
    };
    collector.facts.iter().filter_map(of_system).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_is_counted_while_an_appliance_is_down_and_nothing_is_lost(
        seed in 0..1000u64,
        restarts in prop::collection::vec((0..55u64, 1..12u64), 0..3),
        is_limited in any::<bool>(),
    ) {
        let limit = if is_limited { "listeners.public.max_connections=2" } else { "listeners.public.max_connections=900" };
        let seed = format!("seed={seed}");
        let of = |interval: &str| {
            let interval = format!("time.export_interval={interval}");
            let simulation = Simulation::new(&scenario(&restarts, &[&seed, limit, &interval]));
            collect(&simulation, 2)
        };
        let (fine, tallies) = of("5m");
        let (coarse, coarse_tallies) = of("1h");
        prop_assert_eq!(&tallies, &coarse_tallies);
        prop_assert_eq!(sums(&fine.facts), sums(&coarse.facts));
        let begin = scenario(&restarts, &[]).time.begin.micros();
        for (minute, takes) in restarts {
            let (from, to) = (begin + minute / 5 * 5 * MINUTE, begin + (minute + takes).div_ceil(5) * 5 * MINUTE);
            let inside = |at: &u64| from <= *at && *at < to;
            let is_time = |account: &str, cell: usize| {
                account == Part::System.name() && [System::Elapsed as usize, System::CpuCapacity as usize].contains(&cell)
            };
            let mut facts = fine.facts.keys().filter(|(appliance, at, ..)| *appliance == 0 && inside(at));
            prop_assert!(facts.all(|(_, _, account, _, cell)| is_time(account, *cell)));
            prop_assert!(times_up(&fine).iter().all(|(at, _)| !inside(at)));
        }
        if !is_limited {
            assert_nothing_is_lost(&scenario(&[], &[]), &fine.facts, &tallies);
        }
    }
}
