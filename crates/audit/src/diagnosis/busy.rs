//! The likelihood of details under a rule that loses connections while the appliance is busy.

use super::cells::Cells;
use super::density::{ln, log_add, log_sum_exp};
use super::details::{every, mix_domains, over_odd, tried};
use super::evidence::{CellCounts, State};
use super::prior::{ALWAYS_BUSY, NEVER_BUSY, NEVER_REFUSED, NO_SHARE, ODD, PARTS, USUAL_RATIO, limits, parts};
use super::signature::PerFailure;

/// The log-likelihood of the details. The appliance is never busy, always busy, or busy above a limit.
pub(crate) fn log_likelihood(cells: &Cells<'_>, reading: PerFailure, books_no: bool, where_preferred: bool) -> f64 {
    let never = over_odd(|odd| every(cells, odd, reading, books_no));
    if !where_preferred {
        return never;
    }
    let nothing = PerFailure { certain: 0.0, if_second: 0.0 };
    let always = over_odd(|odd| tried(cells, odd, nothing, books_no));
    let sometimes = Sometimes { cells, reading, books_no }.log_likelihood();
    log_sum_exp([ln(NEVER_BUSY) + never, ln(ALWAYS_BUSY) + always, sometimes])
}

/// The case with a limit. Its prior probability is part of the result.
///
/// Two unknowns depend on each other: the part of each interval that was counted, and the domains with the setting No. The
/// likeliest part of each interval is found in alternation with the setting of the domains. The sum over parts is then taken
/// around it, an interval at a time.
struct Sometimes<'a> {
    cells: &'a Cells<'a>,
    reading: PerFailure,
    books_no: bool,
}

/// Logarithms of the probabilities of the different cells.
struct Logs {
    no: Vec<f64>,
    by_part: [Vec<f64>; PARTS.len()],
}

/// The likely counted part of each interval, as a place among `PARTS`.
struct Found {
    places: Vec<usize>,
    /// The log-likelihood at these parts.
    log: f64,
    /// The log-likelihood of every part, by interval.
    scores: Vec<[f64; PARTS.len()]>,
}

impl Sometimes<'_> {
    fn log_likelihood(&self) -> f64 {
        let start = self.guess();
        let by_part = self.by_part();
        let mut likelihoods = Vec::new();
        for (odd, odd_weight) in ODD {
            let [no, ..] = self.cells.no_logs(odd, self.books_no);
            let logs = Logs { no, by_part: by_part.each_ref().map(|part| self.cells.logs(odd, |at| part[at])) };
            let settled = self.climb(&logs, NO_SHARE[3].0, start.clone());
            for (share, share_weight) in NO_SHARE {
                let found = self.score(&logs, share, settled.places.clone());
                likelihoods.push(ln(odd_weight * share_weight) + found.log + self.over_limits(&found));
            }
        }
        log_sum_exp(likelihoods)
    }

    /// A first guess of the parts, from the sums over domains.
    fn guess(&self) -> Vec<usize> {
        let mut sums = vec![(0.0, 0.0); self.cells.evidence.intervals.len()];
        for cell in &self.cells.cells {
            let counts = &self.cells.different[cell.counts as usize];
            let sum = &mut sums[cell.interval as usize];
            sum.0 += counts.unaccounted(self.reading);
            sum.1 += f64::from(counts.messages);
        }
        let nearest = |part: f64| {
            let distance = |place: &usize| (PARTS[*place] - part).abs();
            (0..PARTS.len()).min_by(|one, other| distance(one).total_cmp(&distance(other))).unwrap_or_default()
        };
        sums.into_iter().map(|(seen, messages): (f64, f64)| nearest(seen / messages.max(1.0) / USUAL_RATIO)).collect()
    }

    /// The probabilities of the different cells, by the counted part of the interval.
    fn by_part(&self) -> [Vec<f64>; PARTS.len()] {
        let cells = self.cells;
        PARTS.map(|part| {
            let probability = |(at, counts): (usize, &CellCounts)| {
                let seen = counts.unaccounted(self.reading);
                match part {
                    1.0 => cells.booked(at, 0, self.reading, NEVER_REFUSED),
                    0.0 => f64::from(u8::from(seen == 0.0)),
                    _ => cells.plain.thinned(seen, part, counts),
                }
            };
            cells.different.iter().enumerate().map(probability).collect()
        })
    }

    /// Moves each interval to its likeliest part, several times.
    fn climb(&self, logs: &Logs, share: f64, places: Vec<usize>) -> Found {
        const TIMES: usize = 4;
        let mut found = self.score(logs, share, places);
        for _ in 0..TIMES {
            let likeliest = |scores: &[f64; PARTS.len()]| {
                (0..PARTS.len()).max_by(|&one, &other| scores[one].total_cmp(&scores[other])).unwrap_or_default()
            };
            let places: Vec<usize> = found.scores.iter().map(likeliest).collect();
            if places == found.places {
                break;
            }
            found = self.score(logs, share, places);
        }
        found
    }

    fn score(&self, logs: &Logs, share: f64, places: Vec<usize>) -> Found {
        let cells = self.cells;
        let no = cells.by_domain(|_, cell| logs.no[cell.counts as usize]);
        let preferred = cells.by_domain(|_, cell| {
            let logs = if cell.preferred { &logs.by_part[places[cell.interval as usize]] } else { &logs.no };
            logs[cell.counts as usize]
        });
        let mut scores = vec![[0.0; PARTS.len()]; places.len()];
        for (domain, range) in cells.domains.iter().enumerate() {
            let (one, other) = (ln(share) + no[domain], libm::log1p(-share) + preferred[domain]);
            let is_preferred = libm::exp(other - log_add(one, other));
            for cell in cells.cells[range.clone()].iter().filter(|cell| cell.preferred) {
                for (score, logs) in scores[cell.interval as usize].iter_mut().zip(&logs.by_part) {
                    *score += is_preferred * logs[cell.counts as usize];
                }
            }
        }
        let log = mix_domains(&no, &preferred, share);
        Found { places, log, scores }
    }

    /// The log-likelihood that the sum over limits, and over the parts under each, adds to the one at the likeliest parts.
    fn over_limits(&self, found: &Found) -> f64 {
        let intervals = &self.cells.evidence.intervals;
        let detailed = |at: &usize| intervals[*at].detailed && intervals[*at].state == State::Preferred;
        let places: Vec<usize> = (0..intervals.len()).filter(detailed).collect();
        let limits = limits(places.iter().map(|&at| intervals[at].load()));
        let of_limit = |&(limit, weight): &(f64, f64)| {
            let of_interval = |&at: &usize| {
                let span = &intervals[at];
                let weights = parts(span.load(), limit, span.length_seconds, span.messages.middle());
                let scores = &found.scores[at];
                let logs = (0..PARTS.len()).map(|part| ln(weights[part]) + scores[part] - scores[found.places[at]]);
                log_sum_exp(logs)
            };
            ln(weight) + places.iter().map(of_interval).sum::<f64>()
        };
        log_sum_exp(limits.iter().skip(2).map(of_limit))
    }
}
