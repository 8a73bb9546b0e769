//! The addresses that exports show. Scenarios draw senders from the range 240.0.0.0/4, which nobody uses. In the lifelike style, each
//! /18 of that range is shown as another /18, in the address space that senders of mail have.

use ipnet::Ipv4Net;
use tollgate_scenario::NameStyle;

use crate::id::Address;
use crate::stream::{StreamKey, shuffle};

/// The addresses that exports show in place of others.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// For each /18 of 240.0.0.0/4, the first 18 bits that are shown. Empty if addresses are shown as they are.
    shown: Vec<u32>,
    /// The first 18 bits that are shown and the number of the /18, in order.
    hidden: Vec<(u32, u32)>,
}

/// The first 18 bits of 240.0.0.0, and the number of bits after them.
const FIRST: u32 = 0xF000_0000 >> REST;
const REST: u32 = 14;

/// Number of /18 in 240.0.0.0/4, and in each network of one first octet.
const PREFIXES: u32 = 1 << (32 - 4 - REST);
const IN_OCTET: u32 = 1 << (32 - 8 - REST);

/// The first octets of senders' addresses and their weights in thousandths. Of 18,708 sources of spam in the TREC 2007 public corpus,
/// 99.4 % have one of these first octets. The weights of the first six are published there, and the shares of the first 5, 10 and 20
/// together. The rank of the others is assumed.
const OCTETS: [(std::ops::RangeInclusive<u32>, f64); 40] = [
    (83..=83, 46.0),
    (201..=201, 44.0),
    (84..=84, 39.0),
    (71..=71, 38.0),
    (85..=85, 32.0),
    (24..=24, 31.0),
    (81..=82, 28.0),
    (200..=200, 28.0),
    (190..=190, 27.0),
    (86..=89, 21.0),
    (68..=70, 20.0),
    (72..=72, 20.0),
    (125..=125, 20.0),
    (221..=221, 20.0),
    (58..=61, 13.0),
    (62..=62, 11.0),
    (212..=213, 11.0),
    (217..=220, 11.0),
    (65..=67, 10.0),
    (80..=80, 10.0),
    (121..=124, 10.0),
    (90..=91, 9.0),
    (189..=189, 9.0),
    (222..=222, 9.0),
    (193..=196, 8.0),
    (202..=203, 9.0),
    (210..=211, 9.0),
    (216..=216, 8.0),
    (74..=79, 7.0),
    (204..=209, 6.0),
    (63..=64, 6.0),
    (41..=41, 5.0),
    (12..=12, 3.0),
    (8..=8, 2.0),
    (141..=142, 3.0),
    (144..=144, 2.0),
    (147..=147, 2.0),
    (151..=151, 3.0),
    (162..=162, 2.0),
    (168..=168, 2.0),
];

impl Space {
    /// The addresses that a style shows.
    pub fn new(style: NameStyle) -> Self {
        if style == NameStyle::Reserved {
            return Space::default();
        }
        // The seed is constant, so that an address is shown alike in every run.
        let mut generator = StreamKey::new(0).named("lifelike addresses").generator();
        let octets = || OCTETS.iter().flat_map(|(octets, weight)| octets.clone().map(|octet| (octet, *weight)));
        let total: f64 = octets().map(|(_, weight)| weight).sum();
        let mut shown: Vec<u32> = Vec::with_capacity(PREFIXES as usize + 128);
        for (octet, weight) in octets() {
            let most = (f64::from(PREFIXES) * weight / total).ceil() as u32;
            let mut prefixes: Vec<u32> = (0..IN_OCTET).map(|number| octet * IN_OCTET + number).collect();
            prefixes.retain(|&prefix| !is_special(prefix));
            shuffle(&mut prefixes, &mut generator);
            shown.extend(prefixes.into_iter().take(most as usize));
        }
        shuffle(&mut shown, &mut generator);
        shown.truncate(PREFIXES as usize);
        let mut hidden: Vec<(u32, u32)> = shown.iter().copied().zip(FIRST..).collect();
        hidden.sort_unstable();
        Space { shown, hidden }
    }

