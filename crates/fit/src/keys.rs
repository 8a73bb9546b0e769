//! The keys of a count: the largest one by one, and the others as a rank-size law.

use std::collections::BTreeMap;

/// The keys of a count.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct KeyedVolume<'a> {
    /// The largest keys with their counts, the largest first.
    pub(crate) listed: Vec<(&'a str, f64)>,
    /// The other keys.
    pub(crate) tail: Tail,
}

/// The keys that are not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tail {
    /// The sum of their counts.
    pub(crate) volume: f64,
    /// Their number, with an estimate of those that were never seen.
    pub(crate) keys: f64,
    /// The slope of their rank-size law.
    pub(crate) slope: f64,
}

/// The keys that a scenario lists one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListedKeys {
    pub(crate) most: usize,
    /// True if neither keys with a small count nor a few keys are listed.
    pub(crate) is_anonymous: bool,
}

impl ListedKeys {
    /// The smallest count of a key, and the smallest number of keys, that is no secret.
    const LEAST_COUNT: f64 = 10.0;
    const LEAST_KEYS: usize = 5;

    /// The number of the first of descending counts that are listed.
    pub(crate) fn of(self, counts: impl Iterator<Item = f64>) -> usize {
        let is_listed = |count: &f64| !self.is_anonymous || *count >= Self::LEAST_COUNT;
        let listed = counts.take(self.most).take_while(is_listed).count();
        if self.is_anonymous && listed < Self::LEAST_KEYS { 0 } else { listed }
    }

    /// No keys, if a condition holds.
    pub(crate) fn none_if(self, condition: bool) -> Self {
        ListedKeys { most: if condition { 0 } else { self.most }, ..self }
    }
}

/// Divides keys into the largest and the others. `each` is the mean count of an event, such as the recipients of a connection.
pub(crate) fn divide<'a>(counts: &BTreeMap<&'a str, f64>, keys: ListedKeys, each: f64) -> KeyedVolume<'a> {
    let mut sorted: Vec<(&str, f64)> = counts.iter().map(|(&key, &count)| (key, count)).collect();
    sorted.sort_by(|(one, ours), (other, theirs)| theirs.total_cmp(ours).then(one.cmp(other)));
    let tail = sorted.split_off(keys.of(sorted.iter().map(|(_, count)| *count)));
    let counts: Vec<f64> = tail.iter().map(|(_, count)| count / each.max(1.0)).collect();
    KeyedVolume { listed: sorted, tail: Tail::of(&counts, each.max(1.0)) }
}

impl Tail {
    /// The law of counts of events in descending order.
    fn of(counts: &[f64], each: f64) -> Tail {
        let volume: f64 = counts.iter().sum::<f64>() * each;
        let keys = chao1(counts);
        Tail { volume, keys, slope: slope(counts, keys) }
    }
}

/// The most keys that are estimated, for each key that was seen.
const MOST_UNSEEN: f64 = 10.0;

/// The number of keys with those that were never seen: the lower bound of Chao (1984), bias-corrected.
pub(crate) fn chao1(counts: &[f64]) -> f64 {
    let once = counts.iter().filter(|&&count| count < 1.5).count() as f64;
    let twice = counts.iter().filter(|&&count| (1.5..2.5).contains(&count)).count() as f64;
    let unseen = once * (once - 1.0).max(0.0) / (2.0 * (twice + 1.0));
    // With few counts, the estimate has no upper limit.
    counts.len() as f64 + unseen.min(MOST_UNSEEN * counts.len() as f64)
}

