//! Divides a message's recipients over connections so that a connection carries a given mean number of them.

use tollgate_scenario::Mean;

/// For each class of destinations, the probability that the next recipient travels on the same connection as the one
/// before. With it, a connection carries `means[class]` recipients on average. `probabilities` are those of a message
/// with 1, 2, 3... recipients.
pub fn stays(probabilities: &[f64], weights: &[f64], means: &[Mean]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let mut stays = vec![0.0; weights.len()];
    // The start of a group depends on the length of the groups before it, so the result is found by iteration.
    for _ in 0..60 {
        let starts = group_starts(probabilities, weights, total, &stays);
        for (stay, mean) in stays.iter_mut().zip(means) {
            *stay = stay_for(&starts, mean.get());
        }
    }
    stays
}

/// Expected number of groups that begin when 1, 2, 3... recipients are left.
fn group_starts(probabilities: &[f64], weights: &[f64], total: f64, stays: &[f64]) -> Vec<f64> {
    let mut starts = probabilities.to_vec();
    for left in (1..=starts.len()).rev() {
        let here = starts[left - 1];
        for (weight, stay) in weights.iter().zip(stays) {
            let mut reaches = here * weight / total;
            for after in (1..left).rev() {
                starts[after - 1] += reaches * (1.0 - stay);
                reaches *= stay;
            }
        }
    }
    starts
}

/// The probability of staying that gives a mean group size, by bisection. If no probability is high enough, it is 1.
fn stay_for(starts: &[f64], mean: f64) -> f64 {
    let groups: f64 = starts.iter().sum();
    let mean_at = |stay: f64| {
        let mut power = 1.0;
        let mut length = 0.0;
        let mut sum = 0.0;
        for start in starts {
            length += power;
            power *= stay;
            sum += start * length;
        }
        sum / groups
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if mean_at(middle) < mean { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}
