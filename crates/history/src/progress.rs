//! The progress of making history.

/// The progress of making history, in simulated microseconds of intervals that are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryProgress {
    /// The time that has been made.
    pub made_micros: u64,
    /// The time that must be made for all intervals that are kept.
    pub needed_micros: u64,
}
