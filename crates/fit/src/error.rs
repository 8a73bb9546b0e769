//! The errors of a fit.

/// An error of a fit.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The exports cannot be read.
    #[error(transparent)]
    Read(#[from] tollgate_audit::Error),
    /// No table has timestamps.
    #[error(
        "found no table with timestamps, allowed are exports with at least one: without times, the span and the volumes are not known"
    )]
    NoTimes,
    /// No table shows any mail.
    #[error("found no connection and no message in the tables, allowed are exports with mail")]
    NoMail,
}
