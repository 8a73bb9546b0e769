//! Coverage of the confidence intervals. Of 200 plans with different seeds, 95% should cover the true value. The tests accept
//! 90 to 99%.

use tollgate_capacity::Point;

use crate::theory::assert_shown;
use crate::theory::closed_form::Exponential;
use crate::theory::queue::{Queue, Spread};

const PLANS: u64 = 200;
const SEEDS_OF_A_PLAN: u64 = 5;

#[test]
fn intervals_of_one_worker_cover_the_truth() {
    assert_coverage(1, &[(0.3, 500.0), (0.5, 1_000.0), (0.8, 2_000.0)]);
}

#[test]
fn intervals_of_four_workers_cover_the_truth() {
    assert_coverage(4, &[(0.3, 1_500.0), (0.5, 1_000.0), (0.8, 2_000.0)]);
}

#[test]
fn intervals_of_sixteen_workers_cover_the_truth() {
    assert_coverage(16, &[(0.5, 3_000.0), (0.8, 3_000.0)]);
}

/// Counts the plans that cover the true value. Each load comes with the number of messages that the workers can process in an
/// hour.
fn assert_coverage(workers: u32, loads: &[(f64, f64)]) {
    let (mut rows, mut off) = (Vec::new(), Vec::new());
    for &(load, capacity_per_hour) in loads {
        let queue = Queue { workers, load, spread: Spread::Exponential, capacity_per_hour, hours: 8 };
        let theory = Exponential { workers, load };
        let truths = [("wait_mean", theory.mean_wait() * queue.service()), ("waited", theory.waiting())];
        let mut covered = [0u32; 2];
        for plan in 0..PLANS {
            let outcomes = queue.fed(plan * SEEDS_OF_A_PLAN + 1..(plan + 1) * SEEDS_OF_A_PLAN + 1);
            let point = Point::new(load, &outcomes.iter().collect::<Vec<_>>());
            for (covered, (figure, truth)) in covered.iter_mut().zip(truths) {
                *covered += u32::from(point.figure(figure).covers(truth));
            }
        }
        let [waits, shares] = covered.map(|covered| 100.0 * f64::from(covered) / PLANS as f64);
        let messages = load * capacity_per_hour * f64::from(queue.hours);
        rows.push(format!("| M/M/{workers} | {load} | {messages:.0} | {waits:.1} % | {shares:.1} % |"));
        for (share, (figure, _)) in [waits, shares].into_iter().zip(truths) {
            if !(90.0..=99.0).contains(&share) {
                off.push(format!("M/M/{workers} at {load}: {figure} in {share} %"));
            }
        }
    }
    assert_shown(&rows);
    assert!(off.is_empty(), "covered too seldom or too often:\n{}", off.join("\n"));
}
