//! Incoming mail: classes of senders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::BounceProfile;
use crate::mail::{RecipientDistribution, Rhythm, Session, Size};
use crate::value::{Amount, Mean, Score, Share, Span};
use crate::variation::VariesLike;

/// A class: a kind of external sender, and the mail that these senders try to deliver.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Name by which events, outbreaks and overrides refer to the class.
    pub name: String,
    /// Name of the public listener that the senders connect to.
    #[serde(default = "public")]
    pub listener: String,
    /// Attempted connections per week to all appliances, at volume 1.
    pub connections_per_week: Amount,
    /// Variation of the volume over the week and the day. Default: constant.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// Share of its mail that belongs to campaigns (see `variation.campaigns`) if its volume varies like spam. Default:
    /// `variation.campaigns.share`.
    #[serde(default)]
    pub campaigns: Option<Share>,
    /// Senders with domains and permanent addresses. A class has either `domains` or `bots`.
    #[serde(default)]
    pub domains: Option<SenderDomains>,
    /// Senders with short-lived addresses. A class has either `bots` or `domains`.
    #[serde(default)]
    pub bots: Option<Bots>,
    /// Domains with their own volumes, in addition to the volume of the class. Not for bots. All settings that they do not have themselves
    /// are those of the class.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub listed: Vec<ListedSender>,
    /// Distribution of the reputation score (SBRS) over senders. Default: for bots, the distribution of spam sources, and for domains, that
    /// of clean hosts. The README lists both.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub sbrs: Option<Vec<ScoreShare>>,
    /// Mean number of changes of the score of a sender in a day, of which some give the same score. Scores move up and down, but their distribution over all senders stays the
    /// same. Default: 0.3 (assumed: no rate is published).
    #[serde(default = "three_tenths")]
    pub score_changes: Share,
    /// Share of senders without reverse DNS.
    #[serde(default)]
    pub dns_missing: Share,
    /// Share of senders whose reverse DNS does not match their address.
    #[serde(default)]
    pub dns_unmatched: Share,
    /// Share of connections that start and complete TLS if the listener offers it. A sender either always or never does so.
    #[serde(default)]
    pub starttls: Share,
    /// Share of connections that start TLS and fail to complete it. A sender either always or never does so.
    #[serde(default)]
    pub starttls_fails: Share,
    /// Mean number of transactions per connection.
    #[serde(default = "one")]
    #[schemars(extend("maximum" = 1000.0))]
    pub messages_per_connection: Mean,
    /// Number of recipients per transaction. Default: always 1.
    #[serde(default)]
    pub recipients: RecipientDistribution,
    /// Sizes of transactions.
    pub size: Size,
    /// Durations of sessions.
    #[serde(default)]
    pub session: Session,
    /// Choice of the users that get the mail. Default: `exposed` if `spam` is above 0.5, else `readers`.
    #[serde(default)]
    pub recipients_are: Option<Recipients>,
    /// Probability that a recipient does not exist.
    #[serde(default)]
    pub invalid_recipients: Share,
    /// Probability that anti-spam scanning finds spam or suspected spam in a transaction, if the policy scans for spam.
    #[serde(default)]
    pub spam: Share,
    /// Probability that anti-virus scanning finds a virus in a transaction, if the policy scans for viruses.
    #[serde(default)]
    pub virus: Share,
    /// Retries of senders that an appliance turned away because a limit was reached. Default: senders with domains retry as
    /// under the defaults of `bounce_profile`, and bots do not retry.
    #[serde(default)]
    pub retry: Option<BounceProfile>,
}

/// A domain of senders with its own volume. The settings that it does not have are those of its class.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedSender {
    /// Domain or host name. A host name is counted under its domain.
    pub domain: String,
    /// Connections per week, at volume 1.
    pub per_week: Amount,
    /// Number of addresses. Default: that of a domain of the class.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65_536))]
    pub addresses: Option<u32>,
    /// Distribution of the reputation score (SBRS). Default: that of the class.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub sbrs: Option<Vec<ScoreShare>>,
    /// Share of connections that start and complete TLS if the listener offers it. Default: that of the class.
    #[serde(default)]
    pub starttls: Option<Share>,
    /// Mean number of transactions per connection. Default: that of the class.
    #[serde(default)]
    #[schemars(extend("maximum" = 1000.0))]
    pub messages_per_connection: Option<Mean>,
    /// Probability that a recipient does not exist. Default: that of the class.
    #[serde(default)]
    pub invalid_recipients: Option<Share>,
    /// Probability that anti-spam scanning finds spam in a transaction. Default: that of the class.
    #[serde(default)]
    pub spam: Option<Share>,
    /// Probability that anti-virus scanning finds a virus in a transaction. Default: that of the class.
    #[serde(default)]
    pub virus: Option<Share>,
}

