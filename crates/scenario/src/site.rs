//! The site: listeners, content filters, virus types, and the networks of senders.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text_schema::NetworkText;
use crate::value::{Amount, SECOND, Score, Share, Span};

/// A listener with its Host Access Table (HAT).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Name by which classes, flows and scripts refer to the listener.
    pub name: String,
    /// `public` for mail from outside, `private` for mail from the site's own servers.
    pub kind: ListenerKind,
    /// Mail flow policies.
    #[schemars(length(max = 1000))]
    pub policies: Vec<Policy>,
    /// Sender groups, in order. A sender belongs to the first group that matches. The last group must match every sender.
    #[schemars(length(max = 1000))]
    pub sender_groups: Vec<SenderGroup>,
    /// Largest number of simultaneous connections. The listener turns further connections away. Default: 1,000 for a public
    /// listener and 600 for a private one, as on the appliance.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub max_connections: Option<u32>,
    /// Time that a connection stays open if it is rejected with a greeting.
    #[serde(default = "second")]
    pub rejected_for: Span,
}

/// Origin of a listener's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerKind {
    /// Mail from outside. Policies may accept, reject or refuse connections.
    Public,
    /// Mail from the site's own servers. Policies may relay, reject or refuse connections.
    Private,
}

/// A sender group: an entry of the Host Access Table (HAT), with conditions on senders and a mail flow policy.
///
/// The group matches a sender if any of its conditions holds. A group without conditions matches every sender.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderGroup {
    /// Name in the exports.
    pub name: String,
    /// Name of a mail flow policy of the same listener.
    pub policy: String,
    /// Ranges of the reputation score (SBRS), from -10.0 to 10.0. Both ends are included.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub sbrs: Vec<(Score, Score)>,
    /// True if the group matches senders without a score.
    #[serde(default)]
    pub sbrs_none: bool,
    /// Host names, or domains with a leading dot: `.example.com` matches the domain and every host in it.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub domains: Vec<String>,
    /// Networks of senders, such as `198.51.100.0/24`.
    #[serde(default)]
    #[schemars(with = "Vec<NetworkText>")]
    #[schemars(length(max = 1000))]
    pub networks: Vec<Ipv4Net>,
}

/// A mail flow policy: the treatment of a sender group.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Name by which sender groups refer to the policy.
    pub name: String,
    /// Connection behaviour.
    pub action: Action,
    /// Largest number of transactions per session. The recipients of further transactions are throttled.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1))]
    pub max_messages_per_session: u32,
    /// Largest number of recipients per transaction. Further recipients are throttled.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1))]
    pub max_recipients_per_message: u32,
    /// Largest number of recipients from one address per clock hour. Further recipients are throttled. Default: no limit.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub max_recipients_per_hour: Option<u32>,
    /// True if messages are scanned for spam.
    #[serde(default = "yes")]
    pub anti_spam: bool,
    /// True if messages are scanned for viruses.
    #[serde(default = "yes")]
    pub anti_virus: bool,
    /// Use of STARTTLS.
    #[serde(default)]
    pub tls: ListenerTls,
}

/// Connection behaviour of a mail flow policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Accepts the connection. Its mail is incoming. Only on public listeners.
    Accept,
    /// Accepts the connection. Its mail is outgoing. Only on private listeners.
    Relay,
    /// Rejects the connection with a 4XX or 5XX greeting.
    Reject,
    /// Refuses the connection at the TCP level.
    TcpRefuse,
}

/// Use of STARTTLS under a mail flow policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerTls {
    /// STARTTLS is not offered.
    #[default]
    Off,
    /// STARTTLS is offered and optional.
    Preferred,
    /// STARTTLS is offered. Mail without TLS is not accepted.
    Required,
}

/// A pool of sender addresses that is divided among network owners.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Name by which classes refer to the network.
    pub name: String,
    /// Address range. Use a range that is reserved for documentation, benchmarking or future use.
    #[schemars(with = "NetworkText")]
    pub addresses: Ipv4Net,
    /// Number of network owners among which the addresses are divided.
    #[schemars(range(min = 1, max = 65_536))]
    pub owners: u32,
    /// Rank-size slope of address space: the owner of rank r has addresses in proportion to r^-slope.
    pub owner_slope: Amount,
    /// Share of addresses without a known owner.
    #[serde(default)]
    pub no_owner: Share,
    /// Owners with their own shares of the addresses. They are some of the `owners`. The others divide the remaining addresses by
    /// `owner_slope`.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub listed_owners: Vec<ListedOwner>,
}

/// A network owner with its own share of the addresses of a network.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedOwner {
    /// Name in the exports.
    pub name: String,
    /// Share of all addresses of the network. It is rounded to blocks: a network has up to 65,536 blocks of equal size.
    pub share: Share,
}

/// A content filter.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentFilter {
    /// Name in the exports.
    pub name: String,
    /// Direction of the mail that the filter examines.
    pub direction: Direction,
    /// Action on a message that matches.
    pub action: FilterAction,
    /// Probability that a transaction matches, if scanning finds nothing in it.
    pub probability: Share,
    /// Share of the users to whom the filter applies.
    #[serde(default = "all")]
    pub users: Share,
}

