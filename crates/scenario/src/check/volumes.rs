//! Checks the properties that classes of senders and flows share: volumes, rhythms, recipients and sizes.

use std::fmt::Display;

use crate::mail::{Observed, RecipientDistribution, Rhythm, Size};
use crate::path::KeyPath;
use crate::problem::Problems;
use crate::value::{Amount, MAX_AMOUNT, MINUTE};

use super::names::{check_domain, check_unique};
use super::weights::check_sum;

/// Checks that the number at a key, multiplied by the volume of the scenario, can be simulated. `name` is that of the table with the key.
/// The first number that is too large has an error, because all have the same cause.
pub(super) fn check_volume(
    problems: &mut Problems,
    path: &KeyPath,
    (name, key): (&str, &str),
    number: Amount,
    volume: Amount,
) {
    let (cause, product) = (KeyPath::top().key("volume"), number.get() * volume.get());
    if product.max(number.get()) <= MAX_AMOUNT {
        return;
    }
    if number.get() > MAX_AMOUNT {
        // Only scaled traffic can be so large, because the file is compared with the format.
        let found = format!("found {}, which is {product} at volume {}", number.get(), volume.get());
        problems.add(path.key(key), format!("{found}, allowed is at most {MAX_AMOUNT}"));
    } else if problems.kept().iter().all(|problem| problem.path != cause) {
        let multiplied = format!("{key} = {} of {name:?}", number.get());
        let found = format!("found {}, which multiplies {multiplied} to {product}", volume.get());
        problems.add(cause, format!("{found}, allowed is a product of at most {MAX_AMOUNT}"));
    }
}

/// Checks the names and the volumes of listed domains.
pub(super) fn check_listed<'s>(
    problems: &mut Problems,
    path: &KeyPath,
    listed: impl Iterator<Item = (&'s str, Amount)>,
    volume: Amount,
) {
    let listed: Vec<_> = listed.enumerate().map(|(index, entry)| (path.at(index), entry)).collect();
    for (path, (domain, per_week)) in &listed {
        check_domain(problems, path.key("domain"), domain);
        check_volume(problems, path, (domain, "per_week"), *per_week, volume);
    }
    check_unique(problems, "domain", listed.into_iter().map(|(path, (domain, _))| (path, domain)));
}

/// Checks that no list of factors has a mean of 0, and that known days and observed steps are times of the simulation.
pub(super) fn check_rhythm(problems: &mut Problems, path: &KeyPath, rhythm: &Rhythm) {
    check_sum(problems, path.key("week"), "factors", rhythm.week.into_iter());
    check_sum(problems, path.key("day"), "factors", rhythm.day.into_iter());
    if let Some(day) = rhythm.weekend_day {
        check_sum(problems, path.key("weekend_day"), "factors", day.into_iter());
    }
    if let Some(hours) = &rhythm.hours {
        check_sum(problems, path.key("hours"), "factors", hours.iter().copied());
    }
    let mut refuse = |path: KeyPath, found: &dyn Display, allowed: &str| {
        problems.add(path, format!("found {found}, allowed is {allowed}"));
    };
    if let Some(days) = rhythm.days.as_ref().filter(|days| !days.begin.micros().is_multiple_of(QUARTER)) {
        refuse(path.key("days").key("begin"), &days.begin, "a full quarter of an hour");
    }
    if let Some(Observed { begin, step, .. }) = &rhythm.observed {
        let path = path.key("observed");
        if !begin.micros().is_multiple_of(STEP) {
            refuse(path.key("begin"), begin, "a time at a full five minutes");
        }
        if step.micros() == 0 || !step.micros().is_multiple_of(STEP) {
            refuse(path.key("step"), step, "5m or a multiple of it");
        }
    }
}

/// The steps of the simulation, in which rates are constant, and those of its calendar.
const STEP: u64 = 5 * MINUTE;
const QUARTER: u64 = 15 * MINUTE;

/// Checks that recipients have exactly one distribution, of numbers of at least 1.
pub(super) fn check_recipients(problems: &mut Problems, path: &KeyPath, recipients: &RecipientDistribution) {
    match (recipients.zeta, recipients.bins.as_slice()) {
        (Some(_), []) => {}
        (None, [_, ..]) => check_bins(problems, &path.key("bins"), recipients),
        (Some(_), [_, ..]) => problems.add(path.clone(), "found both `zeta` and `bins`, allowed is only one of them"),
        (None, []) => problems.add(path.clone(), "found neither `zeta` nor `bins`, allowed is one of them"),
    }
}

fn check_bins(problems: &mut Problems, path: &KeyPath, recipients: &RecipientDistribution) {
    for (index, bin) in recipients.bins.iter().enumerate() {
        if bin.from > bin.to {
            problems
                .add(path.at(index), format!("found {} to {}, allowed is the smaller number first", bin.from, bin.to));
        }
    }
    check_sum(problems, path.clone(), "shares", recipients.bins.iter().map(|bin| bin.share));
}

/// Checks that sizes have a distribution.
pub(super) fn check_size(problems: &mut Problems, path: &KeyPath, size: &Size) {
    check_sum(problems, path.key("parts"), "shares", size.parts.iter().map(|part| part.share));
}
