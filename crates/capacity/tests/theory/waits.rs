//! Waits against Erlang's C formula and that of Pollaczek and Khinchine: within 2 % or the interval over the seeds, whichever
//! is wider.

use tollgate_capacity::{Outcome, Point};

use crate::closed_form::{Exponential, lognormal_second_moment, pollaczek_khinchine};
use crate::queue::{Queue, Spread};

/// The loads, and for how many hours each is measured with each seed: the nearer to 1, the longer a queue remembers, and the
/// longer it takes to see a mean.
const LOADS: [(f64, u32); 6] = [(0.3, 3), (0.5, 3), (0.7, 3), (0.8, 4), (0.9, 11), (0.95, 18)];
const SEEDS: std::ops::RangeInclusive<u64> = 1..=10;
/// A queue at a load of 0.95 forgets how it began in 80 seconds at this pace, and is given an hour for it.
const CAPACITY_PER_HOUR: f64 = 72_000.0;
const ALLOWED: f64 = 0.02;

#[test]
fn one_worker_with_exponential_service_waits_as_erlang_says() {
    assert_erlang(1);
}

#[test]
fn four_workers_with_exponential_service_wait_as_erlang_says() {
    assert_erlang(4);
}

#[test]
fn sixteen_workers_with_exponential_service_wait_as_erlang_says() {
    assert_erlang(16);
}

#[test]
fn one_worker_with_fixed_service_waits_as_pollaczek_and_khinchine_say() {
    assert_pollaczek_khinchine("M/D/1", Spread::Fixed, 1.0);
}

#[test]
fn one_worker_with_lognormal_service_waits_as_pollaczek_and_khinchine_say() {
    let sigma = 0.8;
    assert_pollaczek_khinchine("M/G/1", Spread::Lognormal { sigma }, lognormal_second_moment(sigma));
}

fn assert_erlang(workers: u32) {
    assert_theory(&format!("M/M/{workers}"), workers, Spread::Exponential, |load| {
        let theory = Exponential { workers, load };
        vec![
            ("wait_mean", theory.mean_wait()),
            ("wait_p95", theory.wait_not_exceeded(0.95)),
            ("wait_p99", theory.wait_not_exceeded(0.99)),
            ("waited", theory.waiting()),
        ]
    });
}

/// With one worker a message waits as often as the worker is busy, however long service takes.
fn assert_pollaczek_khinchine(what: &str, spread: Spread, second_moment: f64) {
    assert_theory(what, 1, spread, |load| {
        vec![("wait_mean", pollaczek_khinchine(load, second_moment)), ("waited", load)]
    });
}

/// Holds figures of a queue at all loads against what theory says of them, in mean service times where it is a time.
fn assert_theory(what: &str, workers: u32, spread: Spread, theory: impl Fn(f64) -> Vec<(&'static str, f64)>) {
    let mut off = Vec::new();
    for (load, hours) in LOADS {
        let queue = Queue { workers, load, spread, capacity_per_hour: CAPACITY_PER_HOUR, hours };
        let outcomes = queue.outcomes(SEEDS);
        outcomes.iter().for_each(assert_littles_law);
        let point = Point::new(load, &outcomes.iter().collect::<Vec<_>>());
        let mut expected = theory(load);
        let wait = expected[0].1;
        expected.extend([
            ("delay_mean", 1.0 + wait),
            ("depth_mean", load * f64::from(workers) * (1.0 + wait)),
            ("workers_busy", load),
            ("messages_in_per_hour", load * CAPACITY_PER_HOUR),
        ]);
        for (figure, theory) in expected {
            let is_time = ["wait", "delay"].iter().any(|time| figure.starts_with(&format!("{time}_")));
            let unit = if is_time { queue.service() } else { 1.0 };
            let seen = point.figure(figure);
            let [mean, low, high] = [seen.mean, seen.low, seen.high].map(|value| value / unit);
            println!("| {what} | {load} | {figure} | {theory:.5} | {mean:.5} | {low:.5} to {high:.5} |");
            if !((mean - theory).abs() <= ALLOWED * theory || low <= theory && theory <= high) {
                off.push(format!("{what} at {load}: {figure} {mean} ({low} to {high}), theory {theory}"));
            }
        }
    }
    assert!(off.is_empty(), "not within 2 % nor the interval:\n{}", off.join("\n"));
}

/// The time that messages spend in the queue is the integral of how many are in it, but for those that are in it as the
/// measured time begins and ends.
fn assert_littles_law(outcome: &Outcome) {
    let integral: u64 = outcome.hours.iter().map(|hour| hour.depth_time).sum();
    let most = outcome.hours.iter().map(|hour| hour.depth_max).max().unwrap();
    // Either end cuts no more messages than there ever were, each by no more than the longest delay.
    let cut = most * outcome.delay.longest;
    let apart = integral.abs_diff(outcome.delay.sum);
    assert!(apart <= cut, "Little's law: {integral} and {} are {apart} apart, allowed {cut}", outcome.delay.sum);
    assert!((cut as f64) < 0.05 * integral as f64, "too little mail to hold Little's law against");
}
