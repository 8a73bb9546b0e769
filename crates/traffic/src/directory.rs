//! The names of everything that counts refer to by number.

use std::sync::Arc;

use tollgate_scenario::{Direction, RollUp};

use crate::address::Space;
use crate::id::{Address, DomainId, FilterId, OwnerId, PopulationId, SenderGroupId, UserId, VirusId};
use crate::network::Pool;
use crate::senders::Senders;

/// The names of everything that counts refer to by number. Each list is sorted by bytes, so that numbers have the order
/// of names.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Domains that senders and destinations are rolled up to.
    pub domains: Vec<String>,
    /// Rolls hosts up to these domains.
    pub roll_up: RollUp,
    /// Network owners.
    pub owners: Vec<String>,
    /// Sender groups of all listeners.
    pub groups: Vec<String>,
    /// Addresses of internal users, including the null sender.
    pub users: Vec<String>,
    /// Content filters.
    pub filters: Vec<FilterName>,
    /// Types of virus.
    pub viruses: Vec<String>,
    /// Outbreaks.
    pub outbreaks: Vec<OutbreakName>,
    /// The data from which names of hosts are made.
    pub hosts: Hosts,
    /// The addresses that exports show.
    pub space: Arc<Space>,
}

/// The data from which names of hosts are made. The names themselves are too many to keep.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// The senders of each population.
    pub(crate) senders: Vec<Arc<Senders>>,
    /// The networks.
    pub(crate) pools: Arc<Vec<Pool>>,
}

/// The name of a content filter and the direction of mail that it checks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilterName {
    /// Its name.
    pub name: String,
    /// Direction of mail that it checks. Two filters can have the same name if their directions differ.
    pub direction: Direction,
}

/// An outbreak's properties that are not counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutbreakName {
    /// Its name.
    pub name: String,
    /// Its ID.
    pub id: u32,
    /// Time when it was first seen worldwide, in seconds since the Unix epoch.
    pub first_seen_seconds: u64,
    /// Protection time that the outbreak filter gave, in seconds.
    pub protection_seconds: u64,
}

/// A sending host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Its reverse DNS name, or `unknown`.
    pub name: String,
    /// True if the name resolves to the address.
    pub verified: bool,
}

impl Directory {
    /// The name of a domain.
    pub fn domain(&self, id: DomainId) -> &str {
        &self.domains[id.index()]
    }

    /// The name of a network owner.
    pub fn owner(&self, id: OwnerId) -> &str {
        &self.owners[id.index()]
    }

    /// The name of a sender group.
    pub fn group(&self, id: SenderGroupId) -> &str {
        &self.groups[id.index()]
    }

    /// The address of an internal user.
    pub fn user(&self, id: UserId) -> &str {
        &self.users[id.index()]
    }

    /// The name of a content filter.
    pub fn filter(&self, id: FilterId) -> &str {
        &self.filters[id.index()].name
    }

    /// The name of a type of virus.
    pub fn virus(&self, id: VirusId) -> &str {
        &self.viruses[id.index()]
    }

    /// The host of a population at an address. The address comes from a connection of that population.
    pub fn host(&self, population: PopulationId, address: Address) -> Host {
        let mut host = Host::default();
        self.find_host(population, address, &mut host);
        host
    }

    /// Like [`Directory::host`], but overwrites `host`, so that naming many hosts needs no new memory for each.
    pub fn find_host(&self, population: PopulationId, address: Address, host: &mut Host) {
        host.name.clear();
        host.verified = match self.hosts.senders.get(population.index()) {
            Some(senders) => senders.name_host(address, &self.hosts.pools, &self.domains, &mut host.name),
            None => {
                host.name.push_str("unknown");
                false
            }
        };
    }
}
