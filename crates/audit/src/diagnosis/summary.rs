//! How likely the summaries of intervals are under a rule.
//!
//! For each interval the unencrypted connections are judged by the messages that went in clear and by the failures shown.
//! What is not known and is the same for all intervals (the connections for a message, how counts scatter, the share of
//! destinations whose setting is No, a limit) is summed over, with the probabilities of `prior.rs`.

use std::collections::HashMap;

use tollgate_report::When;

use super::density::{Scattered, TINY, beta_binomial, broad, ln, log_sum_exp, negative_binomial, within};
use super::evidence::{Span, State};
use super::figure::Figure;
use super::outcomes::Outcomes;
use super::prior::{
    BASES, GROWTH, NO_SHARE, PARTS, REFUSED, SHAPES, STEP, STEPS, STRETCHES, Weighted, first_contact_shares, limits,
    no_ratios, normalised, parts, plain_ratios, ratio, step_of,
};
use super::signature::{PerFailure, Signature};
use super::sums::{Sums, over_both};

/// The log-likelihood of the summaries of intervals under a rule.
pub(crate) fn log_likelihood(signature: &Signature, spans: &[&Span]) -> f64 {
    let of_state = |state| spans.iter().copied().filter(|span| span.state == state).collect::<Vec<&Span>>();
    let (off, on) = (of_state(State::Off), of_state(State::Preferred));
    let plain = plain_ratios();
    let before = plain_sums(&off, &plain, 0.0, signature.not_tried);
    let readings = signature.per_failure();
    let of_reading = |&reading: &PerFailure| {
        ln(1.0 / readings.len() as f64)
            + match (signature.not_offered, signature.lost) {
                (false, _) => tried(&on, reading, &plain, &before),
                (true, Some((When::Busy, where_preferred))) => busy(&on, reading, &plain, &before, where_preferred),
                (true, Some((When::Known, true))) => known(&on, reading, &plain, &before),
                (true, _) => every(&on, reading, &plain, &before),
            }
    };
    log_sum_exp(readings.iter().map(of_reading))
}

/// Every plain connection is booked.
fn every(on: &[&Span], reading: PerFailure, plain: &[Weighted<usize>], before: &Sums) -> f64 {
    let on = plain_sums(on, plain, reading.total(), true);
    over_both(|odd, shape| weighted(plain, &together(&before.of(odd, shape), &on.of(odd, shape))))
}

/// Only connections on which TLS was tried are booked, and those to destinations whose setting is No: for each number of these
/// for a message, each way in which they grow with all messages, and each probability that a second connection is refused.
fn tried(on: &[&Span], reading: PerFailure, plain: &[Weighted<usize>], before: &Sums) -> f64 {
    let ratios = no_ratios();
    let refused: &[Weighted<f64>] = if reading.if_second == 0.0 { &[(0.0, 1.0)] } else { &REFUSED };
    let usual = usual_messages(on);
    let mut sums = GROWTH.map(|_| Sums::new(ratios.len() * refused.len()));
    for span in on {
        for (number, &shape) in SHAPES.iter().enumerate() {
            let by_step = tried_by_step(span, shape, reading, refused);
            for ((growth, _), sums) in GROWTH.iter().zip(&mut sums) {
                let down = steps_down(libm::pow(span.messages.middle().max(IDLE) / usual, growth - 1.0));
                let place = |step: &Option<usize>| step.and_then(|step| shifted(step, down)).map_or(0, |step| step + 1);
                let probabilities = ratios.iter().flat_map(|(step, _)| by_step[place(step)].iter().copied());
                sums.add(number, odd(span), probabilities);
            }
        }
    }
    let weights: Vec<f64> =
        ratios.iter().flat_map(|(_, weight)| refused.iter().map(move |(_, share)| ln(weight * share))).collect();
    over_both(|odd, shape| {
        let of_growth = |((_, weight), sums): (&Weighted<f64>, &Sums)| {
            ln(*weight) + log_sum_exp(together(&weights, &sums.of(odd, shape)))
        };
        weighted(plain, &before.of(odd, shape)) + log_sum_exp(GROWTH.iter().zip(&sums).map(of_growth))
    })
}

