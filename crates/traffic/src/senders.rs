//! The hosts that open connections: permanent hosts of domains, bots with limited lives, the site's own servers, single
//! hosts.

use rand::Rng;
use tollgate_scenario::{BotKind, ScoreShare, SenderDomains, Servers};

use crate::connections::{ClientTls, Connection};
use crate::draw::Choice;
use crate::network::Pool;
use crate::numbering::Numbering;
use crate::stream::{Generator, StreamKey, below, mix, unit};

/// The value that means no SBRS.
pub const NO_SCORE: i16 = i16::MIN;

/// The hosts of one population.
#[derive(Clone, Debug)]
pub enum Senders {
    /// Permanent hosts of domains.
    Standing(Standing),
    /// Hosts with limited lives.
    Bots(BotHosts),
    /// The site's own servers.
    Servers(ServerHosts),
    /// One host.
    Single(SingleHost),
}

/// Permanent hosts of domains.
#[derive(Clone, Debug)]
pub struct Standing {
    choice: Choice,
    domains: Vec<StandingDomain>,
    /// Place of the population's first address in its pool. The addresses wrap around at the end of the pool.
    start: u64,
    pool: usize,
}

#[derive(Clone, Debug)]
struct StandingDomain {
    name: String,
    /// The row for its mail.
    domain: u32,
    /// Place of its first address among those of the population, and the number of its addresses.
    first: u32,
    hosts: u32,
    sbrs: i16,
    dns: Dns,
    tls: ClientTls,
}

/// Hosts with limited lives.
#[derive(Clone, Debug)]
pub struct BotHosts {
    choice: Choice,
    kinds: Vec<LiveKind>,
    pool: usize,
    key: StreamKey,
    traits: Traits,
    no_domain: u32,
}

/// Bots of one kind. Their number is constant: a new one replaces each bot at the end of its life.
#[derive(Clone, Copy, Debug)]
struct LiveKind {
    places: u64,
    life: u64,
}

/// The site's own servers.
#[derive(Clone, Debug)]
pub struct ServerHosts {
    domain_name: String,
    domain: u32,
    owner: u32,
    first: u32,
    count: u32,
}

/// One host.
#[derive(Clone, Debug)]
pub struct SingleHost {
    /// A connection from it. Its time of opening is a placeholder.
    pub connection: Connection,
    /// Its name.
    pub name: String,
    domain: u32,
    owner: u32,
}

/// A host's state in reverse DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dns {
    Verified,
    Unmatched,
    Missing,
}

/// The distribution of properties over the senders of a population.
#[derive(Clone, Debug)]
pub struct Traits {
    /// Parts of the SBRS density: the cumulative share, and the lowest and highest score in tenths.
    scores: Vec<(f64, i16, i16)>,
    missing: f64,
    unmatched: f64,
    starttls: f64,
    starttls_fails: f64,
}

impl Traits {
    /// The properties of a class of senders.
    pub fn new(class: &tollgate_scenario::Class) -> Self {
        let total: f64 = class.sbrs.iter().map(|part| part.share.get()).sum();
        let mut sum = 0.0;
        let part = |part: &ScoreShare| {
            sum += part.share.get() / total;
            let tenths = |score: Option<tollgate_scenario::Score>| score.map_or(NO_SCORE, |score| score.tenths());
            (sum, tenths(part.from), tenths(part.to))
        };
        Traits {
            scores: class.sbrs.iter().map(part).collect(),
            missing: class.dns_missing.get(),
            unmatched: class.dns_unmatched.get(),
            starttls: class.starttls.get(),
            starttls_fails: class.starttls_fails.get(),
        }
    }

