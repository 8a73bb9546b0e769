//! Outgoing mail: flows and their destinations.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::delivery::BounceProfile;
use crate::mail::{RecipientDistribution, Rhythm, Session, Size};
use crate::text_schema::NetworkText;
use crate::value::{Amount, Mean, Share};
use crate::variation::VariesLike;

/// A flow: a kind of mail from the site's users to destinations outside.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Name by which events and overrides refer to the flow.
    pub name: String,
    /// Name of the private listener that the site's mail servers connect to.
    #[serde(default = "private")]
    pub listener: String,
    /// Recipients per week through all appliances, at volume 1.
    pub messages_per_week: Amount,
    /// Variation of the volume over the week and the day. Default: constant.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// The site's mail servers, which send the mail to the appliance.
    pub servers: Servers,
    /// Mean number of transactions per connection from the servers.
    #[serde(default = "one")]
    #[schemars(extend("maximum" = 1000.0))]
    pub messages_per_connection: Mean,
    /// Number of recipients per transaction. Default: always 1.
    #[serde(default)]
    pub recipients: RecipientDistribution,
    /// Sizes of transactions.
    pub size: Size,
    /// Durations of the servers' sessions.
    #[serde(default)]
    pub session: Session,
    /// Share of transactions with the null sender, such as bounces and automatic replies.
    #[serde(default)]
    pub null_sender: Share,
    /// Probability that scanning finds spam in a transaction. The appliance delivers outgoing spam.
    #[serde(default)]
    pub spam: Share,
    /// Probability that scanning finds a virus in a transaction.
    #[serde(default)]
    pub virus: Share,
    /// Destinations of the mail.
    #[schemars(length(max = 1000))]
    pub destinations: Vec<Destination>,
    /// Retries of servers that an appliance turned away because a limit was reached.
    #[serde(default)]
    pub retry: BounceProfile,
}

impl Flow {
    /// The kind of mail whose levels its volume shares: the given value, or the default.
    pub fn varies_like(&self) -> VariesLike {
        self.rhythm.varies_like.unwrap_or(VariesLike::Sent)
    }
}

/// The site's mail servers.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Servers {
    /// Domain of the servers. Their host names in it are `mail1`, `mail2` and so on.
    pub domain: String,
    /// Network of the servers' addresses. Its first and last address are not used.
    #[schemars(with = "NetworkText")]
    pub addresses: Ipv4Net,
}

/// A destination: domains outside the site that behave alike.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Name by which overrides refer to the destination. It becomes part of its domains.
    pub name: String,
    /// Weight among the connections of the flow, relative to the sum of all weights. (The weight among messages is this
    /// weight times `messages_per_connection`.)
    #[serde(default)]
    pub weight: Amount,
    /// Number of domains.
    #[serde(default = "one_domain")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub domains: u32,
    /// Rank-size slope of volume: the domain of rank r has a volume in proportion to r^-slope.
    #[serde(default)]
    pub slope: Amount,
    /// Domains with their own volumes, in addition to the volume of the flow. All settings that they do not have themselves are those of
    /// the destination.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub listed: Vec<ListedDestination>,
    /// Mean number of recipients per connection. It cannot exceed the mean number of recipients per transaction.
    #[serde(default = "one")]
    pub messages_per_connection: Mean,
    /// Response to STARTTLS, the same on every connection unless a probability of failure is set.
    #[serde(default)]
    pub starttls: StartTls,
    /// Probability that STARTTLS fails before the 220 reply, drawn for each connection. Only with `starttls = "good"`.
    #[serde(default)]
    pub starttls_fails_before220: Share,
    /// Probability that the handshake fails after the 220 reply, drawn for each connection. Only with `starttls = "good"`.
    #[serde(default)]
    pub starttls_fails_after220: Share,
    /// True if the certificates of the domains can be verified.
    #[serde(default = "yes")]
    pub certificate_valid: bool,
    /// Probability that the destination refuses a recipient permanently (a hard bounce).
    #[serde(default)]
    pub hard_bounce: Share,
    /// Probability that the destination accepts a connection and defers every recipient on it.
    #[serde(default)]
    pub deferred: Share,
    /// Probability that the destination refuses the second, unencrypted connection after TLS has failed on the first.
    #[serde(default)]
    pub second_connection_refused: Share,
    /// Durations of connections to the destination, even if they deliver nothing.
    #[serde(default)]
    pub session: Session,
}

/// A domain with its own volume. The settings that it does not have are those of its destination.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedDestination {
    /// Domain or host name. A host name is counted under its domain.
    pub domain: String,
    /// Recipients per week, at volume 1.
    pub per_week: Amount,
    /// Mean number of recipients per connection. Default: that of the destination.
    #[serde(default)]
    pub messages_per_connection: Option<Mean>,
    /// Response to STARTTLS. Default: that of the destination.
    #[serde(default)]
    pub starttls: Option<StartTls>,
    /// Probability that STARTTLS fails before the 220 reply, drawn for each connection. Default: that of the destination.
    #[serde(default)]
    pub starttls_fails_before220: Option<Share>,
    /// Probability that the handshake fails after the 220 reply, drawn for each connection. Default: that of the destination.
    #[serde(default)]
    pub starttls_fails_after220: Option<Share>,
}

impl ListedDestination {
    /// True if it has a probability of failure of its own.
    pub(crate) fn has_failures(&self) -> bool {
        self.starttls_fails_before220.is_some() || self.starttls_fails_after220.is_some()
    }
}

impl Destination {
    /// The domains that it lists, each with the destination as the domain has it: with the domain's own settings.
    pub fn listed_domains(&self) -> impl Iterator<Item = (&ListedDestination, Destination)> {
        self.listed.iter().map(|listed| (listed, self.with_settings_of(listed)))
    }

    /// The destination as the listed domain at a place has it.
    pub fn listed_domain(&self, place: usize) -> Option<Destination> {
        Some(self.with_settings_of(self.listed.get(place)?))
    }

    fn with_settings_of(&self, listed: &ListedDestination) -> Destination {
        Destination {
            name: self.name.clone(),
            weight: self.weight,
            domains: 1,
            slope: self.slope,
            listed: Vec::new(),
            messages_per_connection: listed.messages_per_connection.unwrap_or(self.messages_per_connection),
            starttls: listed.starttls.unwrap_or(self.starttls),
            starttls_fails_before220: listed.starttls_fails_before220.unwrap_or(self.starttls_fails_before220),
            starttls_fails_after220: listed.starttls_fails_after220.unwrap_or(self.starttls_fails_after220),
            certificate_valid: self.certificate_valid,
            hard_bounce: self.hard_bounce,
            deferred: self.deferred,
            second_connection_refused: self.second_connection_refused,
            session: self.session,
        }
    }
}

/// Response of a destination to STARTTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartTls {
    /// STARTTLS is not offered.
    #[default]
    NotOffered,
    /// STARTTLS is offered and succeeds.
    Good,
    /// STARTTLS is offered, but the command fails before the 220 reply.
    FailsBefore220,
    /// STARTTLS is offered and accepted with a 220 reply, but the handshake fails.
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
