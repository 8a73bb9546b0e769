//! The mail that comes in: classes of senders, and what their mail is like.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::BounceProfile;
use crate::mail::{ListedDomain, Recipients, Rhythm, Session, Size};
use crate::value::{Amount, Mean, Score, Share, Span};

/// A class of senders outside and the mail they try to bring in.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// What events and overrides call it.
    pub name: String,
    /// The name of a public listener.
    #[serde(default = "public")]
    pub listener: String,
    /// Connections attempted a week at the scenario's volume 1, over all appliances.
    pub connections_per_week: Amount,
    /// How that varies in time.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// Senders with domains and standing addresses. Either this or `bots`.
    #[serde(default)]
    pub domains: Option<SenderDomains>,
    /// Senders with addresses that come and go. Either this or `domains`.
    #[serde(default)]
    pub bots: Option<Bots>,
    /// Domains listed by themselves, each with the settings of the class and a volume of its own on top of the class's.
    #[serde(default)]
    pub listed: Vec<ListedDomain>,
    /// The density of the reputation score over senders.
    pub sbrs: Vec<ScoreShare>,
    /// The share of senders without reverse DNS.
    #[serde(default)]
    pub dns_missing: Share,
    /// The share of senders whose reverse DNS does not match.
    #[serde(default)]
    pub dns_unmatched: Share,
    /// The share of the connections that start TLS where it is offered; the same senders always do.
    #[serde(default)]
    pub starttls: Share,
    /// The share of the connections that start TLS and fail to complete it; the same senders always do.
    #[serde(default)]
    pub starttls_fails: Share,
    /// Messages (transactions) of a connection.
    #[serde(default = "one")]
    pub messages_per_connection: Mean,
    /// Recipients of a message (transaction).
    #[serde(default)]
    pub recipients: Recipients,
    /// Sizes of messages.
    pub size: Size,
    /// Durations of sessions.
    #[serde(default)]
    pub session: Session,
    /// The probability that a recipient does not exist.
    #[serde(default)]
    pub invalid_recipients: Share,
    /// The probability that a message is found to be spam, or suspected, by a policy that scans for it.
    #[serde(default)]
    pub spam: Share,
    /// The probability that a message is found infected by a policy that scans for it.
    #[serde(default)]
    pub virus: Share,
    /// How senders try again what an appliance had no room for; without it those with domains do as the appliance itself
    /// would, and bots do not.
    #[serde(default)]
    pub retry: Option<BounceProfile>,
}

/// Senders with domains and standing addresses.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderDomains {
    /// How many domains there are.
    pub count: u32,
    /// The rank-size slope of their volume: the domain of rank r has volume in proportion to r^-slope.
    pub slope: Amount,
    /// The mean number of addresses of a domain; larger domains have more.
    #[serde(default = "one")]
    pub addresses_per_domain: Mean,
    /// The name of the network they are in.
    pub network: String,
}

/// Senders with addresses that come and go.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bots {
    /// The name of the network they are in. Their domains are those of its owners.
    pub network: String,
    /// Kinds of bots by how long they live.
    pub kinds: Vec<BotKind>,
}

/// Bots that live equally long.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotKind {
    /// Their part of all bots that there ever are, set against the sum of all kinds.
    pub share: Amount,
    /// How long one address is in use.
    pub life: Span,
    /// The mean number of connections in that time.
    pub connections: Amount,
}

/// A part of the density of the reputation score, uniform between two scores or for senders without one.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreShare {
    /// The lowest score. Without `from` and `to` the part is of senders without a score.
    #[serde(default)]
    pub from: Option<Score>,
    /// The highest score.
    #[serde(default)]
    pub to: Option<Score>,
    /// The part, set against the sum of all parts.
    pub share: Amount,
}

fn public() -> String {
    "public".into()
}

fn one() -> Mean {
    Mean::ONE
}
