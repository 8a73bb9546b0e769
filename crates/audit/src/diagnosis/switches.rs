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
/// - The first or the last of a few intervals may contain a switch. One interval, or two neighbours, may contain a shorter time in which
///   TLS was off.
/// - TLS may have been off in a run of intervals, or in all but a run, if connections on which TLS was tried are much rarer there, because
///   only domains with a setting of their own use TLS then. The same holds if unencrypted connections are much more frequent there and tries
///   do not contradict.
pub(super) fn possible_switches(rows: &[Row]) -> Vec<Switches> {
    const FEW: usize = 50;
    let count = rows.len();
    let mut possible = Vec::new();
    let mut leave_out = |run: Range<usize>, switches: usize| {
        let switched = (0..count).map(|place| run.contains(&place)).collect();
        possible.push(Switches { off: vec![false; count], switched, count: switches });
    };
    if (2..=FEW).contains(&count) {
        leave_out(0..1, 1);
        leave_out(count - 1..count, 1);
        leave_out(most_connections(rows, 1), 2);
        leave_out(most_connections(rows, 2), 2);
    }
    let [off, on] = runs(rows);
    possible.extend(off.into_iter().map(|run| around(run, count, |place, run| run.contains(&place))));
    possible.extend(on.into_iter().map(|run| around(run, count, |place, run| !run.contains(&place))));
    possible.retain(|switches| (0..count).any(|place| switches.is_on(place)));
    possible
}

/// The run of neighbours with the most unencrypted connections above the mean per message.
fn most_connections(rows: &[Row], length: usize) -> Range<usize> {
    let sum = |value: fn(&Row) -> f64| rows.iter().map(value).sum::<f64>();
    let mean = sum(|row| row.unencrypted) / sum(|row| row.messages).max(1.0);
    let excess =
        |at: usize| -> f64 { rows[at..at + length].iter().map(|row| row.unencrypted - mean * row.messages).sum() };
    let last = rows.len().saturating_sub(length);
    let begin = (0..=last).max_by(|&one, &other| excess(one).total_cmp(&excess(other))).unwrap_or_default();
    begin..begin + length
}

/// The switches around a run of some of `count` intervals.
fn around(run: Range<usize>, count: usize, is_off: impl Fn(usize, &Range<usize>) -> bool) -> Switches {
    let block = block_length(count);
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

/// The sums of some intervals.
#[derive(Clone, Copy, Default)]
struct Sums {
    messages: f64,
    unencrypted: f64,
    /// Connections on which TLS was tried because it was preferred.
    tries: f64,
}

/// Runs of intervals in which TLS may have been off, and runs outside of which it may have been off. Tries of TLS are rare while it is off,
/// or unencrypted connections are frequent and tries do not contradict.
fn runs(rows: &[Row]) -> [Vec<Range<usize>>; 2] {
    let block = block_length(rows.len());
    let mut sums = vec![Sums::default()];
    for rows in rows.chunks(block.max(1)) {
        let add = |sums: Sums, row: &Row| Sums {
            messages: sums.messages + row.messages,
            unencrypted: sums.unencrypted + row.unencrypted,
            tries: sums.tries + row.tried_preferred,
        };
        sums.push(rows.iter().fold(sums[sums.len() - 1], add));
    }
    let all = sums[sums.len() - 1];
    let mut best: [[(f64, Option<Range<usize>>); 2]; 2] = Default::default();
    for begin in 0..sums.len() {
        for end in begin + 1..sums.len() {
            let inside = sums[end].minus(sums[begin]);
            let outside = all.minus(inside);
            if inside.messages <= 0.0 || outside.messages <= 0.0 {
                continue;
            }
            for (best, [off, on]) in best.iter_mut().zip([[inside, outside], [outside, inside]]) {
                for (best, ratio) in best.iter_mut().zip([rarer_tries(off, on), more_connections(off, on)]) {
                    if ratio > best.0 {
                        *best = (ratio, Some(begin * block..(end * block).min(rows.len())));
                    }
                }
            }
        }
    }
    best.map(|kinds| kinds.into_iter().filter_map(|(_, run)| run).collect())
}

/// The log-likelihood ratio of a lower share of tries while TLS was off. 0 if the difference is small or may be chance.
fn rarer_tries(off: Sums, on: Sums) -> f64 {
    let [some, others] = [off, on].map(|sums| (sums.tries, sums.tries + sums.messages));
    contrast(some, others)
}

/// The log-likelihood ratio of a higher share of unencrypted connections while TLS was off. 0 if the difference is small or may be chance,
/// or if tries are as frequent as at other times.
fn more_connections(off: Sums, on: Sums) -> f64 {
    /// So few expected tries show nothing.
    const FEW: f64 = 3.0;
    let expected = on.tries / on.messages * off.messages;
    if expected >= FEW && off.tries > LARGEST_SHARE * expected {
        return 0.0;
    }
    let [some, others] = [on, off].map(|sums| (sums.unencrypted, sums.messages));
    contrast(some, others)
}

/// The largest share of the usual frequency at which tries, or connections under a rule with a loss, are rare.
const LARGEST_SHARE: f64 = 0.5;

/// The log-likelihood ratio of a lower rate of events among some cases than among others. 0 if the difference is small or may be chance.
fn contrast(some: (f64, f64), others: (f64, f64)) -> f64 {
    /// The least ratio of a difference. The cost of the switches allows for the number of runs.
    const CLEAR: f64 = 3.0;
    let entropy = |(events, cases): (f64, f64)| if events > 0.0 { events * libm::log(events / cases) } else { 0.0 };
    if some.0 / some.1 >= LARGEST_SHARE * others.0 / others.1 {
        return 0.0;
    }
    let ratio = entropy(some) + entropy(others) - entropy((some.0 + others.0, some.1 + others.1));
    if ratio > CLEAR { ratio } else { 0.0 }
}

impl Sums {
    fn minus(self, other: Sums) -> Sums {
        Sums {
            messages: self.messages - other.messages,
            unencrypted: self.unencrypted - other.unencrypted,
            tries: self.tries - other.tries,
        }
    }
}
