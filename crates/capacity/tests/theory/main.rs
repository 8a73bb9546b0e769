//! Whether what is measured is right: queues simple enough to have a theory, given as scenarios, simulated and measured as a
//! plan does it, and held against that theory. `MODEL.md` shows the figures that these tests print.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![allow(clippy::print_stdout, reason = "the figures are worth seeing: cargo nextest run --no-capture")]

mod batch;
mod closed_form;
mod coverage;
mod littles_law;
mod queue;
mod waits;