/// The probabilities of an interval for each probability that a second connection is refused: without connections to
/// destinations whose setting is No, and for each number of these for a message.
fn tried_by_step(span: &Span, shape: f64, reading: PerFailure, refused: &[Weighted<f64>]) -> Vec<Vec<f64>> {
    // Where figures are abbreviated, the mean over what they may stand for.
    let messages = span.messages.samples();
    let outcomes: Vec<Outcomes> =
        span.failures.samples().into_iter().map(|count| Outcomes::new(count, reading, refused)).collect();
    let weight = 1.0 / (messages.len() * outcomes.len()) as f64;
    let mut by_step = vec![vec![0.0; refused.len()]; STEPS + 1];
    for outcome in &outcomes {
        let left = outcome.left(span, shape);
        for (place, sums) in by_step.iter_mut().enumerate() {
            for messages in &messages {
                let mean = place.checked_sub(1).map_or(0.0, ratio) * messages.max(IDLE);
                let each = outcome.probabilities(&left, mean);
                sums.iter_mut().zip(each).for_each(|(sum, probability)| *sum += weight * probability);
            }
        }
    }
    by_step
}

/// Plain connections are lost while the appliance is busy: for each share whose setting is No, each limit and each number of
/// connections for a message.
fn busy(
    on: &[&Span],
    reading: PerFailure,
    ratios: &[Weighted<usize>],
    before: &Sums,
    where_preferred: bool,
) -> f64 {
    let limits = limits(on.iter().map(|span| span.load()));
    let mut sums: Vec<Weighted<Sums>> = Vec::new();
    for (_, share) in &NO_SHARE {
        sums.extend(limits.iter().map(|(_, weight)| (Sums::new(ratios.len()), ln(share * weight))));
    }
    // How many steps down the part of connections is that is booked.
    let steps_of = |share: f64| {
        let kept = if where_preferred { share } else { 1.0 - share };
        PARTS.map(|part| steps_down(kept + (1.0 - kept) * part))
    };
    for span in on {
        let odd = odd(span);
        let weigh = |&(limit, _): &Weighted<f64>| {
            parts(span.load(), limit, span.length_seconds, span.messages.middle())
        };
        let weights: Vec<_> = limits.iter().map(weigh).collect();
        for (number, &shape) in SHAPES.iter().enumerate() {
            let booked = Booked::new(span, reading.total(), shape);
            let partly: Vec<f64> = (0..STEPS).map(|step| booked.partly(ratio(step))).collect();
            let none = booked.partly(0.0);
            let wholly: Vec<f64> = ratios.iter().map(|&(step, _)| booked.wholly(ratio(step))).collect();
            for (place, (share, _)) in NO_SHARE.iter().enumerate() {
                let steps = steps_of(*share);
                let of_ratio = |at: usize| {
                    let probability = |down: i64| match down {
                        0 => wholly[at],
                        _ => shifted(ratios[at].0, down).map_or(none, |step| partly[step]),
                    };
                    steps.map(probability)
                };
                let by_part: Vec<_> = (0..ratios.len()).map(of_ratio).collect();
                for (limit, weights) in weights.iter().enumerate() {
                    let mean = |by_part: &[f64; PARTS.len()]| {
                        by_part.iter().zip(weights).map(|(one, other)| one * other).sum()
                    };
                    sums[place * limits.len() + limit].0.add(number, odd, by_part.iter().map(mean));
                }
            }
        }
    }
    over_both(|odd, shape| {
        let before = before.of(odd, shape);
        log_sum_exp(sums.iter().map(|(sums, log)| log + weighted(ratios, &together(&before, &sums.of(odd, shape)))))
    })
}

