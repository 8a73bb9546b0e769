//! Times within the judged intervals in which the TLS setting may have been No.

use std::ops::Range;

use super::chance::ln_scattered;
use super::connections::Row;

/// An assumption about the intervals in which TLS was off.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Switches {
    /// True for each interval in which TLS was off.
    pub(super) off: Vec<bool>,
    /// True for each interval in which the setting may have been switched. Such an interval shows nothing.
    pub(super) switched: Vec<bool>,
    /// Number of switches.
    count: usize,
}

impl Switches {
    pub(super) fn is_on(&self, place: usize) -> bool {
        !self.off[place] && !self.switched[place]
    }

    /// The cost of the assumption, because it can be made for many intervals.
    pub(super) fn cost(&self) -> f64 {
        const COST_OF_SWITCH: f64 = 4.0;
        COST_OF_SWITCH * self.count as f64
    }

    /// Number of intervals in which TLS is not taken as preferred.
    pub(super) fn left_out(&self) -> usize {
        (0..self.off.len()).filter(|&place| !self.is_on(place)).count()
    }
}

/// The log-likelihood of an interval that a form does not judge: that of a mean which is the count itself.
pub(super) fn unjudged(row: &Row) -> f64 {
    const SHAPE: f64 = 100.0;
    let mean = row.unencrypted.max(0.5);
    ln_scattered(row.unencrypted, mean, mean + mean * mean / SHAPE)
}

/// Times in which TLS may have been off:
///
/// - The first or the last of a few intervals may contain a switch.
/// - TLS may have been off in a run of intervals, or in all but a run, if connections on which TLS was tried are much rarer there. Only
///   domains with a setting of their own use TLS then.
pub(super) fn possible_switches(rows: &[Row]) -> Vec<Switches> {
    const FEW: usize = 50;
    let count = rows.len();
    let mut possible = Vec::new();
    if (2..=FEW).contains(&count) {
        for edge in [0, count - 1] {
            let switched = (0..count).map(|place| place == edge).collect();
            possible.push(Switches { off: vec![false; count], switched, count: 1 });
        }
    }
    let [off, on] = runs_of_other_tries(rows);
    possible.extend(off.map(|run| around(run, count, rows, |place, run| run.contains(&place))));
    possible.extend(on.map(|run| around(run, count, rows, |place, run| !run.contains(&place))));
    possible.retain(|switches| (0..count).any(|place| switches.is_on(place)));
    possible
}

/// The switches around a run of intervals.
fn around(run: Range<usize>, count: usize, rows: &[Row], is_off: impl Fn(usize, &Range<usize>) -> bool) -> Switches {
    let block = block_length(rows.len());
    let ends = [(run.start > 0).then_some(run.start), (run.end < count).then_some(run.end)];
    let mut switched = vec![false; count];
    for end in ends.into_iter().flatten() {
        // The switch is in one of the intervals around the end.
        switched[end.saturating_sub(block)..(end + block).min(count)].fill(true);
    }
    let off = (0..count).map(|place| is_off(place, &run) && !switched[place]).collect();
    Switches { off, switched, count: ends.into_iter().flatten().count() }
}

/// Number of intervals that a run begins and ends with, so that the runs are not too many.
fn block_length(intervals: usize) -> usize {
    const BLOCKS: usize = 150;
    intervals.div_ceil(BLOCKS)
}

/// The runs of intervals that differ most from the others in the share of connections on which TLS was tried: one with a lower share,
/// and one with a higher share. `None` if no share is less than half of the other, or if the difference may be chance.
fn runs_of_other_tries(rows: &[Row]) -> [Option<Range<usize>>; 2] {
    /// The log-likelihood ratio above which a difference is no chance.
    const CLEAR: f64 = 12.0;
    const LARGEST_SHARE: f64 = 0.5;
    let block = block_length(rows.len());
    let mut sums = vec![(0.0, 0.0)];
    for rows in rows.chunks(block.max(1)) {
        let (mut tries, mut all) = sums[sums.len() - 1];
        for row in rows {
            tries += row.tried_preferred;
            all += row.tried_preferred + row.messages;
        }
        sums.push((tries, all));
    }
    let (tries, all) = sums[sums.len() - 1];
    let entropy = |tries: f64, all: f64| if tries > 0.0 { tries * libm::log(tries / all) } else { 0.0 };
    let mut best: [(f64, Option<Range<usize>>); 2] = [(CLEAR, None), (CLEAR, None)];
    for begin in 0..sums.len() {
        for end in begin + 1..sums.len() {
            let inside = (sums[end].0 - sums[begin].0, sums[end].1 - sums[begin].1);
            let outside = (tries - inside.0, all - inside.1);
            if inside.1 <= 0.0 || outside.1 <= 0.0 {
                continue;
            }
            let (one, other) = (inside.0 / inside.1, outside.0 / outside.1);
            if one.min(other) >= LARGEST_SHARE * one.max(other) {
                continue;
            }
            let ratio = entropy(inside.0, inside.1) + entropy(outside.0, outside.1) - entropy(tries, all);
            let best = &mut best[usize::from(one > other)];
            if ratio > best.0 {
                *best = (ratio, Some(begin * block..(end * block).min(rows.len())));
            }
        }
    }
    best.map(|(_, run)| run)
}
