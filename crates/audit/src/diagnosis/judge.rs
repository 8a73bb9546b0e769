//! The log-likelihood of each form of a rule, from the intervals in which TLS was preferred.

use tollgate_catalogue::{AfterFailure, Form, LossCondition};

use super::details::Details;
use super::evidence::Evidence;
use super::first_contacts::Domains;
use super::summary::Summary;

/// The log-likelihood of a form.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Judgement {
    /// The part of the sums of the intervals.
    pub(crate) sums: f64,
    /// The part of the details by domain.
    pub(crate) details: f64,
}

/// Judges forms, in their order. Before TLS is preferred, all rules count alike.
pub(crate) fn judge(evidence: &Evidence, forms: impl Iterator<Item = Form>) -> Vec<Judgement> {
    let (rows, cells) = (evidence.rows(), evidence.cells());
    if rows.is_empty() {
        return forms.map(|_| Judgement::default()).collect();
    }
    let times: Vec<(i64, i64)> = rows.iter().map(|row| (row.begin_seconds, row.length_seconds)).collect();
    let summary = Summary::new(&rows, evidence.measured(), !cells.is_empty());
    let details = Details::new(&cells, &times);
    forms.map(|form| judge_form(form, &summary, &details)).collect()
}

fn judge_form(form: Form, summary: &Summary<'_>, details: &Details<'_>) -> Judgement {
    let judgement = |sums: f64, cost: f64| Judgement { sums, details: -cost };
    match form {
        Form::Every => judgement(summary.every(), details.every()),
        Form::AfterFailure(AfterFailure::SecondConnection) => {
            judgement(summary.after_failure(true), details.after_failure(true))
        }
        Form::AfterFailure(AfterFailure::FailedConnection) => {
            judgement(summary.after_failure(false), details.after_failure(false))
        }
        Form::Lossy(lost) => match lost.when {
            LossCondition::Busy => judgement(summary.busy(), details.busy()),
            LossCondition::Known => {
                let sums = summary.known(&Domains::all());
                let of_period = |(sums, cost): (f64, f64)| judgement(sums, cost);
                let periods = sums.into_iter().zip(details.known()).map(of_period);
                periods.max_by(|one, other| one.total().total_cmp(&other.total())).unwrap_or_default()
            }
        },
    }
}

impl Judgement {
    /// The log-likelihood of all figures, rounded, so that rules that count alike are equal in spite of rounding errors.
    pub(crate) fn total(self) -> f64 {
        libm::round((self.sums + self.details) * 1e6) / 1e6
    }
}
