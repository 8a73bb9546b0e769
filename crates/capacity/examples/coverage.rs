//! Measures how many of the 95% confidence intervals of a plan cover the true value. Prints the table of MODEL.md.
//!
//! Each row repeats a plan with five seeds. The true values come from long runs of the same queue.
//!
//! ```sh
//! cargo run --release --package tollgate-capacity --example coverage -- [REPETITIONS]
//! ```
#![allow(clippy::print_stdout, reason = "the table goes to the standard output")]

#[path = "../tests/theory/queue.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod queue;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use tollgate_capacity::{Estimate, Point};

use queue::{Queue, Spread};

const CAPACITY_PER_HOUR: f64 = 18_000.0;
const SEEDS: u64 = 5;
const FIGURES: [&str; 5] = ["delay_mean", "delay_p50", "delay_p95", "delay_p99", "delay_p999"];
/// The runs that give the true values, and their length in hours.
const TRUE_RUNS: (u64, u32) = (20, 500);

fn main() {
    let repetitions = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    println!("| queue | load | hours | messages of a run | mean | p50 | p95 | p99 | p99.9 |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let lognormal = |sigma| Spread::Lognormal { sigma };
    let queues = [
        ("M/M/1", 1, Spread::Exponential),
        ("M/M/3", 3, Spread::Exponential),
        ("M/G/1, sigma 1.0", 1, lognormal(1.0)),
        ("M/G/1, sigma 1.8", 1, lognormal(1.8)),
    ];
    for (name, workers, spread) in queues {
        for load in [0.6, 0.85] {
            let queue = |hours| Queue { workers, load, spread, capacity_per_hour: CAPACITY_PER_HOUR, hours };
            let long = points(queue(TRUE_RUNS.1), TRUE_RUNS.0, 1, u64::MAX / 2).remove(0);
            let truths = FIGURES.map(|figure| long.figure(figure).mean);
            for hours in [1, 6, 24] {
                let points = points(queue(hours), SEEDS, repetitions, 0);
                let cells = FIGURES.iter().zip(truths).map(|(figure, truth)| {
                    cell(&points.iter().map(|point| point.figure(figure)).collect::<Vec<_>>(), truth)
                });
                let messages = load * CAPACITY_PER_HOUR * f64::from(hours);
                let cells = cells.collect::<Vec<_>>().join(" | ");
                println!("| {name} | {load} | {hours} | {messages:.0} | {cells} |");
            }
        }
    }
}

/// The points of several plans of a queue, each with other seeds.
fn points(queue: Queue, seeds: u64, plans: u64, first_seed: u64) -> Vec<Point> {
    let next = AtomicU64::new(0);
    let make = || {
        let mut points = Vec::new();
        loop {
            let plan = next.fetch_add(1, Ordering::Relaxed);
            if plan >= plans {
                return points;
            }
            let first = first_seed + 1 + plan * seeds;
            let runs = queue.fed(first..first + seeds);
            points.push(Point::new(queue.load, &runs.iter().collect::<Vec<_>>()));
        }
    };
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(make)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no run panics")).collect()
    })
}

/// The share of the intervals that cover the truth, and the bias of the mean.
fn cell(estimates: &[Estimate], truth: f64) -> String {
    let count = estimates.len() as f64;
    let few = estimates.iter().filter(|estimate| estimate.has_too_few_messages()).count();
    if few > estimates.len() / 2 {
        return "too few".into();
    }
    let covered = estimates.iter().filter(|estimate| estimate.covers(truth)).count() as f64;
    let mean = estimates.iter().map(|estimate| estimate.mean).sum::<f64>() / count;
    // The sum is never a negative zero.
    let bias = (100.0 * (mean / truth - 1.0)).round() + 0.0;
    format!("{:.0}% ({bias:+.0}%)", 100.0 * covered / count)
}
