//! The distribution of plain connections for the messages of a domain in an interval.
//!
//! It is estimated from the cells that have unencrypted connections, and it is the same for all rules. So an error in it does not
//! favour a rule that does not need it.

use std::collections::BTreeMap;

use super::density::{beta_binomial, ln, negative_binomial};
use super::evidence::{CellCounts, RATES};
use super::prior::{ALL_ALONE, ALONE, CONCENTRATION, EMPTY, KINDS, STEP_COST, Sharing, TOGETHER, USUAL_SHARING};

/// The distributions of plain connections.
pub(crate) struct Plain {
    /// One distribution for each step of expected messages.
    rates: Vec<OfRate>,
}

/// The distribution for cells with a similar number of expected messages. Two messages to a busy domain are mostly two
/// transactions; two messages to a quiet domain are mostly one.
struct OfRate {
    /// The sharing of connections, by kind of domain.
    sharings: [Sharing; KINDS],
    /// Number of cells with few messages, by messages and connections.
    seen: BTreeMap<(u32, u32), f64>,
    /// Number of cells with few messages, by messages.
    of_messages: [f64; FEW as usize + 1],
}

/// Up to this number of messages, the connections of the cells are counted. Above it, a distribution is fitted.
const FEW: u32 = 24;

/// The weight of the fitted distribution beside the counted cells, in cells.
const FORM_CELLS: f64 = 20.0;

impl Plain {
    /// Estimates the distributions from cells, each with the number of times that it occurs.
    pub(crate) fn new(cells: &[(CellCounts, f64)]) -> Self {
        let of_rate = |rate: usize| {
            let clear = |(counts, _): &&(CellCounts, f64)| {
                usize::from(counts.rate) == rate && counts.failures == 0 && counts.unencrypted > 0
            };
            OfRate::new(&cells.iter().filter(clear).collect::<Vec<_>>())
        };
        Plain { rates: (0..=RATES.len()).map(of_rate).collect() }
    }

    /// Returns true if a cell has so few messages that its connections are counted.
    pub(crate) fn is_counted(counts: &CellCounts) -> bool {
        counts.messages <= FEW
    }

    /// The mean number of connections of a cell, if its domain is of a kind.
    pub(crate) fn mean(&self, counts: &CellCounts, kind: usize) -> f64 {
        let sharing = self.rates[usize::from(counts.rate)].sharings[kind];
        let messages = f64::from(counts.messages);
        let carrying = if messages >= 1.0 { 1.0 + (messages - 1.0) * sharing.alone } else { 0.0 };
        carrying + sharing.empty * messages.max(1.0)
    }

    /// The probability that a cell has this number of connections, if its domain is of a kind. A cell without messages has at least
    /// one connection, because otherwise the exports would not have its row.
    pub(crate) fn probability(&self, connections: f64, counts: &CellCounts, kind: usize) -> f64 {
        let of_rate = &self.rates[usize::from(counts.rate)];
        let form = connections_of(connections, f64::from(counts.messages), of_rate.sharings[kind]);
        if kind > 0 || !Plain::is_counted(counts) || connections < 1.0 {
            return form;
        }
        let seen = of_rate.seen.get(&(counts.messages, connections as u32)).copied().unwrap_or_default();
        (seen + FORM_CELLS * form) / (of_rate.of_messages[counts.messages as usize] + FORM_CELLS)
    }

    /// The probability that this number of the connections is counted, if each is counted with the probability `share`.
    pub(crate) fn thinned(&self, taken: f64, share: f64, counts: &CellCounts) -> f64 {
        // If the connections are few, mostly all are counted or none, because they are close in time.
        const CONCENTRATION: f64 = 2.0;
        const SHAPE: f64 = 3.0;
        const ONE_BY_ONE: u32 = 8;
        let shown = counts.messages == 0 && counts.failures == 0;
        if counts.messages > ONE_BY_ONE {
            return negative_binomial(taken, share * self.mean(counts, 0), SHAPE);
        }
        let of_count = |count: u32| {
            let count = f64::from(count);
            self.probability(count, counts, 0) * beta_binomial(taken, count, share, CONCENTRATION)
        };
        let sum = |taken: f64| (taken as u32..=counts.messages + taken as u32 + 4).map(of_count).sum::<f64>();
        if taken < 0.0 || (shown && taken < 1.0) {
            return 0.0;
        }
        // A cell without messages exists only because of its connections.
        if shown { sum(taken) / share } else { sum(taken) }
    }
}

impl OfRate {
    fn new(clear: &[&(CellCounts, f64)]) -> Self {
        let mut seen = BTreeMap::new();
        let mut of_messages = [0.0; FEW as usize + 1];
        for (counts, times) in clear.iter().filter(|(counts, _)| counts.messages <= FEW) {
            *seen.entry((counts.messages, counts.unencrypted)).or_insert(0.0) += times;
            of_messages[counts.messages as usize] += times;
        }
        let all = fit(clear);
        let with = |alone| Sharing { alone, concentration: 20.0, ..all };
        OfRate { sharings: [all, with(TOGETHER), with(ALL_ALONE)], seen, of_messages }
    }
}

