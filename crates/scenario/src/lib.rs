//! Reads a scenario file and gives a [`Scenario`] that cannot be wrong.
//!
//! ```
//! use tollgate_scenario::Scenario;
//!
//! let text = r#"
//! format = 1
//!
//! [time]
//! begin = "2008-11-17T00:00:00Z"
//! span = "7d"
//!
//! [[appliances]]
//! name = "c650"
//!
//! [users]
//! count = 5000
//! domain = "example.com"
//! "#;
//!
//! let scenario = Scenario::parse(text, "week.toml", &[])?;
//! assert_eq!(scenario.time.end().to_string(), "2008-11-24T00:00:00Z");
//!
//! // What is wrong is shown where it stands.
//! let error = Scenario::parse(&text.replace("7d", "90m"), "week.toml", &[]).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     r#"error: time.span: found 1h 30m, allowed is a whole number of export intervals (1h), at least one
//!  --> week.toml:6:8
//!   |
//! 6 | span = "90m"
//!   |        ^^^^^"#
//! );
//!
//! // A value of the file can be overridden, and an error then says so.
//! let error = Scenario::parse(text, "week.toml", &["users.count=0".parse()?]).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "error: users.count: found 0, allowed is from 1 to 1000000\n--> --set users.count=0"
//! );
//! # Ok::<(), tollgate_scenario::Error>(())
//! ```

mod appliance;
mod check;
mod delivery;
mod document;
mod error;
mod finding;
mod happening;
mod incoming;
mod mail;
mod outgoing;
mod overrides;
mod place;
mod scaled;
mod scenario;
mod schema;
mod shape;
mod site;
mod source;
mod text_schema;
mod value;
mod warnings;

pub use appliance::*;
pub use delivery::*;
pub use error::*;
pub use happening::*;
pub use incoming::*;
pub use mail::*;
pub use outgoing::*;
pub use overrides::*;
pub use scaled::Traffic;
pub use scenario::*;
pub use schema::schema;
pub use site::*;
pub use source::*;
pub use value::*;
