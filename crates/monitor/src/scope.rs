//! The scope of an answer: one appliance, or all appliances merged.

use std::ops::Range;

/// The scope of an answer: one appliance, or all appliances merged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// One appliance, by its place in the scenario: `/monitor`.
    Appliance(usize),
    /// All appliances merged into one, as the management appliance shows them: `/monitor_email`.
    Merged,
}

impl Scope {
    /// The places of its appliances in a scenario of `count` appliances.
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
