//! Reads a scenario file and gives a [`Scenario`] that cannot be wrong.

mod mail;
mod scenario;
mod site;
mod value;

pub use mail::*;
pub use scenario::*;
pub use site::*;
pub use value::*;
