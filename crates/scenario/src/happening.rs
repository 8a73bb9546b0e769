//! Things that happen at given times: outbreaks, events, and scripts with exact counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::DestinationControl;
use crate::outgoing::{Servers, StartTls};
use crate::text_schema::AddressText;
use crate::value::{Amount, MINUTE, Moment, Score, Share, Span};

/// An outbreak: infected mail that anti-virus signatures do not recognise at first.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outbreak {
    /// The name as it stands in the exports.
    pub name: String,
    /// The ID as it stands in the exports.
    pub id: u32,
    /// The class of senders that it comes from. The outbreak has the settings of the class, and a volume of its own.
    pub class: String,
    /// The name of the virus type that signatures find in its messages once they recognise it.
    pub virus: String,
    /// The moment at which it was first seen globally.
    pub first_seen: Moment,
    /// The time from recognition by the outbreak filter to recognition by signatures. The filter quarantines messages in
    /// this time.
    pub protection_time: Span,
    /// The time from first seen until the outbreak filter recognises it. Its messages pass until then.
    #[serde(default)]
    pub filter_delay: Span,
    /// The total number of connections that bring it to all appliances, at the scenario's volume 1.
    pub connections: Amount,
    /// The time in which its volume falls to half. It is strongest at the beginning.
    pub half_life: Span,
    /// The time over which the quarantine releases its messages, once signatures recognise it.
    #[serde(default = "half_an_hour")]
    pub release_span: Span,
    /// The share of quarantined messages that turn out to be clean.
    #[serde(default)]
    pub false_positives: Share,
}

/// A change at a given time. Give one of `destination_control`, `volume` and `appliance_load`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The moment of the change.
    pub at: Moment,
    /// A new TLS setting for a destination, or for `default`.
    #[serde(default)]
    pub destination_control: Option<DestinationControl>,
    /// A new volume of a class or a flow.
    #[serde(default)]
    pub volume: Option<VolumeChange>,
    /// A new load of an appliance.
    #[serde(default)]
    pub appliance_load: Option<LoadChange>,
}

/// A new load of an appliance, from the beginning of a clock hour. An appliance with load 0 gets no new mail, and delivers
/// the mail that it has.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadChange {
    /// The name of the appliance.
    pub of: String,
    /// The new load, relative to the sum of the loads of all appliances.
    pub load: Amount,
}

/// A new volume of a class or a flow. It holds until the next event for the same class or flow.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolumeChange {
    /// The name of the class or flow. Its listed domains change with it.
    pub of: String,
    /// The factor by which the volume is multiplied from then on.
    pub factor: Amount,
    /// The time in which the volume returns to normal, by equal percentages. By default the factor stays.
    #[serde(default)]
    pub recovery: Option<Span>,
}

/// Exact counts of incoming mail, spread evenly over a time span. The mail is clean, and no content filter matches it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedIncoming {
    /// The name that traces show.
    pub name: String,
    /// The name of an appliance. The default is the first appliance.
    #[serde(default)]
    pub appliance: Option<String>,
    /// The name of the public listener that the sender connects to.
    #[serde(default = "public")]
    pub listener: String,
    /// The moment at which the first connection is opened.
    pub begin: Moment,
    /// The time over which connections are spread.
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
    /// The use of STARTTLS, if the listener offers it.
    #[serde(default)]
    pub starttls: ClientTls,
    /// The number of connections.
    pub connections: u32,
    /// The total number of messages (recipients), spread over the connections as evenly as possible.
    pub messages: u32,
    /// The size of each message, in bytes.
    #[serde(default = "four_kilobytes")]
    pub size_bytes: u32,
}

/// The use of STARTTLS by a sender, if the listener offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientTls {
    /// The sender does not start TLS.
    #[default]
    NotStarted,
    /// The sender starts and completes TLS.
    Good,
    /// The sender starts TLS and fails to complete it.
    Fails,
}

/// Exact counts of outgoing mail to one destination, spread evenly over a time span. The mail is clean, and no content filter
/// matches it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedOutgoing {
    /// The name that traces show.
    pub name: String,
    /// The name of an appliance. The default is the first appliance.
    #[serde(default)]
    pub appliance: Option<String>,
    /// The name of the private listener that the mail servers connect to.
    #[serde(default = "private")]
    pub listener: String,
    /// The site's own mail servers, which send the mail to the appliance.
    pub servers: Servers,
    /// The moment at which the first message arrives.
    pub begin: Moment,
    /// The time over which messages are spread.
    pub span: Span,
    /// The destination domain.
    pub destination: String,
    /// The response of the destination to STARTTLS.
    #[serde(default)]
    pub starttls: StartTls,
    /// Whether the certificate of the destination can be verified.
    #[serde(default = "yes")]
    pub certificate_valid: bool,
    /// The number of connections that can carry mail. A second connection after failed TLS is not among them.
    pub connections: u32,
    /// The total number of delivered messages (recipients), spread over the connections as evenly as possible.
    pub messages: u32,
    /// The number of further recipients that are hard-bounced, spread over the connections in the same way.
    #[serde(default)]
    pub hard_bounces: u32,
    /// The size of each message, in bytes.
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
