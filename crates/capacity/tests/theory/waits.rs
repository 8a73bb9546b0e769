//! Waits against Erlang's C formula and that of Pollaczek and Khinchine: within 2 % or the interval over the seeds, whichever
//! is wider.

use tollgate_capacity::{Estimate, FigureUnit, Measurement, PlanFigure, Point};

use crate::theory::assert_shown;
use crate::theory::closed_form::{Exponential, lognormal_second_moment, pollaczek_khinchine};
use crate::theory::queue::{Queue, Spread};

/// The loads, and for how many hours each is measured with each seed: the nearer to 1, the longer a queue remembers, and the
/// longer it takes to see a mean.
const LOADS: [(f64, u32); 6] = [(0.3, 16), (0.5, 16), (0.7, 16), (0.8, 32), (0.9, 110), (0.95, 200)];
/// As many as a plan has unless it is told otherwise.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;
/// A queue at a load of 0.95 forgets how it began in some five minutes at this pace, and is given an hour for it.
const CAPACITY_PER_HOUR: f64 = 18_000.0;
const ALLOWED: f64 = 0.02;
/// The load at which whole runs are held against theory. A queue remembers long enough here for its waits to show errors of
/// arrivals and of service times, and 32 hours still suffice.
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

/// Means take half the mail that percentiles take.
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

/// With one worker a message waits as often as the worker is busy, however long service takes.
fn one_worker(second_moment: f64, load: f64) -> Vec<(&'static str, f64)> {
    vec![("wait_mean", pollaczek_khinchine(load, second_moment)), ("waited", load)]
}

/// Holds a queue that is fed directly against theory at all loads. Only one of so many hours is measured.
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
    assert!(off.is_empty(), "not within 2 % nor the interval:\n{}", off.join("\n"));
}

/// Holds a whole run against theory at one load. It shows that traffic arrives and is served as in the queues that are fed.
fn assert_simulated(what: &str, workers: u32, spread: Spread, hours: u32, theory: &[(&'static str, f64)]) {
    let queue = Queue { workers, load: SIMULATED_LOAD, spread, capacity_per_hour: CAPACITY_PER_HOUR, hours };
    let mut off = Vec::new();
    let row = row(&format!("{what}, whole run"), queue, &queue.simulated(SEEDS), theory, &mut off);
    assert_shown(&[row]);
    assert!(off.is_empty(), "not within 2 % nor the interval:\n{}", off.join("\n"));
}

/// The row of a queue on the page: figures beside theory, in mean service times where they are times. The first figure is the
/// mean wait. Adds to `off` each figure that is neither within 2 % of theory nor has it in its interval.
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
        ("messages_in_per_hour", load * CAPACITY_PER_HOUR),
    ];
    let mut row = format!("| {what} | {load} |");
    for (number, &(figure, theory)) in shown.iter().chain(&others).enumerate() {
        let seen = in_services(point.figure(figure), figure, queue);
        let Estimate { mean, low, high } = seen;
        if !((mean - theory).abs() <= ALLOWED * theory || seen.covers(theory)) {
            off.push(format!("{what} at {load}: {figure} {mean} ({low} to {high}), theory {theory}"));
        }
        if number < shown.len() {
            // What seldom happens has its first digits further down.
            let digits = if 0.0 < theory && theory < 0.01 { 7 } else { 4 };
            // The lower end is cut at nothing.
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

/// The time that messages spend in the queue is the integral of how many are in it, but for those that are in it as the
/// measured time begins and ends.
fn assert_littles_law(outcome: &Measurement) {
    let integral: u64 = outcome.hours.iter().map(|hour| hour.depth_time).sum();
    let most = outcome.hours.iter().map(|hour| hour.depth_max).max().unwrap();
    // Either end cuts no more messages than there ever were, each by no more than the longest delay.
    let cut = most * outcome.delay.longest;
    let apart = integral.abs_diff(outcome.delay.sum);
    assert!(apart <= cut, "Little's law: {integral} and {} are {apart} apart, allowed {cut}", outcome.delay.sum);
    assert!((cut as f64) < 0.05 * integral as f64, "too little mail to hold Little's law against");
}
