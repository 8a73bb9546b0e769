//! Incoming mail: classes of senders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::BounceProfile;
use crate::mail::{ListedDomain, RecipientDistribution, Rhythm, Session, Size};
use crate::value::{Amount, Mean, Score, Share, Span};

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
    /// Senders with domains and permanent addresses. A class has either `domains` or `bots`.
    #[serde(default)]
    pub domains: Option<SenderDomains>,
    /// Senders with short-lived addresses. A class has either `bots` or `domains`.
    #[serde(default)]
    pub bots: Option<Bots>,
    /// Domains with their own volumes, in addition to the volume of the class. Not for bots. All other settings are those
    /// of the class.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub listed: Vec<ListedDomain>,
    /// Distribution of the reputation score (SBRS) over senders.
    #[schemars(length(max = 100))]
    pub sbrs: Vec<ScoreShare>,
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

/// Bots with the same lifetime.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotKind {
    /// Weight among all bots that ever live, relative to the sum of all kinds.
    pub share: Amount,
    /// Time that an address is in use.
    pub life: Span,
    /// Mean number of connections from an address in that time.
    #[schemars(extend("minimum" = 0.001))]
    pub connections: Amount,
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

fn public() -> String {
    "public".into()
}

fn one() -> Mean {
    Mean::ONE
}
