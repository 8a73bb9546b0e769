//! The names of everything that is counted by number.

use std::sync::Arc;

use tollgate_scenario::Direction;

use crate::network::Pool;
use crate::senders::Senders;

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
    /// What the names of hosts are made from.
    pub hosts: Hosts,
}

/// What the names of hosts are made from: there are too many to keep them.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// The senders of each population.
    pub(crate) senders: Vec<Arc<Senders>>,
    /// The networks.
    pub(crate) pools: Arc<Vec<Pool>>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Its name by reverse DNS, or `unknown`.
    pub name: String,
    /// Whether the name leads back to the address.
    pub verified: bool,
}

impl Directory {
    /// The host that a population has at an address that it was drawn with.
    pub fn host(&self, population: u16, address: u32) -> Host {
        let mut host = Host::default();
        self.find_host(population, address, &mut host);
        host
    }

    /// Puts the host that a population has at an address that it was drawn with in the place of another: who names many
    /// hosts needs no new memory for each.
    pub fn find_host(&self, population: u16, address: u32, host: &mut Host) {
        host.name.clear();
        host.verified = match self.hosts.senders.get(usize::from(population)) {
            Some(senders) => senders.name_host(address, &self.hosts.pools, &self.domains, &mut host.name),
            None => {
                host.name.push_str("unknown");
                false
            }
        };
    }
}