    /// The SBRS at a place from 0 to 1 in the cumulative density.
    fn score(&self, place: f64) -> i16 {
        let mut before = 0.0;
        for &(to, low, high) in &self.scores {
            if place < to {
                let inside = (place - before) / (to - before);
                return if low == NO_SCORE { NO_SCORE } else { low + (inside * f64::from(high - low + 1)) as i16 };
            }
            before = to;
        }
        // Rounding can leave the sum of the shares a little below one. A place above it gets the last part.
        self.scores.last().map_or(NO_SCORE, |&(_, _, high)| high)
    }

    fn dns(&self, place: f64) -> Dns {
        if place < self.missing {
            Dns::Missing
        } else if place < self.missing + self.unmatched {
            Dns::Unmatched
        } else {
            Dns::Verified
        }
    }

    fn tls(&self, place: f64) -> ClientTls {
        if place < self.starttls {
            ClientTls::Good
        } else if place < self.starttls + self.starttls_fails {
            ClientTls::Fails
        } else {
            ClientTls::NotStarted
        }
    }
}

impl Senders {
    /// Draws the host of a connection that is opened at `opened`.
    #[inline]
    pub fn draw(&self, opened: u64, pools: &[Pool], generator: &mut Generator) -> Connection {
        match self {
            Senders::Standing(standing) => standing.draw(opened, pools, generator),
            Senders::Bots(bots) => bots.draw(opened, pools, generator),
            Senders::Servers(servers) => servers.draw(opened, generator),
            Senders::Single(single) => Connection { opened, ..single.connection },
        }
    }

    /// Writes the name of the host at an address that `draw` has given. Returns true if the name resolves to the
    /// address.
    pub fn name_host(&self, address: u32, pools: &[Pool], domains: &[String], name: &mut String) -> bool {
        match self {
            Senders::Standing(standing) => standing.name_host(address, pools, name),
            Senders::Bots(bots) => bots.name_host(address, pools, domains, name),
            Senders::Servers(servers) => {
                name.push_str("mail");
                push_number(name, u64::from(address - servers.first + 1));
                name.push('.');
                name.push_str(&servers.domain_name);
                true
            }
            Senders::Single(single) => {
                name.push_str(&single.name);
                true
            }
        }
    }

    /// Replaces provisional numbers by final ones.
    pub fn renumber(&mut self, owners: &[u32], domains: &[u32]) {
        let domain_of = |domain: &mut u32| *domain = domains[*domain as usize];
        match self {
            Senders::Standing(standing) => standing.domains.iter_mut().for_each(|each| domain_of(&mut each.domain)),
            Senders::Bots(bots) => domain_of(&mut bots.no_domain),
            Senders::Servers(servers) => {
                domain_of(&mut servers.domain);
                servers.owner = owners[servers.owner as usize];
            }
            Senders::Single(single) => {
                single.connection.domain = domains[single.domain as usize];
                single.connection.owner = owners[single.owner as usize];
            }
        }
    }

    /// Number of addresses at one time, and number of new ones in an hour.
    pub fn addresses(&self) -> (f64, f64) {
        match self {
            Senders::Standing(standing) => (standing.domains.iter().map(|domain| f64::from(domain.hosts)).sum(), 0.0),
            Senders::Bots(bots) => bots.kinds.iter().fold((0.0, 0.0), |(all, fresh), kind| {
                let places = kind.places as f64;
                (all + places, fresh + places * tollgate_scenario::HOUR as f64 / kind.life as f64)
            }),
            Senders::Servers(servers) => (f64::from(servers.count), 0.0),
            Senders::Single(_) => (1.0, 0.0),
        }
    }
}

