//! The appliances that an answer is about.

use std::ops::Range;

/// The appliances that an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// One appliance, by its place in the scenario: `/monitor`.
    Appliance(usize),
    /// All of them as the management appliance shows them, as one: `/monitor_email`.
    Merged,
}

impl Scope {
    /// The places of its appliances among all appliances of a scenario.
    pub(crate) fn appliances(&self, count: usize) -> Range<usize> {
        match *self {
            Scope::Appliance(place) => place..place + 1,
            Scope::Merged => 0..count,
        }
    }

    /// The beginning of its URLs.
    pub(crate) fn prefix(&self) -> &'static str {
        match self {
            Scope::Appliance(_) => "/monitor",
            Scope::Merged => "/monitor_email",
        }
    }
}
