//! What happens at given times: outbreaks, changes, and scripts with exact counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::DestinationControl;
use crate::outgoing::{Servers, StartTls};
use crate::text_schema::AddressText;
use crate::value::{Amount, MINUTE, Moment, Score, Share, Span};

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

/// Something that changes at a given time. It has `destination_control`, `volume` or `appliance_load`.
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
    /// A new part of the load for an appliance.
    #[serde(default)]
    pub appliance_load: Option<LoadChange>,
}

/// A new part of the load for an appliance, from the beginning of a clock hour on. With 0 it gets no new mail, and works off
/// what it has.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadChange {
    /// The appliance.
    pub of: String,
    /// Its part; the parts of all appliances are set against their sum.
    pub load: Amount,
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

fn public() -> String {
    "public".into()
}

fn private() -> String {
    "private".into()
}

fn yes() -> bool {
    true
}

fn four_kilobytes() -> u32 {
    4096
}

fn half_an_hour() -> Span {
    Span::from_micros(30 * MINUTE)
}
