//! The progress of the simulation.

/// The progress of the simulation, in simulated microseconds of intervals that are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryProgress {
    /// Time that has been simulated.
    pub made_micros: u64,
    /// Time that must be simulated for all kept intervals.
    pub needed_micros: u64,
}
