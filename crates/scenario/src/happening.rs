//! Outbreaks, events and scripts.

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
    /// Name in the exports.
    pub name: String,
    /// ID in the exports.
    pub id: u32,
    /// Name of the class whose senders bring the outbreak. The outbreak has the settings of the class and its own volume.
    pub class: String,
    /// Name of the virus type that signatures find in its messages as soon as they recognise it.
    pub virus: String,
    /// Beginning of the outbreak, at which it is first seen globally.
    pub first_seen: Moment,
    /// Time from the recognition by the outbreak filter to the recognition by signatures. In this time the filter
    /// quarantines the messages.
    pub protection_time: Span,
    /// Time from `first_seen` until the outbreak filter recognises the outbreak. Until then its messages pass. At most
    /// `protection_time`.
    #[serde(default)]
    pub filter_delay: Span,
    /// Total number of connections that bring the outbreak to all appliances, at volume 1.
    pub connections: Amount,
    /// Time in which the volume of the outbreak falls by half. It is strongest at the beginning.
    pub half_life: Span,
    /// Time over which the quarantine releases the messages, as soon as signatures recognise the outbreak, at most 30d.
    #[serde(default = "half_an_hour")]
    pub release_span: Span,
    /// Share of quarantined messages that turn out to be clean.
    #[serde(default)]
    pub false_positives: Share,
}

/// A change at a given moment. An event has exactly one of `destination_control`, `destination`, `internal_hosts`, `volume`,
/// `appliance_load` and `restart`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Moment of the change, in the warm-up or the span.
    pub at: Moment,
    /// New TLS setting for a destination, or for all others if the domain is `default`.
    #[serde(default)]
    pub destination_control: Option<DestinationControl>,
    /// A destination, or all others if the domain is `default`, becomes unreachable for some time.
    #[serde(default)]
    pub destination: Option<Outage>,
    /// The site's internal hosts become unreachable for some time. Incoming mail waits.
    #[serde(default)]
    pub internal_hosts: Option<InternalOutage>,
    /// New volume of a class or a flow.
    #[serde(default)]
    pub volume: Option<VolumeChange>,
    /// New load of an appliance, from the beginning of a clock hour.
    #[serde(default)]
    pub appliance_load: Option<LoadChange>,
    /// An appliance restarts.
    #[serde(default)]
    pub restart: Option<Restart>,
}

/// A restart of an appliance. Until it is up again, it accepts no connections, the work queue stands still, and nothing is counted: base
/// intervals in which it is down, even in part, are missing in the exports.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Name of the appliance.
    pub of: String,
    /// Time that the restart takes, above 0 and at most a day.
    pub takes: Span,
}

/// A time in which a destination is unreachable. Deliveries to it wait for another attempt as the bounce profile says. No
/// connection is opened, so no table counts one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Destination domain, or `default` for every destination that no such event names.
    pub domain: String,
    /// Time for which the destination is unreachable, above 0. Such times of one domain must not overlap.
    pub unreachable: Span,
}

/// A time in which the site's internal hosts are unreachable. Incoming mail for them waits on the disk of the queue for another attempt
/// as the bounce profile says.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InternalOutage {
    /// Time for which the internal hosts are unreachable, above 0. Such times must not overlap.
    pub unreachable: Span,
}

/// A new load of an appliance, from the beginning of a clock hour. An appliance with load 0 gets no new mail and delivers
/// the mail that it has.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadChange {
    /// Name of the appliance.
    pub of: String,
    /// New load, relative to the sum of the loads of all appliances.
    pub load: Amount,
}

/// A new volume of a class or a flow. It applies until the next event for the same class or flow.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolumeChange {
    /// Name of the class or flow. Its listed domains change with it.
    pub of: String,
    /// Factor for the volume of the class or flow.
    pub factor: Amount,
    /// Time in which the volume returns to normal, at a constant percentage rate. Default: the factor stays.
    #[serde(default)]
    pub recovery: Option<Span>,
}

