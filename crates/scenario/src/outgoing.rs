//! The mail that goes out: flows, their destinations, and how it is delivered.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::BounceProfile;
use crate::mail::{ListedDomain, Recipients, Rhythm, Session, Size};
use crate::text_schema::NetworkText;
use crate::value::{Amount, Mean, Share};

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
    /// How those servers try again what an appliance had no room for.
    #[serde(default)]
    pub retry: BounceProfile,
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
    /// How long a connection to them stays open, whatever comes of it.
    #[serde(default)]
    pub session: Session,
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
