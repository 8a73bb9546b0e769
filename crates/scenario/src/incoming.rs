//! Incoming mail: classes of senders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::BounceProfile;
use crate::mail::{ListedDomain, RecipientDistribution, Rhythm, Session, Size};
use crate::value::{Amount, Mean, Score, Share, Span};

/// A class of external senders, and the mail that they try to deliver.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The name by which events and overrides refer to the class.
    pub name: String,
    /// The name of the public listener that they connect to.
    #[serde(default = "public")]
    pub listener: String,
    /// Attempted connections a week to all appliances, at the scenario's volume 1.
    pub connections_per_week: Amount,
    /// The variation of the volume in time.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// Senders with domains and permanent addresses. Give either `domains` or `bots`.
    #[serde(default)]
    pub domains: Option<SenderDomains>,
    /// Senders with short-lived addresses. Give either `bots` or `domains`.
    #[serde(default)]
    pub bots: Option<Bots>,
    /// Domains with volumes of their own, in addition to the volume of the class. They have the settings of the class.
    #[serde(default)]
    pub listed: Vec<ListedDomain>,
    /// The distribution of reputation scores over senders.
    pub sbrs: Vec<ScoreShare>,
    /// The share of senders that have no reverse DNS.
    #[serde(default)]
    pub dns_missing: Share,
    /// The share of senders whose reverse DNS does not match.
    #[serde(default)]
    pub dns_unmatched: Share,
    /// The share of connections that start TLS if the listener offers it. A sender either always or never does.
    #[serde(default)]
    pub starttls: Share,
    /// The share of connections that start TLS and fail to complete it. A sender either always or never does.
    #[serde(default)]
    pub starttls_fails: Share,
    /// The mean number of messages (transactions) per connection.
    #[serde(default = "one")]
    pub messages_per_connection: Mean,
    /// The number of recipients per message (transaction).
    #[serde(default)]
    pub recipients: RecipientDistribution,
    /// The sizes of messages.
    pub size: Size,
    /// The durations of sessions.
    #[serde(default)]
    pub session: Session,
    /// The probability that a recipient does not exist.
    #[serde(default)]
    pub invalid_recipients: Share,
    /// The probability that anti-spam scanning, if the policy has it, finds a message to be spam or suspected spam.
    #[serde(default)]
    pub spam: Share,
    /// The probability that anti-virus scanning, if the policy has it, finds a message to be infected.
    #[serde(default)]
    pub virus: Share,
    /// The retries of senders that an appliance turned away because it was full. By default senders with domains retry as
    /// the appliance itself does, and bots do not retry.
    #[serde(default)]
    pub retry: Option<BounceProfile>,
}

/// Senders with domains and permanent addresses.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderDomains {
    /// The number of domains.
    pub count: u32,
    /// The rank-size slope of volume: the domain of rank r has a volume in proportion to r^-slope.
    pub slope: Amount,
    /// The mean number of addresses per domain. Larger domains have more.
    #[serde(default = "one")]
    pub addresses_per_domain: Mean,
    /// The name of the network of their addresses.
    pub network: String,
}

/// Senders with short-lived addresses.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bots {
    /// The name of the network of their addresses. Their domains are those of the network's owners.
    pub network: String,
    /// Kinds of bots, by lifetime.
    pub kinds: Vec<BotKind>,
}

/// Bots with the same lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotKind {
    /// The weight of the kind among all bots over time, relative to the sum of all kinds.
    pub share: Amount,
    /// The time for which one address is in use.
    pub life: Span,
    /// The mean number of connections of an address in that time.
    pub connections: Amount,
}

/// A part of the distribution of reputation scores: uniform between two scores, or senders without a score.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreShare {
    /// The lowest score. Leave out both `from` and `to` for senders without a score.
    #[serde(default)]
    pub from: Option<Score>,
    /// The highest score.
    #[serde(default)]
    pub to: Option<Score>,
    /// The weight of the part, relative to the sum of all parts.
    pub share: Amount,
}

fn public() -> String {
    "public".into()
}

fn one() -> Mean {
    Mean::ONE
}
