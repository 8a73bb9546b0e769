//! The mail that comes in: classes of senders, and what their mail is like.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::outgoing::BounceProfile;
use crate::value::{Amount, Mean, SECOND, Score, Share, Span};

/// How volume varies over the week, the day and from day to day, in the site's own time zone.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rhythm {
    /// Factors for Monday to Sunday, set against their mean.
    pub week: [Amount; 7],
    /// Factors for the hours 00 to 23 of a working day, set against their mean.
    pub day: [Amount; 24],
    /// Factors for the hours 00 to 23 of Saturday and Sunday; without them those of a working day.
    pub weekend_day: Option<[Amount; 24]>,
    /// The sigma of the logarithm of a factor, of mean one, that is drawn for each day.
    pub day_to_day: Amount,
}

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

/// A domain listed by itself.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedDomain {
    /// The domain, or the name of a host that is rolled up to its domain.
    pub domain: String,
    /// Connections (incoming) or messages (outgoing, in recipients) a week at the scenario's volume 1.
    pub per_week: Amount,
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

/// How many recipients a message (transaction) has: either by a zeta law or by bins.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// The exponent of a zeta law: n recipients with a probability in proportion to n^-zeta.
    #[serde(default)]
    pub zeta: Option<Amount>,
    /// The most recipients that the zeta law gives.
    #[serde(default = "hundred")]
    pub max: u32,
    /// Bins, each uniform from one number to another.
    #[serde(default)]
    pub bins: Vec<CountBin>,
}

/// A bin of a whole-number distribution.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountBin {
    /// The smallest number, 1 or more.
    pub from: u32,
    /// The largest number.
    pub to: u32,
    /// The part, set against the sum of all bins.
    pub share: Amount,
}

/// Sizes in bytes: a mixture of lognormals, cut above.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// The lognormals.
    pub parts: Vec<SizePart>,
    /// The largest size in bytes.
    #[serde(default = "twenty_megabytes")]
    pub max_bytes: u32,
}

/// One lognormal of a mixture.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SizePart {
    /// Its part, set against the sum of all parts.
    #[serde(default = "one_amount")]
    pub share: Amount,
    /// The mean of the logarithm of the size in bytes.
    pub mu: Amount,
    /// The sigma of the logarithm.
    pub sigma: Amount,
}

/// Durations of sessions: lognormal.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// The median.
    pub median: Span,
    /// The sigma of the logarithm.
    pub sigma: Amount,
}

impl Default for Rhythm {
    fn default() -> Self {
        Rhythm { week: [Amount::ONE; 7], day: [Amount::ONE; 24], weekend_day: None, day_to_day: Amount::default() }
    }
}

impl Default for Recipients {
    fn default() -> Self {
        Recipients { zeta: None, max: hundred(), bins: vec![CountBin { from: 1, to: 1, share: Amount::ONE }] }
    }
}

impl Default for Session {
    fn default() -> Self {
        Session { median: Span::from_micros(2 * SECOND), sigma: Amount::ONE }
    }
}

fn public() -> String {
    "public".into()
}

fn one() -> Mean {
    Mean::ONE
}

fn one_amount() -> Amount {
    Amount::ONE
}

fn hundred() -> u32 {
    100
}

fn twenty_megabytes() -> u32 {
    20_000_000
}
