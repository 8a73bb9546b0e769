//! The accepted mail of one sender group, by kind, and the largest domains of each kind.

use std::collections::BTreeMap;

use crate::class::{DomainLaws, largest_domains};
use crate::domains::DomainFacts;
use crate::evidence::Evidence;
use crate::groups::FittedGroup;
use crate::means::{AcceptedMail, IncomingMeans};
use crate::options::FitOptions;
use crate::sizes::CleanSizes;

/// The accepted mail of a sender group.
pub(crate) struct GroupMail<'a> {
    pub(crate) group: &'a FittedGroup,
    pub(crate) means: IncomingMeans,
    pub(crate) kinds: Vec<MailKind<'a>>,
    /// Connections in each step that bring only recipients who do not exist.
    pub(crate) harvests: Vec<f64>,
    /// Messages of a connection of domains without a mean of their own. `None` if no domain has one.
    rest: Option<f64>,
}

/// A kind of accepted mail.
pub(crate) struct MailKind<'a> {
    pub(crate) name: &'static str,
    /// Recipients in each step, of all groups.
    pub(crate) series: Vec<f64>,
    /// Bytes of a message, if known.
    pub(crate) bytes: Option<f64>,
    /// The share of the group.
    pub(crate) share: f64,
    /// The recipients of domains, if they are listed in this group.
    pub(crate) domains: BTreeMap<&'a str, f64>,
    /// The recipients of the domains that are listed, in this group.
    pub(crate) listed: Vec<(&'a str, f64)>,
}

impl MailKind<'_> {
    pub(crate) fn is_clean(&self) -> bool {
        self.name.starts_with("clean")
    }

    pub(crate) fn recipients_of_message(&self, means: IncomingMeans) -> f64 {
        means.recipients[usize::from(!self.is_clean())]
    }

    /// The recipients of the group.
    pub(crate) fn recipients(&self) -> f64 {
        self.series.iter().sum::<f64>() * self.share
    }
}

impl<'a> GroupMail<'a> {
    /// The mail of a group. `part` is its share of the clean mail, spam, viruses and invalid recipients. The main group lists domains.
    pub(crate) fn new(
        evidence: &Evidence<'a>,
        (group, main): (&'a FittedGroup, &FittedGroup),
        (mail, part, means, sizes): (&AcceptedMail, [f64; 4], IncomingMeans, Option<&CleanSizes>),
        (facts, options): (&DomainFacts<'_>, &FitOptions),
    ) -> Self {
        let kind = |name, series: Vec<f64>, share: f64, columns: &[&str], bytes: Option<f64>| {
            let domains = evidence.by_key(4, columns).filter(|_| group.name == main.name).unwrap_or_default();
            let total: f64 = domains.values().sum();
            let mut kind = MailKind { name, series, bytes, share, listed: Vec::new(), domains };
            let scale = kind.recipients() / total.max(1.0);
            let each = kind.recipients_of_message(means) * means.messages;
            let listed = largest_domains(&kind.domains, options.keys, each).listed;
            kind.listed = listed.into_iter().map(|(domain, count)| (domain, count * scale)).collect();
            kind
        };
        const CLEAN: [&str; 2] = ["Clean", "Stopped by Content Filter"];
        let [of_clean, of_others] = [0, 1].map(|place: usize| means.bytes.map(|bytes| bytes[place]));
        let mut kinds = match sizes {
            None => vec![kind("clean", mail.clean.clone(), part[0], &CLEAN, of_clean)],
            Some(CleanSizes { large, bytes }) => {
                let large: Vec<f64> = mail.clean.iter().zip(large).map(|(count, share)| count * share).collect();
                let small = mail.clean.iter().zip(&large).map(|(count, large)| count - large).collect();
                vec![
                    kind("clean", small, part[0], &CLEAN, Some(bytes[0])),
                    kind("clean-large", large, part[0], &CLEAN, Some(bytes[1])),
                ]
            }
        };
        kinds.push(kind("spam", mail.spam.clone(), part[1], &["Spam Detected"], of_others));
        kinds.push(kind("virus", mail.virus.clone(), part[2], &["Virus Detected"], of_others));
        let harvests = mail.invalid.iter().map(|count| count / means.harvested * part[3]).collect();
        let rest = rest_messages(&kinds, facts, means);
        GroupMail { group, means, kinds, harvests, rest }
    }

    /// The laws of the domains of a kind.
    pub(crate) fn laws<'f, 'd>(
        &'f self,
        kind: &MailKind<'_>,
        facts: &'f DomainFacts<'d>,
        has_tls: bool,
    ) -> DomainLaws<'f, 'd> {
        let recipients = kind.recipients_of_message(self.means);
        let each = recipients * self.means.messages;
        let (rest, has_each) = (recipients * self.rest.unwrap_or(self.means.messages), self.rest.is_some());
        DomainLaws { facts, group: self.group, each, rest, recipients: Some(recipients), has_each, has_tls }
    }

    /// The recipients of all kinds.
    pub(crate) fn recipients(&self) -> f64 {
        self.kinds.iter().map(MailKind::recipients).sum()
    }
}

/// The messages of a connection of domains without a mean of their own, with which all connections stay as many as they are. `None` if
/// there is none.
fn rest_messages(kinds: &[MailKind<'_>], facts: &DomainFacts<'_>, means: IncomingMeans) -> Option<f64> {
    let (mut messages, mut connections) = (0.0, 0.0);
    for kind in kinds {
        let recipients = kind.recipients_of_message(means);
        messages += kind.recipients() / recipients;
        connections += kind.recipients() / (recipients * means.messages);
        for (domain, count) in &kind.listed {
            if let Some(each) = facts.each(domain) {
                // A connection brings at least one message.
                messages -= count / recipients;
                connections -= count / each.max(recipients);
            }
        }
    }
    let rest = messages / connections;
    (messages > 0.5 && connections > 0.5 && (1.0..1000.0).contains(&rest)).then_some(rest)
}
