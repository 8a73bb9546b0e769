//! How many plain connections carry so many messages of a domain in an interval.
//!
//! It is taken from the cells themselves, whatever the rule: from those with connections in clear, as none has fewer than
//! one. So a rule is not preferred because it can do without it.

use std::collections::BTreeMap;

use super::density::{beta_binomial, ln, negative_binomial};
use super::evidence::CellCounts;
use super::prior::{
    ALL_ALONE, ALONE, CONCENTRATION, EMPTY, KINDS, STEP_COST, Sharing, TOGETHER, USUAL_SHARING,
};

/// The probabilities of plain connections.
pub(crate) struct Plain {
    /// By kind of domain.
    sharings: [Sharing; KINDS],
    /// How many cells there are of few messages, by these and by connections, and by these.
    seen: BTreeMap<(u32, u32), f64>,
    of_messages: [f64; FEW as usize + 1],
}

/// Of so few messages it is counted how many connections carry them.
const FEW: u32 = 8;

/// As many cells as the form of the distribution stands for, where they are counted.
const FORM_CELLS: f64 = 20.0;

impl Plain {
    /// Takes it from cells, each with the number of times that it is there.
    pub(crate) fn new(cells: &[(CellCounts, f64)]) -> Self {
        let clear: Vec<&(CellCounts, f64)> =
            cells.iter().filter(|(counts, _)| counts.failures == 0 && counts.unencrypted > 0).collect();
        let mut seen = BTreeMap::new();
        let mut of_messages = [0.0; FEW as usize + 1];
        for (counts, times) in clear.iter().filter(|(counts, _)| counts.messages <= FEW) {
            *seen.entry((counts.messages, counts.unencrypted)).or_insert(0.0) += times;
            of_messages[counts.messages as usize] += times;
        }
        let all = fit(&clear);
        let with = |alone| Sharing { alone, concentration: 20.0, ..all };
        Plain { sharings: [all, with(TOGETHER), with(ALL_ALONE)], seen, of_messages }
    }

    /// The mean of connections for so many messages to a domain of a kind.
    pub(crate) fn mean(&self, messages: f64, kind: usize) -> f64 {
        let sharing = self.sharings[kind];
        let carrying = if messages >= 1.0 { 1.0 + (messages - 1.0) * sharing.alone } else { 0.0 };
        carrying + sharing.empty * messages.max(1.0)
    }

    /// The probability of so many connections for so many messages to a domain of a kind. Without messages there is
    /// one at least: otherwise there were nothing to show.
    pub(crate) fn probability(&self, connections: f64, messages: f64, kind: usize) -> f64 {
        let form = connections_of(connections, messages, self.sharings[kind]);
        if kind > 0 || messages > f64::from(FEW) || connections < 1.0 {
            return form;
        }
        let place = messages as u32;
        let seen = self.seen.get(&(place, connections as u32)).copied().unwrap_or_default();
        (seen + FORM_CELLS * form) / (self.of_messages[place as usize] + FORM_CELLS)
    }
}

/// The way of sharing connections that fits best, looked for by turns in each of its values.
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

/// The probability that so many messages made so many plain connections: those that carried them, of which there are no more
/// than messages, and those that carried nothing.
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
