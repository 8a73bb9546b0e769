//! Serves exports and pages over HTTP.
//!
//! [`Server`] answers like the appliance's Email Security Monitor. The URLs of the Reporting API give CSV, and the same URLs
//! without `format=csv` give pages. All figures come from a [`tollgate_history::History`].

mod access;
mod address;
mod cache;
mod connections;
mod counts;
mod error;
mod export;
mod forecast;
mod limits;
mod metrics;
mod observe;
mod page;
mod patience;
mod range;
mod refusal;
mod route;
mod routes;
mod scope;
mod server;
mod serving;
mod site;
mod stopper;
mod strict;
mod tls;
mod watched;

pub use access::Password;
pub use error::MonitorError;
pub use forecast::ServerForecast;
pub use limits::ServerLimits;
pub use server::{Server, ServerSettings};
pub use stopper::Stopper;
pub use tls::TlsSource;
