//! Errors of a history.

use std::io;
use std::sync::Arc;

use thiserror::Error;

/// An error of a history. It can be copied, because every reader hears of the error that ends the history.
#[derive(Clone, Debug, Error)]
pub enum HistoryError {
    /// The words for a clock are none.
    #[error("clock: found {found}, allowed {allowed}")]
    Clock {
        /// The text that was found.
        found: String,
        /// The texts that are allowed.
        allowed: String,
    },

    /// The clock stands before the scenario begins.
    #[error("clock: found {found}, allowed is {allowed} (the beginning of the scenario) or later")]
    TooEarly {
        /// The moment of the clock.
        found: String,
        /// The beginning of the scenario.
        allowed: String,
    },

    /// An interval was asked for that is not kept any more, or in which the scenario had not begun.
    #[error(
        "intervals of {length}: found one that begins at {found}, allowed is {allowed} (the earliest kept) or later"
    )]
    NotKept {
        /// The length of the interval.
        length: String,
        /// Its beginning.
        found: String,
        /// The beginning of the earliest that is kept.
        allowed: String,
    },

    /// An interval was asked for that is not over yet.
    #[error("intervals of {length}: found one that begins at {found}, allowed is one that is over by {now}")]
    NotOver {
        /// The length of the interval.
        length: String,
        /// Its beginning.
        found: String,
        /// The moment of the clock.
        now: String,
    },

    /// An interval cannot be written or read.
    #[error("cannot {doing} a temporary file of the history in {directory}: {source}")]
    Store {
        /// The attempt, as words after "cannot".
        doing: &'static str,
        /// The directory for temporary files.
        directory: String,
        /// The system's error.
        source: Arc<io::Error>,
    },

    /// A file does not hold the bytes that were written to it.
    #[error("a temporary file of the history in {directory} does not hold what was written to it")]
    Damaged {
        /// The directory for temporary files.
        directory: String,
    },

    /// The thread that makes history could not be started.
    #[error("cannot start the thread that makes history: {0}")]
    Thread(#[source] Arc<io::Error>),

    /// The thread that makes history has come to grief over a fault of this program.
    #[error("history is not made any more, by a fault of this program")]
    Fault,
}