/// Only first contacts are booked: for each length of the stretch in which a destination stays known, each way in which first
/// contacts grow with the messages since it began, and each number of them for a message at the usual volume.
fn known(on: &[&Span], reading: PerFailure, ratios: &[Weighted<usize>], before: &Sums) -> f64 {
    let usual = usual_messages(on);
    let longest = on.iter().map(|span| span.length_seconds).max().unwrap_or_default();
    let fits = |seconds: i64| seconds == 0 || (longest > 0 && seconds > longest);
    let stretches = STRETCHES.into_iter().filter(|((seconds, _), _)| fits(*seconds)).collect();
    let mut ways = Vec::new();
    for ((seconds, own), weight) in normalised(stretches, 1.0) {
        let since = messages_since(on, seconds);
        for (growth, growth_weight) in GROWTH {
            // Where there are many messages it does not matter how many connections these had.
            let bases = if own || on.iter().all(|span| span.messages.high > FEW) { &BASES[..1] } else { &BASES[..] };
            for &base in bases {
                let grown = |messages: f64| libm::pow(messages / usual, growth) * usual;
                // Something is always new.
                let share = |(span, since): (&&Span, &f64)| {
                    let messages = span.messages.middle();
                    ((grown(since + messages) - grown(*since)) / messages.max(0.5)).max(0.002)
                };
                let down = on.iter().zip(&since).map(share).map(steps_down).collect();
                let weight = ln(weight * growth_weight / bases.len() as f64);
                ways.push(FirstContacts { sums: Sums::new(STEPS), weight, own, base: step_of(base), down });
            }
        }
    }
    let mut thinned = Thinned::default();
    for (place, span) in on.iter().enumerate() {
        add_first_contacts(&mut ways, place, span, reading, &mut thinned);
    }
    let shares = first_contact_shares(usual);
    over_both(|odd, shape| {
        let before = before.of(odd, shape);
        log_sum_exp(ways.iter().map(|way| {
            let on = way.sums.of(odd, shape);
            let of_ratio = |&(step, _): &Weighted<usize>| {
                let down = shares.iter().filter(|(down, _)| *down <= step);
                log_sum_exp(down.map(|(down, share)| ln(*share) + on[step - down]))
            };
            let on: Vec<f64> = ratios.iter().map(of_ratio).collect();
            way.weight + weighted(ratios, &together(&before, &on))
        }))
    })
}

/// Of so few messages it shows that first contacts are some of their connections.
const FEW: f64 = 12.0;

/// A way in which first contacts may be booked.
struct FirstContacts {
    sums: Sums,
    weight: f64,
    /// Whether each interval has a stretch of its own, and so one first contact at least.
    own: bool,
    /// Plain connections for a message, in steps.
    base: usize,
    /// How many steps less than usual there are in each interval.
    down: Vec<i64>,
}

/// Adds an interval under each way.
fn add_first_contacts(ways: &mut [FirstContacts], place: usize, span: &Span, reading: PerFailure, thinned: &mut Thinned) {
    // First contacts are no more than connections.
    let most = step_of(1.2);
    let odd = odd(span);
    let few = span.messages.low >= 1.0 && span.messages.high <= FEW && span.unencrypted.low == span.unencrypted.high;
    let seen = span.unencrypted.low - reading.total() * span.failures.middle();
    for (number, &shape) in SHAPES.iter().enumerate() {
        let booked = Booked::new(span, reading.total(), shape);
        let wholly: Vec<f64> = (0..STEPS).map(|step| booked.wholly(ratio(step))).collect();
        let partly: Vec<f64> = (0..STEPS).map(|step| booked.partly(ratio(step))).collect();
        let none = booked.partly(0.0);
        for way in &mut *ways {
            let part = (few && !way.own).then(|| thinned.of(span.messages.low, seen, way.base, number));
            let probability = |step: usize| {
                let Some(step) = shifted(step, way.down[place]) else { return none };
                let step = step.min(most);
                match part {
                    Some(part) if step < way.base => part[way.base - step],
                    Some(_) => wholly[step],
                    None if way.own => wholly[step],
                    None => partly[step],
                }
            };
            way.sums.add(number, odd, (0..STEPS).map(probability));
        }
    }
}

/// Of the plain connections of a few messages, those that are taken with a probability. What has been worked out is kept.
#[derive(Default)]
struct Thinned(HashMap<(u64, u64, usize, usize), Vec<f64>>);

impl Thinned {
    /// The probabilities of a number, by steps that the probability to be taken is down from 1, if there are so many connections
    /// for a message.
    fn of(&mut self, messages: f64, number: f64, base: usize, shape: usize) -> &[f64] {
        let key = (messages.to_bits(), number.to_bits(), base, shape);
        self.0.entry(key).or_insert_with(|| {
            let mean = (messages - 1.0 + IDLE) * ratio(base);
            let more = |more: u32| negative_binomial(f64::from(more), mean, SHAPES[shape]);
            let counts: Vec<f64> = (0..=messages as u32 + 4).map(more).collect();
            let thinned = |down: usize| {
                let taken = libm::exp(-STEP * down as f64).min(1.0 - 1e-9);
                let of_count = |(more, probability): (usize, &f64)| {
                    probability * beta_binomial(number, more as f64 + 1.0, taken, INDEPENDENT)
                };
                counts.iter().enumerate().map(of_count).sum()
            };
            (0..STEPS).map(thinned).collect()
        })
    }
}

