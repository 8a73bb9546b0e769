//! Names and intervals where there is little room.

use tollgate_wording::load;

use crate::estimate::Estimate;
use crate::plan::{Plan, PlanSide};

/// Names of sides up to this length are repeated in headings.
const SHORT_NAME: usize = 24;

/// The ends of an interval, with a line break between them where there is little room: `3 s to 3.3 s`. None if both read
/// alike.
pub(super) fn interval(estimate: Estimate, write: impl Fn(f64) -> String) -> Option<String> {
    let [low, high] = [estimate.low, estimate.high].map(|end| write(end).replace(' ', "\u{a0}"));
    (low != high).then(|| format!("{low}\u{a0}to {high}"))
}

/// Loads in ascending order: `3 loads from 0.5 to 4`.
pub(super) fn loads(loads: &[f64]) -> String {
    match loads {
        [] => String::from("no load"),
        [only] => format!("load {}", load(*only)),
        [first, .., last] => format!("{} loads from {} to {}", loads.len(), load(*first), load(*last)),
    }
}

/// A side of a comparison in headings and beside lines: its letter, with the name if the names of all sides are short.
pub(super) fn short_heading(plan: &Plan, side: &PlanSide) -> Option<String> {
    let is_short = |side: &PlanSide| side.name.chars().count() <= SHORT_NAME;
    let letter = plan.letter(side)?;
    Some(if plan.sides.iter().all(is_short) { plan.heading(side) } else { letter.into() })
}

/// The name of a side's scenario, and the values that override it.
pub(super) fn scenario_and_values(side: &PlanSide) -> (&str, Option<&str>) {
    match side.name.split_once(" with ") {
        Some((scenario, values)) => (scenario, Some(values)),
        None => (&side.name, None),
    }
}
