//! The details by domain and interval. Cells with equal counts are judged once.

use std::collections::BTreeMap;
use std::ops::Range;

use super::density::{beta_binomial, broad, ln};
use super::evidence::{CellCounts, Evidence, State};
use super::plain::Plain;
use super::prior::{KINDS, Refused};
use super::signature::PerFailure;

/// The cells of the details. Each refers to its counts by their number in `different`.
pub(crate) struct Cells<'a> {
    pub(crate) evidence: &'a Evidence,
    pub(crate) different: Vec<CellCounts>,
    /// All cells in the order of domains, without those in whose interval the setting may have been switched.
    pub(crate) cells: Vec<Placed>,
    /// The range of each domain's cells in `cells`.
    pub(crate) domains: Vec<Range<usize>>,
    pub(crate) plain: Plain,
    /// The probability of each different cell if every plain connection is counted, by kind of domain.
    all_booked: [Vec<f64>; KINDS],
}

/// A cell: its interval, the number of its counts, and true if TLS was preferred then.
#[derive(Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) interval: u32,
    pub(crate) counts: u32,
    pub(crate) preferred: bool,
}

impl<'a> Cells<'a> {
    pub(crate) fn new(evidence: &'a Evidence) -> Self {
        let mut numbers: BTreeMap<CellCounts, (u32, f64)> = BTreeMap::new();
        let mut cells = Vec::with_capacity(evidence.cells.len());
        let mut domains: Vec<Range<usize>> = Vec::new();
        let mut latest = None;
        for cell in &evidence.cells {
            let state = evidence.intervals[cell.interval as usize].state;
            if state == State::Switched {
                continue;
            }
            if latest != Some(cell.domain) {
                domains.push(cells.len()..cells.len());
                latest = Some(cell.domain);
            }
            let next = numbers.len() as u32;
            let (counts, times) = numbers.entry(cell.counts).or_insert((next, 0.0));
            *times += 1.0;
            cells.push(Placed { interval: cell.interval, counts: *counts, preferred: state == State::Preferred });
            if let Some(domain) = domains.last_mut() {
                domain.end = cells.len();
            }
        }
        let mut different = vec![(CellCounts::default(), 0.0); numbers.len()];
        for (counts, (number, times)) in numbers {
            different[number as usize] = (counts, times);
        }
        let plain = Plain::new(&different);
        let different: Vec<CellCounts> = different.into_iter().map(|(counts, _)| counts).collect();
        let of_kind = |kind| {
            let probability = |counts: &CellCounts| plain.probability(f64::from(counts.unencrypted), counts, kind);
            different.iter().map(probability).collect()
        };
        let all_booked = std::array::from_fn(of_kind);
        Cells { evidence, different, cells, domains, plain, all_booked }
    }

    /// The probability of a different cell if every plain connection is counted. `reading` is the number of connections that
    /// follow from a failure, and `refused` the probability that a second connection is refused.
    pub(crate) fn booked(&self, at: usize, kind: usize, reading: PerFailure, refused: Refused) -> f64 {
        // If TLS fails once at a destination, it mostly fails always. Then all connections are second connections.
        const ALWAYS: f64 = 0.97;
        let counts = &self.different[at];
        if counts.failures == 0 {
            return self.all_booked[kind][at];
        }
        let seen = counts.unaccounted(reading);
        let plain = self.plain.probability(seen, counts, kind);
        let second = beta_binomial(seen, f64::from(counts.failures), 1.0 - refused.mean, refused.concentration);
        ALWAYS * second + (1.0 - ALWAYS) * plain
    }

    /// The logarithm of each different cell's probability, if a share of the cells is odd.
    pub(crate) fn logs(&self, odd: f64, probability: impl Fn(usize) -> f64) -> Vec<f64> {
        let log = |(at, counts): (usize, &CellCounts)| ln((1.0 - odd) * probability(at) + odd * counts.odd());
        self.different.iter().enumerate().map(log).collect()
    }

    /// The logarithms of the probabilities of the different cells at destinations with the setting No, by kind. TLS cannot fail
    /// there.
    pub(crate) fn no_logs(&self, odd: f64, booked: bool) -> [Vec<f64>; KINDS] {
        std::array::from_fn(|kind| {
            self.logs(odd, |at| match (self.different[at].failures, booked) {
                (0, true) => self.all_booked[kind][at],
                (0, false) => f64::from(u8::from(self.different[at].unencrypted == 0)),
                _ => 0.0,
            })
        })
    }

    /// The sum of `log` over each domain's cells.
    pub(crate) fn by_domain(&self, log: impl Fn(usize, &Placed) -> f64) -> Vec<f64> {
        let of_domain = |range: &Range<usize>| range.clone().map(|at| log(at, &self.cells[at])).sum();
        self.domains.iter().map(of_domain).collect()
    }
}

impl CellCounts {
    /// The unencrypted connections that do not follow from failures.
    pub(crate) fn unaccounted(&self, reading: PerFailure) -> f64 {
        f64::from(self.unencrypted) - reading.total() * f64::from(self.failures)
    }

    /// The probability of the cell if it is odd.
    fn odd(&self) -> f64 {
        let bound = 2.0 * f64::from(self.messages) + f64::from(self.failures) + 10.0;
        broad(f64::from(self.unencrypted), bound)
    }
}
