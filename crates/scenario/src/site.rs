//! The site: listeners, users, content filters, virus types, and the networks of senders.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text_schema::NetworkText;
use crate::value::{Amount, SECOND, Score, Share, Span};

/// A listener with its Host Access Table.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// The name by which classes and flows refer to the listener.
    pub name: String,
    /// Whether it takes mail from outside (public) or from the site's own servers (private).
    pub kind: ListenerKind,
    /// The mail flow policies.
    pub policies: Vec<Policy>,
    /// The sender groups, in order. The first that matches wins. The last must match every sender.
    pub sender_groups: Vec<SenderGroup>,
    /// The largest number of simultaneous connections. The listener turns further ones away. The defaults are those of the
    /// appliance: 1,000 for a public listener and 600 for a private one.
    #[serde(default)]
    pub max_connections: Option<u32>,
    /// The time for which a connection stays open that is rejected with a greeting.
    #[serde(default = "second")]
    pub rejected_for: Span,
}

/// The direction of a listener's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerKind {
    /// Mail comes from outside. Policies may accept, reject or refuse connections.
    Public,
    /// Mail comes from inside. Policies may relay, reject or refuse connections.
    Private,
}

/// A sender group: an entry of the Host Access Table (HAT), with conditions on senders and a mail flow policy.
///
/// A sender belongs to the group if any condition holds. A group without conditions matches every sender.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderGroup {
    /// The name that the exports show.
    pub name: String,
    /// The name of a mail flow policy of the same listener.
    pub policy: String,
    /// Ranges of the reputation score (SBRS), both ends included.
    #[serde(default)]
    pub sbrs: Vec<(Score, Score)>,
    /// Whether senders without a score belong to the group.
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
    /// The name by which sender groups refer to the policy.
    pub name: String,
    /// The connection behaviour.
    pub action: Action,
    /// The largest number of messages (transactions) per session. Recipients of further messages are throttled.
    #[serde(default = "thousand")]
    pub max_messages_per_session: u32,
    /// The largest number of recipients per message (transaction). Further recipients are throttled.
    #[serde(default = "thousand")]
    pub max_recipients_per_message: u32,
    /// The largest number of recipients from one address in one clock hour. Further recipients are throttled. By default
    /// there is no limit.
    #[serde(default)]
    pub max_recipients_per_hour: Option<u32>,
    /// Whether messages go through anti-spam scanning.
    #[serde(default = "yes")]
    pub anti_spam: bool,
    /// Whether messages go through anti-virus scanning.
    #[serde(default = "yes")]
    pub anti_virus: bool,
    /// The use of STARTTLS.
    #[serde(default)]
    pub tls: ListenerTls,
}

/// The connection behaviour of a mail flow policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The connection is accepted, and its mail is incoming.
    Accept,
    /// The connection is accepted, and its mail is outgoing.
    Relay,
    /// The connection is rejected with a 4XX or 5XX greeting.
    Reject,
    /// The connection is refused at the TCP level.
    TcpRefuse,
}

/// The use of STARTTLS that a mail flow policy sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerTls {
    /// STARTTLS is not offered.
    #[default]
    Off,
    /// STARTTLS is offered and optional.
    Preferred,
    /// STARTTLS is offered, and no mail is taken without it.
    Required,
}

/// A pool of sender addresses, divided among network owners.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The name by which classes refer to the network.
    pub name: String,
    /// The addresses. Use a range that is reserved for documentation, benchmarking or future use.
    #[schemars(with = "NetworkText")]
    pub addresses: Ipv4Net,
    /// The number of owners among whom the addresses are divided.
    pub owners: u32,
    /// The rank-size slope of address space: the owner of rank r has addresses in proportion to r^-slope.
    pub owner_slope: Amount,
    /// The share of addresses without a known owner.
    #[serde(default)]
    pub no_owner: Share,
}

/// The internal users.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// The number of users.
    pub count: u32,
    /// The domain of the users' addresses.
    pub domain: String,
    /// The inequality of received mail among users.
    #[serde(default)]
    pub received: Inequality,
    /// The inequality of sent mail among users.
    #[serde(default)]
    pub sent: Inequality,
}

/// The inequality of volume among users: a lognormal with an upper cut.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inequality {
    /// The sigma of the logarithm before the cut.
    pub sigma: Amount,
    /// The upper cut, in sigmas above the median.
    pub cut: Amount,
}

/// A content filter.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentFilter {
    /// The name that the exports show.
    pub name: String,
    /// The direction of the mail that it examines.
    pub direction: Direction,
    /// The action on a message that matches.
    pub action: FilterAction,
    /// The probability that a message (transaction) matches, if scanning found nothing in it.
    pub probability: Share,
    /// The share of the users to whom the filter applies.
    #[serde(default = "all")]
    pub users: Share,
}

/// The direction of mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Mail from outside to the users.
    Incoming,
    /// Mail from the users to outside.
    Outgoing,
}

/// The action of a content filter on a message that matches. All but `deliver` stop the message.
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

/// A type of virus and its frequency.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirusType {
    /// The name that the exports show.
    pub name: String,
    /// The weight among infected messages, relative to the sum of all weights.
    pub weight: Amount,
    /// Times in which the weight is multiplied.
    #[serde(default)]
    pub bursts: Vec<Burst>,
}

/// A time in which a weight is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// The beginning of the burst.
    pub begin: crate::value::Moment,
    /// The length of the burst.
    pub span: Span,
    /// The factor by which the weight is multiplied.
    pub factor: Amount,
}

impl Action {
    /// Whether a connection under this action can bring mail.
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
    /// The largest number of simultaneous connections, given or default.
    pub fn max_connections(&self) -> u32 {
        let own = match self.kind {
            ListenerKind::Public => 1000,
            ListenerKind::Private => 600,
        };
        self.max_connections.unwrap_or(own)
    }

    /// The two listeners that an appliance has by default, with the default Host Access Tables.
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
    /// Whether the group has no condition and matches every sender.
    pub fn matches_all(&self) -> bool {
        self.sbrs.is_empty() && !self.sbrs_none && self.domains.is_empty() && self.networks.is_empty()
    }
}

impl Policy {
    /// A policy with the default limits of the appliance.
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
    /// The top tenth of the users have 46.9 % of the volume, as in two published mail corpora.
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

/// An assumption: no default is published.
fn second() -> Span {
    Span::from_micros(SECOND)
}
