//! The power law of the counts of large keys, by maximum likelihood above a cut (Clauset, Shalizi and Newman 2009).

/// The fewest keys above a cut.
const LEAST_KEYS: usize = 50;
/// The largest number of cuts that are tried.
const MOST_CUTS: usize = 100;

/// A power law: a count x above the cut has a probability in proportion to x^-exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PowerLaw {
    pub(crate) exponent: f64,
    /// The smallest count that follows the law.
    pub(crate) cut: f64,
    /// The number of keys above the cut.
    pub(crate) keys: usize,
    /// The Kolmogorov-Smirnov distance of the counts from the law.
    pub(crate) distance: f64,
}

impl PowerLaw {
    /// The law with the smallest distance from the counts. `None` if there are fewer than fifty.
    pub(crate) fn of(counts: &[f64]) -> Option<PowerLaw> {
        let mut sorted: Vec<f64> = counts.iter().copied().filter(|count| *count >= 1.0).collect();
        sorted.sort_by(f64::total_cmp);
        let mut cuts: Vec<usize> =
            (0..sorted.len()).filter(|&place| place == 0 || sorted[place] > sorted[place - 1]).collect();
        cuts.retain(|&place| sorted.len() - place >= LEAST_KEYS && sorted[place] < sorted[sorted.len() - 1]);
        let step = cuts.len().div_ceil(MOST_CUTS).max(1);
        let laws = cuts.into_iter().step_by(step).map(|place| PowerLaw::above(&sorted[place..]));
        laws.min_by(|one, other| one.distance.total_cmp(&other.distance))
    }

    /// The law of ascending counts, the first of which is the cut.
    fn above(counts: &[f64]) -> PowerLaw {
        let (cut, keys) = (counts[0], counts.len());
        let logarithms: f64 = counts.iter().map(|count| count.ln()).sum();
        let cost = |exponent: f64| keys as f64 * zeta(exponent, cut).ln() + exponent * logarithms;
        let exponent = minimum(1.001, 8.0, cost);
        let all = zeta(exponent, cut);
        let mut distance: f64 = 0.0;
        for (place, &count) in counts.iter().enumerate() {
            if place + 1 < keys && counts[place + 1] == count {
                continue;
            }
            let seen = (place + 1) as f64 / keys as f64;
            distance = distance.max((seen - (1.0 - zeta(exponent, count + 1.0) / all)).abs());
        }
        PowerLaw { exponent, cut, keys, distance }
    }

    /// The standard deviation of the exponent.
    pub(crate) fn error(&self) -> f64 {
        (self.exponent - 1.0) / (self.keys as f64).sqrt()
    }
}

/// The Hurwitz zeta function, the sum of (from + k)^-exponent over all k from 0, by Euler and Maclaurin.
fn zeta(exponent: f64, from: f64) -> f64 {
    const TERMS: u32 = 12;
    let first: f64 = (0..TERMS).map(|term| (from + f64::from(term)).powf(-exponent)).sum();
    let rest = from + f64::from(TERMS);
    let power = rest.powf(-exponent);
    first + rest * power / (exponent - 1.0) + 0.5 * power + exponent * power / (12.0 * rest)
}

/// The place of the minimum of a function that falls and then rises, by golden sections.
fn minimum(mut low: f64, mut high: f64, function: impl Fn(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    for _ in 0..60 {
        let (one, other) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        if function(one) < function(other) { high = other } else { low = one }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zeta_function_has_its_known_values() {
        let pi = std::f64::consts::PI;
        assert!((zeta(2.0, 1.0) - pi * pi / 6.0).abs() < 1e-6);
        assert!((zeta(4.0, 1.0) - pi.powi(4) / 90.0).abs() < 1e-8);
        assert!((zeta(2.5, 7.0) - (zeta(2.5, 8.0) + 7f64.powf(-2.5))).abs() < 1e-8);
    }

    #[test]
    fn counts_of_a_power_law_have_its_exponent() {
        // The quantiles of a law with the exponent 2.3 above 5, and smaller counts that do not follow it.
        let mut counts: Vec<f64> =
            (0..2000).map(|key| (5.0 * ((f64::from(key) + 0.5) / 2000.0).powf(-1.0 / 1.3)).floor()).collect();
        counts.extend(vec![1.0; 500]);
        counts.extend(vec![2.0; 1500]);
        let law = PowerLaw::of(&counts).unwrap_or_else(|| panic!("no law"));
        assert!((law.exponent - 2.3).abs() < 0.1 && law.cut >= 4.0, "{law:?}");
        assert_eq!(PowerLaw::of(&counts[..40]), None);
    }
}
