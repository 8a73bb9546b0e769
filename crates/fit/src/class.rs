//! Writes a class of incoming mail.

use std::collections::BTreeMap;

use tollgate_traffic::NO_DOMAIN;

use crate::domains::{DomainFacts, mail_settings};
use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::Evidence;
use crate::groups::FittedGroup;
use crate::keys::{KeyedVolume, ListedKeys, Tail, divide};
use crate::names::NameKind;
use crate::options::{FitOptions, VolumeOverTime};
use crate::typical::LevelKind;
use crate::values::{neighbours, score, score_parts, write_recipients, write_size};

/// The shares whose classes vary like spam.
const LIKE_SPAM: [&str; 3] = ["spam", "virus", "invalid_recipients"];

/// A class of incoming mail.
pub(crate) struct FittedClass<'a> {
    pub(crate) name: String,
    pub(crate) group: &'a FittedGroup,
    /// Connections in each step, with those of listed domains.
    pub(crate) connections: Vec<f64>,
    /// Its domains, if a table has them. The senders that are not listed are domains or bots.
    pub(crate) domains: Option<Domains<'a>>,
    pub(crate) has_bots: bool,
    pub(crate) messages: f64,
    /// The lines of the recipients.
    pub(crate) recipients: RecipientLaw,
    /// The keys of the shares that are not 0.
    pub(crate) shares: Vec<(&'static str, f64)>,
    pub(crate) tls: f64,
    /// Bytes of a message, if known.
    pub(crate) bytes: Option<f64>,
}

/// The number of recipients of a message.
pub(crate) enum RecipientLaw {
    Mean(f64),
    /// One recipient, or with this probability so many.
    OneOr(f64, f64),
}

/// The name of a class.
pub(crate) fn class_name(kind: &str, group: &FittedGroup) -> String {
    format!("{kind}-{}", group.label)
}

/// The domains of a class.
pub(crate) struct Domains<'a> {
    /// The largest domains, the largest first.
    listed: Vec<ListedDomain<'a>>,
    /// The connections that come from other domains, and from hosts without one.
    rest: f64,
    tail: Tail,
}

/// A domain with its own connections and settings.
struct ListedDomain<'a> {
    domain: &'a str,
    connections: f64,
    /// Its settings, as part of an inline table.
    settings: String,
}

/// The recipients that connections of domains bring, and what tables tell about single domains.
pub(crate) struct DomainLaws<'f, 'a> {
    pub(crate) facts: &'f DomainFacts<'a>,
    pub(crate) group: &'f FittedGroup,
    /// Recipients of a connection: the mean of all domains, and that of domains without a mean of their own.
    pub(crate) each: f64,
    pub(crate) rest: f64,
    /// Recipients of a message. `None` if connections are rejected.
    pub(crate) recipients: Option<f64>,
    /// True if domains have their own mean, and their own use of TLS.
    pub(crate) has_each: bool,
    pub(crate) has_tls: bool,
}

impl DomainLaws<'_, '_> {
    /// The recipients of a connection of a domain. It brings at least one message.
    pub(crate) fn each(&self, domain: &str) -> f64 {
        self.own_each(domain).unwrap_or(self.rest)
    }

    fn own_each(&self, domain: &str) -> Option<f64> {
        let recipients = self.recipients.filter(|_| self.has_each)?;
        Some(self.facts.each(domain)?.clamp(recipients, 1000.0 * recipients))
    }

    fn settings(&self, domain: &str) -> String {
        let Some(recipients) = self.recipients else { return self.facts.sender_settings(domain, &self.group.name) };
        let messages = self.own_each(domain).map(|each| (each / recipients).clamp(1.0, 1000.0));
        let tls = self.facts.tls_share(domain).filter(|_| self.has_tls);
        self.facts.sender_settings(domain, &self.group.name) + &mail_settings(tls, messages)
    }
}

