//! The hosts that open connections: permanent hosts of domains, bots with limited lives, the site's own servers, single
//! hosts.

use tollgate_scenario::{BotKind, SenderDomains, Servers};

use crate::connections::{ClientTls, Connection, Connections};
use crate::draw::Choice;
use crate::network::Pool;
use crate::numbering::Numbering;
use crate::stream::{Generator, StreamKey, below, mix};
use crate::traits::{Dns, NO_SCORE, PLACES, Traits};

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
    names: Vec<String>,
    /// Place of the population's first address in its pool. The addresses wrap around at the end of the pool.
    start: u64,
    pool: usize,
}

#[derive(Clone, Copy, Debug)]
struct StandingDomain {
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

impl Senders {
    /// Draws the hosts of connections, whose times of opening are known. They lie in the hour that begins at `begin`.
    pub fn draw(&self, begin: u64, pools: &[Pool], generator: &mut Generator, out: &mut Connections) {
        out.fit();
        match self {
            Senders::Standing(standing) => standing.draw(pools, generator, out),
            Senders::Bots(bots) => bots.draw(begin, pools, generator, out),
            Senders::Servers(servers) => servers.draw(generator, out),
            Senders::Single(single) => single.draw(out),
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
            let (sbrs, tls) = (traits.score(scores[rank]), traits.tls(tls[rank]));
            domains.push(StandingDomain { domain, first, hosts: hosts[rank], sbrs, dns, tls });
            first += hosts[rank];
        }
        let start = below(key.named("start").number(0), pools[pool].size);
        Standing { choice: Choice::new(&weights), domains, names: names.to_vec(), start, pool }
    }

    fn draw(&self, pools: &[Pool], generator: &mut Generator, out: &mut Connections) {
        let pool = &pools[self.pool];
        let mut addresses = std::mem::take(&mut out.address);
        for (address, row) in addresses.iter_mut().zip(out.rows()) {
            let domain = self.domains[self.choice.draw(generator) as usize];
            let host = if domain.hosts == 1 { 0 } else { below(generator.bits(), u64::from(domain.hosts)) };
            // The size of a pool is a power of two.
            *address = pool.base + ((self.start + u64::from(domain.first) + host) & (pool.size - 1)) as u32;
            *row.domain = domain.domain;
            *row.owner = pool.owner(*address).0;
            *row.sbrs = domain.sbrs;
            *row.tls = domain.tls;
            *row.verified = domain.dns == Dns::Verified;
        }
        out.address = addresses;
    }