impl Standing {
    /// The domains of a class of senders.
    pub fn new(
        senders: &SenderDomains,
        names: &[String],
        traits: &Traits,
        pool: usize,
        pools: &[Pool],
        key: StreamKey,
        numbering: &mut Numbering,
    ) -> Self {
        let count = names.len();
        let weights: Vec<f64> = (1..=count).map(|rank| libm::pow(rank as f64, -senders.slope.get())).collect();
        let hosts = hosts_by_weight(&weights, senders.addresses_per_domain.get());
        let scores = spread(&weights, key.named("score"));
        let dns = spread(&weights, key.named("dns"));
        let tls = spread(&weights, key.named("tls"));
        let mut first = 0;
        let mut domains = Vec::with_capacity(count);
        for (rank, name) in names.iter().enumerate() {
            let dns = traits.dns(dns[rank]);
            let domain = if dns == Dns::Missing { numbering.no_domain() } else { numbering.domain_of(name) };
            let name = name.clone();
            let (sbrs, tls) = (traits.score(scores[rank]), traits.tls(tls[rank]));
            domains.push(StandingDomain { name, domain, first, hosts: hosts[rank], sbrs, dns, tls });
            first += hosts[rank];
        }
        let start = below(key.named("start").number(0), pools[pool].size);
        Standing { choice: Choice::new(weights), domains, start, pool }
    }

    #[inline]
    fn draw(&self, opened: u64, pools: &[Pool], generator: &mut Generator) -> Connection {
        let domain = &self.domains[self.choice.draw(generator)];
        let host = if domain.hosts == 1 { 0 } else { below(generator.next_u64(), u64::from(domain.hosts)) };
        let pool = &pools[self.pool];
        let address = pool.base + ((self.start + u64::from(domain.first) + host) % pool.size) as u32;
        Connection {
            opened,
            address,
            domain: domain.domain,
            owner: pool.owner(address).0,
            sbrs: domain.sbrs,
            tls: domain.tls,
            verified: domain.dns == Dns::Verified,
        }
    }

    fn name_host(&self, address: u32, pools: &[Pool], name: &mut String) -> bool {
        let pool = &pools[self.pool];
        let place = (u64::from(address - pool.base) + pool.size - self.start) % pool.size;
        let after = self.domains.partition_point(|domain| u64::from(domain.first) <= place);
        let domain = &self.domains[after - 1];
        if domain.dns == Dns::Missing {
            name.push_str("unknown");
            return false;
        }
        name.push_str("mail");
        if domain.hosts > 1 {
            push_number(name, place - u64::from(domain.first) + 1);
        }
        name.push('.');
        name.push_str(&domain.name);
        domain.dns == Dns::Verified
    }
}

/// Number of hosts of each domain: one for each, and the remaining hosts in proportion to the square roots of the weights.
fn hosts_by_weight(weights: &[f64], mean: f64) -> Vec<u32> {
    let total: f64 = weights.iter().map(|weight| weight.sqrt()).sum();
    let rest = (mean - 1.0) * weights.len() as f64;
    weights.iter().map(|weight| 1 + (rest * weight.sqrt() / total) as u32).collect()
}

/// A place from 0 to 1 for each weight. The weights are laid end to end in a random order, so that any interval of
/// places holds its share of the weight. A share of the senders is then the same share of their mail, even if a few
/// senders have most of it.
fn spread(weights: &[f64], key: StreamKey) -> Vec<f64> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_unstable_by_key(|&rank| key.number(rank as u64));
    let total: f64 = weights.iter().sum();
    let mut places = vec![0.0; weights.len()];
    let mut before = 0.0;
    for rank in order {
        places[rank] = (before + weights[rank] / 2.0) / total;
        before += weights[rank];
    }
    places
}

impl BotHosts {
    /// The bots of a class that opens `per_micro` connections per microsecond.
    pub fn new(
        kinds: &[BotKind],
        per_micro: f64,
        traits: Traits,
        pool: usize,
        key: StreamKey,
        numbering: &mut Numbering,
    ) -> Self {
        let weights: Vec<f64> = kinds.iter().map(|kind| kind.share.get() * kind.connections.get()).collect();
        let total: f64 = weights.iter().sum();
        let live = |(kind, weight): (&BotKind, &f64)| {
            let life = kind.life.micros();
            let places = per_micro * weight / total * life as f64 / kind.connections.get();
            LiveKind { places: (places as u64).max(1), life }
        };
        BotHosts {
            kinds: kinds.iter().zip(&weights).map(live).collect(),
            choice: Choice::new(weights),
            pool,
            key: key.named("bots"),
            traits,
            no_domain: numbering.no_domain(),
        }
    }

