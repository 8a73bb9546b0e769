//! What mail there is: classes of senders, flows of outgoing mail, their destinations, outbreaks and scripts.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::{AddressText, NetworkText};
use crate::value::{Amount, HOUR, MINUTE, Mean, Moment, SECOND, Score, Share, Span};

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

/// A flow of mail from the site's users to the world.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// What events and overrides call it.
    pub name: String,
    /// The name of a private listener.
    #[serde(default = "private")]
    pub listener: String,
    /// Messages (recipients) a week at the scenario's volume 1, over all appliances.
    pub messages_per_week: Amount,
    /// How that varies in time.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// The site's own mail servers, which bring the mail to the appliance.
    pub servers: Servers,
    /// Messages (transactions) of a connection from those servers.
    #[serde(default = "one")]
    pub messages_per_connection: Mean,
    /// Recipients of a message (transaction).
    #[serde(default)]
    pub recipients: Recipients,
    /// Sizes of messages.
    pub size: Size,
    /// Durations of sessions from those servers.
    #[serde(default)]
    pub session: Session,
    /// The share of messages with the null sender: bounces and automatic replies of the site's servers.
    #[serde(default)]
    pub null_sender: Share,
    /// The probability that a message is found to be spam; it is delivered all the same.
    #[serde(default)]
    pub spam: Share,
    /// The probability that a message is found infected.
    #[serde(default)]
    pub virus: Share,
    /// Where the mail goes.
    pub destinations: Vec<Destination>,
}

/// The site's own mail servers.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Servers {
    /// The name of the servers is `mail1`, `mail2`... in this domain.
    pub domain: String,
    /// Their addresses, all of the network but its first and last.
    #[schemars(with = "NetworkText")]
    pub addresses: Ipv4Net,
}

/// A class of destination domains that behave alike.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// What overrides call it; part of the names of its domains.
    pub name: String,
    /// Its part of all connections of the flow, set against the sum of all weights. (A part of the messages is that part
    /// by the `messages_per_connection` of each.)
    #[serde(default)]
    pub weight: Amount,
    /// How many domains there are.
    #[serde(default = "one_domain")]
    pub domains: u32,
    /// The rank-size slope of their volume.
    #[serde(default)]
    pub slope: Amount,
    /// Domains listed by themselves, each with the settings of the class and a volume of its own on top of the flow's.
    #[serde(default)]
    pub listed: Vec<ListedDomain>,
    /// Messages (recipients) of a connection.
    #[serde(default = "one")]
    pub messages_per_connection: Mean,
    /// What the destinations do with TLS.
    #[serde(default)]
    pub starttls: StartTls,
    /// Whether their certificates can be verified.
    #[serde(default = "yes")]
    pub certificate_valid: bool,
    /// The probability that a recipient is refused for good.
    #[serde(default)]
    pub hard_bounce: Share,
    /// The probability that an attempt is put off: connected, and nothing accepted.
    #[serde(default)]
    pub deferred: Share,
    /// The probability that the second connection, after TLS has failed on the first, is refused.
    #[serde(default)]
    pub second_connection_refused: Share,
}

/// What a destination does with TLS, on every connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartTls {
    /// STARTTLS is not offered.
    #[default]
    NotOffered,
    /// STARTTLS is offered and succeeds.
    Good,
    /// STARTTLS is offered and refused: the failure comes before the 220 reply.
    FailsBefore220,
    /// STARTTLS is offered and accepted with 220, and the handshake fails.
    FailsAfter220,
}

/// How undelivered mail is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BounceProfile {
    /// The wait before the first retry; it doubles with each that follows.
    pub first_wait: Span,
    /// The longest wait.
    pub longest_wait: Span,
    /// The most retries.
    pub max_retries: u32,
    /// How long after the first attempt a message is given up.
    pub max_time: Span,
}

/// The TLS settings for destinations.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationControls {
    /// For every domain that is not listed.
    pub default: DestinationTls,
    /// For the domains that are.
    pub domains: Vec<DestinationControl>,
}

/// The TLS setting for one destination.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationControl {
    /// The domain.
    pub domain: String,
    /// Its setting.
    pub tls: DestinationTls,
}

/// Whether mail to a destination is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationTls {
    /// Never.
    #[default]
    No,
    /// Where it can be had.
    Preferred,
    /// Always.
    Required,
    /// Where it can be had, and the certificate is looked at.
    PreferredVerify,
    /// Always, with a certificate that can be verified.
    RequiredVerify,
}

/// An outbreak: a stretch of infected mail that signatures do not know at first.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outbreak {
    /// The name as it stands in the exports.
    pub name: String,
    /// The ID as it stands in the exports.
    pub id: u32,
    /// The class of senders that it comes from; it has that class's settings, and a volume of its own.
    pub class: String,
    /// The name of a virus type, which its messages are found to be once signatures know it.
    pub virus: String,
    /// When it was first seen globally.
    pub first_seen: Moment,
    /// How long before signatures the outbreak filter has it: messages are held in quarantine for so long.
    pub protection_time: Span,
    /// How long after it was first seen the outbreak filter begins to hold messages; none are recognised before.
    #[serde(default)]
    pub filter_delay: Span,
    /// Connections that bring it in all, at the scenario's volume 1, over all appliances.
    pub connections: Amount,
    /// How long it takes to fall to half; it is strongest at the beginning.
    pub half_life: Span,
    /// Over how long a time after signatures come the quarantine releases its messages.
    #[serde(default = "half_an_hour")]
    pub release_span: Span,
    /// The share of held messages that turn out to be clean.
    #[serde(default)]
    pub false_positives: Share,
}

