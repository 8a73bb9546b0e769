//! Short names and values for places with little room.

use tollgate_wording::{counted, load};

use crate::estimate::Estimate;
use crate::figure::PlanFigure;
use crate::plan::{Plan, PlanSide, Point};

/// The longest name of a side that headings repeat, in characters.
const SHORT_NAME: usize = 24;

const NO_BREAK_SPACE: &str = "\u{a0}";

/// A figure of a point: its mean, and its confidence interval unless both ends read alike.
pub(super) struct FigureText {
    pub(super) value: String,
    pub(super) interval: Option<String>,
}

impl FigureText {
    pub(super) fn new(point: &Point, figure: &PlanFigure) -> Self {
        let estimate = point.figure(figure.name);
        let write = |value: f64| figure.unit.write(value.max(0.0));
        let value = write(estimate.mean);
        if point.is_lower_bound(figure.name) {
            return FigureText { value: format!("more than {value}"), interval: None };
        }
        FigureText { value, interval: interval(estimate, write) }
    }
}

/// The confidence interval of an estimate, which may break only before its upper end: `3 s to 3.3 s`. None if both ends read
/// alike.
pub(super) fn interval(estimate: Estimate, write: impl Fn(f64) -> String) -> Option<String> {
    if estimate.has_too_few_messages() {
        return Some("too few messages".into());
    }
    let write = |end| write(end).replace(' ', NO_BREAK_SPACE);
    let interval = tollgate_wording::interval(estimate.low, estimate.high, write)?;
    // The first ordinary space is the one before "to".
    Some(interval.replacen(' ', NO_BREAK_SPACE, 1))
}

/// Loads in ascending order: `3 loads from 0.5 to 4`.
pub(super) fn loads(loads: &[f64]) -> String {
    match loads {
        [] => String::from("no load"),
        [only] => format!("load {}", load(*only)),
        [first, .., last] => {
            format!("{} from {} to {}", counted(loads.len() as u64, "load"), load(*first), load(*last))
        }
    }
}

/// A side of a comparison in headings and beside lines: its letter, and its name if the names of all sides are short. None
/// without a comparison.
pub(super) fn short_heading(plan: &Plan, side: &PlanSide) -> Option<String> {
    let is_short = |side: &PlanSide| side.name.chars().count() <= SHORT_NAME;
    let letter = plan.letter(side)?;
    Some(if plan.sides.iter().all(is_short) { plan.heading(side) } else { letter.into() })
}

/// The name of a side's scenario, and the values that override it. The user's name for a side stays whole.
pub(super) fn scenario_and_values(side: &PlanSide) -> (&str, Option<&str>) {
    match side.name.split_once(" with ").filter(|_| !side.is_labelled) {
        Some((scenario, values)) => (scenario, Some(values)),
        None => (&side.name, None),
    }
}
