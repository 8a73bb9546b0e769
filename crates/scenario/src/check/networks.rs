//! The networks that senders are in.

use ipnet::Ipv4Net;

use crate::finding::Findings;
use crate::place::Place;
use crate::site::Network;

use super::names::{check_name, check_unique};

/// The most blocks that a network is cut into to be divided among its owners.
const MAX_BLOCKS: u64 = 65_536;

/// Checks that networks lie apart and have room for their owners.
pub(super) fn check(findings: &mut Findings, networks: &[Network]) {
    let place = Place::top().key("networks");
    let places = networks.iter().enumerate().map(|(index, network)| (place.at(index), network));
    check_unique(findings, "name", places.clone().map(|(place, network)| (place, network.name.as_str())));
    for (index, (place, network)) in places.enumerate() {
        check_name(findings, place.key("name"), &network.name);
        let blocks = addresses(network.addresses).min(MAX_BLOCKS);
        if network.owners == 0 || u64::from(network.owners) > blocks {
            let allowed = format!("allowed is from 1 to {blocks}, the blocks that the network is divided into");
            findings.refuse(place.key("owners"), format!("found {}, {allowed}", network.owners));
        }
        for other in &networks[..index] {
            if network.addresses.contains(&other.addresses) || other.addresses.contains(&network.addresses) {
                let allowed = format!("allowed are addresses outside {} of {:?}", other.addresses, other.name);
                findings.refuse(place.key("addresses"), format!("found {}, {allowed}", network.addresses));
            }
        }
    }
}

/// How many addresses a network has.
pub(super) fn addresses(network: Ipv4Net) -> u64 {
    1 << (32 - u32::from(network.prefix_len()))
}