/// The users that get the mail of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recipients {
    /// Users who get mail as often as `users.received` says.
    Readers,
    /// Users whose addresses are known to spammers, as often as `users.exposed` says.
    Exposed,
}

/// Senders with domains and permanent addresses.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderDomains {
    /// Number of domains.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: u32,
    /// Rank-size slope of volume: the domain of rank r has a volume in proportion to r^-slope.
    pub slope: Amount,
    /// Mean number of addresses per domain. Larger domains have more.
    #[serde(default = "one")]
    pub addresses_per_domain: Mean,
    /// Name of the network that gives the senders their addresses.
    pub network: String,
    /// Share of the destinations of outgoing mail that write back. Their domains take places among the domains of the class. The more
    /// mail a destination gets, the more it sends. Default: 0.
    #[serde(default)]
    pub partners: Share,
}

/// Senders with short-lived addresses.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bots {
    /// Name of the network that gives the bots their addresses. Their domains are those of the network's owners.
    pub network: String,
    /// Kinds of bots, each with its own lifetime.
    #[schemars(length(max = 256))]
    pub kinds: Vec<BotKind>,
}

/// Bots with the same mean lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotKind {
    /// Weight among all bots that ever live, relative to the sum of all kinds.
    pub share: Amount,
    /// Mean time that an address is in use. The longest is twice as long.
    pub life: Span,
    /// Mean number of connections from an address in that time.
    #[schemars(extend("minimum" = 0.001))]
    pub connections: Amount,
    /// Highest score of these bots: the upper end of a part of `sbrs`. They have the scores of that part and of those before it. Default: no
    /// limit.
    #[serde(default)]
    pub highest_score: Option<Score>,
}

/// A part of the distribution of the reputation score (SBRS): uniform between two scores, or senders without a score.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreShare {
    /// Lowest score. Leave out both `from` and `to` for senders without a score.
    #[serde(default)]
    pub from: Option<Score>,
    /// Highest score.
    #[serde(default)]
    pub to: Option<Score>,
    /// Weight of the part, relative to the sum of all parts.
    pub share: Amount,
}

impl Class {
    /// The distribution of the score over its senders: the given one, or the default.
    pub fn scores(&self) -> Vec<ScoreShare> {
        let usual = if self.bots.is_some() { SPAM_SOURCES } else { CLEAN_HOSTS };
        self.sbrs.clone().unwrap_or_else(|| usual.parts())
    }

    /// The distribution of the score over its connections.
    pub fn scores_of_connections(&self) -> Vec<ScoreShare> {
        let Some(bots) = &self.bots else { return self.scores() };
        let weight = |kind: &BotKind| kind.share.get() * kind.connections.get();
        let total: f64 = bots.kinds.iter().map(weight).sum();
        let of_kind = |kind: &BotKind| {
            let scores = kind.scores(&self.scores()).to_vec();
            let sum: f64 = scores.iter().map(|part| part.share.get()).sum();
            let scale = weight(kind) / (total * sum).max(f64::MIN_POSITIVE);
            scores.into_iter().map(move |part| ScoreShare { share: Amount::new(part.share.get() * scale), ..part })
        };
        bots.kinds.iter().flat_map(of_kind).collect()
    }

    /// The kind of mail whose levels its volume shares: the given value, or the default.
    pub fn varies_like(&self) -> VariesLike {
        let is_threat = [self.spam, self.virus, self.invalid_recipients].iter().any(|share| share.get() > 0.5);
        self.rhythm.varies_like.unwrap_or(if is_threat { VariesLike::Spam } else { VariesLike::Received })
    }

    /// The domains that it lists, each with the class as the domain has it: with the domain's own settings. Their rhythm is that of this
    /// class.
    pub fn listed_senders(&self) -> impl Iterator<Item = (&ListedSender, Class)> {
        self.listed.iter().map(|listed| (listed, self.with_settings_of(listed)))
    }

    /// The class as the listed domain at a place has it.
    pub fn listed_sender(&self, place: usize) -> Option<Class> {
        Some(self.with_settings_of(self.listed.get(place)?))
    }

