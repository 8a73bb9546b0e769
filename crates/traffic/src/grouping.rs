//! How a message's recipients must be divided over connections for these to carry so many on the mean.

use tollgate_scenario::Mean;

/// For each class of destinations the probability that the next recipient rides with the one before, such that a
/// connection carries `means[class]` recipients on the mean. `probabilities` are of 1, 2, 3... recipients of a message.
pub fn stays(probabilities: &[f64], weights: &[f64], means: &[Mean]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let mut stays = vec![0.0; weights.len()];
    // Where a group begins depends on how long the groups before it were, so the answer is approached in rounds.
    for _ in 0..60 {
        let starts = group_starts(probabilities, weights, total, &stays);
        for (stay, mean) in stays.iter_mut().zip(means) {
            *stay = stay_for(&starts, mean.get());
        }
    }
    stays
}

/// How many groups begin with so many recipients left, for each number from 1 on.
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

/// The probability of staying that gives a mean group, by bisection; 1 where even that is too little.
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
