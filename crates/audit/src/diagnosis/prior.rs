//! The prior probabilities. DIAGNOSIS.md gives the source of each assumption.

use super::density::normal_distribution;

/// A value and its probability.
pub(crate) type Weighted<T> = (T, f64);

/// The step between means, in logarithms. It is finer than the narrowest distribution around a mean.
pub(crate) const STEP: f64 = 0.08;

/// The smallest number of connections per message.
const LEAST: f64 = 1e-5;

/// Number of steps from the smallest number of connections per message to the largest, 2.5.
pub(crate) const STEPS: usize = 156;

/// The mean number of plain connections per message: 1 / 1.289, as in the thread's week before the switch.
pub(crate) const USUAL_RATIO: f64 = 1.0 / 1.289;

/// The scatter of counts: the shapes of negative binomial distributions. The variance is mean + mean^2 / shape.
pub(crate) const SHAPES: [f64; 4] = [2.0, 8.0, 40.0, 200.0];

/// The share of odd figures. An odd figure may have any value.
pub(crate) const ODD: [Weighted<f64>; 3] = [(1e-7, 0.99), (1e-4, 0.0095), (0.01, 0.0005)];

/// The probability that a second connection is refused or not made. It varies from interval to interval by a beta distribution with
/// this mean and concentration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) mean: f64,
    pub(crate) concentration: f64,
}

/// The possible probabilities that a second connection is refused. The probability of never is one half.
pub(crate) fn refusals() -> Vec<Weighted<Refused>> {
    let mut refusals = vec![(NEVER_REFUSED, 0.5), (Refused { mean: 1.0, concentration: 1.0 }, 0.02)];
    for (mean, weight) in
        [(0.01, 0.06), (0.03, 0.08), (0.1, 0.1), (0.2, 0.08), (0.35, 0.06), (0.5, 0.04), (0.7, 0.03), (0.9, 0.03)]
    {
        refusals.extend([6.0, 60.0].map(|concentration| (Refused { mean, concentration }, weight / 2.0)));
    }
    refusals
}

/// No second connection is refused.
pub(crate) const NEVER_REFUSED: Refused = Refused { mean: 0.0, concentration: 1.0 };

/// The share of plain mail, or of domains, with the setting No.
pub(crate) const NO_SHARE: [Weighted<f64>; 7] =
    [(1e-9, 0.4), (0.003, 0.15), (0.01, 0.15), (0.04, 0.13), (0.12, 0.1), (0.35, 0.0696), (0.97, 0.0004)];

/// The probability that an appliance is never busy in the sense of a rule.
pub(crate) const NEVER_BUSY: f64 = 0.25;
/// The probability that it is always busy.
pub(crate) const ALWAYS_BUSY: f64 = 0.2;

/// Number of limits, spread around the loads of the intervals.
pub(crate) const LIMITS: usize = 24;

/// The parts of an interval in which connections may be counted.
pub(crate) const PARTS: [f64; 11] = [0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0];

/// The connections per message of a step.
pub(crate) fn ratio(step: usize) -> f64 {
    LEAST * libm::exp(STEP * step as f64)
}

/// The step nearest to a number of connections per message.
pub(crate) fn step_of(ratio: f64) -> usize {
    (libm::log(ratio.max(LEAST) / LEAST) / STEP).round().min((STEPS - 1) as f64) as usize
}

/// The steps of plain connections per message, with their probabilities.
pub(crate) fn plain_ratios() -> Vec<Weighted<usize>> {
    let bell = |x: f64, sigma: f64| libm::exp(-0.5 * (x / sigma) * (x / sigma)) / sigma;
    let weight = |step: usize| {
        let x = libm::log(ratio(step) / USUAL_RATIO);
        0.9 * bell(x, 0.22) + 0.1 * bell(x, 0.6)
    };
    normalised((step_of(0.2)..STEPS).map(|step| (step, weight(step))).collect(), 1.0)
}

/// The steps of connections per message to destinations with the setting No, with their probabilities. `None` is no such
/// connections.
pub(crate) fn no_ratios() -> Vec<Weighted<Option<usize>>> {
    let weight = |step| match ratio(step) {
        ratio if ratio < 1e-4 => 0.1,
        ratio if ratio < 3e-3 => 0.5,
        ratio if ratio < 0.4 => 1.5,
        ratio if ratio < 0.55 => 0.15,
        _ => 0.005,
    };
    let mut ratios = normalised((0..STEPS).map(|step| (Some(step), weight(step))).collect(), 0.5);
    ratios.insert(0, (None, 0.5));
    ratios
}

