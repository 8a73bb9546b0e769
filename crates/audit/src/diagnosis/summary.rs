//! The likelihood of the summaries of intervals under a rule.
//!
//! The unencrypted connections of each interval are judged by its plain messages and its failures. Some unknowns are the same for
//! all intervals: the connections per message, the scatter of counts, the share of destinations with the setting No, and a
//! limit. The likelihood is summed over them with the probabilities of `prior.rs`.

use tollgate_catalogue::LossCondition;

use super::booked::{Booked, Few, IDLE, odd};
use super::density::{TINY, ln, log_sum_exp};
use super::evidence::{Span, State};
use super::first::known;
use super::outcomes::Outcomes;
use super::prior::{
    GROWTH, NEVER_REFUSED, NO_SHARE, PARTS, Refused, SHAPES, STEP, STEPS, Weighted, limits, no_ratios, parts,
    plain_ratios, ratio, refusals,
};
use super::signature::{PerFailure, Signature};
use super::sums::{Sums, over_both};

/// The log-likelihood of the summaries of intervals under a rule.
pub(crate) fn log_likelihood(signature: &Signature, spans: &[&Span]) -> f64 {
    let of_state = |state| spans.iter().copied().filter(|span| span.state == state).collect::<Vec<&Span>>();
    let (off, on) = (of_state(State::Off), of_state(State::Preferred));
    let plain = plain_ratios();
    let few = Few::new(spans);
    let before = plain_sums(&off, &plain, &few, 0.0, signature.not_tried);
    let readings = signature.per_failure();
    let of_reading = |&reading: &PerFailure| {
        ln(1.0 / readings.len() as f64)
            + match (signature.not_offered, signature.lost) {
                (false, _) => tried(&on, reading, &plain, &before),
                (true, Some((LossCondition::Busy, where_preferred))) => {
                    busy(&on, reading, &plain, &few, &before, where_preferred)
                }
                (true, Some((LossCondition::Known, true))) => known(&on, reading, &plain, &few, &before),
                (true, _) => every(&on, reading, &plain, &few, &before),
            }
    };
    log_sum_exp(readings.iter().map(of_reading))
}

/// The log-likelihood if every plain connection is counted.
fn every(on: &[&Span], reading: PerFailure, plain: &[Weighted<usize>], few: &Few, before: &Sums) -> f64 {
    let on = plain_sums(on, plain, few, reading.total(), true);
    over_both(|odd, shape| weighted(plain, &together(&before.of(odd, shape), &on.of(odd, shape))))
}

/// The log-likelihood if only connections on which TLS was tried are counted, and those to destinations with the setting No. It
/// sums over the number of connections to such destinations for a message, their growth with all messages, and the probability
/// that a second connection is refused.
fn tried(on: &[&Span], reading: PerFailure, plain: &[Weighted<usize>], before: &Sums) -> f64 {
    let ratios = no_ratios();
    let fails = on.iter().any(|span| span.failures.high > 0.0);
    let refused = if reading.if_second == 0.0 || !fails { vec![(NEVER_REFUSED, 1.0)] } else { refusals() };
    let usual = usual_messages(on);
    // Without failures, the probability of refusal does not matter.
    let quiet: Vec<&Span> = on.iter().copied().filter(|span| span.failures.high == 0.0).collect();
    let failing: Vec<&Span> = on.iter().copied().filter(|span| span.failures.high > 0.0).collect();
    let quiet = tried_sums(&quiet, reading, &ratios, &[(NEVER_REFUSED, 1.0)], usual);
    let failing = tried_sums(&failing, reading, &ratios, &refused, usual);
    over_both(|odd, shape| {
        let of_growth = |((quiet, failing), (_, weight)): ((&Sums, &Sums), &Weighted<f64>)| {
            let failing = failing.of(odd, shape);
            let of_ratio = |((place, quiet), (_, weight)): ((usize, f64), &Weighted<Option<usize>>)| {
                let each = &failing[place * refused.len()..][..refused.len()];
                ln(*weight) + quiet + weighted(&refused, each)
            };
            let quiet = quiet.of(odd, shape);
            ln(*weight) + log_sum_exp(quiet.into_iter().enumerate().zip(&ratios).map(of_ratio))
        };
        let on = log_sum_exp(quiet.iter().zip(&failing).zip(&GROWTH).map(of_growth));
        weighted(plain, &before.of(odd, shape)) + on
    })
}

