//! The log-likelihood of the figures of whole intervals.

use std::ops::Range;

use super::chance::{Tried, deviation, ln_scattered, ln_tried, normal};
use super::connections::{Row, bases, ratio_cost, ratios};
use super::excluded;
use super::first_contacts::Domains;
use super::scatter::Scatter;

/// The intervals in which TLS was preferred.
pub(crate) struct Summary<'a> {
    rows: &'a [Row],
    /// Possible numbers of plain connections, but for a common factor.
    bases: Vec<Vec<f64>>,
    /// A few of them, for forms with many unknowns.
    few_bases: Vec<Vec<f64>>,
    messages: f64,
    unencrypted: f64,
    /// The failures of each interval.
    failures: Vec<f64>,
    /// The log-likelihood if every plain connection is counted.
    every: f64,
    /// The least and the largest possible number of plain connections per message.
    ratios: [f64; 2],
    is_detailed: bool,
    /// The first interval of each group of neighbours that are judged together.
    groups: Vec<usize>,
}

/// Refused second connections: the concentration of their probability among intervals.
const CONCENTRATIONS: [f64; 3] = [1e6, 20.0, 2.0];

/// The largest cost if hardly any plain connection goes to a destination without STARTTLS. It is paid once, so a site at which all such
/// connections follow failures speaks for no form.
const NO_OTHERS: f64 = 6.0;

/// Lengths of periods in which a destination stays known, in seconds.
pub(crate) const PERIODS: [i64; 15] =
    [300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400, 172_800, 604_800];

impl<'a> Summary<'a> {
    /// The figures of intervals, `step` of which are judged together.
    pub(crate) fn new(rows: &'a [Row], step: usize, measured: Option<f64>, is_detailed: bool) -> Self {
        let messages: f64 = rows.iter().map(|row| row.messages).sum();
        let unencrypted = rows.iter().map(|row| row.unencrypted).sum();
        let bases = bases(rows, messages);
        let mut summary = Summary {
            rows,
            few_bases: vec![bases[0].clone()],
            bases,
            messages,
            unencrypted,
            failures: rows.iter().map(|row| row.failures).collect(),
            every: f64::NEG_INFINITY,
            ratios: ratios(measured),
            is_detailed,
            groups: (0..rows.len()).step_by(step).collect(),
        };
        summary.choose_bases();
        summary
    }

    /// Adds the bases to the few bases that explain the connections best, if all are counted, and if a share of them is.
    fn choose_bases(&mut self) {
        let best =
            |logs: &[f64]| (0..logs.len()).max_by(|&one, &other| logs[one].total_cmp(&logs[other])).unwrap_or_default();
        let every: Vec<f64> = self.bases.iter().map(|base| self.every_with(base)).collect();
        let share = |base: &Vec<f64>| {
            let factor = self.unencrypted / base.iter().sum::<f64>();
            self.scattered(&base.iter().map(|one| factor * one).collect::<Vec<_>>(), &[])
        };
        let of_all = best(&every);
        let of_share = best(&self.bases.iter().map(share).collect::<Vec<f64>>());
        self.every = every[of_all];
        let mut chosen = vec![of_all, of_share];
        chosen.dedup();
        chosen.retain(|&base| base > 0);
        self.few_bases.extend(chosen.into_iter().map(|base| self.bases[base].clone()));
    }

    /// Every plain connection is counted.
    pub(crate) fn every(&self) -> f64 {
        self.every
    }

    fn every_with(&self, base: &[f64]) -> f64 {
        self.usual_with(base).max(self.second_connections(base, false))
    }

    /// Plain connections are usual: their number per message is not small, even without second connections.
    fn usual_with(&self, base: &[f64]) -> f64 {
        let total: f64 = base.iter().sum();
        let factor = self.factor(self.unencrypted / total, total);
        let scaled = |factor: f64| -> Vec<f64> { base.iter().map(|one| factor * one).collect() };
        let without = self.scattered(&scaled(factor), &[]) - self.ratio_cost(factor * total);
        let failures: f64 = self.failures.iter().sum();
        if failures == 0.0 {
            return without;
        }
        // After failures, second connections carry other numbers of messages than the usual connections.
        let with = |share: f64| {
            let others = self.unencrypted - share * failures;
            let factor = self.factor(others / total, total);
            self.tried_with(share, &scaled(factor)) - self.ratio_cost(factor * total)
        };
        let (_, share) = self.fit(base, &self.failures, self.factors(total));
        without.max(most([1.0, share.min(1.0)].map(with)) - self.complexity() / 2.0)
    }

