//! Judges exports: what in them cannot be true, and which counting rule explains them.

mod diagnosis;
mod error;
mod identity;
mod reader;
mod window;

pub use diagnosis::{
    Diagnosis, DomainFigures, Evidence, Figure, FigureError, Observation, RULED_OUT_FROM, Ranked, Standing,
    UNLIKELY_FROM,
};
pub use error::Error;
pub use identity::{
    Audit, Extent, Finding, Identities, Identity, Intervals, Settings, Settled, Side, Sources, Verdict, Worst, settle,
};
pub use reader::{ExportFile, Exports, Windows};
pub use window::{Interval, Values, Window};
