//! Errors of a history.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use crate::pace::TooFast;

/// An error of a history. It can be cloned, because every reader receives the error that ends the history.
#[derive(Clone, Debug, Error)]
pub enum HistoryError {
    /// The text is not a clock.
    #[error("clock: found {found}, allowed {allowed}")]
    Clock {
        /// The text that was found.
        found: String,
        /// The texts that are allowed.
        allowed: String,
    },

    /// The clock is before the beginning of the scenario.
    #[error("clock: found {found}, allowed is {allowed} (the beginning of the scenario) or later")]
    TooEarly {
        /// The moment of the clock.
        found: String,
        /// The beginning of the scenario.
        allowed: String,
    },

    /// The interval is not kept any more, or begins before the scenario.
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

    /// The interval was dropped before it could be read, because the machine does not simulate as fast as the clock runs.
    #[error("{0}")]
    TooFast(TooFast),

    /// The interval is not over yet.
    #[error("intervals of {length}: found one that begins at {found}, allowed is one that is over by {now}")]
    NotOver {
        /// The length of the interval.
        length: String,
        /// Its beginning.
        found: String,
        /// The moment of the clock.
        now: String,
    },

    /// No temporary file can be written.
    #[error(
        "cannot write and read a temporary file in {directory}: {cause}; free space there, or set TMPDIR to another directory"
    )]
    NoFiles {
        /// The directory for temporary files.
        directory: String,
        /// The system's error. The text has it in the middle, so it is not repeated as the source.
        cause: Arc<io::Error>,
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

    /// The bytes in a file are not those that were written to it.
    #[error("a temporary file of the history in {directory} is damaged: its bytes changed after Tollgate wrote them")]
    Damaged {
        /// The directory for temporary files.
        directory: String,
    },

    /// The simulation threads of the history cannot be started.
    #[error("cannot start the simulation threads of the history: {0}")]
    Thread(#[source] Arc<io::Error>),

    /// The simulation thread of the history panicked.
    #[error("the simulation thread of the history panicked (a bug in Tollgate)")]
    Fault,
}