/// The sharing of connections that fits best. The search improves one of its values after the other.
fn fit(cells: &[&(CellCounts, f64)]) -> Sharing {
    const TIMES: usize = 3;
    let sharing = |places: [usize; 3]| Sharing {
        alone: ALONE[places[0]],
        empty: EMPTY[places[1]],
        concentration: CONCENTRATION[places[2]],
    };
    let log_likelihood = |places: [usize; 3]| {
        let away: f64 = places.iter().zip(USUAL_SHARING).map(|(&one, other)| one.abs_diff(other) as f64).sum();
        let of_cell = |(counts, times): &&(CellCounts, f64)| {
            times * ln(connections_of(f64::from(counts.unencrypted), f64::from(counts.messages), sharing(places)))
        };
        cells.iter().map(of_cell).sum::<f64>() - STEP_COST * away
    };
    let mut places = USUAL_SHARING;
    for _ in 0..TIMES {
        for (value, count) in [ALONE.len(), EMPTY.len(), CONCENTRATION.len()].into_iter().enumerate() {
            let with = |place: usize| {
                let mut places = places;
                places[value] = place;
                places
            };
            let logs: Vec<f64> = (0..count).map(|place| log_likelihood(with(place))).collect();
            let best = (0..count).max_by(|&one, &other| logs[one].total_cmp(&logs[other])).unwrap_or_default();
            places = with(best);
        }
    }
    sharing(places)
}

/// The probability that the messages made `count` plain connections. Some carried messages, and there are at most as many of these
/// as messages; the others carried nothing.
fn connections_of(count: f64, messages: f64, sharing: Sharing) -> f64 {
    const EMPTY_SHAPE: f64 = 0.5;
    const ONE_BY_ONE: f64 = 16.0;
    let empty = sharing.empty * messages.max(1.0);
    if messages < 1.0 {
        let some = 1.0 - negative_binomial(0.0, empty, EMPTY_SHAPE);
        return if count < 1.0 { 0.0 } else { negative_binomial(count, empty, EMPTY_SHAPE) / some };
    }
    if messages > ONE_BY_ONE {
        let more = messages - 1.0;
        let mean = more * sharing.alone + empty;
        let together = more * sharing.alone * (1.0 - sharing.alone) * (more + sharing.concentration)
            / (1.0 + sharing.concentration);
        let variance = together + empty + empty * empty / EMPTY_SHAPE;
        let shape = if variance > mean * 1.001 { mean * mean / (variance - mean) } else { 1000.0 * mean };
        return negative_binomial(count - 1.0, mean, shape);
    }
    let mut sum = 0.0;
    let mut carrying = 1.0;
    while carrying <= messages.min(count) {
        sum += beta_binomial(carrying - 1.0, messages - 1.0, sharing.alone, sharing.concentration)
            * negative_binomial(count - carrying, empty, EMPTY_SHAPE);
        carrying += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells from messages, connections and the number of times that each occurs.
    fn cells(counts: &[(u32, u32, f64)]) -> Vec<(CellCounts, f64)> {
        let cell =
            |&(messages, unencrypted, times)| (CellCounts { rate: 3, unencrypted, failures: 0, messages }, times);
        counts.iter().map(cell).collect()
    }

    #[test]
    fn probabilities_sum_up_to_one() {
        let counted = [(1, 1, 980.0), (1, 2, 20.0), (2, 1, 100.0), (2, 2, 300.0), (40, 31, 5.0)];
        for plain in [Plain::new(&[]), Plain::new(&cells(&counted))] {
            for messages in [0, 1, 2, 8, 40, 3000] {
                for kind in 0..KINDS {
                    let counts = CellCounts { rate: 3, messages, ..CellCounts::default() };
                    let connections = 0..5 * messages + 2000;
                    let sum: f64 = connections.map(|count| plain.probability(f64::from(count), &counts, kind)).sum();
                    assert!((sum - 1.0).abs() < 1e-3, "{messages} messages, kind {kind}: {sum}");
                }
            }
        }
    }

    #[test]
    fn what_was_counted_is_likely() {
        let plain = Plain::new(&cells(&[(2, 1, 300.0), (2, 2, 100.0), (2, 0, 5000.0)]));
        let counts = CellCounts { rate: 3, messages: 2, ..CellCounts::default() };
        let [none, one, two] = [0.0, 1.0, 2.0].map(|count| plain.probability(count, &counts, 0));
        assert!(none == 0.0 && (one - 0.75).abs() < 0.02 && (two - 0.25).abs() < 0.02, "{none} {one} {two}");
        // If half of the connections are counted, a cell with two is likelier to show both or neither than exactly one.
        let taken: Vec<f64> = (0..6).map(|taken| plain.thinned(f64::from(taken), 0.5, &counts)).collect();
        assert!((taken.iter().sum::<f64>() - 1.0).abs() < 0.01 && taken[0] > 0.4, "{taken:?}");
    }
}
