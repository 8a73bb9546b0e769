//! Makes scenarios from exports, and compares exports.
//!
//! [`Figures`] are the figures of a directory of exports: those of each interval and of each key. A [`ExportComparison`] shows how two of them differ.
//! [`fit`] writes a scenario that gives exports like those it reads.

// From the exports to their figures. Order: figures, comparison, senders, evidence.
mod comparison;
mod evidence;
mod figures;
mod senders;

// From the figures to a scenario. Order: error, names, options, draft, keys, values, groups, filters, class, incoming, outgoing, site, fitting.
mod class;
mod draft;
mod error;
mod filters;
mod fitting;
mod groups;
mod incoming;
mod keys;
mod names;
mod options;
mod outgoing;
mod site;
mod values;

pub use comparison::{ColumnComparison, ComparedTime, ExportComparison, KeyComparison, TableComparison};
pub use draft::{FittedValue, Origin};
pub use error::FitError;
pub use figures::{Figures, KeyFigures, SeriesPoint, TableSeries};
pub use fitting::{FitSettings, FittedScenario, fit};
pub use names::Pseudonyms;