impl<'a> Domains<'a> {
    /// The domains of a class with a number of connections. `counts` are the recipients of each domain in all groups, of which a connection
    /// brings so many as the laws say. A group has its part of each domain.
    pub(crate) fn new(
        counts: &BTreeMap<&'a str, f64>,
        connections: f64,
        keys: ListedKeys,
        laws: &DomainLaws<'_, '_>,
    ) -> Option<Self> {
        let total: f64 = counts.values().sum();
        let KeyedVolume { listed, tail } = largest_domains(counts, keys, laws.each);
        if total <= 0.0 || listed.is_empty() && tail.keys < 1.0 {
            return None;
        }
        let share: f64 = listed.iter().map(|(_, sum)| sum / total).sum();
        let with_settings = |(domain, sum): (&'a str, f64)| ListedDomain {
            domain,
            connections: sum / total * connections * laws.each / laws.each(domain),
            settings: laws.settings(domain),
        };
        let rest = (1.0 - share).max(0.0) * connections * laws.each / laws.rest;
        Some(Domains { listed: listed.into_iter().map(with_settings).collect(), rest, tail })
    }
}

/// The largest domains, and the law of the others. The row of hosts without a domain is neither.
pub(crate) fn largest_domains<'a>(counts: &BTreeMap<&'a str, f64>, keys: ListedKeys, each: f64) -> KeyedVolume<'a> {
    let named = counts.iter().filter(|(name, _)| **name != NO_DOMAIN).map(|(&name, &sum)| (name, sum)).collect();
    divide(&named, keys, each)
}

