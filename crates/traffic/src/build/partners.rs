//! The domains of destinations, and those of them that write back.

use std::collections::HashSet;

use tollgate_scenario::Scenario;

use super::Builder;
use crate::draw::rank_weights;
use crate::names::{Naming, hash};
use crate::rates;
use crate::stream::{Chance, StreamKey, mix, unit};

/// The domains of each class of destinations of each flow, the largest first. No domain is in two classes of a flow, because the hosts
/// of a domain behave alike.
pub(super) fn destination_domains(scenario: &Scenario, naming: &Naming, key: StreamKey) -> Vec<Vec<Vec<String>>> {
    let of_flow = |flow: &tollgate_scenario::Flow| {
        let mut known: HashSet<u64> = HashSet::new();
        let is_known = |known: &HashSet<u64>, name: &String| known.contains(&hash(name));
        let key = rates::flow_key(key, &flow.name);
        let classes = flow.destinations.iter().map(|destination| {
            let key = key.named("destination").named(&destination.name);
            let count = destination.domains as usize;
            let mut names = naming.domains(key.number(0), count);
            if names.iter().any(|name| is_known(&known, name)) {
                // A longer list begins with the shorter one.
                names = naming.domains(key.number(0), count + known.len());
                names.retain(|name| !is_known(&known, name));
                names.truncate(count);
            }
            known.extend(names.iter().map(|name| hash(name)));
            names
        });
        classes.collect()
    };
    scenario.outgoing.iter().map(of_flow).collect()
}

impl Builder<'_> {
    /// Replaces domains of senders by destinations that write back. `names` are the senders' domains, the largest first. Each destination
    /// writes back with a probability of `share`. Its rank among the senders is that among the destinations, up to a random factor.
    pub(super) fn put_partners(&self, share: f64, key: StreamKey, names: &mut [String]) {
        let mut destinations: Vec<(f64, &str)> = Vec::new();
        for (flow, classes) in self.scenario.outgoing.iter().zip(&self.destinations) {
            let total: f64 = flow.destinations.iter().map(|destination| destination.weight.get()).sum();
            for (destination, domains) in flow.destinations.iter().zip(classes) {
                let slope = destination.slope.get();
                let powers = rank_weights(domains.len(), slope);
                let scale = flow.messages_per_week.get() * destination.weight.get()
                    / (total * powers.iter().sum::<f64>()).max(f64::MIN_POSITIVE);
                destinations.extend(domains.iter().zip(powers).map(|(name, power)| (scale * power, name.as_str())));
            }
        }
        destinations.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
        let writes_back = Chance::new(share);
        let mut partners: Vec<(f64, &str)> = Vec::new();
        for (rank, (_, name)) in (1u32..).zip(destinations) {
            let bits = key.named(name).number(0);
            if writes_back.hit(bits) {
                // The factor is from 1/4 to 4, with a median of 1.
                partners.push((f64::from(rank) * libm::exp2(4.0 * unit(mix(bits)) - 2.0), name));
            }
        }
        partners.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(other.1)));
        let mut free = 0;
        for (wanted, name) in partners {
            free = free.max(wanted as usize);
            let Some(place) = names.get_mut(free) else { break };
            *place = name.to_owned();
            free += 1;
        }
    }
}