    fn with_settings_of(&self, listed: &ListedSender) -> Class {
        let domains = self.domains.as_ref().map(|domains| SenderDomains {
            count: 1,
            addresses_per_domain: listed.addresses.map_or(domains.addresses_per_domain, Mean::from),
            ..domains.clone()
        });
        // The lists of domains and the rhythm may be long, so they are not copied.
        Class {
            name: self.name.clone(),
            listener: self.listener.clone(),
            connections_per_week: listed.per_week,
            rhythm: Rhythm::default(),
            campaigns: self.campaigns,
            domains,
            bots: self.bots.clone(),
            listed: Vec::new(),
            sbrs: listed.sbrs.clone().or_else(|| self.sbrs.clone()),
            score_changes: self.score_changes,
            dns_missing: self.dns_missing,
            dns_unmatched: self.dns_unmatched,
            starttls: listed.starttls.unwrap_or(self.starttls),
            starttls_fails: self.starttls_fails,
            messages_per_connection: listed.messages_per_connection.unwrap_or(self.messages_per_connection),
            recipients: self.recipients.clone(),
            size: self.size.clone(),
            session: self.session,
            // The choice of users is that of the class, whatever the domain's own share of spam.
            recipients_are: Some(self.recipients_are()),
            invalid_recipients: listed.invalid_recipients.unwrap_or(self.invalid_recipients),
            spam: listed.spam.unwrap_or(self.spam),
            virus: listed.virus.unwrap_or(self.virus),
            retry: self.retry,
        }
    }

    /// The users that get its mail: the given ones, or the default.
    pub fn recipients_are(&self) -> Recipients {
        let usual = if self.spam.get() > 0.5 { Recipients::Exposed } else { Recipients::Readers };
        self.recipients_are.unwrap_or(usual)
    }
}

impl BotKind {
    /// The parts of its class's distribution of the score that bots of this kind have.
    pub fn scores<'a>(&self, all: &'a [ScoreShare]) -> &'a [ScoreShare] {
        let last = all.iter().position(|part| part.to.is_some() && part.to == self.highest_score);
        last.map_or(all, |last| &all[..=last])
    }
}

/// A distribution of the score: a density that is linear between scores in tenths, values that are more common than that, and senders
/// without a score. Shares are in per cent.
struct PublishedScores {
    /// Scores in tenths, in order, with relative densities.
    density: &'static [(i16, f64)],
    common: &'static [(i16, f64)],
    none: f64,
}

/// Scores of spam sources. The common values and the densities, which are smoothed, are those of a mail flow report of an IronPort
/// appliance of October 2005 (179 rejected or spamming addresses; the `ironport-tools` repository of 2001db8).
const SPAM_SOURCES: PublishedScores = PublishedScores {
    density: &[
        (-100, 0.55),
        (-85, 0.62),
        (-70, 0.85),
        (-55, 0.95),
        (-40, 1.2),
        (-35, 1.25),
        (-31, 1.05),
        (-27, 0.45),
        (-22, 0.18),
        (-12, 0.18),
        (-7, 0.45),
        (0, 0.4),
        (10, 0.12),
        (30, 0.02),
    ],
    common: &[(-100, 1.3), (-99, 8.4), (-7, 9.9), (0, 3.0), (12, 0.5)],
    none: 4.1,
};

/// Scores of clean hosts, as above: those of 51 accepted addresses that sent no spam.
const CLEAN_HOSTS: PublishedScores = PublishedScores {
    density: &[
        (-100, 0.01),
        (-40, 0.04),
        (-10, 0.1),
        (-3, 0.7),
        (10, 0.65),
        (20, 0.9),
        (30, 1.0),
        (40, 1.7),
        (50, 1.75),
        (60, 1.3),
        (68, 0.5),
        (75, 0.15),
        (90, 0.02),
    ],
    common: &[(-7, 1.0), (0, 4.5), (12, 6.0), (42, 7.5)],
    none: 3.9,
};

impl PublishedScores {
    /// One part for each score, and one for senders without a score.
    fn parts(&self) -> Vec<ScoreShare> {
        let (first, last) = (self.density[0].0, self.density[self.density.len() - 1].0);
        let density = |tenths: i16| {
            let after = self.density.partition_point(|&(knot, _)| knot <= tenths).min(self.density.len() - 1);
            let [(from, low), (to, high)] = [self.density[after - 1], self.density[after]];
            low + (high - low) * f64::from(tenths - from) / f64::from(to - from)
        };
        let whole: f64 = (first..=last).map(density).sum();
        let rest = 100.0 - self.none - self.common.iter().map(|(_, share)| share).sum::<f64>();
        let share = |tenths: i16| {
            let common = self.common.iter().filter(|(value, _)| *value == tenths).map(|(_, share)| share);
            density(tenths) * rest / whole + common.sum::<f64>()
        };
        let part = |tenths: i16| {
            let score = Some(Score::from_tenths(tenths));
            ScoreShare { from: score, to: score, share: Amount::new(share(tenths)) }
        };
        let none = ScoreShare { from: None, to: None, share: Amount::new(self.none) };
        (first..=last).map(part).chain([none]).collect()
    }
}

fn public() -> String {
    "public".into()
}

fn three_tenths() -> Share {
    Share::new(0.3)
}

fn one() -> Mean {
    Mean::ONE
}