impl FittedClass<'_> {
    pub(crate) fn write(&self, document: &mut ScenarioDraft, evidence: &Evidence<'_>, options: &FitOptions) {
        let all: f64 = self.connections.iter().sum();
        if all <= 0.0 {
            return;
        }
        let connections = self.domains.as_ref().map_or(all, |domains| domains.rest);
        let listed = self.domains.as_ref().map_or(&[][..], |domains| &domains.listed);
        // The domains of bots are those of networks, so listed domains need a class of their own.
        if self.has_bots && !listed.is_empty() {
            let name = format!("{}-domains", self.name);
            self.write_one(document, evidence, (&name, 0.0, listed, false), options);
        }
        let own = if self.has_bots { &[][..] } else { listed };
        if connections > 0.0 || !own.is_empty() {
            self.write_one(document, evidence, (&self.name, connections, own, self.has_bots), options);
        }
    }

    /// Writes a class that has no connections by itself.
    pub(crate) fn write_without_mail(
        &self,
        document: &mut ScenarioDraft,
        evidence: &Evidence<'_>,
        options: &FitOptions,
    ) {
        self.write_one(document, evidence, (&self.name, 0.0, &[], self.has_bots), options);
    }

    fn write_one(
        &self,
        document: &mut ScenarioDraft,
        evidence: &Evidence<'_>,
        (name, connections, listed, has_bots): (&str, f64, &[ListedDomain<'_>], bool),
        options: &FitOptions,
    ) {
        let kind = if self.shares.iter().any(|(key, share)| LIKE_SPAM.contains(key) && *share > 0.5) {
            LevelKind::Spam
        } else {
            LevelKind::Received
        };
        let volume = VolumeOverTime::of(options.mode, evidence, &self.connections, kind);
        let weeks = volume.weeks(evidence, &self.connections);
        document.section("[[incoming]]", &format!("class {name}"));
        document.line("name", quoted(name));
        document.value("connections_per_week", digits(connections / weeks), Origin::Fitted, "");
        self.write_senders(document, has_bots);
        if !listed.is_empty() {
            let entry = |listed: &ListedDomain<'_>| {
                let domain = quoted(&options.pseudonyms.of(NameKind::Domain, listed.domain));
                let per_week = digits(listed.connections / weeks);
                format!("    {{ domain = {domain}, per_week = {per_week}{} }},\n", listed.settings)
            };
            let list: String = listed.iter().map(entry).collect();
            document.long_value("listed", format!("[\n{list}]"), Origin::Fitted, "the largest domains");
        }
        self.write_scores(document);
        // Only hosts with a verified name have a domain.
        if listed.is_empty() {
            self.write_dns(document);
        }
        if self.tls > 0.0 {
            document.value("starttls", digits(self.tls), Origin::Fitted, "connections and messages under TLS");
        }
        document.value("messages_per_connection", digits(self.messages.clamp(1.0, 1000.0)), Origin::Fitted, "");
        match self.recipients {
            RecipientLaw::Mean(mean) => write_recipients(document, mean),
            RecipientLaw::OneOr(share, many) => {
                let one = format!("{{ from = 1, to = 1, share = {} }}", digits(1.0 - share));
                let bins = format!("{{ bins = [{one}, {}] }}", neighbours(many.clamp(2.0, 99_000.0), share));
                document.value("recipients", bins, Origin::Fitted, "throttled and other recipients of a connection");
            }
        }
        options.template.write_session(document, kind == LevelKind::Spam);
        write_size(document, self.bytes);
        for (key, share) in self.shares.iter().filter(|(_, share)| *share > 0.0) {
            document.value(key, digits(share.min(1.0)), Origin::Fitted, "");
        }
        volume.write(document, "incoming", evidence);
    }

    fn write_senders(&self, document: &mut ScenarioDraft, has_bots: bool) {
        let tail = self.domains.as_ref().map(|volume| volume.tail).unwrap_or_default();
        let network = quoted(&self.group.network());
        if has_bots {
            let each = self.group.connections / self.group.senders.addresses().max(1.0);
            // An address that comes again within an hour would be throttled more.
            let is_throttled = matches!(self.recipients, RecipientLaw::OneOr(..));
            let each = match self.group.senders.rows {
                _ if is_throttled => 0.1,
                0 => 3.0,
                _ => each.max(1.0),
            };
            let kinds = format!("[{{ share = 1, life = \"12h\", connections = {} }}]", digits(each));
            let how = "connections of an address; the life is assumed";
            document.value("bots", format!("{{ network = {network}, kinds = {kinds} }}"), Origin::Fitted, how);
        } else {
            let count = if tail.keys >= 1.0 { (tail.keys as u64).min(500_000) } else { 1 };
            let domains = format!("{{ count = {count}, slope = {}, network = {network} }}", digits(tail.slope));
            document.value("domains", domains, Origin::Fitted, "domains that were never seen are estimated (Chao1)");
        }
    }

    fn write_dns(&self, document: &mut ScenarioDraft) {
        let senders = &self.group.senders;
        if senders.rows > 0 {
            let how = "by address and interval";
            let share = |rows: u64| digits(rows as f64 / senders.rows as f64);
            document.value("dns_missing", share(senders.nameless), Origin::Fitted, how);
            document.value("dns_unmatched", share(senders.unverified), Origin::Fitted, how);
        }
    }

    fn write_scores(&self, document: &mut ScenarioDraft) {
        let senders = &self.group.senders;
        let scored = (-100i16..).zip(&senders.scores).filter(|(_, rows)| **rows > 0);
        let mut scores: BTreeMap<Option<i16>, u64> = scored.map(|(tenths, &rows)| (Some(tenths), rows)).collect();
        if self.group.has_unscored && senders.without_score > 0 || scores.is_empty() && self.group.range.is_none() {
            scores.insert(None, senders.without_score.max(1));
        }
        let parts = match self.group.range {
            Some((low, high)) if scores.is_empty() => {
                vec![format!("{{ from = {}, to = {}, share = 1 }}", score(low), score(high))]
            }
            _ => score_parts(&scores),
        };
        let list: String = parts.iter().map(|part| format!("    {part},\n")).collect();
        let (origin, how) = match senders.rows {
            0 => (Origin::Assumed, "no table has scores"),
            _ => (Origin::Fitted, "addresses by score, in whole numbers"),
        };
        document.long_value("sbrs", format!("[\n{list}]"), origin, how);
    }
}