/// The slope of a rank-size law over `keys` keys whose first tenth has the same share of the volume as that of the counts.
fn slope(counts: &[f64], keys: f64) -> f64 {
    let first = (counts.len() / 10).max(1);
    let volume: f64 = counts.iter().sum();
    if counts.len() < 10 || volume <= 0.0 {
        return 0.0;
    }
    let share = counts[..first].iter().sum::<f64>() / volume;
    let keys = keys as usize;
    let share_of = |slope: f64| {
        let weights = (1..=keys).map(|rank| (rank as f64).powf(-slope));
        let (mut top, mut all) = (0.0, 0.0);
        for (rank, weight) in weights.enumerate() {
            all += weight;
            top += if rank < first { weight } else { 0.0 };
        }
        top / all
    };
    bisect(0.0, 3.0, |slope| share_of(slope) - share)
}

/// The place between two numbers at which a rising function is zero, or the nearer end.
pub(crate) fn bisect(mut low: f64, mut high: f64, rising: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if rising(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The exponent of a zeta law up to 100 with a mean, if there is one.
pub(crate) fn zeta_of_mean(mean: f64) -> Option<f64> {
    let mean_of = |zeta: f64| {
        let (mut weight, mut weighted) = (0.0, 0.0);
        for count in 1..=100 {
            let probability = f64::from(count).powf(-zeta);
            weight += probability;
            weighted += probability * f64::from(count);
        }
        weighted / weight
    };
    (mean > 1.0001 && mean < mean_of(1.01)).then(|| bisect(1.01, 16.0, |zeta| mean - mean_of(zeta)))
}

/// The mean square of a zeta law up to 100 in relation to its mean.
pub(crate) fn zeta_lump(zeta: f64) -> f64 {
    let sum = |power: f64| (1..=100).map(|count| f64::from(count).powf(power - zeta)).sum::<f64>();
    sum(2.0) / sum(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(most: usize, is_anonymous: bool) -> ListedKeys {
        ListedKeys { most, is_anonymous }
    }

    #[test]
    fn anonymous_keys_are_large_and_many() {
        let of = |counts: &[f64], most| keys(most, true).of(counts.iter().copied());
        assert_eq!(of(&[90.0, 50.0, 40.0, 12.0, 11.0, 10.0, 9.0, 3.0], 100), 6);
        assert_eq!(of(&[90.0, 50.0, 40.0, 12.0, 9.0], 100), 0);
        assert_eq!(of(&[90.0, 50.0, 40.0, 12.0, 11.0, 10.0], 5), 5);
        assert_eq!(keys(3, false).of([2.0, 1.0, 1.0, 1.0].into_iter()), 3);
    }

    #[test]
    fn a_zeta_law_has_the_mean_that_it_was_made_for() {
        let zeta = zeta_of_mean(1.5).unwrap_or_default();
        // The sums of n^-z and n^(1-z) up to 100.
        let sum = |power: f64| (1..=100).map(|count| f64::from(count).powf(-power)).sum::<f64>();
        assert!((sum(zeta - 1.0) / sum(zeta) - 1.5).abs() < 1e-6, "{zeta}");
        assert_eq!(zeta_of_mean(1.0), None);
    }

    #[test]
    fn the_slope_of_a_rank_size_law_is_found() {
        let names: Vec<String> = (0..3000).map(|rank| format!("{rank:05}")).collect();
        let counts = names.iter().zip(1..).map(|(name, rank)| (name.as_str(), 1e6 * f64::from(rank).powf(-0.8)));
        let volume = divide(&counts.collect(), keys(0, false), 1.0);
        assert!((volume.tail.slope - 0.8).abs() < 0.01, "{volume:?}");
        assert_eq!(volume.tail.keys, 3000.0);
    }

    #[test]
    fn the_largest_keys_are_listed_in_order() {
        let counts = BTreeMap::from([("a", 1.0), ("b", 5.0), ("c", 5.0), ("d", 2.0)]);
        let volume = divide(&counts, keys(2, false), 1.0);
        assert_eq!(volume.listed, [("b", 5.0), ("c", 5.0)]);
        assert_eq!(volume.tail.volume, 3.0);
        assert_eq!(chao1(&[1.0, 1.0, 1.0]), 6.0);
    }
}
