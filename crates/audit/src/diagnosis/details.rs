//! The likelihood of the details by domain under a rule.
//!
//! While TLS is preferred by default, a domain has one setting, Preferred or No. The probability of No is the same for all domains.
//! A domain also has one kind, by the way in which its messages share connections. Given setting and kind, its intervals are
//! independent.

use std::rc::Rc;

use tollgate_catalogue::LossCondition;

use super::busy;
use super::cells::Cells;
use super::density::{beta_binomial, ln, log_add, log_sum_exp};
use super::evidence::CellCounts;
use super::known::Known;
use super::prior::{KINDS, MADE_UP, NEVER_REFUSED, NO_SHARE, ODD, Refused, Weighted, refusals};
use super::signature::{PerFailure, Signature};

/// Logarithms of probabilities by domain, for each kind.
pub(crate) type ByKind = [Vec<f64>; KINDS];

/// The log-likelihood of the details under a rule.
pub(crate) fn log_likelihood(signature: &Signature, cells: &Cells<'_>) -> f64 {
    let readings = signature.per_failure();
    let each = readings.iter().map(|&reading| of_reading(signature, reading, cells) - ln(readings.len() as f64));
    log_sum_exp(each)
}

fn of_reading(signature: &Signature, reading: PerFailure, cells: &Cells<'_>) -> f64 {
    let books_no = signature.not_tried;
    match (signature.not_offered, signature.lost) {
        (false, _) => over_odd(|odd| tried(cells, odd, reading, books_no)),
        (true, Some((LossCondition::Busy, where_preferred))) => {
            busy::log_likelihood(cells, reading, books_no, where_preferred)
        }
        (true, Some((LossCondition::Known, true))) => over_odd(|odd| known(cells, odd, reading, books_no)),
        (true, _) => over_odd(|odd| every(cells, odd, reading, books_no)),
    }
}

/// Sums over the shares of odd cells.
pub(crate) fn over_odd(log_likelihood: impl Fn(f64) -> f64) -> f64 {
    log_sum_exp(ODD.iter().map(|&(odd, weight)| ln(weight) + log_likelihood(odd)))
}

/// The log-likelihood if every plain connection is counted, whatever the setting.
pub(crate) fn every(cells: &Cells<'_>, odd: f64, reading: PerFailure, books_no: bool) -> f64 {
    let no = cells.no_logs(odd, books_no);
    let of_refused = |&(refused, weight): &Weighted<Refused>| {
        let by_kind: ByKind = std::array::from_fn(|kind| {
            let logs = cells.logs(odd, |at| cells.booked(at, kind, reading, refused));
            cells.by_domain(|_, cell| {
                let logs = if cell.preferred { &logs } else { &no[kind] };
                logs[cell.counts as usize]
            })
        });
        ln(weight)
            + log_sum_exp(
                MADE_UP.map(|(made_up, weight)| ln(weight) + over_kinds(&by_kind, made_up).iter().sum::<f64>()),
            )
    };
    log_sum_exp(refusals_in(cells).iter().map(of_refused))
}

/// The log-likelihood if only connections on which TLS was tried are counted where TLS is preferred.
pub(crate) fn tried(cells: &Cells<'_>, odd: f64, reading: PerFailure, books_no: bool) -> f64 {
    let refused = if reading.if_second == 0.0 { vec![(NEVER_REFUSED, 1.0)] } else { refusals_in(cells) };
    let of_refused = |&(refused, weight): &Weighted<Refused>| {
        let logs = cells.logs(odd, |at| from_failures(&cells.different[at], refused, reading));
        let by_domain = cells.by_domain(|_, cell| if cell.preferred { logs[cell.counts as usize] } else { 0.0 });
        (Rc::new(std::array::from_fn(|_| by_domain.clone())), weight)
    };
    mix(cells, odd, books_no, refused.iter().map(of_refused).collect())
}

/// The log-likelihood if only first contacts are counted where TLS is preferred.
fn known(cells: &Cells<'_>, odd: f64, reading: PerFailure, books_no: bool) -> f64 {
    mix(cells, odd, books_no, Known::new(cells, odd, reading).ways())
}

/// The possible probabilities that a second connection is refused. Without failures a single one is enough.
fn refusals_in(cells: &Cells<'_>) -> Vec<Weighted<Refused>> {
    if cells.different.iter().any(|counts| counts.failures > 0) { refusals() } else { vec![(NEVER_REFUSED, 1.0)] }
}

/// The log-likelihood if some domains have the setting No and the others Preferred. It sums over the share of domains with No, the
/// shares of the kinds, and the ways in which the rule may count. `ways` has the logarithms of each way.
fn mix(cells: &Cells<'_>, odd: f64, books_no: bool, ways: Vec<Weighted<Rc<ByKind>>>) -> f64 {
    // A way that is `FAR` behind at a middling share is far behind at every share, so it is left out.
    const FAR: f64 = 60.0;
    const MIDDLING: f64 = 0.04;
    let logs = cells.no_logs(odd, books_no);
    let no: ByKind = std::array::from_fn(|kind| cells.by_domain(|_, cell| logs[kind][cell.counts as usize]));
    let off: ByKind = std::array::from_fn(|kind| {
        cells.by_domain(|_, cell| if cell.preferred { 0.0 } else { logs[kind][cell.counts as usize] })
    });
    let mut tried = Vec::new();
    for (made_up, weight) in MADE_UP {
        let no = Rc::new(over_kinds(&no, made_up));
        for (way, way_weight) in &ways {
            let add = |kind: usize| off[kind].iter().zip(&way[kind]).map(|(off, on)| off + on).collect();
            let preferred = over_kinds(&std::array::from_fn(add), made_up);
            let constant = ln(weight * way_weight);
            tried.push((constant + mix_domains(&no, &preferred, MIDDLING), constant, Rc::clone(&no), preferred));
        }
    }
    let best = tried.iter().map(|one| one.0).fold(f64::NEG_INFINITY, f64::max);
    let near = tried.into_iter().filter(|one| one.0 > best - FAR);
    let over_shares = near.flat_map(|(_, constant, no, preferred)| {
        NO_SHARE.map(|(share, weight)| constant + ln(weight) + mix_domains(&no, &preferred, share))
    });
    log_sum_exp(over_shares)
}

/// The logarithms of the probabilities of domains, given the share of each kind.
pub(crate) fn over_kinds(by_kind: &ByKind, made_up: [f64; KINDS]) -> Vec<f64> {
    let shares = made_up.map(ln);
    let of_domain = |domain: usize| {
        let logs = (0..KINDS).filter(|&kind| made_up[kind] > 0.0).map(|kind| shares[kind] + by_kind[kind][domain]);
        logs.fold(f64::NEG_INFINITY, log_add)
    };
    (0..by_kind[0].len()).map(of_domain).collect()
}

/// The log-likelihood if each domain has the setting No with the probability `share`.
pub(crate) fn mix_domains(no: &[f64], preferred: &[f64], share: f64) -> f64 {
    let (share, rest) = (ln(share), libm::log1p(-share));
    no.iter().zip(preferred).map(|(no, preferred)| log_add(share + no, rest + preferred)).sum()
}

/// The probability of a cell's unencrypted connections, if they follow from failures only.
fn from_failures(counts: &CellCounts, refused: Refused, reading: PerFailure) -> f64 {
    let failures = f64::from(counts.failures);
    let left = f64::from(counts.unencrypted) - reading.certain * failures;
    if reading.if_second == 0.0 {
        return f64::from(u8::from(left == 0.0));
    }
    beta_binomial(left / reading.if_second, failures, 1.0 - refused.mean, refused.concentration)
}
