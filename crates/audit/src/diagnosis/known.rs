//! The likelihood of details under a rule that counts first contacts only.

use std::rc::Rc;

use super::cells::Cells;
use super::density::beta_binomial;
use super::details::ByKind;
use super::evidence::{CellCounts, State};
use super::plain::Plain;
use super::prior::{KINDS, KNOWN_SECONDS, MISPLACED, NEVER_REFUSED, Weighted};
use super::signature::PerFailure;

/// The details under a rule that counts the first connection to a destination in each period.
pub(crate) struct Known<'a> {
    cells: &'a Cells<'a>,
    odd: f64,
    reading: PerFailure,
}

/// The first contacts that a cell is expected to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Expected {
    /// One first contact.
    First,
    /// None, because an earlier cell had it.
    Later,
    /// One or none, because the time before is unknown.
    Unclear,
    /// One in each period of the interval that has a connection. The field is the number of periods.
    Several(u32),
}

impl<'a> Known<'a> {
    pub(crate) fn new(cells: &'a Cells<'a>, odd: f64, reading: PerFailure) -> Self {
        Known { cells, odd, reading }
    }

    /// The logarithms by domain and kind, for each length of the period and each share of misplaced first contacts.
    pub(crate) fn ways(&self) -> Vec<Weighted<Rc<ByKind>>> {
        let mut ways = Vec::new();
        for (seconds, weight) in KNOWN_SECONDS {
            let expected = expect(self.cells, seconds);
            for (misplaced, share) in MISPLACED {
                ways.push((Rc::new(self.work_out(&expected, misplaced)), weight * share));
            }
        }
        ways
    }

    fn work_out(&self, expected: &[Expected], misplaced: f64) -> ByKind {
        let mut different = expected.to_vec();
        different.sort_unstable();
        different.dedup();
        let several = |expected: &Expected| matches!(expected, Expected::Several(_));
        let of_kind = |kind: usize| {
            let logs_of =
                |expected: &Expected| self.cells.logs(self.odd, |at| self.probability(at, *expected, misplaced, kind));
            let logs: Vec<Vec<f64>> = different.iter().map(logs_of).collect();
            let place = |expected: &Expected| different.binary_search(expected).unwrap_or_default();
            self.cells.by_domain(
                |at, cell| {
                    if cell.preferred { logs[place(&expected[at])][cell.counts as usize] } else { 0.0 }
                },
            )
        };
        // The sharing of connections matters only if a cell has several periods.
        if different.iter().any(several) {
            return std::array::from_fn(of_kind);
        }
        let any = of_kind(0);
        [(); KINDS].map(|()| any.clone())
    }

    fn probability(&self, at: usize, expected: Expected, misplaced: f64, kind: usize) -> f64 {
        let counts = &self.cells.different[at];
        let seen = counts.unaccounted(self.reading);
        let shown = counts.messages == 0 && counts.failures == 0;
        let either = |one: f64| match seen {
            0.0 => 1.0 - one,
            1.0 => one,
            _ => 0.0,
        };
        match expected {
            Expected::First => either(1.0 - misplaced),
            // A row without messages and failures exists only because of its connection.
            Expected::Unclear if shown => either(1.0 - misplaced),
            Expected::Unclear => either(0.5),
            Expected::Later => either(misplaced),
            Expected::Several(stretches) => self.several(at, seen, f64::from(stretches), kind, counts),
        }
    }

    /// The probability of first contacts in several periods.
    fn several(&self, at: usize, seen: f64, stretches: f64, kind: usize, counts: &CellCounts) -> f64 {
        const CONCENTRATION: f64 = 4.0;
        if seen > stretches {
            return 0.0;
        }
        let connections = self.cells.plain.mean(counts, kind);
        // A few connections mostly fall into different periods, so that all are first contacts. For a counted cell, the
        // distribution already describes the connections that are shown, which are first contacts.
        if 2.0 * connections <= stretches || Plain::is_counted(counts) || counts.failures > 0 {
            return self.cells.booked(at, kind, self.reading, NEVER_REFUSED);
        }
        if seen < 1.0 {
            return 0.0;
        }
        let most = stretches.min(libm::ceil(connections));
        let distinct = stretches * (1.0 - libm::pow(1.0 - 1.0 / stretches, connections));
        let hit = if most > 1.0 { ((distinct - 1.0) / (most - 1.0)).clamp(0.02, 0.98) } else { 0.0 };
        beta_binomial(seen - 1.0, most - 1.0, hit, CONCENTRATION)
    }
}

/// The expectation for each cell, if time is divided into periods of `seconds` and a destination stays known to the end of one.
fn expect(cells: &Cells<'_>, seconds: i64) -> Vec<Expected> {
    let intervals = &cells.evidence.intervals;
    let begins = cells.evidence.in_state(State::Preferred).map(|span| span.begin_seconds);
    let first_begin = begins.min().unwrap_or_default();
    let mut expected = vec![Expected::Unclear; cells.cells.len()];
    for domain in &cells.domains {
        let mut known = None;
        for at in domain.clone().filter(|&at| cells.cells[at].preferred) {
            let cell = cells.cells[at];
            let span = &intervals[cell.interval as usize];
            let counts = &cells.different[cell.counts as usize];
            if span.length_seconds > seconds {
                expected[at] = Expected::Several((span.length_seconds / seconds) as u32);
                continue;
            }
            let stretch = span.begin_seconds.div_euclid(seconds);
            let unseen = stretch * seconds < first_begin || counts.messages == 0;
            expected[at] = match known == Some(stretch) {
                true => Expected::Later,
                false if unseen => Expected::Unclear,
                false => Expected::First,
            };
            if counts.unencrypted > 0 || counts.messages > 0 {
                known = Some(stretch);
            }
        }
    }
    expected
}
