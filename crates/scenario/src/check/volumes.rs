//! What classes of senders and flows have in common: volumes, rhythms, recipients, sizes.

use crate::finding::Findings;
use crate::mail::{ListedDomain, Recipients, Rhythm, Size};
use crate::place::Place;
use crate::value::Amount;

use super::names::{check_domain, check_unique};
use super::weights::check_sum;

/// The most connections or messages of a class or flow a week, or of an outbreak in all. Far more than any site has, and
/// few enough that those of an hour can be counted in 32 bits.
const MAX_PER_WEEK: f64 = 1e10;
/// The most recipients of a message (transaction).
const MAX_RECIPIENTS: u32 = 100_000;
/// The least that a largest size can be in bytes: the headers of a message hardly fit in less.
const MIN_MAX_BYTES: u32 = 64;

/// Checks that a volume, multiplied by that of the scenario, is one that can be simulated.
pub(super) fn check_volume(findings: &mut Findings, place: Place, per_week: Amount, volume: Amount) {
    let product = per_week.get() * volume.get();
    if product > MAX_PER_WEEK {
        let allowed = format!("allowed is at most {MAX_PER_WEEK}");
        findings.refuse(place, format!("found {} at volume {}, {allowed}", per_week.get(), volume.get()));
    }
}

/// Checks domains that are listed by themselves.
pub(super) fn check_listed(findings: &mut Findings, place: &Place, listed: &[ListedDomain], volume: Amount) {
    let places = listed.iter().enumerate().map(|(index, entry)| (place.at(index), entry));
    for (place, entry) in places.clone() {
        check_domain(findings, place.key("domain"), &entry.domain);
        check_volume(findings, place.key("per_week"), entry.per_week, volume);
    }
    check_unique(findings, "domain", places.map(|(place, entry)| (place, entry.domain.as_str())));
}

/// Checks that no table of factors has a mean of 0.
pub(super) fn check_rhythm(findings: &mut Findings, place: &Place, rhythm: &Rhythm) {
    check_sum(findings, place.key("week"), "factors", rhythm.week.into_iter());
    check_sum(findings, place.key("day"), "factors", rhythm.day.into_iter());
    if let Some(day) = rhythm.weekend_day {
        check_sum(findings, place.key("weekend_day"), "factors", day.into_iter());
    }
}

/// Checks that recipients follow one law that gives numbers of 1 or more.
pub(super) fn check_recipients(findings: &mut Findings, place: &Place, recipients: &Recipients) {
    match (recipients.zeta, recipients.bins.as_slice()) {
        (Some(zeta), []) if zeta.get() <= 1.0 => {
            findings.refuse(place.key("zeta"), format!("found {}, allowed is an exponent above 1", zeta.get()));
        }
        (Some(_), []) => {}
        (None, [_, ..]) => check_bins(findings, &place.key("bins"), recipients),
        (Some(_), [_, ..]) => findings.refuse(place.clone(), "found both `zeta` and `bins`, allowed is one of them"),
        (None, []) => findings.refuse(place.clone(), "found neither `zeta` nor `bins`, allowed is one of them"),
    }
    if !(1..=MAX_RECIPIENTS).contains(&recipients.max) {
        let message = format!("found {}, allowed is from 1 to {MAX_RECIPIENTS}", recipients.max);
        findings.refuse(place.key("max"), message);
    }
}

fn check_bins(findings: &mut Findings, place: &Place, recipients: &Recipients) {
    for (index, bin) in recipients.bins.iter().enumerate() {
        if bin.from == 0 || bin.from > bin.to || bin.to > MAX_RECIPIENTS {
            let allowed = format!("allowed is from 1 or more to no less, up to {MAX_RECIPIENTS}");
            findings.refuse(place.at(index), format!("found {} to {}, {allowed}", bin.from, bin.to));
        }
    }
    check_sum(findings, place.clone(), "shares", recipients.bins.iter().map(|bin| bin.share));
}

/// Checks that there is a law for sizes.
pub(super) fn check_size(findings: &mut Findings, place: &Place, size: &Size) {
    check_sum(findings, place.key("parts"), "shares", size.parts.iter().map(|part| part.share));
    if size.max_bytes < MIN_MAX_BYTES {
        let message = format!("found {}, allowed is {MIN_MAX_BYTES} or more", size.max_bytes);
        findings.refuse(place.key("max_bytes"), message);
    }
}

/// The mean number of recipients of a message (transaction), for recipients that have passed their check.
pub(super) fn mean_recipients(recipients: &Recipients) -> f64 {
    let mut weight = 0.0;
    let mut weighted = 0.0;
    match recipients.zeta {
        Some(zeta) => {
            for count in 1..=recipients.max.min(MAX_RECIPIENTS) {
                let probability = f64::from(count).powf(-zeta.get());
                weight += probability;
                weighted += probability * f64::from(count);
            }
        }
        None => {
            for bin in &recipients.bins {
                weight += bin.share.get();
                weighted += bin.share.get() * (f64::from(bin.from) + f64::from(bin.to)) / 2.0;
            }
        }
    }
    weighted / weight
}
