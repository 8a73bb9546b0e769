//! Weights, shares and factors that are set against their sum.

use crate::finding::Findings;
use crate::place::Place;
use crate::value::Amount;

/// Checks that parts sum to something that the parts can be set against.
pub(super) fn check_sum(findings: &mut Findings, place: Place, what: &str, parts: impl Iterator<Item = Amount>) {
    let sum = parts.map(Amount::get).fold(0.0, |sum, part| sum + part);
    if sum <= 0.0 || !sum.is_finite() {
        findings.refuse(place, format!("found {what} that sum to {sum}, allowed is a finite sum above 0"));
    }
}
