//! Turns a scenario and a seed into batches of connections and messages, the same on every machine.

mod directory;

pub use directory::{Directory, FilterName, Host, OutbreakName};
