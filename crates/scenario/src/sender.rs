//! The mail flow policies that the Host Access Table (HAT) of a listener gives a sender.

use ipnet::Ipv4Net;

use crate::roll_up::RollUp;
use crate::site::{Listener, Policy, SenderGroup};
use crate::value::Score;

/// A sender, or several that differ only in their address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender<'s> {
    /// Host name or domain. It resolves to the address.
    pub(crate) host: &'s str,
    /// The addresses.
    pub(crate) addresses: Ipv4Net,
    /// Reputation score (SBRS).
    pub(crate) sbrs: Option<Score>,
}

impl Listener {
    /// The policies that a connection of the sender can have, in order of the sender groups. One address has one policy.
    pub(crate) fn policies_of(&self, sender: &Sender<'_>, roll_up: &RollUp) -> Vec<&Policy> {
        let mut found = Vec::new();
        for group in &self.sender_groups {
            let has_all = group.has_all(sender, roll_up);
            if has_all || group.networks.iter().any(|network| sender.addresses.contains(network)) {
                found.extend(self.policies.iter().find(|policy| policy.name == group.policy));
            }
            if has_all {
                break;
            }
        }
        found
    }
}

impl SenderGroup {
    /// Returns true if the group matches the sender at each of its addresses. A domain of the group covers the whole domain that it is
    /// rolled up to, as in the simulation.
    fn has_all(&self, sender: &Sender<'_>, roll_up: &RollUp) -> bool {
        let domain = roll_up.domain_of(sender.host);
        let has_score = match sender.sbrs {
            Some(score) => self.sbrs.iter().any(|&(low, high)| low <= score && score <= high),
            None => self.sbrs_none,
        };
        let has_domain = |entry: &String| {
            let entry = entry.trim_start_matches('.');
            let is_below = || domain.strip_suffix(entry).is_some_and(|labels| labels.ends_with('.'));
            roll_up.domain_of(entry) == domain || is_below()
        };
        self.matches_all()
            || has_score
            || self.domains.iter().any(has_domain)
            || self.networks.iter().any(|network| network.contains(&sender.addresses))
    }
}
