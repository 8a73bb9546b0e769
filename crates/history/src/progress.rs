//! How far history has been made.

/// How much has been made of what is kept, in simulated microseconds of intervals that are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryProgress {
    /// What has been made.
    pub made_micros: u64,
    /// What is needed for everything that is kept.
    pub needed_micros: u64,
}
