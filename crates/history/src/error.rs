//! What can go wrong with a history.

use std::io;
use std::sync::Arc;

use thiserror::Error;

/// What can go wrong with a history. It can be copied, as what ends the making of history is told to every reader.
#[derive(Clone, Debug, Error)]
pub enum HistoryError {
    /// The words for a clock are none.
    #[error("clock: found {found}, allowed {allowed}")]
    Clock {
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },

    /// The clock stands before the scenario begins.
    #[error("clock: found {found}, allowed is {allowed} (the beginning of the scenario) or later")]
    TooEarly {
        /// Where the clock stands.
        found: String,
        /// Where the scenario begins.
        allowed: String,
    },

    /// An interval was asked for that is not kept any more, or in which the scenario had not begun.
    #[error(
        "intervals of {length}: found one that begins at {found}, allowed is {allowed} (the earliest kept) or later"
    )]
    NotKept {
        /// The length of the interval.
        length: String,
        /// Where it begins.
        found: String,
        /// Where the earliest that is kept begins.
        allowed: String,
    },

    /// An interval was asked for that is not over yet.
    #[error("intervals of {length}: found one that begins at {found}, allowed is one that is over by {now}")]
    NotOver {
        /// The length of the interval.
        length: String,
        /// Where it begins.
        found: String,
        /// Where the clock stands.
        now: String,
    },

    /// What is kept cannot be written or read.
    #[error("cannot {doing} a temporary file of the history in {directory}: {source}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// The directory for temporary files.
        directory: String,
        /// What the system says.
        source: Arc<io::Error>,
    },

    /// What was read is not what was written.
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