/// A concentration at which trials are as good as independent.
const INDEPENDENT: f64 = 1e4;

/// How many steps down a share of a mean is; less than 0 for more than all of it.
fn steps_down(share: f64) -> i64 {
    (-libm::log(share.max(TINY)) / STEP).round() as i64
}

/// So many steps down from a step, if there is such a step; above the last there is the last.
fn shifted(step: usize, down: i64) -> Option<usize> {
    usize::try_from(step as i64 - down).ok().map(|step| step.min(STEPS - 1))
}

/// The geometric mean of the messages of intervals that have any.
fn usual_messages(on: &[&Span]) -> f64 {
    let messages = on.iter().map(|span| span.messages.middle());
    let logs: Vec<f64> = messages.filter(|&messages| messages >= 1.0).map(ln).collect();
    libm::exp(logs.iter().sum::<f64>() / logs.len().max(1) as f64)
}

/// The messages of each interval's stretch of time before it.
fn messages_since(on: &[&Span], seconds: i64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..on.len()).collect();
    order.sort_by_key(|&at| on[at].begin_seconds);
    let mut since = vec![0.0; on.len()];
    let mut latest = (None, 0.0);
    for at in order.into_iter().filter(|_| seconds > 0) {
        let stretch = Some(on[at].begin_seconds.div_euclid(seconds));
        if latest.0 != stretch {
            latest = (stretch, 0.0);
        }
        since[at] = latest.1;
        latest.1 += on[at].messages.middle();
    }
    since
}

/// Every plain connection is booked, or none: one sum for each number of connections for a message.
fn plain_sums(spans: &[&Span], ratios: &[Weighted<usize>], for_failure: f64, booked: bool) -> Sums {
    let mut sums = Sums::new(ratios.len());
    for span in spans {
        for (number, &shape) in SHAPES.iter().enumerate() {
            let judge = Booked::new(span, for_failure, shape);
            let probability = |&(step, _): &Weighted<usize>| match booked {
                true => judge.wholly(ratio(step)),
                false => judge.partly(0.0),
            };
            sums.add(number, odd(span), ratios.iter().map(probability));
        }
    }
    sums
}

/// The unencrypted connections of an interval, those left out that failures account for.
struct Booked {
    /// How likely the connections are, and how likely one less.
    all: Scattered,
    but_one: Scattered,
    messages: Vec<f64>,
}

impl Booked {
    fn new(span: &Span, for_failure: f64, shape: f64) -> Self {
        let less = |offset: f64| {
            let offset = offset + for_failure * span.failures.middle();
            Figure { low: span.unencrypted.low - offset, high: span.unencrypted.high - offset }
        };
        Booked {
            all: Scattered::new(less(0.0), shape),
            but_one: Scattered::new(less(1.0), shape),
            messages: span.messages.samples(),
        }
    }

    /// If every plain connection is booked, so many for a message: the first message has one.
    fn wholly(&self, ratio: f64) -> f64 {
        self.over_messages(|messages| match messages < 1.0 {
            true => self.all.probability(IDLE * ratio),
            false => self.but_one.probability((messages - 1.0 + IDLE) * ratio),
        })
    }

    /// If a part is booked, so many for a message.
    fn partly(&self, ratio: f64) -> f64 {
        self.over_messages(|messages| self.all.probability(ratio * messages.max(IDLE)))
    }

    /// The mean over the range of an abbreviated number of messages.
    fn over_messages(&self, probability: impl Fn(f64) -> f64) -> f64 {
        self.messages.iter().map(|&messages| probability(messages)).sum::<f64>() / self.messages.len() as f64
    }
}

/// Messages' worth of connections of an interval that carry nothing.
const IDLE: f64 = 0.03;

/// How likely an odd interval is.
fn odd(span: &Span) -> f64 {
    let bound = 2.0 * span.messages.high + span.failures.high + 10.0;
    within(span.unencrypted.low, span.unencrypted.high, |count| broad(count, bound))
}

fn together(some: &[f64], others: &[f64]) -> Vec<f64> {
    some.iter().zip(others).map(|(one, other)| one + other).collect()
}

fn weighted<T>(values: &[Weighted<T>], logs: &[f64]) -> f64 {
    log_sum_exp(values.iter().zip(logs).map(|((_, weight), log)| ln(*weight) + log))
}
