//! How likely the summaries of intervals are under a rule.
//!
//! For each interval the unencrypted connections are judged by the messages that went in clear and by the failures shown.
//! What is not known and is the same for all intervals (the connections for a message, how counts scatter, the share of
//! destinations whose setting is No, a limit) is summed over, with the probabilities of `prior.rs`.

use tollgate_report::When;

use super::density::{Scattered, broad, ln, log_sum_exp, within};
use super::evidence::{Span, State};
use super::figure::Figure;
use super::outcomes::Outcomes;
use super::prior::{
    GROWTH, NO_SHARE, PARTS, REFUSED, SHAPES, STEP, STEPS, STRETCHES, Weighted, first_contact_shares, limits, no_ratios, parts,
    plain_ratios, ratio,
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
        // Where figures are abbreviated, the mean over what they may stand for.
        let messages = span.messages.samples();
        let outcomes: Vec<Outcomes> =
            span.failures.samples().into_iter().map(|count| Outcomes::new(count, reading, refused)).collect();
        let weight = 1.0 / (messages.len() * outcomes.len()) as f64;
        for (number, &shape) in SHAPES.iter().enumerate() {
            let left: Vec<_> = outcomes.iter().map(|outcome| outcome.left(span, shape)).collect();
            for ((growth, _), sums) in GROWTH.iter().zip(&mut sums) {
                let mut probabilities = vec![0.0; ratios.len() * refused.len()];
                for (outcome, left) in outcomes.iter().zip(&left) {
                    for ((step, _), sums) in ratios.iter().zip(probabilities.chunks_mut(refused.len())) {
                        for messages in &messages {
                            let mean = step.map_or(0.0, ratio) * usual * libm::pow(messages.max(IDLE) / usual, *growth);
                            let each = outcome.probabilities(left, mean);
                            sums.iter_mut().zip(each).for_each(|(sum, probability)| *sum += weight * probability);
                        }
                    }
                }
                sums.add(number, odd(span), probabilities.into_iter());
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
        PARTS.map(|part| (-libm::log(kept + (1.0 - kept) * part) / STEP).round() as usize)
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
                    let probability = |down: usize| match down {
                        0 => wholly[at],
                        _ => ratios[at].0.checked_sub(down).map_or(none, |step| partly[step]),
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
    let stretches: Vec<Weighted<i64>> =
        STRETCHES.into_iter().filter(|&(seconds, _)| seconds == 0 || (longest > 0 && seconds > longest)).collect();
    let mut ways: Vec<Weighted<Sums>> = Vec::new();
    for (seconds, weight) in &stretches {
        let since = messages_since(on, *seconds);
        for (growth, growth_weight) in GROWTH {
            let mut sums = Sums::new(STEPS);
            for (span, since) in on.iter().zip(&since) {
                let grown = |messages: f64| libm::pow(messages / usual, growth);
                let more = (grown(since + span.messages.middle()) - grown(*since)) * usual;
                add_first_contacts(&mut sums, span, reading, more, *seconds == 0);
            }
            ways.push((sums, ln(weight * growth_weight)));
        }
    }
    let shares = first_contact_shares(usual);
    over_both(|odd, shape| {
        let before = before.of(odd, shape);
        log_sum_exp(ways.iter().map(|(sums, log)| {
            let on = sums.of(odd, shape);
            let of_ratio = |&(step, _): &Weighted<usize>| {
                let down = shares.iter().filter(|(down, _)| *down <= step);
                log_sum_exp(down.map(|(down, share)| ln(*share) + on[step - down]))
            };
            let on: Vec<f64> = ratios.iter().map(of_ratio).collect();
            log + weighted(ratios, &together(&before, &on))
        }))
    })
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

/// Adds an interval whose messages count for so many as first contacts are concerned. If it has a stretch of its own it has at
/// least one.
fn add_first_contacts(sums: &mut Sums, span: &Span, reading: PerFailure, messages: f64, own: bool) {
    // Something is always new.
    let least = 0.002 * span.messages.middle();
    for (number, &shape) in SHAPES.iter().enumerate() {
        let booked = Booked::new(span, reading.total(), shape);
        let probability = |step: usize| {
            // First contacts are no more than connections.
            let ratio = (ratio(step) * messages.max(least) / span.messages.middle().max(0.5)).min(1.2);
            if own { 0.7 * booked.wholly(ratio) + 0.3 * booked.partly(ratio) } else { booked.partly(ratio) }
        };
        sums.add(number, odd(span), (0..STEPS).map(probability));
    }
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
