//! The answer of a side, before all its figures.

use tollgate_wording::load;

use super::labels;
use crate::figure::PlanFigure;
use crate::plan::{Plan, Point, PlanSide};
use crate::verdict::SideVerdict;

/// The answer of a side.
pub(super) struct AnswerSection {
    pub(super) heading: String,
    /// The span of the side, if the sides have different ones.
    pub(super) period: Option<String>,
    pub(super) headline: String,
    /// The rest of the verdict, a sentence each.
    pub(super) details: Vec<String>,
    /// The load of the figures.
    pub(super) about_figures: Option<String>,
    pub(super) figures: Vec<AnswerFigure>,
}

/// A figure of an answer.
pub(super) struct AnswerFigure {
    pub(super) title: &'static str,
    pub(super) value: String,
    pub(super) interval: Option<String>,
}

/// The names of the figures of an answer, with their titles there.
const FIGURES_OF_ANSWER: [(&str, &str); 5] = [
    ("delay_p99", "99% pass the work queue in"),
    ("depth_max", "Most in the work queue"),
    ("drain", "To drain after the worst peak"),
    ("workers_busiest_hour", "Workers busy in the busiest hour"),
    ("cpu_busiest_hour", "CPU in the busiest hour"),
];

impl AnswerSection {
    pub(super) fn new(plan: &Plan, side: &PlanSide, verdict: &SideVerdict) -> Self {
        let point = side.nearest_point();
        let figure =
            |point| FIGURES_OF_ANSWER.iter().filter_map(move |&(name, title)| AnswerFigure::new(point, name, title));
        AnswerSection {
            heading: if plan.sides.len() > 1 { plan.heading(side) } else { String::from("In short") },
            period: (!plan.is_simultaneous()).then(|| side.period()),
            headline: verdict.headline(),
            details: verdict.details(),
            about_figures: point.map(|point| about_figures(point, side)),
            figures: point.into_iter().flat_map(figure).collect(),
        }
    }
}

impl AnswerFigure {
    fn new(point: &Point, name: &str, title: &'static str) -> Option<Self> {
        let unit = PlanFigure::find(name)?.unit;
        let estimate = point.figure(name);
        let write = |value: f64| unit.write(value.max(0.0));
        let value = write(estimate.mean);
        Some(if name == "drain" && point.is_undrained() {
            AnswerFigure { title, value: format!("more than {value}"), interval: None }
        } else {
            AnswerFigure { title, value, interval: labels::interval(estimate, write) }
        })
    }
}

fn about_figures(point: &Point, side: &PlanSide) -> String {
    if !point.is_as_given() {
        return format!("Load 1 was not run: these are the figures of load {}.", load(point.load));
    }
    let volume = match side.volume {
        1.0 => String::new(),
        volume => format!(", at its volume of {volume}"),
    };
    format!("These are the figures of load 1, the scenario as given{volume}.")
}
