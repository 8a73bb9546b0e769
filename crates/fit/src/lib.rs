//! Makes scenarios from exports, and compares exports.
//!
//! [`Figures`] are the figures of a directory of exports: those of each interval and of each key. A [`ExportComparison`] shows how two of them differ.
//! [`fit`] writes a scenario that gives exports like those it reads, and [`fit_page`] one whose TLS page shows given figures.

// From the exports, or from a run, to their figures. Order: figures, simulated, comparison, senders, evidence, measure, spread.
mod comparison;
mod evidence;
mod figures;
mod measure;
mod senders;
mod simulated;
mod spread;

// From the figures to a scenario. Order: error, names, draft, keys, values, typical, template, options, appliances, users, groups, filters, domains, class, viruses,
// outbreaks, throttled, means, sizes, group_mail, incoming_tls, incoming, undelivered, destinations, controls, outgoing, site, power_law,
// estimates, fitting. From the figures of a page: page_counts, page_mail, page_text, page.
mod appliances;
mod class;
mod controls;
mod destinations;
mod domains;
mod draft;
mod error;
mod estimates;
mod filters;
mod fitting;
mod group_mail;
mod groups;
mod incoming;
mod incoming_tls;
mod keys;
mod means;
mod names;
mod options;
mod outbreaks;
mod outgoing;
mod page;
mod page_counts;
mod page_mail;
mod page_text;
mod power_law;
mod site;
mod sizes;
mod template;
mod throttled;
mod typical;
mod undelivered;
mod users;
mod values;
mod viruses;

// The report of a fit.
mod report;

pub use comparison::{ColumnComparison, ComparedTime, ExportComparison, KeyComparison, TableComparison};
pub use draft::{FittedValue, Origin};
pub use error::FitError;
pub use estimates::{KeyLaw, SiteEstimate};
pub use figures::{Figures, KeyFigures, SeriesPoint, SiteFigures, TableSeries};
pub use fitting::{FitSettings, FittedScenario, fit};
pub use measure::Measure;
pub use names::Pseudonyms;
pub use options::FitMode;
pub use page::{FittedPage, PageError, fit_page};
pub use page_counts::{PageCounts, PageSettings};
pub use report::{FitReport, fit_report_page};
pub use spread::{JudgedFigure, JudgedSeries, Judgement, MISFIT_Z};
pub use template::Template;
