//! Makes scenarios from exports, and compares exports.
//!
//! [`Figures`] are the figures of a directory of exports: those of each interval and of each key. A [`Comparison`] shows how two of them differ.
//! [`fit`] writes a scenario that gives exports like those it reads.

// From the exports to their figures. Order: figures, comparison, senders, evidence.
mod comparison;
mod evidence;
mod figures;
mod senders;

// From the figures to a scenario. Order: error, names, document, keys, groups, filters, incoming and outgoing, site, fitting.
mod document;
mod error;
mod filters;
mod fitting;
mod groups;
mod incoming;
mod keys;
mod names;
mod outgoing;
mod site;

pub use comparison::{ColumnComparison, Comparison, KeyComparison, TableComparison};
pub use document::{FittedValue, Origin};
pub use error::FitError;
pub use figures::{Figures, KeyFigures, SeriesPoint, TableFigures};
pub use fitting::{FitSettings, FittedScenario, fit};
pub use names::Pseudonyms;
