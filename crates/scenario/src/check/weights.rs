//! Checks weights, shares and factors, which are relative to their sum.

use crate::path::KeyPath;
use crate::problem::Problems;
use crate::value::Amount;

/// Checks that parts have a finite sum above 0.
pub(super) fn check_sum(problems: &mut Problems, path: KeyPath, what: &str, parts: impl Iterator<Item = Amount>) {
    let sum = parts.map(Amount::get).fold(0.0, |sum, part| sum + part);
    if sum <= 0.0 || !sum.is_finite() {
        problems.add(path, format!("found {what} that sum to {sum}, allowed is a finite sum above 0"));
    }
}