    /// Nearly all plain connections are second connections after failures, because nearly all destinations offer STARTTLS. Then the
    /// unencrypted connections follow the failures under every form. `is_lossy`: a form may lose a share of the second connections.
    fn second_connections(&self, base: &[f64], is_lossy: bool) -> f64 {
        let failures: f64 = self.failures.iter().sum();
        if failures == 0.0 {
            return f64::NEG_INFINITY;
        }
        let total: f64 = base.iter().sum();
        let least = self.ratios[0] * self.messages.max(1.0);
        let with = |share: f64| {
            let second = if is_lossy { failures } else { share * failures };
            let others = (self.unencrypted - share * failures).max(least - second).max(0.0);
            let scaled: Vec<f64> = base.iter().map(|one| others / total * one).collect();
            let cost = self.ratio_cost(others).min(NO_OTHERS) + self.ratio_cost(second + others);
            self.tried_with(share, &scaled) - cost - self.uncarried(second + others, is_lossy)
        };
        most([1.0, (self.unencrypted / failures).min(1.0)].map(with)) - self.complexity() / 2.0
    }

    /// The cost of messages in intervals with much fewer connections than elsewhere, as for domains in details. `plain`: all plain connections.
    fn uncarried(&self, plain: f64, is_lossy: bool) -> f64 {
        const LEAST: f64 = 1.0 / 3.0;
        const SHAPE: f64 = 12.0;
        let ratio = (plain / self.messages.max(1.0)).min(1.0);
        let usual = libm::log(self.groups.len() as f64);
        let of_group = |(at, unencrypted): (Range<usize>, f64)| {
            let sum = |value: fn(&Row) -> f64| self.rows[at.clone()].iter().map(value).sum::<f64>();
            let lost = if is_lossy { sum(|row| row.failures) } else { 0.0 };
            let carriers = unencrypted.max(lost);
            let nearest = carriers.max(LEAST * ratio * sum(|row| row.messages));
            (deviation(carriers, nearest, SHAPE) - usual).max(0.0)
        };
        self.grouped().map(of_group).sum()
    }

    /// Only second connections after failures are plain, and a form loses some of them.
    fn lossy_second_connections(&self) -> f64 {
        most(self.bases.iter().map(|base| self.second_connections(base, true)))
    }

    /// The cost of so many plain connections in all.
    fn ratio_cost(&self, connections: f64) -> f64 {
        // Without messages, nothing is unusual about no connections.
        if self.messages == 0.0 {
            return 0.0;
        }
        ratio_cost(connections / self.messages.max(1.0))
    }

    /// Connections follow from failures, and the others go to destinations with the setting No. `refusable`: a second connection
    /// is counted only if it is not refused.
    pub(crate) fn after_failure(&self, refusable: bool) -> f64 {
        let failures: f64 = self.failures.iter().sum();
        let over = |share: f64| ((self.unencrypted - share * failures) / self.messages.max(1.0)).max(0.0);
        let mut candidates = vec![(1.0, over(1.0))];
        if refusable && failures > 0.0 {
            candidates.extend([((self.unencrypted / failures).min(1.0), 0.0), (0.0, over(0.0))]);
            candidates.push(self.fit(&self.failures, &self.bases[0], [0.0, 1.0]));
        }
        most(candidates.into_iter().map(|(share, others)| {
            let scaled = |base: &Vec<f64>| -> Vec<f64> {
                let factor = others * self.messages.max(1.0) / base.iter().sum::<f64>();
                base.iter().map(|one| factor * one).collect()
            };
            let of_base = |base: &Vec<f64>| self.tried_with(share, &scaled(base));
            let bases = if others > 0.0 { &self.bases[..] } else { &self.bases[..1] };
            let complexity = if share > 0.0 && share < 1.0 { self.complexity() } else { 0.0 };
            most(bases.iter().map(of_base)) - excluded::cost(others, self.rows.len()) - complexity
        }))
    }

