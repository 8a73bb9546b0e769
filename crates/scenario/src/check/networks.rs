//! Checks the networks of senders.

use ipnet::Ipv4Net;
use tollgate_wording::counted;

use crate::path::KeyPath;
use crate::phrases::exact;
use crate::problem::Problems;
use crate::site::Network;

use super::names::{check_domain, check_name, check_unique};
use super::weights::check_listed_shares;

/// The largest number of blocks into which a network is divided for its owners.
const MAX_BLOCKS: u64 = 65_536;

/// Checks that second-level domains are domains.
pub(super) fn check_second_level(problems: &mut Problems, domains: &[String]) {
    let path = KeyPath::top().key("second_level_domains");
    for (index, domain) in domains.iter().enumerate() {
        check_domain(problems, path.at(index), domain);
    }
}

/// Checks that networks do not overlap and have enough addresses for their owners.
pub(super) fn check(problems: &mut Problems, networks: &[Network]) {
    let path = KeyPath::top().key("networks");
    let paths = networks.iter().enumerate().map(|(index, network)| (path.at(index), network));
    check_unique(problems, "name", paths.clone().map(|(path, network)| (path, network.name.as_str())));
    for (index, (path, network)) in paths.enumerate() {
        check_name(problems, path.key("name"), &network.name);
        let blocks = addresses(network.addresses).min(MAX_BLOCKS);
        if u64::from(network.owners) > blocks {
            let allowed = format!("allowed is from 1 to {blocks}, the number of blocks in the network");
            problems.add(path.key("owners"), format!("found {}, {allowed}", network.owners));
        } else {
            check_listed_owners(problems, &path, network, blocks);
        }
        let overlaps = |other: &&Network| {
            network.addresses.contains(&other.addresses) || other.addresses.contains(&network.addresses)
        };
        if let Some(other) = networks[..index].iter().find(overlaps) {
            let allowed = format!("allowed are addresses outside {:?} ({})", other.name, other.addresses);
            problems.add(path.key("addresses"), format!("found {}, {allowed}", network.addresses));
        }
    }
}

/// Checks that listed owners are owners with at least one of the blocks, and leave the addresses without an owner.
fn check_listed_owners(problems: &mut Problems, path: &KeyPath, network: &Network, blocks: u64) {
    let (path, listed) = (path.key("listed_owners"), &network.listed_owners);
    if listed.len() > network.owners as usize {
        let allowed = format!("allowed are at most {}, the number of owners", network.owners);
        problems.add(path.clone(), format!("found {}, {allowed}", counted(listed.len() as u64, "listed owner")));
    }
    let paths = listed.iter().enumerate().map(|(index, owner)| (path.at(index), owner));
    for (path, owner) in paths.clone() {
        check_name(problems, path.key("name"), &owner.name);
        let (share, least) = (owner.share.get(), 1.0 / blocks as f64);
        if share < least {
            let allowed = format!("allowed is at least {}, one block of the network", exact(least));
            problems.add(path.key("share"), format!("found {}, {allowed}", exact(share)));
        }
    }
    check_unique(problems, "name", paths.map(|(path, owner)| (path, owner.name.as_str())));
    let shares = listed.iter().map(|owner| owner.share);
    let rest = if network.no_owner.get() > 0.0 { ", which `no_owner` leaves" } else { "" };
    check_listed_shares(problems, path, ("shares", shares), (1.0 - network.no_owner.get(), rest), false);
}

/// The number of addresses of a network.
pub(super) fn addresses(network: Ipv4Net) -> u64 {
    1 << (32 - u32::from(network.prefix_len()))
}
