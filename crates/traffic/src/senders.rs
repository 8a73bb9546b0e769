//! The hosts that open connections: permanent hosts of domains, bots with limited lives, the site's own servers, single
//! hosts.

use tollgate_scenario::{BotKind, Class, SenderDomains, Servers};

use crate::campaigns::Flood;
use crate::connections::{ClientTls, Connection, Connections};
use crate::draw::{Choice, rank_weights};
use crate::id::{Address, DomainId, OwnerId};
use crate::names::host;
use crate::network::{Holder, Occupied, Pool};
use crate::numbering::Numbering;
use crate::stream::{Chance, Generator, StreamKey, below, mix, unit};
use crate::traits::{Dns, NO_SCORE, Traits, spread};

/// The share of domains whose hosts are in farms, which have a /24 each, and the number of domains for each farm. With these, of 1,300
/// clean hosts that are found message by message, 1.6 are in one /24 (TREC 2007 public corpus: 1.77).
const IN_FARMS: f64 = 0.3;
const DOMAINS_PER_FARM: u64 = 90;

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
    /// The domains in order of their places in the pool.
    by_place: Vec<u32>,
    traits: Traits,
    pool: usize,
}

#[derive(Clone, Copy, Debug)]
struct StandingDomain {
    /// The row for its mail.
    domain: DomainId,
    /// Place of its first address in the pool, and the number of its addresses.
    first: u32,
    hosts: u32,
    /// Its place in the distribution of the score.
    score: u32,
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
    /// The key of the properties of addresses. It is the same for all bots, so that an address has one host name.
    addresses: StreamKey,
    traits: Traits,
    no_domain: DomainId,
}

/// Bots of one kind. Their number is constant: a new one replaces each bot at the end of its life.
#[derive(Clone, Copy, Debug)]
struct LiveKind {
    places: u64,
    life: u64,
    /// The end of their places in the distribution of the score.
    reach: u64,
}

/// The site's own servers.
#[derive(Clone, Debug)]
pub struct ServerHosts {
    domain_name: String,
    domain: DomainId,
    owner: OwnerId,
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
    domain: DomainId,
    owner: OwnerId,
}

/// The number of addresses of a population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AddressNumbers {
    /// Addresses in use at one time.
    pub in_use: f64,
    /// New addresses in an hour.
    pub new_in_hour: f64,
}

impl Senders {
    /// Draws the hosts of connections, whose times of opening are known. They lie in the hour that begins at `begin`.
    pub(crate) fn draw(
        &self,
        (begin, floods): (u64, &[Flood]),
        pools: &[Pool],
        generator: &mut Generator,
        out: &mut Connections,
    ) {
        out.fit();
        match self {
            Senders::Standing(standing) => standing.draw(begin, pools, generator, out),
            Senders::Bots(bots) => bots.draw((begin, floods), pools, generator, out),
            Senders::Servers(servers) => servers.draw(generator, out),
            Senders::Single(single) => single.draw(out),
        }
    }

