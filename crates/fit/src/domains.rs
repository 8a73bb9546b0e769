//! The facts about single sender domains: their addresses and scores, their messages per connection, and their use of TLS.

use std::collections::{BTreeMap, HashSet};

use tollgate_traffic::NO_DOMAIN;

use crate::draft::digits;
use crate::evidence::Evidence;
use crate::figures::Figures;
use crate::senders::DomainSenders;
use crate::values::score_parts;

/// The columns of the table of domains whose largest domains are listed.
pub(crate) const KINDS: [&[&str]; 4] =
    [&["Rejected"], &["Clean", "Stopped by Content Filter"], &["Spam Detected"], &["Virus Detected"]];
/// The columns of the table of TLS by domain.
pub(crate) const TLS_COLUMNS: [&str; 5] =
    ["Failed - Required", "Successful - Required", "Failed - Preferred", "Successful - Preferred", "Total Connections"];
/// The most addresses that a domain can have in a scenario.
const MOST_ADDRESSES: usize = 65_536;

/// The domains that may be listed, and those with connections under Required.
pub(crate) fn wanted_domains(figures: &Figures, most: usize) -> HashSet<String> {
    let mut wanted = HashSet::new();
    let mut add_largest = |number: u32, headings: &[&str], most: usize| {
        let Some(table) = figures.table(number) else { return };
        let columns: Vec<usize> = headings.iter().filter_map(|heading| table.column(heading)).collect();
        let sum = |sums: &Vec<f64>| columns.iter().map(|&column| sums[column]).sum::<f64>();
        let mut sorted: Vec<(&String, f64)> = table.keys.sums.iter().map(|(key, sums)| (key, sum(sums))).collect();
        sorted.retain(|(_, sum)| *sum > 0.0);
        sorted.sort_by(|(one, ours), (other, theirs)| theirs.total_cmp(ours).then(one.cmp(other)));
        wanted.extend(sorted.into_iter().take(most).map(|(key, _)| key.to_ascii_lowercase()));
    };
    // The row of hosts without a domain is not listed.
    KINDS.iter().for_each(|headings| add_largest(4, headings, most + 1));
    add_largest(26, &["Failed - Required", "Successful - Required"], 2000);
    wanted.remove(&NO_DOMAIN.to_ascii_lowercase());
    wanted
}

/// The use of TLS by a domain: connections that succeeded and failed, under Required and under Preferred, and all connections.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct DomainTls {
    pub(crate) required: [f64; 2],
    pub(crate) preferred: [f64; 2],
    pub(crate) connections: f64,
}

/// The facts about single domains.
#[derive(Clone, Debug, Default)]
pub(crate) struct DomainFacts<'a> {
    /// The senders of each domain, in small letters, by sender group.
    senders: Option<&'a BTreeMap<String, BTreeMap<String, DomainSenders>>>,
    pub(crate) tls: BTreeMap<&'a str, DomainTls>,
    /// Recipients of a connection.
    each: BTreeMap<&'a str, f64>,
}

impl<'a> DomainFacts<'a> {
    pub(crate) fn new(evidence: &Evidence<'a>, senders: &'a BTreeMap<String, BTreeMap<String, DomainSenders>>) -> Self {
        DomainFacts { senders: Some(senders), tls: read_tls(evidence), each: read_each(evidence) }
    }

    /// The share of the connections of a domain that complete TLS, without those that fail: 0 or 1. In a scenario, all hosts of a domain do the
    /// same.
    pub(crate) fn tls_share(&self, domain: &str) -> Option<f64> {
        let DomainTls { required, preferred, connections } = self.tls.get(domain)?;
        let tried = connections - required[1] - preferred[1];
        (tried >= 1.0).then(|| ((required[0] + preferred[0]) / tried).min(1.0).round())
    }

    /// The recipients of a connection of a domain, if a table shows them.
    pub(crate) fn each(&self, domain: &str) -> Option<f64> {
        self.each.get(domain).copied()
    }

    /// The settings of a domain in a class of a sender group, as part of an inline table.
    pub(crate) fn sender_settings(&self, domain: &str, group: &str) -> String {
        let of_group = self.senders.and_then(|senders| senders.get(&domain.to_ascii_lowercase())?.get(group));
        let Some(DomainSenders { addresses, scores }) = of_group else { return String::new() };
        let parts = score_parts(scores);
        format!(", addresses = {}, sbrs = [{}]", addresses.len().clamp(1, MOST_ADDRESSES), parts.join(", "))
    }

    /// The groups of a domain's senders, with the share of each in its rows.
    pub(crate) fn groups(&self, domain: &str) -> BTreeMap<&'a str, f64> {
        let Some(groups) = self.senders.and_then(|senders| senders.get(&domain.to_ascii_lowercase())) else {
            return BTreeMap::new();
        };
        let rows = |senders: &DomainSenders| senders.scores.values().sum::<u64>() as f64;
        let all: f64 = groups.values().map(rows).sum();
        groups.iter().map(|(group, senders)| (group.as_str(), rows(senders) / all.max(1.0))).collect()
    }
}

fn read_tls<'a>(evidence: &Evidence<'a>) -> BTreeMap<&'a str, DomainTls> {
    let Some(table) = evidence.figures.table(26) else { return BTreeMap::new() };
    let places = TLS_COLUMNS.map(|heading| table.column(heading));
    let of = |sums: &Vec<f64>, column: usize| places[column].map_or(0.0, |place| sums[place]);
    let figures = |sums: &Vec<f64>| DomainTls {
        required: [of(sums, 1), of(sums, 0)],
        preferred: [of(sums, 3), of(sums, 2)],
        connections: of(sums, 4),
    };
    table.keys.sums.iter().map(|(domain, sums)| (domain.as_str(), figures(sums))).collect()
}

/// The recipients of a connection of each domain, without connections that bring only recipients who do not exist, as far as the tables tell.
fn read_each<'a>(evidence: &Evidence<'a>) -> BTreeMap<&'a str, f64> {
    const MAIL: [&str; 4] = ["Clean", "Stopped by Content Filter", "Spam Detected", "Virus Detected"];
    let of = |headings: &[&str]| evidence.by_key(4, headings);
    let (Some(mail), Some(accepted), Some(invalid)) =
        (of(&MAIL), of(&["Accepted"]), of(&["Stopped as Invalid Recipients"]))
    else {
        return BTreeMap::new();
    };
    let throttled = of(&["Stopped by Recipient Throttling"]).unwrap_or_default();
    let has_only_mail = |domain: &str| !throttled.contains_key(domain);
    let each = |(domain, mail): (&'a str, f64)| {
        let connections = accepted.get(domain)?;
        let with_invalid = mail + invalid.get(domain).copied().unwrap_or_default();
        // A domain with few connections does not show its mean.
        (has_only_mail(domain) && *connections >= 5.0).then(|| (domain, (with_invalid / connections).max(1.0)))
    };
    mail.into_iter().filter_map(each).collect()
}

/// The settings of TLS and of messages per connection of a listed domain, as part of an inline table.
pub(crate) fn mail_settings(tls: Option<f64>, messages: Option<f64>) -> String {
    let mut text = String::new();
    if let Some(tls) = tls {
        text += &format!(", starttls = {}", digits(tls));
    }
    if let Some(messages) = messages {
        text += &format!(", messages_per_connection = {}", digits(messages));
    }
    text
}