/// Direction of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Mail from outside to the users.
    Incoming,
    /// Mail from the users to outside.
    Outgoing,
}

/// Action of a content filter on a message that matches. All actions except `deliver` stop the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilterAction {
    /// Drops the message.
    Drop,
    /// Bounces the message.
    Bounce,
    /// Quarantines the message.
    Quarantine,
    /// Delivers the message, for example with a note, a tag or a copy.
    Deliver,
}

/// A virus type and its frequency.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirusType {
    /// Name in the exports.
    pub name: String,
    /// Weight among infected messages, relative to the sum of all weights.
    pub weight: Amount,
    /// Bursts, in which the weight is multiplied.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub bursts: Vec<Burst>,
}

/// A time in which the weight of a virus type is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// Beginning of the burst.
    pub begin: crate::value::Moment,
    /// Duration of the burst.
    pub span: Span,
    /// Factor for the weight. It is above 0, so that at any time a virus type has a weight.
    #[schemars(extend("minimum" = 0.0001, "maximum" = 10000.0))]
    pub factor: Amount,
}

impl Action {
    /// Returns true if a connection under this action can bring mail.
    pub fn takes_mail(self) -> bool {
        matches!(self, Action::Accept | Action::Relay)
    }
}

impl FilterAction {
    /// Returns true if a match stops the message.
    pub fn stops(self) -> bool {
        !matches!(self, FilterAction::Deliver)
    }
}

impl Listener {
    /// The largest number of simultaneous connections: the given one, or the default.
    pub fn max_connections(&self) -> u32 {
        let own = match self.kind {
            ListenerKind::Public => 1000,
            ListenerKind::Private => 600,
        };
        self.max_connections.unwrap_or(own)
    }

    /// The appliance's two default listeners with their default Host Access Tables.
    pub fn defaults() -> Vec<Listener> {
        let group = |name: &str, policy: &str, sbrs: &[(i16, i16)]| SenderGroup {
            name: name.into(),
            policy: policy.into(),
            sbrs: sbrs.iter().map(|&(low, high)| (Score::from_tenths(low), Score::from_tenths(high))).collect(),
            sbrs_none: false,
            domains: Vec::new(),
            networks: Vec::new(),
        };
        let policy = |name: &str, action| Policy::new(name, action);
        let throttled = Policy {
            max_messages_per_session: 10,
            max_recipients_per_message: 25,
            max_recipients_per_hour: Some(20),
            ..policy("THROTTLED", Action::Accept)
        };
        let trusted = Policy { anti_spam: false, ..policy("TRUSTED", Action::Accept) };
        let whitelist = SenderGroup { domains: vec![".invalid".into()], ..group("WHITELIST", "TRUSTED", &[]) };
        let unknown = SenderGroup { sbrs_none: true, ..group("UNKNOWNLIST", "ACCEPTED", &[(-10, 100)]) };
        let relay = SenderGroup {
            networks: vec![Ipv4Net::new_assert([192, 0, 2, 0].into(), 24)],
            ..group("RELAYLIST", "RELAYED", &[])
        };
        vec![
            Listener {
                name: "public".into(),
                kind: ListenerKind::Public,
                policies: vec![
                    policy("ACCEPTED", Action::Accept),
                    policy("BLOCKED", Action::Reject),
                    throttled,
                    trusted,
                ],
                sender_groups: vec![
                    whitelist,
                    group("BLACKLIST", "BLOCKED", &[(-100, -30)]),
                    group("SUSPECTLIST", "THROTTLED", &[(-30, -10)]),
                    unknown,
                    group("ALL", "ACCEPTED", &[]),
                ],
                max_connections: None,
                rejected_for: second(),
            },
            Listener {
                name: "private".into(),
                kind: ListenerKind::Private,
                policies: vec![policy("RELAYED", Action::Relay), policy("BLOCKED", Action::Reject)],
                sender_groups: vec![relay, group("ALL", "BLOCKED", &[])],
                max_connections: None,
                rejected_for: second(),
            },
        ]
    }
}

impl SenderGroup {
    /// Returns true if the group has no condition and so matches every sender.
    pub fn matches_all(&self) -> bool {
        self.sbrs.is_empty() && !self.sbrs_none && self.domains.is_empty() && self.networks.is_empty()
    }
}

impl Policy {
    /// Makes a policy with the appliance's default limits.
    pub fn new(name: &str, action: Action) -> Self {
        Policy {
            name: name.into(),
            action,
            max_messages_per_session: thousand(),
            max_recipients_per_message: thousand(),
            max_recipients_per_hour: None,
            anti_spam: true,
            anti_virus: true,
            tls: ListenerTls::Off,
        }
    }
}

fn all() -> Share {
    Share::ALL
}

fn yes() -> bool {
    true
}

fn thousand() -> u32 {
    1000
}

/// An assumption: no default is published.
fn second() -> Span {
    Span::from_micros(SECOND)
}
