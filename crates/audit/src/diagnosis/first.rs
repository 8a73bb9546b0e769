//! The likelihood of summaries under a rule that counts first contacts only.

use std::collections::HashMap;

use super::booked::{Booked, Few, few_of, odd};
use super::density::{ln, log_sum_exp};
use super::evidence::Span;
use super::prior::{
    GROWTH, SHAPES, STEP, STEPS, STRETCHES, USUAL_RATIO, Weighted, first_contact_shares, normalised, ratio, step_of,
};
use super::signature::PerFailure;
use super::summary::{shifted, steps_down, together, usual_messages, weighted};
use super::sums::{Sums, over_both};

/// The log-likelihood if only first contacts are counted. It sums over three unknowns: the time for which a destination stays
/// known, the growth of first contacts with the messages since that time began, and the number of first contacts per message at
/// the usual volume.
pub(crate) fn known(on: &[&Span], reading: PerFailure, ratios: &[Weighted<usize>], few: &Few, before: &Sums) -> f64 {
    let usual = usual_messages(on);
    let mut ways = ways(on, usual);
    let mut thinned = HashMap::new();
    for (place, span) in on.iter().enumerate() {
        add(&mut ways, place, span, reading, few, &mut thinned);
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

/// One combination of the time for which a destination stays known and of the growth of first contacts.
struct Way {
    /// The log-likelihoods for each number of first contacts per message.
    sums: Sums,
    weight: f64,
    /// True if destinations become unknown again at the beginning of every interval, so that an interval with mail has at least one
    /// first contact.
    own: bool,
    /// For each interval, the difference to the usual number of first contacts per message, in steps down.
    down: Vec<i64>,
}

fn ways(on: &[&Span], usual: f64) -> Vec<Way> {
    let longest = on.iter().map(|span| span.length_seconds).max().unwrap_or_default();
    let fits = |seconds: i64| seconds == 0 || (longest > 0 && seconds > longest);
    let stretches = STRETCHES.into_iter().filter(|((seconds, _), _)| fits(*seconds)).collect();
    let mut ways = Vec::new();
    for ((seconds, own), weight) in normalised(stretches, 1.0) {
        let since = messages_since(on, seconds);
        for (growth, growth_weight) in GROWTH {
            let grown = |messages: f64| libm::pow(messages / usual, growth) * usual;
            // A small share of destinations is always new.
            let share = |(span, since): (&&Span, &f64)| {
                let messages = span.messages.middle();
                ((grown(since + messages) - grown(*since)) / messages.max(0.5)).max(0.002)
            };
            let down = on.iter().zip(&since).map(share).map(steps_down).collect();
            ways.push(Way { sums: Sums::new(STEPS), weight: ln(weight * growth_weight), own, down });
        }
    }
    ways
}

/// The messages before each interval in the same period of `seconds`, in which destinations stay known.
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

/// Adds an interval under each way. `thinned` caches the probabilities for few messages.
fn add(
    ways: &mut [Way],
    place: usize,
    span: &Span,
    reading: PerFailure,
    few: &Few,
    thinned: &mut HashMap<(u32, u64), Vec<f64>>,
) {
    // There are at most as many first contacts as connections.
    let most = step_of(1.2);
    let base = step_of(USUAL_RATIO);
    let odd = odd(span);
    let seen = span.unencrypted.low - reading.total() * span.failures.middle();
    // For few messages, the number of connections was counted. First contacts are a part of these connections.
    let part = few_of(span).map(|messages| {
        let of_down = |down: usize| few.thinned(messages, seen, libm::exp(-STEP * down as f64));
        &*thinned.entry((messages, seen.to_bits())).or_insert_with(|| (0..=base).map(of_down).collect())
    });
    for (number, &shape) in SHAPES.iter().enumerate() {
        let booked = Booked::new(span, few, reading.total(), shape);
        let wholly: Vec<f64> = (0..STEPS).map(|step| booked.wholly(ratio(step))).collect();
        let partly: Vec<f64> = (0..STEPS).map(|step| booked.partly(ratio(step))).collect();
        let none = booked.partly(0.0);
        for way in &mut *ways {
            let probability = |step: usize| {
                let Some(step) = shifted(step, way.down[place]) else { return none };
                let step = step.min(most);
                match part {
                    _ if way.own => wholly[step],
                    Some(part) => part[base.saturating_sub(step)],
                    None => partly[step],
                }
            };
            way.sums.add(number, odd, (0..STEPS).map(probability));
        }
    }
}
