//! What can go wrong with a history.

use thiserror::Error;

/// What can go wrong with a history.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// The clock stands before the scenario begins.
    #[error("the clock stands at {found}, allowed is {allowed} (the beginning of the scenario) or later")]
    TooEarly {
        /// Where the clock stands.
        found: String,
        /// Where the scenario begins.
        allowed: String,
    },
}
