//! Coverage of the confidence intervals. Of 200 plans with different seeds, 95% should cover the true value. The tests accept 90
//! to 100%: intervals of times are a little too wide at the upper end. The example `coverage` measures more queues.

use tollgate_capacity::{PlanFigure, Point, measure};
use tollgate_scenario::Scenario;

use crate::theory::closed_form::Exponential;
use crate::theory::queue::{Queue, Spread};

const PLANS: u64 = 200;
const SEEDS_OF_A_PLAN: u64 = 5;
const CAPACITY_PER_HOUR: f64 = 18_000.0;

#[test]
fn intervals_of_one_worker_cover_the_truth() {
    assert_coverage(1, 0.6);
}

#[test]
fn intervals_of_three_workers_cover_the_truth() {
    assert_coverage(3, 0.85);
}

/// Counts the plans of an hour that cover the true value. A run has more than 10,000 messages, so the 99th percentile has an
/// interval and the 99.9th has none.
fn assert_coverage(workers: u32, load: f64) {
    let queue = Queue { workers, load, spread: Spread::Exponential, capacity_per_hour: CAPACITY_PER_HOUR, hours: 1 };
    let theory = Exponential { workers, load };
    let percentile = |share| theory.wait_not_exceeded(share) * queue.service();
    let truths = [
        ("wait_mean", theory.mean_wait() * queue.service()),
        ("waited", theory.waiting()),
        ("wait_p50", percentile(0.5)),
        ("wait_p95", percentile(0.95)),
        ("wait_p99", percentile(0.99)),
    ];
    let mut covered = [0u32; 5];
    for plan in 0..PLANS {
        let outcomes = queue.fed(plan * SEEDS_OF_A_PLAN + 1..(plan + 1) * SEEDS_OF_A_PLAN + 1);
        let point = Point::new(load, &outcomes.iter().collect::<Vec<_>>());
        for (covered, (figure, truth)) in covered.iter_mut().zip(truths) {
            *covered += u32::from(point.figure(figure).covers(truth));
        }
        assert!(point.figure("wait_p999").has_too_few_messages());
    }
    for (covered, (figure, _)) in covered.into_iter().zip(truths) {
        let share = f64::from(covered) / PLANS as f64;
        assert!(share >= 0.9, "M/M/{workers} at {load}: {figure} in {share}");
    }
}

/// The percentiles of several runs are those of all their times together. A site counts those of its appliances exactly.
#[test]
fn percentiles_of_runs_are_those_of_all_their_times() {
    let text = include_str!("../../../../scenarios/c650-pair.toml");
    // Campaigns and updates would make a few times very long.
    let machines = ["appliances.c650-a.machine.none=true", "appliances.c650-b.machine.none=true"];
    let overrides =
        ["time.span=6h", "time.warm_up=1h", "volume=6", "appliances.c650-a.workers=1", "variation.none=true"];
    let overrides = overrides.into_iter().chain(machines);
    let overrides: Vec<_> = overrides.map(|text| text.parse().unwrap()).collect();
    let measured = measure(&Scenario::parse(text, "c650-pair.toml", &overrides).unwrap()).unwrap();
    let point = Point::new(1.0, &measured.appliances.iter().collect::<Vec<_>>());
    let alone = [0, 1].map(|place: usize| measured.appliances[place].delay.p95);
    assert!(alone[0] > 2 * alone[1], "the appliances differ: {alone:?}");
    for figure in ["delay_p50", "delay_p95", "delay_p99", "delay_p999", "wait_p95", "wait_p99"] {
        let (pooled, counted) = (point.figure(figure).mean, PlanFigure::find(figure).unwrap().value(&measured.site));
        assert!((pooled / counted - 1.0).abs() < 0.005, "{figure}: {pooled} s pooled, {counted} s counted");
    }
}
