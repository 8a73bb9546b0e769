//! The answer for a side: its verdict and its main figures.

use tollgate_wording::load;

use super::labels::FigureText;
use crate::figure::PlanFigure;
use crate::plan::{Plan, PlanSide, Point};
use crate::verdict::SideVerdict;

/// The answer for a side.
pub(super) struct AnswerSection {
    pub(super) heading: String,
    /// The span of the side, if the sides have different spans.
    pub(super) span: Option<String>,
    pub(super) headline: String,
    /// The rest of the verdict in paragraphs, each a list of sentences.
    pub(super) details: Vec<Vec<String>>,
    /// A sentence with the load of the figures.
    pub(super) about_figures: Option<String>,
    pub(super) figures: Vec<AnswerFigure>,
}

/// A figure of an answer.
pub(super) struct AnswerFigure {
    pub(super) title: &'static str,
    pub(super) text: FigureText,
}

/// The figures of an answer: their names, and their titles in the answer.
const FIGURES_OF_ANSWER: [(&str, &str); 5] = [
    ("delay_p99", "99% leave the work queue within"),
    ("depth_max", "Most messages in the work queue"),
    ("drain", "Time to drain after the worst peak"),
    ("workers_busiest_hour", "Workers busy in the busiest hour"),
    ("cpu_busiest_hour", "CPU in the busiest hour"),
];

impl AnswerSection {
    pub(super) fn new(plan: &Plan, side: &PlanSide, verdict: &SideVerdict) -> Self {
        let point = side.nearest_point();
        let mut details = verdict.paragraphs();
        details.iter_mut().take(1).for_each(|first| drop(first.remove(0)));
        details.retain(|paragraph| !paragraph.is_empty());
        let figure =
            |point| FIGURES_OF_ANSWER.iter().filter_map(move |&(name, title)| AnswerFigure::new(point, name, title));
        AnswerSection {
            heading: if plan.sides.len() > 1 { plan.heading(side) } else { String::from("In short") },
            span: (!plan.is_simultaneous()).then(|| side.span()),
            headline: verdict.headline(),
            details,
            about_figures: point.map(|point| about_figures(point, side)),
            figures: point.into_iter().flat_map(figure).collect(),
        }
    }
}

impl AnswerFigure {
    fn new(point: &Point, name: &str, title: &'static str) -> Option<Self> {
        Some(AnswerFigure { title, text: FigureText::new(point, PlanFigure::find(name)?) })
    }
}

fn about_figures(point: &Point, side: &PlanSide) -> String {
    if !point.is_as_given() {
        return format!("Load 1 was not run. The figures are for load {}.", load(point.load));
    }
    let volume = match side.volume {
        1.0 => String::new(),
        volume => format!(", with its volume of {}", load(volume)),
    };
    format!("The figures are for load 1: the scenario as given{volume}.")
}
