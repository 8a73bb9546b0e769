//! The log-likelihood of each form of a rule, from the intervals in which TLS was preferred.

use tollgate_catalogue::{AfterFailure, Form, LossCondition};

use super::connections::Row;
use super::details::{Cell, Details};
use super::evidence::Evidence;
use super::first_contacts::Domains;
use super::summary::Summary;

/// The evidence as both parts of the method read it.
pub(crate) struct Judge {
    rows: Vec<Row>,
    times: Vec<(i64, i64)>,
    cells: Vec<Vec<Cell>>,
    measured: Option<f64>,
}

/// The log-likelihood of a form.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Judgement {
    /// The part of the sums of the intervals.
    pub(crate) sums: f64,
    /// The part of the details by domain.
    pub(crate) details: f64,
}

impl Judge {
    pub(crate) fn new(evidence: &Evidence) -> Self {
        let rows = evidence.rows();
        let times = rows.iter().map(|row| (row.begin_seconds, row.length_seconds)).collect();
        Judge { rows, times, cells: evidence.cells(), measured: evidence.measured() }
    }

    /// Judges a form. Before TLS is preferred, all rules count alike.
    pub(crate) fn judge(&self, form: Form) -> Judgement {
        if self.rows.is_empty() {
            return Judgement::default();
        }
        let summary = Summary::new(&self.rows, self.measured, !self.cells.is_empty());
        let details = Details::new(&self.cells, &self.times);
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
}

impl Judgement {
    /// The log-likelihood of all figures, rounded, so that rules that count alike are equal in spite of rounding errors.
    pub(crate) fn total(self) -> f64 {
        libm::round((self.sums + self.details) * 1e6) / 1e6
    }
}
