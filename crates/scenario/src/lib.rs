//! Reads and checks scenario files. A [`Scenario`] that it returns has passed every check.
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
//! // An error shows its place in the file.
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
//! // An override replaces a value of the file. An error names the override.
//! let error = Scenario::parse(text, "week.toml", &["users.count=0".parse()?]).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "error: users.count: found 0, allowed is a whole number from 1 to 1000000\n--> --set users.count=0"
//! );
//! # Ok::<(), tollgate_scenario::ScenarioError>(())
//! ```

// The modules are in four groups. A module uses only modules of earlier groups and earlier modules of its own group.

// The values of a scenario. Order: value, text_schema, naming, variation, mail, delivery, appliance, site, users, incoming,
// outgoing, happening, scripted, roll_up, sender, scenario, schema.
mod appliance;
mod delivery;
mod happening;
mod incoming;
mod mail;
mod naming;
mod outgoing;
mod roll_up;
mod scenario;
mod schema;
mod scripted;
mod sender;
mod site;
mod text_schema;
mod users;
mod value;
mod variation;

// The text of a scenario, and problems that point into it. Order: phrases, path, problem, text, picture, error.
mod error;
mod path;
mod phrases;
mod picture;
mod problem;
mod text;

// From the text to the values. Order: overrides, tree, assignment, conformance, check, regular_file, reading.
mod assignment;
mod check;
mod conformance;
mod overrides;
mod reading;
pub mod regular_file;
mod tree;

// Uses of a scenario. Order: warnings, scaled, effective, defaults.
mod defaults;
mod effective;
mod scaled;
mod warnings;

pub use appliance::*;
pub use delivery::*;
pub use error::*;
pub use happening::*;
pub use incoming::*;
pub use mail::*;
pub use naming::*;
pub use outgoing::*;
pub use problem::{ProblemPlace, ScenarioProblem};
pub use roll_up::RollUp;
pub use scaled::Traffic;
pub use scenario::*;
pub use schema::schema;
pub use scripted::{ScriptedFinding, ScriptedMessages};
pub use site::*;
pub use text::{Override, ScenarioText};
pub use users::*;
pub use value::*;
pub use variation::*;