    /// The address that is shown for an address.
    pub fn shown(&self, address: u32) -> Address {
        Address::from_bits(
            match address.checked_sub(FIRST << REST).and_then(|place| self.shown.get((place >> REST) as usize)) {
                Some(first) => first << REST | address & ((1 << REST) - 1),
                None => address,
            },
        )
    }

    /// The address for which an address is shown.
    pub fn hidden(&self, address: Address) -> u32 {
        let address = address.bits();
        match self.hidden.binary_search_by_key(&(address >> REST), |&(shown, _)| shown) {
            Ok(at) => self.hidden[at].1 << REST | address & ((1 << REST) - 1),
            Err(_) => address,
        }
    }

    /// The networks that are shown for a network.
    pub fn shown_networks(&self, network: Ipv4Net) -> Vec<Ipv4Net> {
        let is_hidden = !self.shown.is_empty() && u32::from(network.network()) >> (32 - 4) == 0xF;
        if !is_hidden || network.prefix_len() < 4 {
            return vec![network];
        }
        let length = network.prefix_len().max(32 - REST as u8);
        let parts = network.subnets(length).into_iter().flatten();
        parts.filter_map(|part| Ipv4Net::new(self.shown(part.network().into()).into(), length).ok()).collect()
    }
}

/// True if a /18 has addresses that are reserved for documentation or benchmarking.
fn is_special(prefix: u32) -> bool {
    let [first, second, ..] = (prefix << REST).to_be_bytes();
    matches!((first, second), (198, 18 | 19 | 51) | (203, 0))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn each_address_is_shown_as_another_that_nobody_reserves() {
        let space = Space::new(NameStyle::Lifelike);
        assert_eq!(space.shown.len(), PREFIXES as usize);
        let mut seen = HashSet::new();
        for prefix in FIRST..FIRST + PREFIXES {
            for rest in [0, 1, (1 << REST) - 1] {
                let (address, shown) = (prefix << REST | rest, space.shown(prefix << REST | rest));
                assert!(seen.insert(shown));
                assert_eq!(space.hidden(shown), address);
                let (ip, shown) = (Ipv4Addr::from(shown), shown.bits());
                let is_special = ip.is_private() || ip.is_documentation() || ip.is_loopback() || ip.is_multicast();
                assert!(!is_special && shown >> 28 != 0xF && !(198 << 8 | 18..=198 << 8 | 19).contains(&(shown >> 16)));
            }
        }
        for address in [0, 0xC612_0001, 0xC000_0201, 0x7F00_0001] {
            let shown = Address::from_bits(address);
            assert_eq!((space.shown(address), space.hidden(shown)), (shown, address));
        }
    }

    #[test]
    fn the_networks_that_are_shown_have_the_addresses_that_are_shown() {
        let space = Space::new(NameStyle::Lifelike);
        for text in
            ["240.0.0.0/15", "247.3.128.0/17", "255.255.192.0/18", "241.2.3.0/24", "250.1.1.1/32", "198.18.0.0/15"]
        {
            let network: Ipv4Net = text.parse().expect("a network");
            let shown = space.shown_networks(network);
            assert_eq!(
                shown.iter().map(|each| 1u64 << (32 - each.prefix_len())).sum::<u64>(),
                1 << (32 - network.prefix_len())
            );
            for address in network.hosts().step_by(997) {
                let place = Ipv4Addr::from(space.shown(address.into()));
                assert!(shown.iter().any(|each| each.contains(&place)), "{text} {address}");
            }
        }
        let reserved = Space::new(NameStyle::Reserved);
        let network: Ipv4Net = "240.0.0.0/4".parse().expect("a network");
        assert_eq!(reserved.shown_networks(network), [network]);
    }
}
