//! The names of everything that is counted by number.

use tollgate_scenario::Direction;

/// The names of everything that is counted by number. Each list is sorted by bytes, so that the order of numbers is the
/// order of names.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Domains, of senders and of destinations, as mail is rolled up to them.
    pub domains: Vec<String>,
    /// Network owners.
    pub owners: Vec<String>,
    /// Sender groups of all listeners.
    pub groups: Vec<String>,
    /// Addresses of internal users, the null sender among them.
    pub users: Vec<String>,
    /// Content filters.
    pub filters: Vec<FilterName>,
    /// Types of virus.
    pub viruses: Vec<String>,
    /// Outbreaks.
    pub outbreaks: Vec<OutbreakName>,
}

/// What a content filter is called and which mail it looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilterName {
    /// Its name.
    pub name: String,
    /// Which mail it looks at. Two filters of one name look at different mail.
    pub direction: Direction,
}

/// What is known of an outbreak beside its count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutbreakName {
    /// Its name.
    pub name: String,
    /// Its ID.
    pub id: u32,
    /// When it was first seen globally, in seconds since the Unix epoch.
    pub first_seen_seconds: u64,
    /// The protection that the outbreak filter gave, in seconds.
    pub protection_seconds: u64,
}

/// A sending host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name by reverse DNS, or `unknown`.
    pub name: String,
    /// Whether the name leads back to the address.
    pub verified: bool,
}

impl Directory {
    /// The host that a population has at an address.
    pub fn host(&self, _population: u16, _address: u32) -> Host {
        Host { name: "unknown".into(), verified: false }
    }
}
