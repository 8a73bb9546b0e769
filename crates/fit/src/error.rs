//! The errors of a fit.

/// An error of a fit.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The exports cannot be read.
    #[error(transparent)]
    Read(#[from] tollgate_audit::Error),
    /// No table has timestamps.
    #[error(
        "found no table with times that is recognised, allowed are exports with at least one; `tollgate audit` says which files it recognises"
    )]
    NoTimes,
    /// No table shows any mail.
    #[error(
        "found no volume of mail in the tables, allowed are exports with at least one of the tables 1 to 6, 9 to 11, 25, 28, 34 and 38, with counts above 0"
    )]
    NoMail,
    /// Appliances have exports of different times.
    #[error(
        "found appliances whose exports are of different times, allowed are those of the same time: fit each by itself"
    )]
    Apart,
    /// The intervals cannot be those of an appliance.
    #[error("found intervals of {found_seconds} seconds, allowed are intervals that divide a day")]
    Interval {
        /// The longest of them.
        found_seconds: i64,
    },
    /// Nearly all of the time has no rows.
    #[error(
        "found rows of {found} intervals in a time of {all}, allowed are exports with rows of at least a tenth of the time: fit its parts one by one"
    )]
    Sparse {
        /// Intervals with rows.
        found: usize,
        /// Intervals from the first to the last.
        all: usize,
    },
}