    fn name_host(&self, address: u32, pools: &[Pool], name: &mut String) -> bool {
        let pool = &pools[self.pool];
        let place = (u64::from(address - pool.base) + pool.size - self.start) % pool.size;
        let after = self.domains.partition_point(|domain| u64::from(domain.first) <= place);
        let domain = self.domains[after - 1];
        if domain.dns == Dns::Missing {
            name.push_str("unknown");
            return false;
        }
        name.push_str("mail");
        if domain.hosts > 1 {
            push_number(name, place - u64::from(domain.first) + 1);
        }
        name.push('.');
        name.push_str(&self.names[after - 1]);
        domain.dns == Dns::Verified
    }
}

/// Number of hosts of each domain: one for each, and the remaining hosts in proportion to the square roots of the weights.
fn hosts_by_weight(weights: &[f64], mean: f64) -> Vec<u32> {
    let total: f64 = weights.iter().map(|weight| weight.sqrt()).sum();
    let rest = (mean - 1.0) * weights.len() as f64;
    weights.iter().map(|weight| 1 + (rest * weight.sqrt() / total) as u32).collect()
}

/// A place in the cumulative distribution for each weight. The weights are laid end to end in a random order, so that any interval of
/// places holds its share of the weight. A share of the senders is then the same share of their mail, even if a few
/// senders have most of it.
fn spread(weights: &[f64], key: StreamKey) -> Vec<u32> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_unstable_by_key(|&rank| key.number(rank as u64));
    let total: f64 = weights.iter().sum();
    let mut places = vec![0; weights.len()];
    let mut before = 0.0;
    for rank in order {
        places[rank] = ((before + weights[rank] / 2.0) / total * PLACES) as u32;
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
            choice: Choice::new(&weights),
            pool,
            key: key.named("bots"),
            traits,
            no_domain: numbering.no_domain(),
        }
    }

    fn draw(&self, begin: u64, pools: &[Pool], generator: &mut Generator, out: &mut Connections) {
        let pool = &pools[self.pool];
        // A quotient and a remainder for the hour replace a division for each connection.
        let divide = |kind: &LiveKind| (*kind, begin / kind.life, begin % kind.life);
        let kinds: Vec<(LiveKind, u64, u64)> = self.kinds.iter().map(divide).collect();
        for (address, &opened) in out.address.iter_mut().zip(&out.opened) {
            // One number decides the kind and the place, each by a half.
            let bits = generator.bits();
            let number = self.choice.pick(bits);
            let (kind, lives, rest) = kinds[number as usize];
            let place = mix(below(bits << 32, kind.places) << 8 | u64::from(number));
            // Find the bot that is in this place now. Each place has its own phase.
            let phase = below(place, kind.life);
            let since = rest + phase + (opened - begin);
            let more = match since {
                _ if since < kind.life => 0,
                _ if since - kind.life < kind.life => 1,
                _ => since / kind.life,
            };
            let life = lives + more;
            *address = pool.base + below(self.key.number(place ^ life), pool.size) as u32;
        }
        let addresses = std::mem::take(&mut out.address);
        for (&address, row) in addresses.iter().zip(out.rows()) {
            let (dns, sbrs, tls) = self.traits_of(address);
            let (owner, domain) = pool.owner(address);
            *row.domain = if dns == Dns::Missing { self.no_domain } else { domain };
            *row.owner = owner;
            *row.sbrs = sbrs;
            *row.tls = tls;
            *row.verified = dns == Dns::Verified;
        }
        out.address = addresses;
    }

    /// The properties of an address depend on the address alone, so that two bots at one address are alike.
    #[inline]
    fn traits_of(&self, address: u32) -> (Dns, i16, ClientTls) {
        let bits = self.key.number(u64::from(address));
        // Each property uses different bits.
        let (dns, score) = (bits as u32, (bits >> 32) as u32);
        (self.traits.dns(dns), self.traits.score(score), self.traits.tls((mix(bits) >> 32) as u32))
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

    fn draw(&self, generator: &mut Generator, out: &mut Connections) {
        for address in &mut out.address {
            *address = self.first + below(generator.bits(), u64::from(self.count)) as u32;
        }
        for row in out.rows() {
            (*row.domain, *row.owner, *row.sbrs) = (self.domain, self.owner, NO_SCORE);
            (*row.tls, *row.verified) = (ClientTls::NotStarted, true);
        }
    }
}

impl SingleHost {
    /// A host of a script.
    pub fn new(name: &str, owner: Option<&str>, connection: Connection, numbering: &mut Numbering) -> Self {
        let domain = numbering.domain_of(name);
        let owner = owner.map(|owner| numbering.owners.id(owner)).unwrap_or_else(|| numbering.no_owner());
        SingleHost { connection, name: name.into(), domain, owner }
    }

    fn draw(&self, out: &mut Connections) {
        let Connection { address, domain, owner, sbrs, tls, verified, .. } = self.connection;
        out.address.fill(address);
        for row in out.rows() {
            (*row.domain, *row.owner, *row.sbrs, *row.tls, *row.verified) = (domain, owner, sbrs, tls, verified);
        }
    }
}

/// Writes a number. `format!` takes several times as long, and a table of addresses names a host in every row.
fn push_number(name: &mut String, number: u64) {
    if number >= 10 {
        push_number(name, number / 10);
    }
    name.push(char::from(b'0' + (number % 10) as u8));
}
