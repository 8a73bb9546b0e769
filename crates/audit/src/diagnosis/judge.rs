//! The log-likelihood of each form of a rule, from the intervals in which TLS was preferred.

use tollgate_catalogue::{AfterFailure, Form, LossCondition};

use super::connections::{Row, group_length};
use super::details::{Cell, Details, FORBIDDEN, bulk_domain, cells_in};
use super::evidence::Evidence;
use super::first_contacts::Domains;
use super::summary::Summary;
use super::switches::{Switches, possible_switches, unjudged};

/// The log-likelihood of a form.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Judgement {
    /// The part of the sums of the intervals.
    pub(crate) sums: f64,
    /// The part of the details by domain.
    pub(crate) details: f64,
    /// True if the details have cells that the form does not allow.
    pub(crate) contradiction: bool,
    /// Number of intervals in which TLS is taken as off or as switched, because this makes the figures likelier.
    pub(crate) off: usize,
}

/// Judges forms, in their order. Before TLS is preferred, all rules count alike.
pub(crate) fn judge(evidence: &Evidence, forms: impl Iterator<Item = Form>) -> Vec<Judgement> {
    let (mut rows, mut cells) = (evidence.rows(), evidence.cells());
    let forms: Vec<Form> = forms.collect();
    if rows.is_empty() {
        return vec![Judgement::default(); forms.len()];
    }
    leave_out_bulk(&mut rows, &mut cells);
    let figures = Figures { step: group_length(rows.len()), measured: evidence.measured(), rows, cells };
    let domains = Domains::all();
    let mut judgements = figures.judge(&forms, &domains);
    for switches in possible_switches(&figures.rows) {
        let judged = figures.judge_with(&forms, &switches, &domains);
        for (best, other) in judgements.iter_mut().zip(judged) {
            if other.total() > best.total() {
                *best = other;
            }
        }
    }
    for (form, judgement) in forms.iter().zip(&mut judgements) {
        let is_complete = evidence.established.is_some_and(|established| established.missing() == 0.0);
        if *form == Form::Every && evidence.lacks_all_connections() && !is_complete {
            let largest = if evidence.messages() < MANY_MESSAGES { ODD } else { IMPOSSIBLE };
            judgement.sums = judgement.sums.min(largest);
        }
        judgement.sums -= evidence.established.map_or(0.0, |established| established.cost(*form));
    }
    judgements
}

/// The largest log-likelihood of a figure that a form does not allow: about that of an odd figure.
const IMPOSSIBLE: f64 = -16.0;
/// The same for messages that a single connection before the first interval may have carried.
const ODD: f64 = -13.0;
/// The number of messages from which on a single connection is improbable.
const MANY_MESSAGES: f64 = 30.0;

/// Leaves out one domain with very many messages on each connection. It must not decide what the others show.
fn leave_out_bulk(rows: &mut [Row], cells: &mut Vec<Vec<Cell>>) {
    for cell in bulk_domain(cells).map(|place| cells.remove(place)).into_iter().flatten() {
        let row = &mut rows[cell.interval as usize];
        row.messages = (row.messages - cell.messages).max(0.0);
        row.unencrypted = (row.unencrypted - cell.unencrypted).max(0.0);
        row.failures = (row.failures - cell.failures).max(0.0);
    }
}

/// The figures of some intervals.
struct Figures {
    rows: Vec<Row>,
    /// The cells of each domain. Their intervals are places in `rows`.
    cells: Vec<Vec<Cell>>,
    /// Number of intervals that are judged together.
    step: usize,
    /// Plain connections per message while TLS was off.
    measured: Option<f64>,
}

impl Figures {
    /// Judges forms. `domains` are the numbers and inequalities of domains that are tried.
    fn judge(&self, forms: &[Form], domains: &[Domains]) -> Vec<Judgement> {
        if self.rows.is_empty() {
            return vec![Judgement::default(); forms.len()];
        }
        let times: Vec<(i64, i64)> = self.rows.iter().map(|row| (row.begin_seconds, row.length_seconds)).collect();
        let summary = Summary::new(&self.rows, self.step, self.measured, !self.cells.is_empty());
        let details = Details::new(&self.cells, &times);
        forms.iter().map(|form| judge_form(*form, &summary, &details, domains)).collect()
    }

    /// Judges forms if TLS was off in some intervals: there, every rule counts all connections. For the documented rule, only the mix of
    /// the mail may differ between them and the others.
    fn judge_with(&self, forms: &[Form], switches: &Switches, domains: &[Domains]) -> Vec<Judgement> {
        let on = self.only(|place| switches.is_on(place)).judge(forms, domains);
        let off = self.only(|place| switches.off[place]).judge(&[Form::Every], domains)[0];
        // Intervals that are judged together are also left out together.
        let left_out = |place: &usize| switches.switched[*place];
        let unjudged: f64 =
            (0..self.rows.len()).filter(left_out).step_by(self.step).map(|at| unjudged(&self.rows[at])).sum();
        let with_off = |(form, on): (&Form, Judgement)| Judgement {
            sums: on.sums + off.sums + unjudged - switches.cost(),
            details: on.details + off.details,
            contradiction: on.contradiction,
            off: if *form == Form::Every { 0 } else { switches.left_out() },
        };
        forms.iter().zip(on).map(with_off).collect()
    }

    /// The figures of some of the intervals.
    fn only(&self, is_chosen: impl Fn(usize) -> bool) -> Figures {
        let chosen: Vec<bool> = (0..self.rows.len()).map(is_chosen).collect();
        Figures {
            rows: self.rows.iter().zip(&chosen).filter(|(_, chosen)| **chosen).map(|(row, _)| *row).collect(),
            cells: cells_in(self.cells.iter(), &chosen),
            ..*self
        }
    }
}

fn judge_form(form: Form, summary: &Summary<'_>, details: &Details<'_>, domains: &[Domains]) -> Judgement {
    // If most destinations have the setting No, each rule counts nearly what the documented rule counts.
    let least = summary.every() - summary.largest_excluded_cost(form);
    let judgement = |sums: f64, cost: f64| Judgement {
        sums: sums.max(least),
        details: -cost,
        contradiction: cost >= FORBIDDEN,
        off: 0,
    };
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
                let sums = summary.known(domains);
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
