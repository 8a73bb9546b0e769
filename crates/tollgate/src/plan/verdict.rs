//! The verdict of a plan on the terminal.

use tollgate_capacity::{Plan, PlanVerdict};

use crate::terminal::wrapped;

/// The sentences about each side, the comparison and the notes, one sentence per line.
pub(crate) fn describe(plan: &Plan) -> String {
    let verdict = PlanVerdict::new(plan);
    let mut blocks = Vec::new();
    for (side, verdict) in plan.sides.iter().zip(&verdict.sides) {
        let sentences = std::iter::once(verdict.headline()).chain(verdict.details());
        blocks
            .push(plan.heading(side) + "\n" + &sentences.map(|sentence| format!("  {sentence}\n")).collect::<String>());
    }
    blocks.extend(verdict.comparison().map(|comparison| comparison + "\n"));
    let notes: String = verdict.notes().iter().map(|note| format!("{note}\n")).collect();
    blocks.extend(Some(notes).filter(|notes| !notes.is_empty()));
    wrapped(&blocks.join("\n"))
}
