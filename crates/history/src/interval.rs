//! One interval of one appliance.

use crate::resolution::Resolution;

/// One interval of one appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplianceInterval {
    /// Place of the appliance in the scenario.
    pub appliance: usize,
    /// Its length.
    pub resolution: Resolution,
    /// Its beginning, in microseconds since the Unix epoch.
    pub begin_micros: u64,
}