/// Something that changes at a given time. It has `destination_control` or `volume`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// A new TLS setting for a destination, or for `default`.
    #[serde(default)]
    pub destination_control: Option<DestinationControl>,
    /// A new volume for a class or a flow.
    #[serde(default)]
    pub volume: Option<VolumeChange>,
}

/// A new volume for a class or a flow. It stands until the next event for the same one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolumeChange {
    /// The class or flow; domains listed in it change with it.
    pub of: String,
    /// What its volume is multiplied by from then on.
    pub factor: Amount,
    /// How long it takes to come back to the full volume, by equal percentages; without it the factor stays.
    #[serde(default)]
    pub recovery: Option<Span>,
}

/// Exact counts of mail from outside, spread evenly over a stretch of time. It is clean, and no content filter matches it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedIncoming {
    /// What it is called in traces.
    pub name: String,
    /// The name of an appliance; without it the first.
    #[serde(default)]
    pub appliance: Option<String>,
    /// The name of a public listener.
    #[serde(default = "public")]
    pub listener: String,
    /// When the first connection is opened.
    pub begin: Moment,
    /// The stretch over which connections are spread.
    pub span: Span,
    /// The sender's host name.
    pub host: String,
    /// The sender's address.
    #[schemars(with = "AddressText")]
    pub address: std::net::Ipv4Addr,
    /// The network owner, if it is known.
    #[serde(default)]
    pub owner: Option<String>,
    /// The sender's score, if it has one.
    #[serde(default)]
    pub sbrs: Option<Score>,
    /// What the sender does with TLS where it is offered.
    #[serde(default)]
    pub starttls: ClientTls,
    /// How many connections.
    pub connections: u32,
    /// How many messages (recipients) in all, shared out over the connections as evenly as can be.
    pub messages: u32,
    /// Bytes of each message.
    #[serde(default = "four_kilobytes")]
    pub size_bytes: u32,
}

/// What a sender does with TLS where it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientTls {
    /// It does not start it.
    #[default]
    NotStarted,
    /// It starts and completes it.
    Good,
    /// It starts it and fails.
    Fails,
}

/// Exact counts of mail to a destination, spread evenly over a stretch of time. It is clean, and no content filter matches it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedOutgoing {
    /// What it is called in traces.
    pub name: String,
    /// The name of an appliance; without it the first.
    #[serde(default)]
    pub appliance: Option<String>,
    /// The name of a private listener.
    #[serde(default = "private")]
    pub listener: String,
    /// The site's own mail servers, which bring the mail to the appliance.
    pub servers: Servers,
    /// When the first message comes.
    pub begin: Moment,
    /// The stretch over which messages are spread.
    pub span: Span,
    /// The destination domain.
    pub destination: String,
    /// What the destination does with TLS.
    #[serde(default)]
    pub starttls: StartTls,
    /// Whether its certificate can be verified.
    #[serde(default = "yes")]
    pub certificate_valid: bool,
    /// How many connections that can carry mail (a second connection after failed TLS comes on top).
    pub connections: u32,
    /// How many messages (recipients) are delivered in all, shared out over the connections as evenly as can be.
    pub messages: u32,
    /// How many recipients are hard-bounced on top, shared out likewise.
    #[serde(default)]
    pub hard_bounces: u32,
    /// Bytes of each message.
    #[serde(default = "four_kilobytes")]
    pub size_bytes: u32,
}

impl DestinationTls {
    /// Every setting, in the order of the appliance's menu.
    pub const ALL: [DestinationTls; 5] = [
        DestinationTls::No,
        DestinationTls::Preferred,
        DestinationTls::Required,
        DestinationTls::PreferredVerify,
        DestinationTls::RequiredVerify,
    ];
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

impl Default for BounceProfile {
    /// The appliance's own.
    fn default() -> Self {
        BounceProfile {
            first_wait: Span::from_micros(MINUTE),
            longest_wait: Span::from_micros(HOUR),
            max_retries: 100,
            max_time: Span::from_micros(72 * HOUR),
        }
    }
}

fn public() -> String {
    "public".into()
}

fn private() -> String {
    "private".into()
}

fn one() -> Mean {
    Mean::ONE
}

fn one_amount() -> Amount {
    Amount::ONE
}

fn one_domain() -> u32 {
    1
}

fn yes() -> bool {
    true
}

fn hundred() -> u32 {
    100
}

fn twenty_megabytes() -> u32 {
    20_000_000
}

fn four_kilobytes() -> u32 {
    4096
}

fn half_an_hour() -> Span {
    Span::from_micros(30 * MINUTE)
}