/// For each growth of the connections to destinations with the setting No: one sum for each number of these connections per
/// message and each probability that a second connection is refused.
fn tried_sums(
    spans: &[&Span],
    reading: PerFailure,
    ratios: &[Weighted<Option<usize>>],
    refused: &[Weighted<Refused>],
    usual: f64,
) -> [Sums; GROWTH.len()] {
    let mut sums = GROWTH.map(|_| Sums::new(ratios.len() * refused.len()));
    for span in spans {
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
    sums
}

/// The probabilities of an interval for each probability that a second connection is refused. The first entry is without
/// connections to destinations with the setting No, the others are for each number of these connections per message.
fn tried_by_step(span: &Span, shape: f64, reading: PerFailure, refused: &[Weighted<Refused>]) -> Vec<Vec<f64>> {
    // If figures are abbreviated, take the mean over their ranges.
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

/// The log-likelihood if plain connections are lost while the appliance is busy. It sums over the share of mail to destinations
/// with the setting No, the limit, and the number of connections per message.
fn busy(
    on: &[&Span],
    reading: PerFailure,
    ratios: &[Weighted<usize>],
    few: &Few,
    before: &Sums,
    where_preferred: bool,
) -> f64 {
    let limits = limits(on.iter().map(|span| span.load()));
    let mut sums: Vec<Weighted<Sums>> = Vec::new();
    for (_, share) in &NO_SHARE {
        sums.extend(limits.iter().map(|(_, weight)| (Sums::new(ratios.len()), ln(share * weight))));
    }
    // The counted part of the connections, in steps down.
    let steps_of = |share: f64| {
        let kept = if where_preferred { share } else { 1.0 - share };
        PARTS.map(|part| steps_down(kept + (1.0 - kept) * part))
    };
    for span in on {
        let odd = odd(span);
        let weigh =
            |&(limit, _): &Weighted<f64>| parts(span.load(), limit, span.length_seconds, span.messages.middle());
        let weights: Vec<_> = limits.iter().map(weigh).collect();
        for (number, &shape) in SHAPES.iter().enumerate() {
            let booked = Booked::new(span, few, reading.total(), shape);
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

/// Number of steps from a mean down to a share of it. Negative if the share is above 1.
pub(super) fn steps_down(share: f64) -> i64 {
    (-libm::log(share.max(TINY)) / STEP).round() as i64
}

/// The step that lies `down` steps below another. `None` below the first step; the last step instead of those above it.
pub(super) fn shifted(step: usize, down: i64) -> Option<usize> {
    usize::try_from(step as i64 - down).ok().map(|step| step.min(STEPS - 1))
}

/// The geometric mean of the messages of intervals that have any.
pub(super) fn usual_messages(on: &[&Span]) -> f64 {
    let messages = on.iter().map(|span| span.messages.middle());
    let logs: Vec<f64> = messages.filter(|&messages| messages >= 1.0).map(ln).collect();
    libm::exp(logs.iter().sum::<f64>() / logs.len().max(1) as f64)
}

/// One sum for each number of connections per message, if every plain connection is counted (`booked`) or none.
fn plain_sums(spans: &[&Span], ratios: &[Weighted<usize>], few: &Few, for_failure: f64, booked: bool) -> Sums {
    let mut sums = Sums::new(ratios.len());
    for span in spans {
        for (number, &shape) in SHAPES.iter().enumerate() {
            let judge = Booked::new(span, few, for_failure, shape);
            let probability = |&(step, _): &Weighted<usize>| match booked {
                true => judge.wholly(ratio(step)),
                false => judge.partly(0.0),
            };
            sums.add(number, odd(span), ratios.iter().map(probability));
        }
    }
    sums
}

pub(super) fn together(some: &[f64], others: &[f64]) -> Vec<f64> {
    some.iter().zip(others).map(|(one, other)| one + other).collect()
}

pub(super) fn weighted<T>(values: &[Weighted<T>], logs: &[f64]) -> f64 {
    log_sum_exp(values.iter().zip(logs).map(|((_, weight), log)| ln(*weight) + log))
}
