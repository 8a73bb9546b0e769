//! Whether what is measured is right: queues simple enough to have a theory, given as scenarios, simulated and measured as a
//! plan does it, and held against that theory. `MODEL.md` shows the figures that these tests print.
#![allow(clippy::print_stdout, reason = "the figures are worth seeing: cargo nextest run --no-capture")]

mod batch;
mod closed_form;
mod coverage;
mod littles_law;
mod queue;
mod usage;
mod waits;

/// What the page about the model shows.
const PAGE: &str = include_str!("../../MODEL.md");

/// Prints rows of a table, and checks that the page about the model has them, so that it never shows figures of another day.
/// Where draws have changed, what is printed belongs there.
fn assert_shown(rows: &[String]) {
    rows.iter().for_each(|row| println!("{row}"));
    let missing: Vec<&String> = rows.iter().filter(|row| !PAGE.lines().any(|line| line == *row)).collect();
    assert!(missing.is_empty(), "not in MODEL.md: {missing:#?}");
}
