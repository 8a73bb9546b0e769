//! The Host Access Table. It assigns each connection a sender group, and thereby a mail flow policy.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use ipnet::Ipv4Net;
use tollgate_scenario::{Action, Listener, Score};
use tollgate_traffic::{Address, Connections, Directory, NO_SCORE, SenderGroupId};

/// The Host Access Table of a listener, prepared for look-ups.
#[derive(Clone, Debug)]
pub(crate) struct Hat {
    /// The first sender group for each SBRS, in tenths from the lowest. The last entry is for no SBRS.
    by_score: Vec<u16>,
    /// The first sender group for each domain of the directory.
    by_domain: Vec<u16>,
    /// The first sender group for each range of addresses, by the first address of the range. A range ends before the next.
    by_address: Vec<(Address, u16)>,
    admissions: Vec<Admission>,
}

/// The admission of the connections of a sender group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The sender group.
    pub group: SenderGroupId,
    /// The policy.
    pub policy: PolicyId,
    /// The policy's action.
    pub action: Action,
}

/// A policy of a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct PolicyId(pub(crate) u16);

/// The value that means no group in a look-up. It is above the number of every group.
const NONE: u16 = u16::MAX;

impl Hat {
    /// The table of a listener. `first_policy` is the number in the gateway of the listener's first policy.
    pub(crate) fn new(listener: &Listener, first_policy: usize, directory: &Directory) -> Self {
        let groups = || (0u16..).zip(&listener.sender_groups);
        let first_of = |holds: &dyn Fn(&tollgate_scenario::SenderGroup) -> bool| {
            groups().find(|(_, group)| holds(group)).map_or(NONE, |(number, _)| number)
        };
        let score = |tenths: i16| {
            let score = Score::from_tenths(tenths);
            first_of(&|group| {
                group.matches_all() || group.sbrs.iter().any(|&(low, high)| low <= score && score <= high)
            })
        };
        let mut by_score: Vec<u16> = (Score::LOWEST.tenths()..=Score::HIGHEST.tenths()).map(score).collect();
        by_score.push(first_of(&|group| group.matches_all() || group.sbrs_none));
        let by_domain = groups_by_domain(listener, directory);
        let shown = |number: u16, &network: &Ipv4Net| {
            directory.space.shown_networks(network).into_iter().map(move |network| (network, number))
        };
        let networks =
            groups().flat_map(|(number, group)| group.networks.iter().flat_map(move |network| shown(number, network)));
        let policy_of = |name: &str| listener.policies.iter().position(|policy| policy.name == name);
        let admissions = listener.sender_groups.iter().map(|group| {
            let policy = policy_of(&group.policy).expect("a sender group refers to a policy of its listener");
            let number = directory.groups.binary_search(&group.name).expect("every sender group is in the directory");
            let action = listener.policies[policy].action;
            let policy = PolicyId((first_policy + policy) as u16);
            Admission { group: SenderGroupId::new(number as u16), policy, action }
        });
        Hat { by_score, by_domain, by_address: groups_by_address(networks), admissions: admissions.collect() }
    }

    /// The result for each sender group, in the order of the listener.
    pub(crate) fn admissions(&self) -> &[Admission] {
        &self.admissions
    }

    /// Looks up connections. Writes the place of each one's sender group to `out`, which is empty before.
    pub(crate) fn admit(&self, connections: &Connections, out: &mut Vec<u16>) {
        let no_score = self.by_score.len() - 1;
        out.extend(connections.sbrs.iter().map(|&sbrs| {
            self.by_score[if sbrs == NO_SCORE { no_score } else { (sbrs - Score::LOWEST.tenths()) as usize }]
        }));
        if self.by_domain.is_empty() && self.by_address.is_empty() {
            return;
        }
        for (at, place) in out.iter_mut().enumerate() {
            let mut first = *place;
            // A name that does not resolve to the address proves nothing and matches no domain.
            if !self.by_domain.is_empty() && connections.verified[at] {
                first = first.min(self.by_domain[connections.domain[at].index()]);
            }
            if !self.by_address.is_empty() {
                let after = self.by_address.partition_point(|&(begin, _)| begin <= connections.address[at]);
                first = self.by_address[..after].last().map_or(first, |&(_, group)| first.min(group));
            }
            *place = first;
        }
    }
}