/// Incoming mail in exact counts, spread evenly over a time. Content filters match only the messages that the script says. The counts are
/// those of a policy that accepts and scans the mail and does not limit it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedIncoming {
    /// Name of the script in traces.
    pub name: String,
    /// Name of the appliance that carries the mail. Default: the first appliance.
    #[serde(default)]
    pub appliance: Option<String>,
    /// Name of the public listener that the sender connects to.
    #[serde(default = "public")]
    pub listener: String,
    /// Moment at which the first connection is opened.
    pub begin: Moment,
    /// Time over which the connections are spread. It must lie within the exports.
    pub span: Span,
    /// Host name of the sender.
    pub host: String,
    /// Address of the sender.
    #[schemars(with = "AddressText")]
    pub address: std::net::Ipv4Addr,
    /// Network owner of the address. Default: not known.
    #[serde(default)]
    pub owner: Option<String>,
    /// Reputation score (SBRS) of the sender. Default: no score.
    #[serde(default)]
    pub sbrs: Option<Score>,
    /// Use of STARTTLS by the sender, if the listener offers it.
    #[serde(default)]
    pub starttls: ClientTls,
    /// Number of connections.
    pub connections: u32,
    /// Total number of clean messages (recipients), spread over the connections as evenly as possible.
    pub messages: u32,
    /// Number of additional recipients that do not exist, spread in the same way.
    #[serde(default)]
    pub invalid: u32,
    /// Number of additional recipients of messages in which anti-spam scanning finds spam, spread in the same way.
    #[serde(default)]
    pub spam: u32,
    /// Number of additional recipients of messages in which anti-virus scanning finds a virus, spread in the same way.
    #[serde(default)]
    pub virus: u32,
    /// Name of the virus type of the messages that `virus` counts. Required with `virus`.
    #[serde(default)]
    pub virus_type: Option<String>,
    /// Number of additional recipients of messages that a content filter drops or bounces, spread in the same way.
    #[serde(default)]
    pub content_filter: u32,
    /// Name of an incoming content filter that stops the messages that `content_filter` counts. Its action is `drop` or `bounce`.
    /// Its `probability` and `users` do not apply to them. Default: a filter that is only for this script and has its name.
    #[serde(default)]
    pub content_filter_name: Option<String>,
    /// Number of additional recipients of messages that a content filter quarantines, spread in the same way. They count as stopped by
    /// content filters.
    #[serde(default)]
    pub quarantine: u32,
    /// Name of an incoming content filter that stops the messages that `quarantine` counts. Its action is `quarantine`. Otherwise as
    /// `content_filter_name`.
    #[serde(default)]
    pub quarantine_filter_name: Option<String>,
    /// Size of each message, in bytes.
    #[serde(default = "four_kilobytes")]
    pub size_bytes: u32,
}

/// Use of STARTTLS by a sender, if the listener offers it.
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

/// Outgoing mail to one destination in exact counts, spread evenly over a time. Content filters match only the messages that the script
/// says. Stopped messages are not delivered and open no connection to the destination.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedOutgoing {
    /// Name of the script in traces.
    pub name: String,
    /// Name of the appliance that carries the mail. Default: the first appliance.
    #[serde(default)]
    pub appliance: Option<String>,
    /// Name of the private listener that the site's mail servers connect to.
    #[serde(default = "private")]
    pub listener: String,
    /// The site's mail servers, which send the mail to the appliance.
    pub servers: Servers,
    /// Moment at which the first message arrives.
    pub begin: Moment,
    /// Time over which the messages are spread. It must lie within the exports.
    pub span: Span,
    /// Destination domain.
    pub destination: String,
    /// Response of the destination to STARTTLS.
    #[serde(default)]
    pub starttls: StartTls,
    /// True if the certificate of the destination can be verified.
    #[serde(default = "yes")]
    pub certificate_valid: bool,
    /// Number of connections that can carry mail. Second connections after failed TLS are additional.
    pub connections: u32,
    /// Total number of delivered messages (recipients), spread over the connections as evenly as possible.
    pub messages: u32,
    /// Number of additional recipients that are hard-bounced, spread over the connections in the same way.
    #[serde(default)]
    pub hard_bounces: u32,
    /// Number of additional recipients of messages in which anti-virus scanning finds a virus, spread in the same way.
    #[serde(default)]
    pub virus: u32,
    /// Name of the virus type of the messages that `virus` counts. Required with `virus`.
    #[serde(default)]
    pub virus_type: Option<String>,
    /// Number of additional recipients of messages that a content filter drops or bounces, spread in the same way.
    #[serde(default)]
    pub content_filter: u32,
    /// Name of an outgoing content filter that stops the messages that `content_filter` counts. Its action is `drop` or `bounce`.
    /// Its `probability` and `users` do not apply to them. Default: a filter that is only for this script and has its name.
    #[serde(default)]
    pub content_filter_name: Option<String>,
    /// Number of additional recipients of messages that a content filter quarantines, spread in the same way. They count as stopped by
    /// content filters.
    #[serde(default)]
    pub quarantine: u32,
    /// Name of an outgoing content filter that stops the messages that `quarantine` counts. Its action is `quarantine`. Otherwise as
    /// `content_filter_name`.
    #[serde(default)]
    pub quarantine_filter_name: Option<String>,
    /// Size of each message, in bytes.
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