    /// The same for a share of failures with a counted connection, and the mean numbers of other connections.
    fn tried_with(&self, share: f64, others: &[f64]) -> f64 {
        let is_certain = share == 0.0 || share == 1.0;
        let concentrations = if is_certain { &CONCENTRATIONS[..1] } else { &CONCENTRATIONS };
        let scatters = if others[0] > 0.0 { self.scatters() } else { &Scatter::ROUGH[..1] };
        most(scatters.iter().flat_map(|&scatter| {
            concentrations.iter().map(move |&concentration| {
                let of_group = |(at, unencrypted): (Range<usize>, f64)| {
                    let failures = self.rows[at.clone()].iter().map(|row| row.failures).sum();
                    let mean = others[at].iter().sum();
                    ln_tried(unencrypted, failures, Tried { share, concentration, mean, scatter })
                };
                self.grouped().map(of_group).sum()
            })
        }))
    }

    /// Plain connections are counted only while the appliance is not busy.
    pub(crate) fn busy(&self) -> f64 {
        let loads: Vec<f64> = self.rows.iter().map(load).collect();
        let mut found = vec![self.every() + self.complexity(), self.only_excluded(), self.lossy_second_connections()];
        let mut best: Vec<(f64, Vec<f64>, Vec<f64>, f64)> = Vec::new();
        for limit in limits(&loads) {
            for sigma in [0.03, 0.2, 0.8] {
                let shares: Vec<f64> =
                    loads.iter().map(|load| normal((libm::log(limit) - libm::log(load.max(1e-9))) / sigma)).collect();
                for base in &self.few_bases {
                    let partial: Vec<f64> = base.iter().zip(&shares).map(|(one, share)| one * share).collect();
                    let total: f64 = base.iter().sum();
                    let excluded = self.like_messages(base);
                    let counted: f64 = partial.iter().sum();
                    let factor = self.factor(self.unencrypted / counted.max(1e-9), total);
                    for (factor, others) in [(factor, 0.0), self.fit(&partial, &excluded, self.factors(total))] {
                        for concentration in [1e6, 3.0] {
                            let means = means(&partial, factor, &excluded, others);
                            let part = |(one, share): (&f64, &f64)| {
                                (factor * one) * (factor * one) * share * (1.0 - share) / (concentration + 1.0)
                            };
                            let variances: Vec<f64> = base.iter().zip(&shares).map(part).collect();
                            let connections = factor * total + others * self.messages;
                            let cost = self.lossy_cost(others) + self.ratio_cost(connections);
                            let rough =
                                most(Scatter::ROUGH.iter().map(|&one| self.with_scatter(&means, &variances, one)));
                            best.push((rough - cost, means, variances, cost));
                        }
                    }
                }
            }
            best.sort_by(|one, other| other.0.total_cmp(&one.0));
            best.truncate(3);
        }
        found.extend(best.iter().map(|(_, means, variances, cost)| self.scattered(means, variances) - cost));
        most(found) - self.complexity()
    }

    /// Only connections to excluded destinations are counted.
    fn only_excluded(&self) -> f64 {
        let others = self.unencrypted / self.messages.max(1.0);
        let of_base = |base: &Vec<f64>| {
            let means: Vec<f64> = self.like_messages(base).iter().map(|one| others * one).collect();
            self.scattered(&means, &[])
        };
        most(self.bases.iter().map(of_base)) - self.lossy_cost(others)
    }

    /// The cost of a form with several unknowns, which explain some chance as well: half a logarithm of the number of figures for each of
    /// two of them, within limits.
    fn complexity(&self) -> f64 {
        libm::log(self.groups.len() as f64).min(5.0)
    }

    /// Only first contacts are counted, for each length of a period.
    pub(crate) fn known(&self, domains: &[Domains]) -> [f64; PERIODS.len()] {
        let second = self.lossy_second_connections() - self.complexity();
        PERIODS.map(|period| self.known_for(period as f64, domains).max(second))
    }

