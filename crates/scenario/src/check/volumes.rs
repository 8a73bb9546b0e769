//! Checks the properties that classes of senders and flows share: volumes, rhythms, recipients and sizes.

use crate::mail::{ListedDomain, RecipientDistribution, Rhythm, Size};
use crate::path::KeyPath;
use crate::problem::Problems;
use crate::value::{Amount, MAX_AMOUNT};

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

/// Checks domains with volumes of their own.
pub(super) fn check_listed(problems: &mut Problems, path: &KeyPath, listed: &[ListedDomain], volume: Amount) {
    let paths = listed.iter().enumerate().map(|(index, entry)| (path.at(index), entry));
    for (path, entry) in paths.clone() {
        check_domain(problems, path.key("domain"), &entry.domain);
        check_volume(problems, &path, (&entry.domain, "per_week"), entry.per_week, volume);
    }
    check_unique(problems, "domain", paths.map(|(path, entry)| (path, entry.domain.as_str())));
}

/// Checks that no list of factors has a mean of 0.
pub(super) fn check_rhythm(problems: &mut Problems, path: &KeyPath, rhythm: &Rhythm) {
    check_sum(problems, path.key("week"), "factors", rhythm.week.into_iter());
    check_sum(problems, path.key("day"), "factors", rhythm.day.into_iter());
    if let Some(day) = rhythm.weekend_day {
        check_sum(problems, path.key("weekend_day"), "factors", day.into_iter());
    }
}

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
