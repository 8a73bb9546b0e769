//! The mean number of different senders among a number of connections.

use tollgate_scenario::{BotKind, Class, HOUR, Scenario, WEEK};

/// The senders that connections of a population are drawn from. Senders that have no rows of their own are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeanSenders {
    pools: Vec<SenderPool>,
}

/// Senders that are equally likely.
#[derive(Clone, Copy, Debug)]
struct SenderPool {
    /// The share of the connections.
    share: f64,
    /// The senders at one time.
    count: f64,
    /// The time after which another sender replaces each, in hours.
    life_hours: f64,
    /// The largest number of senders in any time.
    most: f64,
    is_address: bool,
}

impl MeanSenders {
    /// The senders of a class that opens a number of connections in a week.
    pub(crate) fn of_class(scenario: &Scenario, class: &Class, per_week: f64) -> Self {
        let addresses_of = |name: &str| {
            let network = scenario.networks.iter().find(|network| network.name == name);
            network.map_or(1.0, |network| (32.0 - f64::from(network.addresses.prefix_len())).exp2())
        };
        let mut pools = Vec::new();
        if let Some(domains) = &class.domains {
            let (count, most) = (f64::from(domains.count), addresses_of(&domains.network));
            let pool = SenderPool { share: 1.0, count, life_hours: f64::INFINITY, most: count, is_address: false };
            pools.push(pool);
            pools.push(SenderPool {
                count: count * domains.addresses_per_domain.get(),
                most,
                is_address: true,
                ..pool
            });
        }
        if let Some(bots) = &class.bots {
            let weight = |kind: &BotKind| kind.share.get() * kind.connections.get();
            let total: f64 = bots.kinds.iter().map(weight).sum();
            pools.extend(bots.kinds.iter().map(|kind| {
                let (share, life) = (weight(kind) / total, kind.life.micros() as f64);
                // As many as have their mean number of connections in their lives.
                let count = per_week * share * life / WEEK as f64 / kind.connections.get();
                let most = addresses_of(&bots.network);
                SenderPool { share, count: count.max(1.0), life_hours: life / HOUR as f64, most, is_address: true }
            }));
        }
        MeanSenders { pools }
    }

    /// The rows of addresses and domains of a number of connections in some hours.
    pub(crate) fn rows(&self, connections: f64, hours: f64) -> f64 {
        self.pools.iter().map(|pool| pool.distinct(connections, hours)).sum()
    }

    /// The addresses of a number of connections in some hours.
    pub(crate) fn addresses(&self, connections: f64, hours: f64) -> f64 {
        self.pools.iter().filter(|pool| pool.is_address).map(|pool| pool.distinct(connections, hours)).sum()
    }
}

impl SenderPool {
    /// The mean number of different senders among a number of connections of the population.
    fn distinct(&self, connections: f64, hours: f64) -> f64 {
        let senders = (self.count * (1.0 + hours / self.life_hours)).min(self.most);
        senders * -(-connections * self.share / senders).exp_m1()
    }
}