/// The share of plain connections that are first contacts, in steps down from 1, with their probabilities. It depends on the usual
/// number of messages in an interval: if they are few, each goes to another destination.
pub(crate) fn first_contact_shares(messages: f64) -> Vec<Weighted<usize>> {
    let distance = (libm::log1p(messages) / 7.0).min(1.0);
    let (centre, spread) = (libm::log(0.5) * distance, 0.1 + 0.45 * distance);
    let weight = |step: usize| {
        let x = (centre + STEP * step as f64) / spread;
        // Every connection is a first contact if each goes to a new destination, or if destinations stay known only briefly.
        let all = if step == 0 { 0.12 } else { 0.0 };
        0.79 * libm::exp(-0.5 * x * x) / (spread * 27.0) + 0.09 / 115.0 + all
    };
    normalised((0..115).map(|step| (step, weight(step))).collect(), 1.0)
}

/// The growth of the counted connections with all plain messages, as exponents with their probabilities. First contacts grow more
/// slowly than messages. The mail to some destinations may also grow more slowly.
pub(crate) const GROWTH: [Weighted<f64>; 5] = [(1.0, 0.4), (0.8, 0.25), (0.6, 0.15), (0.35, 0.1), (0.1, 0.1)];

/// The length in seconds of the periods in which a destination stays known, 0 for at most an interval. The flag is true if each
/// interval begins a new period.
pub(crate) const STRETCHES: [Weighted<(i64, bool)>; 5] =
    [((0, true), 0.45), ((0, false), 0.15), ((3600, false), 0.15), ((14_400, false), 0.1), ((86_400, false), 0.15)];

/// The limits of the load that may separate busy times from others, for intervals of these loads.
pub(crate) fn limits(loads: impl Iterator<Item = f64>) -> Vec<Weighted<f64>> {
    let (least, most) = loads.fold((f64::INFINITY, 0.0f64), |(least, most), load| (least.min(load), most.max(load)));
    let mut limits = vec![(f64::INFINITY, NEVER_BUSY), (0.0, ALWAYS_BUSY)];
    let (from, to) = (libm::log(least.max(1e-3) / 2.0), libm::log(most.max(1e-3) * 2.0));
    let weight = (1.0 - NEVER_BUSY - ALWAYS_BUSY) / LIMITS as f64;
    let limit = |place: usize| libm::exp(from + (to - from) * (place as f64 + 0.5) / LIMITS as f64);
    limits.extend((0..LIMITS).map(|place| (limit(place), weight)));
    limits
}

/// The probabilities of the parts of an interval in which connections are counted, if they are lost above a limit. The interval is
/// given by its load, its length in seconds (0 if unknown) and its messages.
pub(crate) fn parts(load: f64, limit: f64, length_seconds: i64, messages: f64) -> [f64; PARTS.len()] {
    // No part is impossible, so that one outlier does not decide.
    const FLOOR: f64 = 1e-4;
    let base = length_seconds > 0 && length_seconds <= 300;
    // The load of base intervals varies within an hour, and more within a day. A base interval has one load, which the number of
    // messages measures roughly.
    let spread = match length_seconds {
        _ if base => libm::sqrt(0.02 + 1.0 / (messages + 1.0)),
        0 => 1.0,
        seconds => 0.6 * libm::pow(seconds as f64 / 3600.0, 0.25),
    };
    let quiet = normal_distribution(libm::log(limit / load) / spread);
    let count = if base { 1.0 } else { 3.0 };
    let (all, none) = (libm::pow(quiet, count), libm::pow(1.0 - quiet, count));
    let some = (1.0 - all - none).max(0.0) / (PARTS.len() - 2) as f64;
    let mut weights = [FLOOR / PARTS.len() as f64 + (1.0 - FLOOR) * some; PARTS.len()];
    weights[0] += (1.0 - FLOOR) * (none - some);
    weights[PARTS.len() - 1] += (1.0 - FLOOR) * (all - some);
    weights
}

/// The sharing of connections by the messages of a cell, and the connections that carry nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sharing {
    /// The probability that a message after the first has a connection of its own.
    pub(crate) alone: f64,
    /// Connections per message that carry nothing.
    pub(crate) empty: f64,
    /// The concentration of a beta distribution by which `alone` varies between cells.
    pub(crate) concentration: f64,
}