    #[inline]
    fn draw(&self, opened: u64, pools: &[Pool], generator: &mut Generator) -> Connection {
        let number = self.choice.draw(generator);
        let kind = self.kinds[number];
        let place = below(generator.next_u64(), kind.places) << 8 | number as u64;
        // Find the bot that is in this place now. Each place has its own phase.
        let phase = below(mix(place), kind.life);
        let life = (opened + phase) / kind.life;
        let pool = &pools[self.pool];
        let address = pool.base + below(self.key.number(mix(place) ^ life), pool.size) as u32;
        let (dns, sbrs, tls) = self.traits_of(address);
        let (owner, domain) = pool.owner(address);
        let domain = if dns == Dns::Missing { self.no_domain } else { domain };
        Connection { opened, address, domain, owner, sbrs, tls, verified: dns == Dns::Verified }
    }

    /// The properties of an address depend on the address alone, so that two bots at one address are alike.
    #[inline]
    fn traits_of(&self, address: u32) -> (Dns, i16, ClientTls) {
        let bits = self.key.number(u64::from(address));
        let other = mix(bits);
        // Each property uses different bits.
        let place = |bits: u64| (bits & 0xFFFF_FFFF) as f64 * (1.0 / 4_294_967_296.0);
        (self.traits.dns(place(bits)), self.traits.score(place(bits >> 32)), self.traits.tls(unit(other)))
    }

    fn name_host(&self, address: u32, pools: &[Pool], domains: &[String], name: &mut String) -> bool {
        let (dns, ..) = self.traits_of(address);
        if dns == Dns::Missing {
            name.push_str("unknown");
            return false;
        }
        let [a, b, c, d] = address.to_be_bytes();
        push_number(name, u64::from(a));
        for part in [b, c, d] {
            name.push('-');
            push_number(name, u64::from(part));
        }
        name.push_str(".dynamic.");
        name.push_str(&domains[pools[self.pool].owner(address).1 as usize]);
        dns == Dns::Verified
    }
}

impl ServerHosts {
    /// The servers of a flow.
    pub fn new(servers: &Servers, numbering: &mut Numbering) -> Self {
        // The first and the last address are not used.
        let usable = ((1u64 << (32 - servers.addresses.prefix_len())) - 2) as u32;
        ServerHosts {
            domain_name: servers.domain.clone(),
            domain: numbering.domain_of(&servers.domain),
            owner: numbering.no_owner(),
            first: servers.addresses.hosts().next().map_or(0, u32::from),
            count: usable,
        }
    }

    #[inline]
    fn draw(&self, opened: u64, generator: &mut Generator) -> Connection {
        let address = self.first + below(generator.next_u64(), u64::from(self.count)) as u32;
        let (domain, owner) = (self.domain, self.owner);
        Connection { opened, address, domain, owner, sbrs: NO_SCORE, tls: ClientTls::NotStarted, verified: true }
    }
}

impl SingleHost {
    /// A host of a script.
    pub fn new(name: &str, owner: Option<&str>, connection: Connection, numbering: &mut Numbering) -> Self {
        let domain = numbering.domain_of(name);
        let owner = owner.map(|owner| numbering.owners.id(owner)).unwrap_or_else(|| numbering.no_owner());
        SingleHost { connection, name: name.into(), domain, owner }
    }
}

/// Writes a number. `format!` takes several times as long, and a table of addresses names a host in every row.
fn push_number(name: &mut String, number: u64) {
    if number >= 10 {
        push_number(name, number / 10);
    }
    name.push(char::from(b'0' + (number % 10) as u8));
}
