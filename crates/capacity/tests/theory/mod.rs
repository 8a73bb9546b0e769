//! Compares measurements with theory. The queues are simple enough to have one. They are simulated and measured as a plan does
//! it. `MODEL.md` shows the figures that these tests print.
#![allow(clippy::print_stdout, reason = "cargo nextest run --no-capture shows the figures")]

mod batch;
mod closed_form;
mod coverage;
mod littles_law;
mod queue;
mod usage;
mod waits;

/// The page about the model.
const PAGE: &str = include_str!("../../MODEL.md");

/// Prints rows of a table, and fails unless the page about the model has the same rows. If random draws have changed, copy the
/// printed rows to the page.
fn assert_shown(rows: &[String]) {
    rows.iter().for_each(|row| println!("{row}"));
    let missing: Vec<&String> = rows.iter().filter(|row| !PAGE.lines().any(|line| line == *row)).collect();
    assert!(missing.is_empty(), "not in MODEL.md: {missing:#?}");
}
