//! What the site is: its appliances, listeners, users, filters and the networks that mail comes from.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text_schema::NetworkText;
use crate::value::{Amount, SECOND, Score, Share, Span};

/// A listener with its Host Access Table.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// What classes and flows call it.
    pub name: String,
    /// Whether it takes mail from outside (Accept) or from the site's own servers (Relay).
    pub kind: ListenerKind,
    /// Its mail flow policies.
    pub policies: Vec<Policy>,
    /// Its sender groups in order; the first that matches wins. The last must match everything.
    pub sender_groups: Vec<SenderGroup>,
    /// Connections at the same time, beyond which it turns further ones away; without it 1,000 if it is public and 600 if
    /// it is private, as the appliance's own.
    #[serde(default)]
    pub max_connections: Option<u32>,
    /// How long a connection stays open that is rejected with a greeting.
    #[serde(default = "second")]
    pub rejected_for: Span,
}

/// Which way the mail of a listener goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerKind {
    /// Mail from outside; its policies may accept, reject or refuse.
    Public,
    /// Mail from inside; its policies may relay, reject or refuse.
    Private,
}

/// An entry of the Host Access Table: which senders it is for, and the policy they get.
///
/// A sender belongs to the group if any of the conditions holds. A group without any condition matches everything.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderGroup {
    /// The name as it stands in the exports.
    pub name: String,
    /// The name of a mail flow policy of the same listener.
    pub policy: String,
    /// Ranges of the reputation score, both ends included.
    #[serde(default)]
    pub sbrs: Vec<(Score, Score)>,
    /// Whether a sender without a score belongs to it.
    #[serde(default)]
    pub sbrs_none: bool,
    /// Host names, or domains with a leading dot: `.example.com` is every host below it and the domain itself.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Networks, such as `198.51.100.0/24`.
    #[serde(default)]
    #[schemars(with = "Vec<NetworkText>")]
    pub networks: Vec<Ipv4Net>,
}

/// A mail flow policy.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What sender groups call it.
    pub name: String,
    /// What becomes of the connection.
    pub action: Action,
    /// Messages (transactions) in one session; what comes after is throttled.
    #[serde(default = "thousand")]
    pub max_messages_per_session: u32,
    /// Recipients of one message (transaction); those beyond are throttled.
    #[serde(default = "thousand")]
    pub max_recipients_per_message: u32,
    /// Recipients from one address in one clock hour; those beyond are throttled. Without it there is no limit.
    #[serde(default)]
    pub max_recipients_per_hour: Option<u32>,
    /// Whether messages pass anti-spam scanning.
    #[serde(default = "yes")]
    pub anti_spam: bool,
    /// Whether messages pass anti-virus scanning.
    #[serde(default = "yes")]
    pub anti_virus: bool,
    /// Whether STARTTLS is offered, or required.
    #[serde(default)]
    pub tls: ListenerTls,
}

/// The connection behaviour of a mail flow policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The connection is accepted; its mail is incoming.
    Accept,
    /// The connection is accepted; its mail is outgoing.
    Relay,
    /// The connection is rejected with a 4XX or 5XX greeting.
    Reject,
    /// The connection is refused at the TCP level.
    TcpRefuse,
}

/// What a mail flow policy says of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerTls {
    /// STARTTLS is not offered.
    #[default]
    Off,
    /// STARTTLS is offered.
    Preferred,
    /// No mail is taken without it.
    Required,
}

/// A pool of addresses that senders have, and the network owners among whom it is divided.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// What classes call it.
    pub name: String,
    /// The addresses, of a range set aside for documentation, benchmarking or no use at all.
    #[schemars(with = "NetworkText")]
    pub addresses: Ipv4Net,
    /// How many owners the addresses are divided among.
    pub owners: u32,
    /// The rank-size slope of the owners' address space: the owner of rank r has space in proportion to r^-slope.
    pub owner_slope: Amount,
    /// The share of the addresses that have no known owner.
    #[serde(default)]
    pub no_owner: Share,
}

/// The internal users.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// How many there are.
    pub count: u32,
    /// The domain of their addresses.
    pub domain: String,
    /// How unequal they are in what they receive.
    #[serde(default)]
    pub received: Inequality,
    /// How unequal they are in what they send.
    #[serde(default)]
    pub sent: Inequality,
}

/// A lognormal spread of volume over users, cut above.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inequality {
    /// The sigma of the logarithm before the cut.
    pub sigma: Amount,
    /// Where it is cut, in sigmas above the median.
    pub cut: Amount,
}

/// A content filter.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentFilter {
    /// The name as it stands in the exports.
    pub name: String,
    /// Which mail it looks at.
    pub direction: Direction,
    /// What it does with a match.
    pub action: FilterAction,
    /// The probability that a message (transaction) with a clean verdict matches.
    pub probability: Share,
    /// The share of the users to whom the filter applies.
    #[serde(default = "all")]
    pub users: Share,
}

/// Which way mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From outside to the users.
    Incoming,
    /// From the users to outside.
    Outgoing,
}

/// What a content filter does with a match. The first three stop the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilterAction {
    /// The message is dropped.
    Drop,
    /// The message is bounced.
    Bounce,
    /// The message is quarantined.
    Quarantine,
    /// The message is delivered, with a note, a tag or a copy.
    Deliver,
}

/// A type of virus and how often it is seen.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirusType {
    /// The name as it stands in the exports.
    pub name: String,
    /// Its part of all infected messages, set against the sum of all weights.
    pub weight: Amount,
    /// Stretches during which it is seen more often.
    #[serde(default)]
    pub bursts: Vec<Burst>,
}

/// A stretch of time in which a weight is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// When it begins.
    pub begin: crate::value::Moment,
    /// How long it lasts.
    pub span: Span,
    /// What the weight is multiplied by.
    pub factor: Amount,
}

impl Action {
    /// Whether mail passes.
    pub fn takes_mail(self) -> bool {
        matches!(self, Action::Accept | Action::Relay)
    }
}

impl FilterAction {
    /// Whether a match stops the message.
    pub fn stops(self) -> bool {
        !matches!(self, FilterAction::Deliver)
    }
}

impl Listener {
    /// Connections at the same time, beyond which it turns further ones away.
    pub fn max_connections(&self) -> u32 {
        let own = match self.kind {
            ListenerKind::Public => 1000,
            ListenerKind::Private => 600,
        };
        self.max_connections.unwrap_or(own)
    }

    /// The appliance's own two listeners, with its own Host Access Tables.
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
    /// Whether it has no condition, and so matches every sender.
    pub fn matches_all(&self) -> bool {
        self.sbrs.is_empty() && !self.sbrs_none && self.domains.is_empty() && self.networks.is_empty()
    }
}

impl Policy {
    /// A policy with the appliance's own limits.
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

impl Default for Inequality {
    /// A spread under which the top tenth of the users have 46.9 % of the volume, as in two published mail corpora.
    fn default() -> Self {
        Inequality { sigma: Amount::new(1.8), cut: Amount::new(1.6) }
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

/// Assumed: nothing was published about it.
fn second() -> Span {
    Span::from_micros(SECOND)
}
