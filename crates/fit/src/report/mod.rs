//! The report of a fit: how well runs of the scenario agree with the exports, and what is known about its values.

mod document;
mod facts;
mod page;
mod pictures;

pub use document::FitReport;
pub use page::fit_report_page;