    fn known_for(&self, period: f64, domains: &[Domains]) -> f64 {
        let mut best: Vec<(f64, Vec<f64>, f64)> = Vec::new();
        for base in &self.few_bases {
            let total: f64 = base.iter().sum();
            let excluded = self.like_messages(base);
            for ratio in [0.4, 0.9] {
                let factor = self.factor(ratio * self.messages / total, total);
                for domains in domains {
                    let before: &[f64] =
                        if self.rows[0].length_seconds as f64 >= period { &[0.0] } else { &[0.0, 1.0] };
                    for &before in before {
                        let contacts = self.contacts(base, factor, domains, period, before);
                        let sum: f64 = contacts.iter().sum();
                        let scale = (self.unencrypted / sum.max(1e-9)).clamp(0.5, 1.5);
                        let with_excluded = self.fit(&contacts, &excluded, [0.5, 1.5]);
                        // After a failure, the second connection is a contact of a destination that may have no other.
                        let with_failures = self.fit(&contacts, &self.failures, [0.5, 1.5]);
                        let candidates = [
                            (means(&contacts, scale, &excluded, 0.0), 0.0),
                            (
                                means(&contacts, with_excluded.0, &excluded, with_excluded.1),
                                self.lossy_cost(with_excluded.1),
                            ),
                            (means(&contacts, with_failures.0, &self.failures, with_failures.1.min(1.0)), 0.0),
                        ];
                        best.extend(candidates.map(|(means, cost)| (self.rough(&means) - cost, means, cost)));
                    }
                }
                best.sort_by(|one, other| other.0.total_cmp(&one.0));
                best.truncate(2);
            }
        }
        most(best.iter().map(|(_, means, cost)| self.scattered(means, &[]) - cost)) - self.complexity()
    }

    /// A rough log-likelihood, but for a constant, to search the best means.
    fn rough(&self, means: &[f64]) -> f64 {
        let of_scatter = |scatter: &Scatter| -> f64 {
            let of_group = |(at, count): (Range<usize>, f64)| -deviation(count, means[at].iter().sum(), scatter.shape);
            self.grouped().map(of_group).sum()
        };
        most(Scatter::ROUGH.iter().map(of_scatter))
    }

    /// The expected first contacts of each interval.
    fn contacts(&self, base: &[f64], factor: f64, domains: &Domains, period: f64, before: f64) -> Vec<f64> {
        let mut current = None;
        let mut sum = 0.0;
        let all: f64 = base.iter().sum::<f64>() * factor / base.len().max(1) as f64;
        let mut contacts = Vec::with_capacity(base.len());
        for (row, one) in self.rows.iter().zip(base) {
            let connections = factor * one;
            let length = row.length_seconds as f64;
            if length <= 0.0 || length >= period {
                let periods = (length / period).max(1.0);
                contacts.push(periods * domains.among(connections / periods));
                continue;
            }
            let number = libm::floor(row.begin_seconds as f64 / period);
            if current != Some(number as i64) {
                // Connections before the first interval have made some destinations known.
                let earlier = row.begin_seconds as f64 - number * period;
                sum = if current.is_none() { before * all * earlier / length } else { 0.0 };
                current = Some(number as i64);
            }
            contacts.push(domains.among(sum + connections) - domains.among(sum));
            sum += connections;
        }
        contacts
    }

    /// A factor of plain connections, limited so that the connections per message are possible.
    fn factor(&self, factor: f64, total: f64) -> f64 {
        let [least, most] = self.factors(total);
        factor.clamp(least, most)
    }

    /// The least and the largest factor of plain connections whose sum is `total`.
    fn factors(&self, total: f64) -> [f64; 2] {
        self.ratios.map(|ratio| ratio * self.messages.max(1.0) / total)
    }

    /// A base with the sum of the messages.
    fn like_messages(&self, base: &[f64]) -> Vec<f64> {
        let factor = self.messages / base.iter().sum::<f64>();
        base.iter().map(|one| factor * one).collect()
    }

