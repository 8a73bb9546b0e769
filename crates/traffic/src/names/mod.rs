//! Generated names of domains, network owners, hosts and users. They are made from hashed bits, so they do not show the rank of their
//! bearers.

mod domains;
mod draws;
pub(crate) mod host;
mod label;
mod lists;
mod owners;
mod people;
mod places;
mod suffixes;
mod users;

use hashbrown::HashSet;
use tollgate_scenario::{NameStyle, RollUp, Scenario};

use crate::stream::{StreamKey, mix};

use draws::Draws;

/// Makes the names of a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naming {
    style: NameStyle,
    roll_up: RollUp,
    /// The site's own second-level domains below which domains are generated. Those that are reserved for examples belong to the reserved
    /// style, and the others to the lifelike style.
    second_level: Vec<String>,
    /// Hashes of the domains and suffixes that the scenario lists itself. They are never generated.
    excluded: HashSet<u64>,
    /// Hashes of the network owners that the scenario lists with addresses. They are never generated.
    listed_owners: HashSet<u64>,
}

impl Naming {
    /// Prepares the names of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let roll_up = RollUp::new(&scenario.second_level_domains);
        let style = scenario.names.style;
        let is_allowed = |domain: &&String| suffixes::is_reserved(domain) == (style == NameStyle::Reserved);
        let second_level = scenario.second_level_domains.iter().filter(is_allowed).cloned().collect();
        let listed = listed_hosts(scenario).map(|host| roll_up.domain_of(host));
        let suffixes = scenario.second_level_domains.iter().map(String::as_str);
        let excluded = listed.chain(suffixes).map(hash).collect();
        let listed_owners = scenario.networks.iter().flat_map(|network| &network.listed_owners);
        let listed_owners = listed_owners.map(|owner| hash(&owner.name)).collect();
        Naming { style, roll_up, second_level, excluded, listed_owners }
    }
}

/// The hosts and domains that have traffic of their own in the scenario. A name that the scenario only refers to, such as that of a
/// destination control, may be a generated one.
fn listed_hosts(scenario: &Scenario) -> impl Iterator<Item = &str> {
    let senders = scenario.incoming.iter().flat_map(|class| &class.listed).map(|listed| &listed.domain);
    let destinations = scenario.outgoing.iter().flat_map(|flow| &flow.destinations);
    let destinations = destinations.flat_map(|destination| &destination.listed).map(|listed| &listed.domain);
    let servers = scenario.outgoing.iter().map(|flow| &flow.servers.domain);
    let scripts = scenario.scripted_incoming.iter().map(|script| &script.host);
    let scripts = scripts.chain(scenario.scripted_outgoing.iter().map(|script| &script.destination));
    let all = senders.chain(destinations).chain(servers).chain(scripts).chain([&scenario.users.domain]);
    all.map(String::as_str)
}

/// Returns the first name that `make` accepts. Each attempt draws from other bits.
fn first_free<T>(of: u64, rank: u64, mut make: impl FnMut(Draws) -> Option<T>) -> T {
    let bits = mix(of ^ mix(rank));
    let mut attempt = 0;
    loop {
        if let Some(made) = make(Draws::new(bits, attempt)) {
            return made;
        }
        attempt += 1;
    }
}

/// The hash of a name.
pub(crate) fn hash(name: &str) -> u64 {
    StreamKey::from_bits(0).named(name).number(0)
}

#[cfg(test)]
mod tests;