/// The first sender group for each range of addresses, in order of the ranges. Empty if there are no networks.
fn groups_by_address(networks: impl Iterator<Item = (Ipv4Net, u16)>) -> Vec<(Address, u16)> {
    // The groups whose networks begin at an address, and those whose networks end before it.
    let mut changes: BTreeMap<u64, [Vec<u16>; 2]> = BTreeMap::new();
    for (network, group) in networks {
        let [begin, last] = [network.network(), network.broadcast()].map(|address| u64::from(u32::from(address)));
        changes.entry(begin).or_default()[0].push(group);
        changes.entry(last + 1).or_default()[1].push(group);
    }
    // The number of networks of each group that have the address.
    let mut around: BTreeMap<u16, usize> = BTreeMap::new();
    let mut ranges = Vec::new();
    for (begin, [begun, ended]) in changes {
        begun.into_iter().for_each(|group| *around.entry(group).or_default() += 1);
        for group in ended {
            around.entry(group).and_modify(|networks| *networks -= 1);
        }
        around.retain(|_, networks| *networks > 0);
        if let Ok(begin) = u32::try_from(begin) {
            ranges.push((Address::from_bits(begin), around.keys().next().copied().unwrap_or(NONE)));
        }
    }
    ranges
}

/// The first sender group for each domain of the directory. Empty if no group lists domains. The accounts are kept by domain, so an
/// entry for one host covers its whole domain. An entry also covers the domains in it.
fn groups_by_domain(listener: &Listener, directory: &Directory) -> Vec<u16> {
    let mut exact: HashMap<&str, u16> = HashMap::new();
    let mut around: HashMap<&str, u16> = HashMap::new();
    for (number, group) in (0u16..).zip(&listener.sender_groups) {
        for entry in group.domains.iter().map(|entry| entry.trim_start_matches('.')) {
            exact.entry(directory.roll_up.domain_of(entry)).or_insert(number);
            around.entry(entry).or_insert(number);
        }
    }
    if exact.is_empty() {
        return Vec::new();
    }
    let group_of = |name: &String| {
        let outer = name.match_indices('.').filter_map(|(dot, _)| around.get(&name[dot + 1..]));
        outer.chain(exact.get(name.as_str())).copied().min().unwrap_or(NONE)
    };
    directory.domains.iter().map(group_of).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_first_group_whose_network_has_an_address_is_found() {
        let networks = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.0/24", "10.1.2.255/32", "255.255.255.0/24"];
        let networks: Vec<Ipv4Net> = networks.iter().map(|text| text.parse().expect("a network")).collect();
        for order in [[5, 1, 3, 0, 2, 4], [0, 1, 2, 3, 4, 5], [9, 9, 1, 1, 0, 9]] {
            let all: Vec<(Ipv4Net, u16)> = networks.iter().copied().zip(order).collect();
            let ranges = groups_by_address(all.iter().copied());
            for address in
                ["9.255.255.255", "10.0.0.0", "10.1.2.3", "10.1.2.255", "10.1.3.0", "11.0.0.0", "255.255.255.255"]
            {
                let address: Ipv4Addr = address.parse().expect("an address");
                let expected =
                    all.iter().filter(|(network, _)| network.contains(&address)).map(|&(_, group)| group).min();
                let after = ranges.partition_point(|&(begin, _)| begin <= Address::from_bits(address.to_bits()));
                let found = ranges[..after].last().map(|&(_, group)| group).filter(|&group| group != NONE);
                assert_eq!(found, expected, "{address} {order:?}");
            }
        }
        assert!(groups_by_address(std::iter::empty()).is_empty());
    }
}
