//! Outgoing mail: flows and their destinations.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::BounceProfile;
use crate::mail::{ListedDomain, RecipientDistribution, Rhythm, Session, Size};
use crate::text_schema::NetworkText;
use crate::value::{Amount, Mean, Share};

/// A flow of mail from the site's users to destinations outside.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The name by which events and overrides refer to the flow.
    pub name: String,
    /// The name of the private listener that the mail servers connect to.
    #[serde(default = "private")]
    pub listener: String,
    /// Messages (recipients) a week through all appliances, at the scenario's volume 1.
    pub messages_per_week: Amount,
    /// The variation of the volume in time.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// The site's own mail servers, which send the mail to the appliance.
    pub servers: Servers,
    /// The mean number of messages (transactions) per connection from the servers.
    #[serde(default = "one")]
    pub messages_per_connection: Mean,
    /// The number of recipients per message (transaction).
    #[serde(default)]
    pub recipients: RecipientDistribution,
    /// The sizes of messages.
    pub size: Size,
    /// The durations of sessions from the servers.
    #[serde(default)]
    pub session: Session,
    /// The share of messages that have the null sender, such as bounces and automatic replies of the servers.
    #[serde(default)]
    pub null_sender: Share,
    /// The probability that a message is found to be spam. The appliance delivers it all the same.
    #[serde(default)]
    pub spam: Share,
    /// The probability that a message is found to be infected.
    #[serde(default)]
    pub virus: Share,
    /// The destinations of the mail.
    pub destinations: Vec<Destination>,
    /// The retries of the servers if an appliance turned them away because it was full.
    #[serde(default)]
    pub retry: BounceProfile,
}

/// The site's own mail servers.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Servers {
    /// The domain of the servers. Their host names in it are `mail1`, `mail2` and so on.
    pub domain: String,
    /// The network of their addresses. Its first and last address are not used.
    #[schemars(with = "NetworkText")]
    pub addresses: Ipv4Net,
}

/// A class of destination domains with the same behaviour.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The name by which overrides refer to the destination. It is part of the names of its domains.
    pub name: String,
    /// The weight among the connections of the flow, relative to the sum of all weights. (The weight among messages is this
    /// weight times `messages_per_connection`.)
    #[serde(default)]
    pub weight: Amount,
    /// The number of domains.
    #[serde(default = "one_domain")]
    pub domains: u32,
    /// The rank-size slope of volume: the domain of rank r has a volume in proportion to r^-slope.
    #[serde(default)]
    pub slope: Amount,
    /// Domains with volumes of their own, in addition to the volume of the flow. They have the settings of the destination.
    #[serde(default)]
    pub listed: Vec<ListedDomain>,
    /// The mean number of messages (recipients) per connection.
    #[serde(default = "one")]
    pub messages_per_connection: Mean,
    /// The response to STARTTLS.
    #[serde(default)]
    pub starttls: StartTls,
    /// Whether the certificates can be verified.
    #[serde(default = "yes")]
    pub certificate_valid: bool,
    /// The probability that the destination refuses a recipient permanently (a hard bounce).
    #[serde(default)]
    pub hard_bounce: Share,
    /// The probability that the destination accepts a connection and defers every recipient on it.
    #[serde(default)]
    pub deferred: Share,
    /// The probability that the destination refuses the second connection, which follows a first one on which TLS failed.
    #[serde(default)]
    pub second_connection_refused: Share,
    /// The durations of connections, whether or not they deliver anything.
    #[serde(default)]
    pub session: Session,
}

/// The response of a destination to STARTTLS, the same on every connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartTls {
    /// STARTTLS is not offered.
    #[default]
    NotOffered,
    /// STARTTLS is offered and succeeds.
    Good,
    /// STARTTLS is offered and then refused without a 220 reply.
    FailsBefore220,
    /// STARTTLS is offered and accepted with 220, and then the handshake fails.
    FailsAfter220,
}

fn private() -> String {
    "private".into()
}

fn one() -> Mean {
    Mean::ONE
}

fn one_domain() -> u32 {
    1
}

fn yes() -> bool {
    true
}