/// The values that are tried for each field of `Sharing`.
pub(crate) const ALONE: [f64; 12] = [0.02, 0.06, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98];
pub(crate) const EMPTY: [f64; 10] = [0.001, 0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.2, 0.45, 1.0];
pub(crate) const CONCENTRATION: [f64; 4] = [1.0, 3.0, 10.0, 50.0];

/// The usual sharing, as places among these values.
pub(crate) const USUAL_SHARING: [usize; 3] = [7, 4, 1];
/// The cost of each step away from it, as a logarithm.
pub(crate) const STEP_COST: f64 = 0.3;

/// Number of kinds of domains. Messages share connections as in all domains, nearly always, or hardly ever.
pub(crate) const KINDS: usize = 3;
/// `Sharing::alone` of domains whose messages nearly always share connections, and of those whose messages hardly ever do.
pub(crate) const TOGETHER: f64 = 0.03;
pub(crate) const ALL_ALONE: f64 = 0.97;

/// The possible shares of these kinds among domains.
pub(crate) const MADE_UP: [Weighted<[f64; KINDS]>; 4] =
    [([1.0, 0.0, 0.0], 0.5), ([0.7, 0.15, 0.15], 0.2), ([0.5, 0.4, 0.1], 0.15), ([0.5, 0.1, 0.4], 0.15)];

/// The share of first contacts that are not in the expected cell, because periods may begin at any moment.
pub(crate) const MISPLACED: [Weighted<f64>; 2] = [(0.001, 0.6), (0.03, 0.4)];

/// The time for which a destination may stay known, in seconds.
pub(crate) const KNOWN_SECONDS: [Weighted<i64>; 10] = [
    (300, 0.1),
    (900, 0.1),
    (1800, 0.1),
    (3600, 0.2),
    (7200, 0.1),
    (14400, 0.1),
    (28800, 0.1),
    (43200, 0.05),
    (86400, 0.1),
    (604_800, 0.05),
];

/// Scales weights so that they add up to a total.
pub(crate) fn normalised<T>(mut weights: Vec<Weighted<T>>, total: f64) -> Vec<Weighted<T>> {
    let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
    weights.iter_mut().for_each(|(_, weight)| *weight *= total / sum);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_up_to_one() {
        fn sum<T>(values: &[Weighted<T>]) -> f64 {
            values.iter().map(|(_, weight)| weight).sum()
        }
        let sums = [
            sum(&ODD),
            sum(&refusals()),
            sum(&NO_SHARE),
            sum(&plain_ratios()),
            sum(&no_ratios()),
            sum(&first_contact_shares(2.0)),
            sum(&first_contact_shares(20_000.0)),
            sum(&GROWTH),
            sum(&STRETCHES),
            sum(&MADE_UP),
            sum(&MISPLACED),
            sum(&KNOWN_SECONDS),
            sum(&limits([3.0, 40.0].into_iter())),
            sum(&limits([].into_iter())),
        ];
        for (place, sum) in sums.into_iter().enumerate() {
            assert!((sum - 1.0).abs() < 1e-9, "the {place}th sum is {sum}");
        }
        for (limit, length_seconds) in
            [(0.0, 300), (f64::INFINITY, 300), (8.0, 300), (8.0, 3600), (11.0, 86_400), (9.0, 0)]
        {
            let sum: f64 = parts(10.0, limit, length_seconds, 50.0).into_iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{limit}, {length_seconds}: {sum}");
        }
    }

    #[test]
    fn an_interval_is_booked_wholly_below_a_limit_and_not_at_all_above() {
        for length_seconds in [300, 3600, 86_400] {
            let quiet = parts(1.0, 1e6, length_seconds, 50.0);
            let busy = parts(1e6, 1.0, length_seconds, 50.0);
            assert!(quiet[PARTS.len() - 1] > 0.99 && busy[0] > 0.99, "{length_seconds}: {quiet:?} {busy:?}");
        }
    }

    #[test]
    fn steps_are_of_their_ratios() {
        for step in [0, 1, 77, STEPS - 1] {
            assert_eq!(step_of(ratio(step)), step);
        }
        assert_eq!((step_of(0.0), step_of(1e9)), (0, STEPS - 1));
        assert!((2.3..2.7).contains(&ratio(STEPS - 1)), "the most is {}", ratio(STEPS - 1));
    }
}