    /// The factors of two columns whose sum explains the connections best. The first has limits. The search is expectation
    /// maximisation under Poisson distributions.
    fn fit(&self, one: &[f64], other: &[f64], limits: [f64; 2]) -> (f64, f64) {
        const TIMES: usize = 80;
        /// The relative change from which on the search has ended.
        const CONVERGED: f64 = 1e-5;
        let sums = [one, other].map(|column| column.iter().sum::<f64>().max(1e-9));
        let mut factors = [limits[0].midpoint(limits[1].min(1.0)), 0.1];
        for _ in 0..TIMES {
            let mut shares = [0.0; 2];
            for ((row, one), other) in self.rows.iter().zip(one).zip(other) {
                let mean = factors[0] * one + factors[1] * other;
                if mean > 0.0 {
                    shares[0] += factors[0] * one * row.unencrypted / mean;
                    shares[1] += factors[1] * other * row.unencrypted / mean;
                }
            }
            let before = factors;
            factors = [(shares[0] / sums[0]).clamp(limits[0], limits[1]), shares[1] / sums[1]];
            if (0..2).all(|at| (factors[at] - before[at]).abs() <= CONVERGED * factors[at]) {
                break;
            }
        }
        (factors[0], factors[1])
    }

    /// The log-likelihood of the connections with these means, under the best scatter. `variances` are added to it.
    fn scattered(&self, means: &[f64], variances: &[f64]) -> f64 {
        most(self.scatters().iter().map(|&scatter| self.with_scatter(means, variances, scatter)))
    }

    fn scatters(&self) -> &'static [Scatter] {
        Scatter::of_intervals(self.rows.len())
    }

    fn with_scatter(&self, means: &[f64], variances: &[f64], scatter: Scatter) -> f64 {
        let of_group = |(at, count): (Range<usize>, f64)| {
            let mean: f64 = means[at.clone()].iter().sum();
            let more: f64 = variances.get(at).unwrap_or_default().iter().sum();
            ln_scattered(count, mean, scatter.variance(mean) + more)
        };
        self.grouped().map(of_group).sum()
    }

    /// The places of the intervals of each group, and their unencrypted connections.
    fn grouped(&self) -> impl Iterator<Item = (Range<usize>, f64)> {
        let ends = self.groups.iter().skip(1).copied().chain([self.rows.len()]);
        self.groups
            .iter()
            .zip(ends)
            .map(|(&from, to)| (from..to, self.rows[from..to].iter().map(|row| row.unencrypted).sum()))
    }

    /// The cost of connections to excluded destinations under a form that loses others. The details have their own. With the cost of the
    /// other unknowns, it is not larger than the largest cost.
    fn lossy_cost(&self, per_message: f64) -> f64 {
        let part = self.lossy_part();
        (excluded::cost(per_message, self.rows.len()) * part).min(excluded::LARGEST_COST * part - self.complexity())
    }

    /// The part of the cost of excluded destinations that the sums have under a lossy form. The details have the other.
    pub(crate) fn lossy_part(&self) -> f64 {
        if self.is_detailed { 0.5 } else { 1.0 }
    }
}

fn means(counted: &[f64], factor: f64, excluded: &[f64], others: f64) -> Vec<f64> {
    counted.iter().zip(excluded).map(|(one, other)| factor * one + others * other).collect()
}

/// The connections of an appliance in five minutes.
fn load(row: &Row) -> f64 {
    let minutes = if row.length_seconds > 0 { row.length_seconds as f64 / 300.0 } else { 1.0 };
    (0.77 * row.messages + row.tried).max(0.1) / minutes
}

/// Loads from which the appliance may be busy.
fn limits(loads: &[f64]) -> Vec<f64> {
    const COUNT: usize = 12;
    let mut sorted = loads.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut limits: Vec<f64> = (0..=COUNT).map(|at| sorted[at * (sorted.len() - 1) / COUNT]).collect();
    limits.dedup();
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    let mut all = vec![least / 1e6, least / 3.0, least * 0.7, most * 1.5];
    all.extend(limits.windows(2).map(|pair| libm::sqrt(pair[0] * pair[1])));
    all.extend(&limits);
    all
}

/// The largest of some log-likelihoods.
pub(crate) fn most(logs: impl IntoIterator<Item = f64>) -> f64 {
    logs.into_iter().fold(f64::NEG_INFINITY, f64::max)
}
