//! Words and numbers that stand for parts of an address. Different values have different words.

use super::push_number;
use crate::names::lists::{SURNAMES, WORDS};

/// Names of customers' machines.
const MACHINES: [&str; 24] = [
    "gw", "server", "pc", "nat", "router", "laptop", "fw", "mail", "office", "host", "firewall", "vpn", "proxy",
    "wifi", "desktop", "srv", "gateway", "lan", "home", "shop", "ws", "www", "admin", "voip",
];

/// Ends of customers' names.
const MACHINES_OF_PEOPLE: [&str; 6] = ["-pc", "-gw", "-home", "-office", "-laptop", "-net"];

/// Words before the numbers of a network.
const NETWORKS: [&str; 8] = ["net", "subnet", "net-", "r", "n", "block-", "seg", "ip-"];

/// Steps through the lists. They have no common divisor with the lengths of the lists, so 256 steps lead to different words.
const WORD_STEP: usize = 101;
const SURNAME_STEP: usize = 37;

/// Writes a name that a customer gives to a machine: a family name, a word or a kind of machine. All octets of a network have different
/// names. `owner` is a hash, and so is `network`.
pub(super) fn push_customer(name: &mut String, octet: u8, owner: u64, network: u64) {
    let value = usize::from(octet.wrapping_mul(owner as u8 | 1).wrapping_add(network as u8));
    let begin = (network >> 8) as usize & 0xFFFF;
    match owner >> 8 & 15 {
        0..5 => name.push_str(SURNAMES.cyclic(begin + value * SURNAME_STEP)),
        5..8 => {
            name.push_str(SURNAMES.cyclic(begin + value * SURNAME_STEP));
            name.push_str(MACHINES_OF_PEOPLE[value % MACHINES_OF_PEOPLE.len()]);
        }
        8..11 => name.push_str(WORDS[(begin + value * WORD_STEP) % WORDS.len()]),
        _ => {
            name.push_str(MACHINES[value % MACHINES.len()]);
            push_number(name, 1 + (value / MACHINES.len()) as u32);
        }
    }
}

/// Writes the first octets of an address in the way of an owner: `subnet192-0-2`.
pub(super) fn push_network(name: &mut String, octets: &[u8], owner: u64) {
    name.push_str(NETWORKS[(owner >> 16) as usize % NETWORKS.len()]);
    let is_reversed = owner >> 24 & 3 == 0;
    for place in 0..octets.len() {
        if place > 0 {
            name.push('-');
        }
        push_number(name, u32::from(octets[if is_reversed { octets.len() - 1 - place } else { place }]));
    }
}