    /// Writes the name of the host at an address that `draw` has given. Returns true if the name resolves to the
    /// address.
    pub fn name_host(&self, address: Address, pools: &[Pool], domains: &[String], name: &mut String) -> bool {
        match self {
            Senders::Standing(standing) => standing.name_host(address, pools, name),
            Senders::Bots(bots) => bots.name_host(address, pools, domains, name),
            Senders::Servers(servers) => {
                name.push_str("mail");
                host::push_number(name, address.bits() - servers.first + 1);
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
    pub fn renumber(&mut self, owners: &[OwnerId], domains: &[DomainId]) {
        let domain_of = |domain: &mut DomainId| *domain = domains[domain.index()];
        match self {
            Senders::Standing(standing) => standing.domains.iter_mut().for_each(|each| domain_of(&mut each.domain)),
            Senders::Bots(bots) => domain_of(&mut bots.no_domain),
            Senders::Servers(servers) => {
                domain_of(&mut servers.domain);
                servers.owner = owners[servers.owner.index()];
            }
            Senders::Single(single) => {
                single.connection.domain = domains[single.domain.index()];
                single.connection.owner = owners[single.owner.index()];
            }
        }
    }

    /// The number of its addresses.
    pub fn addresses(&self) -> AddressNumbers {
        let permanent = |in_use| AddressNumbers { in_use, new_in_hour: 0.0 };
        match self {
            Senders::Standing(standing) => {
                permanent(standing.domains.iter().map(|domain| f64::from(domain.hosts)).sum())
            }
            Senders::Bots(bots) => {
                let places = || bots.kinds.iter().map(|kind| (kind.places as f64, kind.life as f64));
                let new_in_hour = places().map(|(places, life)| places * tollgate_scenario::HOUR as f64 / life).sum();
                AddressNumbers { in_use: places().map(|(places, _)| places).sum(), new_in_hour }
            }
            Senders::Servers(servers) => permanent(f64::from(servers.count)),
            Senders::Single(_) => permanent(1.0),
        }
    }
}

impl Standing {
    /// The domains of a class of senders, with their numbers.
    pub fn new(
        senders: &SenderDomains,
        (names, numbers): (Vec<String>, Vec<DomainId>),
        traits: Traits,
        (pool, pools, occupied): (usize, &[Pool], &mut Occupied),
        key: StreamKey,
        numbering: &mut Numbering,
    ) -> Self {
        let count = names.len();
        let weights = rank_weights(count, senders.slope.get());
        let hosts = hosts_by_weight(&weights, senders.addresses_per_domain.get());
        let scores = spread(&weights, key.named("score"));
        let dns = spread(&weights, key.named("dns"));
        let tls = spread(&weights, key.named("tls"));
        let size = pools[pool].size;
        let (places, in_farm) = (key.named("places"), Chance::new(IN_FARMS));
        let farms = (count as u64 / DOMAINS_PER_FARM).max(1);
        let wanted = |(rank, &hosts): (u64, &u32)| {
            let bits = places.number(rank);
            let farm = places.named("farms").number(below(mix(bits), farms));
            let place = below(if in_farm.hit(bits.rotate_left(32)) { farm } else { bits }, size);
            let first = if size >= 256 { place & !0xFF | first_octet(mix(!bits), hosts) } else { place };
            (first, u64::from(hosts))
        };
        let wanted: Vec<(u64, u64)> = (0u64..).zip(&hosts).map(wanted).collect();
        let firsts = occupied.occupy(&wanted, size);
        let mut domains = Vec::with_capacity(count);
        let no_domain = numbering.no_domain();
        for (rank, &number) in numbers.iter().enumerate() {
            let dns = traits.dns(dns[rank]);
            // A name that does not resolve to the address says nothing about the domain.
            let domain = if dns == Dns::Verified { number } else { no_domain };
            let (score, tls) = (scores[rank], traits.tls(tls[rank]));
            domains.push(StandingDomain { domain, first: firsts[rank] as u32, hosts: hosts[rank], score, dns, tls });
        }
        let mut by_place: Vec<u32> = (0..count as u32).collect();
        by_place.sort_unstable_by_key(|&rank| domains[rank as usize].first);
        Standing { choice: Choice::new(&weights), domains, names, by_place, traits, pool }
    }

    fn draw(&self, begin: u64, pools: &[Pool], generator: &mut Generator, out: &mut Connections) {
        let pool = &pools[self.pool];
        let scores = self.traits.scores_at(begin);
        let mut addresses = std::mem::take(&mut out.address);
        for (address, row) in addresses.iter_mut().zip(out.rows()) {
            let domain = self.domains[self.choice.draw(generator) as usize];
            let host = if domain.hosts == 1 { 0 } else { below(generator.bits(), u64::from(domain.hosts)) };
            let holder;
            (*address, holder) = pool.host(u64::from(domain.first) + host);
            *row.domain = domain.domain;
            *row.owner = holder.owner;
            *row.sbrs = self.traits.score(scores.place(domain.score, mix(u64::from(domain.first))));
            *row.tls = domain.tls;
            *row.verified = domain.dns == Dns::Verified;
        }
        out.address = addresses;
    }

    fn name_host(&self, address: Address, pools: &[Pool], name: &mut String) -> bool {
        let (place, _) = pools[self.pool].place(address);
        let after = self.by_place.partition_point(|&rank| u64::from(self.domains[rank as usize].first) <= place);
        let rank = self.by_place[after - 1] as usize;
        let domain = self.domains[rank];
        if domain.dns == Dns::Missing {
            name.push_str("unknown");
            return false;
        }
        let number = (place - u64::from(domain.first)) as u32;
        host::write_mail(&self.names[rank], address.bits(), number, domain.hosts, name);
        domain.dns == Dns::Verified
    }
}

/// The last octet of the first of some hosts. Low numbers are more common, and neither .0 nor .255 is used (assumed).
fn first_octet(bits: u64, hosts: u32) -> u64 {
    let chance = unit(bits);
    1 + (f64::from(255 - hosts.min(254)) * chance * chance) as u64
}

/// Number of hosts of each domain: one for each, and the remaining hosts in proportion to the weights to the power of 3/4.
fn hosts_by_weight(weights: &[f64], mean: f64) -> Vec<u32> {
    let powers: Vec<f64> = weights.iter().map(|weight| weight.sqrt() * weight.sqrt().sqrt()).collect();
    let total: f64 = powers.iter().sum();
    let rest = (mean - 1.0) * weights.len() as f64;
    powers.iter().map(|power| 1 + (rest * power / total) as u32).collect()
}

impl BotHosts {
    /// The bots of a class that opens `per_micro` connections per microsecond. `addresses` is the key of the properties of addresses.
    pub fn new(
        class: &Class,
        per_micro: f64,
        pool: usize,
        (key, addresses): (StreamKey, StreamKey),
        numbering: &mut Numbering,
    ) -> Self {
        let kinds = class.bots.as_ref().map(|bots| bots.kinds.as_slice()).unwrap_or_default();
        let weights: Vec<f64> = kinds.iter().map(|kind| kind.share.get() * kind.connections.get()).collect();
        let total: f64 = weights.iter().sum();
        let traits = Traits::new(class);
        let live = |(kind, weight): (&BotKind, &f64)| {
            let life = kind.life.micros();
            let places = per_micro * weight / total * life as f64 / kind.connections.get();
            LiveKind { places: (places as u64).max(1), life, reach: traits.reach(kind, class) }
        };
        BotHosts {
            kinds: kinds.iter().zip(&weights).map(live).collect(),
            choice: Choice::new(&weights),
            pool,
            key: key.named("bots"),
            addresses,
            traits,
            no_domain: numbering.no_domain(),
        }
    }

    fn draw(&self, (begin, floods): (u64, &[Flood]), pools: &[Pool], generator: &mut Generator, out: &mut Connections) {
        let pool = &pools[self.pool];
        // A quotient and a remainder for the hour replace a division for each connection.
        let divide = |kind: &LiveKind| (*kind, begin / kind.life, begin % kind.life);
        let kinds: Vec<(LiveKind, u64, u64)> = self.kinds.iter().map(divide).collect();
        let scores = self.traits.scores_at(begin);
        let (mut addresses, opened) = (std::mem::take(&mut out.address), std::mem::take(&mut out.opened));
        for ((address, &opened), row) in addresses.iter_mut().zip(&opened).zip(out.rows()) {
            // One number decides the kind and the place, each by a half.
            let bits = generator.bits();
            let number = self.choice.pick(bits);
            let (kind, lives, rest) = kinds[number as usize];
            let place = mix(below(bits << 32, kind.places) << 8 | u64::from(number));
            // Find the bot that is in this place now. Each place has its own phase, and a bot follows another at a random moment of each
            // span, so that lives differ.
            let phase = below(place, kind.life);
            let since = rest + phase + (opened - begin);
            let more = match since {
                _ if since < kind.life => 0,
                _ if since - kind.life < kind.life => 1,
                _ => since / kind.life,
            };
            let span = lives + more;
            let change = below(self.key.number(!(place ^ span)), kind.life);
            let life = if since - more * kind.life >= change { span } else { span.wrapping_sub(1) };
            let host = flooding_host(floods, bits).unwrap_or_else(|| self.key.number(place ^ life));
            let (place, shown, holder) = pool.bot(below(host, pool.size));
            *address = shown;
            let bits = self.addresses.number(pool.base + place);
            let other_bits = mix(bits);
            let dns = self.traits.dns(dns_place(bits, holder));
            // A name that does not resolve to the address says nothing about the domain.
            *row.domain = if dns == Dns::Verified { holder.domain } else { self.no_domain };
            *row.owner = holder.owner;
            let score = (u64::from(scores.place((bits >> 32) as u32, other_bits)) * kind.reach) >> 32;
            *row.sbrs = self.traits.score(score as u32);
            *row.tls = self.traits.tls((other_bits >> 32) as u32);
            *row.verified = dns == Dns::Verified;
        }
        (out.address, out.opened) = (addresses, opened);
    }

    fn name_host(&self, address: Address, pools: &[Pool], domains: &[String], name: &mut String) -> bool {
        // The properties of an address depend on it alone, so that two bots at one address are alike.
        let (place, holder) = pools[self.pool].place(address);
        let dns = self.traits.dns(dns_place(self.addresses.number(pools[self.pool].base + place), holder));
        if dns == Dns::Missing {
            name.push_str("unknown");
            return false;
        }
        host::write_dynamic(&domains[holder.domain.index()], address.bits(), name);
        dns == Dns::Verified
    }
}

/// The bits of the host of a burst that a connection belongs to, if it belongs to one. `bits` are those of the connection.
#[inline]
fn flooding_host(floods: &[Flood], bits: u64) -> Option<u64> {
    if floods.is_empty() {
        return None;
    }
    let place = mix(bits);
    floods.iter().find(|flood| flood.end.hit(place)).map(|flood| flood.host(bits))
}

/// The place of a bot in the distribution of reverse DNS. Of ten addresses, seven are as their owner's network is, and the others are as
/// chance will have it (assumed). `bits` are those of the address.
#[inline]
fn dns_place(bits: u64, holder: Holder) -> u32 {
    if below(bits.rotate_left(16) << 32, 10) < 7 { holder.dns } else { bits as u32 }
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
            *address = Address::from_bits(self.first + below(generator.bits(), u64::from(self.count)) as u32);
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
        let owner = owner.map(|owner| numbering.owner(owner)).unwrap_or_else(|| numbering.no_owner());
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
