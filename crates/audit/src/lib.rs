//! Judges exports: finds figures that cannot be true, and the counting rule that explains them.
//!
//! [`Exports`] recognises the files of a directory. An [`Auditor`] checks the [`Identities`] window by window. A [`Diagnosis`]
//! ranks the counting rules by [`Evidence`], which comes from exports or, as here, from the figures on a page:
//!
//! ```
//! use tollgate_audit::{Diagnosis, Evidence, Observation};
//! use tollgate_catalogue::Catalogue;
//!
//! let mut figures = Vec::new();
//! for figure in ["2", "943", "0", "0", "0", "1,019", "2,903"] {
//!     figures.push(figure.parse()?);
//! }
//! let hour = Observation::of_page(figures.try_into().expect("seven"));
//! let diagnosis = Diagnosis::new(Catalogue::builtin().rules(), &Evidence::of_page(hour));
//! assert_eq!(diagnosis.possible, ["attempt-only", "attempt-only-double", "load-shed", "first-contact"]);
//! let last = &diagnosis.rules[4];
//! assert_eq!((last.rule.as_str(), last.verdict.word()), ("every-plain", "ruled out"));
//! assert_eq!(last.why, "about 2,252 connections are expected, and 0 were seen");
//! # Ok::<(), tollgate_audit::FigureError>(())
//! ```

mod diagnosis;
mod digits;
mod error;
mod identity;
mod reader;
mod window;

pub use diagnosis::{
    Diagnosis, DomainFigures, Evidence, Figure, FigureError, Observation, RULED_OUT_FROM, Ranked, Standing,
    UNLIKELY_FROM,
};
pub use digits::FileDigits;
pub use error::Error;
pub use identity::{
    Assumptions, AuditResults, Auditor, ComparedSum, Coverage, Finding, FindingResult, Identities, Identity,
    InferredMultiplier, IntervalCount, IntervalInProgress, Multiplier, MultiplierOrigin, SettledFile, Sources, Worst,
    audit, settle,
};
pub use reader::{ColumnValues, ExportFile, Exports, Fault, Faults, OtherTime, RowTimes, Windows, WrongValue};
pub use window::{ColumnForm, IntervalRows, PackedTexts, Values, Window};
