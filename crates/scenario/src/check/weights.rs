//! Checks weights, shares and factors, which are relative to their sum.

use crate::path::KeyPath;
use crate::phrases::exact;
use crate::problem::Problems;
use crate::value::{Amount, Share};

/// The smallest sum of parts. Quotients of a part and a smaller sum are not exact.
const MIN_SUM: f64 = 1e-9;

/// Checks that parts have a sum from which shares can be computed. The largest amount bounds the sum.
pub(super) fn check_sum(problems: &mut Problems, path: KeyPath, what: &str, parts: impl Iterator<Item = Amount>) {
    let sum = parts.map(Amount::get).fold(0.0, |sum, part| sum + part);
    if sum < MIN_SUM {
        problems.add(path, format!("found {what} that sum to {sum}, allowed is a sum of at least {MIN_SUM:e}"));
    }
}

/// Checks that the shares of listed elements sum to at most `most`, and to more than 0 if they are all there is. `rest` says what
/// `most` leaves out.
pub(super) fn check_listed_shares(
    problems: &mut Problems,
    path: KeyPath,
    (what, shares): (&str, impl Iterator<Item = Share>),
    (most, rest): (f64, &str),
    are_all: bool,
) {
    let sum: f64 = shares.map(Share::get).sum();
    // The sum of decimal shares may exceed `most` by a rounding error.
    if sum > most + 1e-9 {
        let allowed = format!("allowed is a sum of at most {}{rest}", exact(most));
        problems.add(path, format!("found {what} that sum to {}, {allowed}", exact(sum)));
    } else if are_all && sum < MIN_SUM {
        let allowed = format!("allowed is a sum of at least {MIN_SUM:e}, because no others are left");
        problems.add(path, format!("found {what} that sum to {}, {allowed}", exact(sum)));
    }
}

/// Checks that the shares at two keys of the same table sum to at most 1.
pub(super) fn check_shares(problems: &mut Problems, path: &KeyPath, first: (&str, Share), second: (&str, Share)) {
    let sum = first.1.get() + second.1.get();
    // The sum of decimal shares may exceed 1 by a rounding error.
    if sum > 1.0 + 1e-9 {
        let message = format!(
            "found {}, which with `{}` adds up to {}, allowed is a sum of at most 1",
            exact(second.1.get()),
            first.0,
            exact(sum)
        );
        problems.add(path.key(second.0), message);
    }
}
