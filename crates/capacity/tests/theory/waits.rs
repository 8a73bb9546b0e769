//! Waits compared with Erlang's C formula and with the formula of Pollaczek and Khinchine. A figure must be within 2% of
//! theory or have it in its interval over the seeds.

use tollgate_capacity::{Estimate, FigureUnit, Measurement, PlanFigure, Point};

use crate::theory::assert_shown;
use crate::theory::closed_form::{Exponential, lognormal_second_moment, pollaczek_khinchine};
use crate::theory::queue::{Queue, Spread};

/// The loads, with the number of measured hours for each seed. The nearer a load is to 1, the longer the queue's memory, and
/// the more hours it takes to see a mean.
const LOADS: [(f64, u32); 6] = [(0.3, 16), (0.5, 16), (0.7, 16), (0.8, 32), (0.9, 110), (0.95, 200)];
/// As many seeds as a plan has by default.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;
/// At this rate a queue with a load of 0.95 forgets its empty start in about five minutes. The warm-up is an hour.
const CAPACITY_PER_HOUR: f64 = 18_000.0;
const ALLOWED: f64 = 0.02;
/// The load at which whole runs are compared with theory. Its queue has enough memory for the waits to show errors in arrivals
/// and service times, and 32 hours are still enough.
const SIMULATED_LOAD: f64 = 0.8;

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

#[test]
fn whole_runs_of_four_workers_wait_as_erlang_says() {
    assert_simulated("M/M/4", 4, Spread::Exponential, 32, &erlang(4, SIMULATED_LOAD));
}

#[test]
fn whole_runs_of_one_worker_wait_as_pollaczek_and_khinchine_say() {
    let sigma = 0.8;
    for (what, spread, second_moment) in
        [("M/D/1", Spread::Fixed, 1.0), ("M/G/1", Spread::Lognormal { sigma }, lognormal_second_moment(sigma))]
    {
        assert_simulated(what, 1, spread, 16, &one_worker(second_moment, SIMULATED_LOAD));
    }
}

fn assert_erlang(workers: u32) {
    assert_theory(&format!("M/M/{workers}"), workers, Spread::Exponential, 1, |load| erlang(workers, load));
}

/// Means need only half the hours that percentiles need.
fn assert_pollaczek_khinchine(what: &str, spread: Spread, second_moment: f64) {
    assert_theory(what, 1, spread, 2, |load| one_worker(second_moment, load));
}

fn erlang(workers: u32, load: f64) -> Vec<(&'static str, f64)> {
    let theory = Exponential { workers, load };
    vec![
        ("wait_mean", theory.mean_wait()),
        ("waited", theory.waiting()),
        ("wait_p95", theory.wait_not_exceeded(0.95)),
        ("wait_p99", theory.wait_not_exceeded(0.99)),
    ]
}

/// With one worker, the probability of waiting is the share of time that the worker is busy, for any service times.
fn one_worker(second_moment: f64, load: f64) -> Vec<(&'static str, f64)> {
    vec![("wait_mean", pollaczek_khinchine(load, second_moment)), ("waited", load)]
}

/// Compares a queue that is fed directly with theory at all loads. It measures one in `one_hour_of` of the hours.
fn assert_theory(
    what: &str,
    workers: u32,
    spread: Spread,
    one_hour_of: u32,
    theory: impl Fn(f64) -> Vec<(&'static str, f64)>,
) {
    let (mut rows, mut off) = (Vec::new(), Vec::new());
    for (load, hours) in LOADS {
        let hours = hours / one_hour_of;
        let queue = Queue { workers, load, spread, capacity_per_hour: CAPACITY_PER_HOUR, hours };
        rows.push(row(what, queue, &queue.fed(SEEDS), &theory(load), &mut off));
    }
    assert_shown(&rows);
    assert!(off.is_empty(), "neither within 2% of theory nor with it in the interval:\n{}", off.join("\n"));
}

/// Compares whole runs with theory at one load. This shows that traffic arrives and is served as in the queues that are fed
/// directly.
fn assert_simulated(what: &str, workers: u32, spread: Spread, hours: u32, theory: &[(&'static str, f64)]) {
    let queue = Queue { workers, load: SIMULATED_LOAD, spread, capacity_per_hour: CAPACITY_PER_HOUR, hours };
    let mut off = Vec::new();
    let row = row(&format!("{what}, whole run"), queue, &queue.simulated(SEEDS), theory, &mut off);
    assert_shown(&[row]);
    assert!(off.is_empty(), "neither within 2% of theory nor with it in the interval:\n{}", off.join("\n"));
}

/// The row of a queue on the page: figures beside theory. Times are in mean service times. The first figure is the mean wait.
/// Adds to `off` each figure that is neither within 2% of theory nor has it in its interval.
fn row(
    what: &str,
    queue: Queue,
    measurements: &[Measurement],
    shown: &[(&'static str, f64)],
    off: &mut Vec<String>,
) -> String {
    measurements.iter().for_each(assert_littles_law);
    let load = queue.load;
    let point = Point::new(load, &measurements.iter().collect::<Vec<_>>());
    let wait = shown[0].1;
    let others = [
        ("delay_mean", 1.0 + wait),
        ("depth_mean", load * f64::from(queue.workers) * (1.0 + wait)),
        ("workers_busy", load),
        ("messages_accepted_per_hour", load * CAPACITY_PER_HOUR),
    ];
    let mut row = format!("| {what} | {load} |");
    for (number, &(figure, theory)) in shown.iter().chain(&others).enumerate() {
        let seen = in_services(point.figure(figure), figure, queue);
        let Estimate { mean, low, high } = seen;
        if !((mean - theory).abs() <= ALLOWED * theory || seen.covers(theory)) {
            off.push(format!("{what} at {load}: {figure} {mean} ({low} to {high}), theory {theory}"));
        }
        if number < shown.len() {
            // Small probabilities need more digits.
            let digits = if 0.0 < theory && theory < 0.01 { 7 } else { 4 };
            // The lower end is cut at zero. MODEL.md says that it gives the upper half.
            row += &format!(" {theory:.digits$} | {mean:.digits$} ± {:.digits$} |", high - mean);
        }
    }
    row
}

/// A figure in mean service times, if it is a time.
fn in_services(seen: Estimate, figure: &str, queue: Queue) -> Estimate {
    let is_time = PlanFigure::find(figure).unwrap().unit == FigureUnit::Seconds;
    let unit = if is_time { queue.service() } else { 1.0 };
    Estimate { mean: seen.mean / unit, low: seen.low / unit, high: seen.high / unit }
}

/// The sum of the times that messages spend in the queue equals the integral of their number, except for messages in the queue
/// at the ends of the span.
fn assert_littles_law(outcome: &Measurement) {
    let integral: u128 = outcome.hours.iter().map(|hour| u128::from(hour.depth_time)).sum();
    let most = outcome.hours.iter().map(|hour| hour.depth_max).max().unwrap();
    // Each end cuts at most as many messages as the queue ever has, each by at most the longest delay.
    let cut = u128::from(most * outcome.delay.longest);
    let apart = integral.abs_diff(outcome.delay.sum);
    assert!(apart <= cut, "Little's law: {integral} and {} are {apart} apart, allowed {cut}", outcome.delay.sum);
    assert!((cut as f64) < 0.05 * integral as f64, "too little mail to check Little's law");
}
