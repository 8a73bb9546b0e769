//! The accounts that tables are made from, with the names of their cells, key parts and attributes.

use serde::Deserialize;

/// An account: one breakdown of the counts of an appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountName {
    /// The appliance as a whole.
    System,
    /// By the sender's domain.
    Domains,
    /// TLS by the sender's domain.
    IncomingTls,
    /// By the sender's address.
    Addresses,
    /// By the network owner.
    Owners,
    /// By sender group.
    Groups,
    /// By internal user.
    Users,
    /// By content filter and user.
    Filters,
    /// By type of virus.
    Viruses,
    /// By outbreak.
    Outbreaks,
    /// Outgoing connections by destination domain, counted by a counting rule. The cells of deliveries come first, then those
    /// of `IncomingTls`.
    Deliveries,
}

/// The name and the terms of a sum. A term is a cell, the multiplier and a cell, or a sum that stands before.
pub(crate) type NamedSum = (&'static str, &'static [&'static str]);

/// A part of an account's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPart {
    /// A domain.
    Domain,
    /// An IPv4 address.
    Address,
    /// A network owner.
    Owner,
    /// A sender group.
    Group,
    /// An internal user.
    User,
    /// A content filter.
    Filter,
    /// A type of virus.
    Virus,
    /// The name of an outbreak.
    OutbreakName,
    /// The number that distinguishes outbreaks with the same name.
    OutbreakId,
}

/// A property of a key that is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// The hostname of an address.
    Hostname,
    /// Yes if the hostname resolves to the address.
    DnsVerified,
    /// The SBRS.
    Sbrs,
    /// The sender group of the latest connection.
    LastSenderGroup,
    /// The moment at which an outbreak was first seen anywhere, in seconds since the Unix epoch.
    FirstSeen,
    /// The time in seconds for which the appliance blocks an outbreak before a signature exists.
    ProtectionTime,
}

/// The TLS categories in which connections are counted. They are the first cells of `incoming_tls`.
pub const CATEGORIES: [&str; 5] =
    ["successful_required", "successful_preferred", "failed_required", "failed_preferred", "unencrypted"];

const SYSTEM: &[&str] = &[
    "elapsed",
    "incoming_messages",
    "incoming_bytes",
    "outgoing_messages",
    "outgoing_bytes",
    "queue_left",
    "queue_time",
    "queue_depth_time",
    "queue_depth_max",
    "cpu_capacity",
    "cpu_anti_spam",
    "cpu_anti_virus",
    "cpu_mail_processing",
    "cpu_reporting",
    "cpu_quarantine",
    "cpu_other",
    "up",
];

const SENDER: &[&str] =
    &["accepted", "rejected", "refused", "throttled", "invalid", "spam", "virus", "filtered", "clean"];

/// The recipients that senders tried to reach, by what stopped them. `threats` is without `clean`.
const SENDER_SUMS: &[NamedSum] = &[
    (
        "threats",
        &["multiplier * rejected", "multiplier * refused", "throttled", "invalid", "spam", "virus", "filtered"],
    ),
    ("attempted", &["threats", "clean"]),
];

/// The recipients of each direction, by verdict.
const USER_SUMS: &[NamedSum] = &[
    ("incoming", &["incoming_spam", "incoming_virus", "incoming_filtered", "incoming_clean"]),
    ("outgoing", &["outgoing_virus", "outgoing_filtered", "outgoing_clean"]),
];

const INCOMING_TLS: &[&str] = &[
    CATEGORIES[0],
    CATEGORIES[1],
    CATEGORIES[2],
    CATEGORIES[3],
    CATEGORIES[4],
    "encrypted_messages",
    "unencrypted_messages",
];

const USER: &[&str] = &[
    "incoming_spam",
    "incoming_virus",
    "incoming_matched",
    "incoming_filtered",
    "incoming_clean",
    "outgoing_virus",
    "outgoing_matched",
    "outgoing_filtered",
    "outgoing_clean",
];

const DELIVERIES: &[&str] = &[
    "connections",
    "attempts",
    "copies",
    "messages",
    "hard_bounced",
    CATEGORIES[0],
    CATEGORIES[1],
    CATEGORIES[2],
    CATEGORIES[3],
    CATEGORIES[4],
    "encrypted_messages",
    "unencrypted_messages",
];

impl AccountName {
    /// All accounts.
    pub const ALL: [AccountName; 11] = [
        AccountName::System,
        AccountName::Domains,
        AccountName::IncomingTls,
        AccountName::Addresses,
        AccountName::Owners,
        AccountName::Groups,
        AccountName::Users,
        AccountName::Filters,
        AccountName::Viruses,
        AccountName::Outbreaks,
        AccountName::Deliveries,
    ];

    /// Its name, as in the files of the catalogue and in traces.
    pub fn name(self) -> &'static str {
        match self {
            AccountName::System => "system",
            AccountName::Domains => "domains",
            AccountName::IncomingTls => "incoming_tls",
            AccountName::Addresses => "addresses",
            AccountName::Owners => "owners",
            AccountName::Groups => "groups",
            AccountName::Users => "users",
            AccountName::Filters => "filters",
            AccountName::Viruses => "viruses",
            AccountName::Outbreaks => "outbreaks",
            AccountName::Deliveries => "deliveries",
        }
    }

    /// The names of the cells, in the order of a row. They are the names in the ledger; a test of `report` compares them.
    pub fn cells(self) -> &'static [&'static str] {
        match self {
            AccountName::System => SYSTEM,
            AccountName::Domains | AccountName::Addresses | AccountName::Owners => SENDER,
            AccountName::IncomingTls => INCOMING_TLS,
            AccountName::Groups => &["accept", "relay", "reject", "tcp_refuse"],
            AccountName::Users => USER,
            AccountName::Filters => &["messages"],
            AccountName::Viruses => &["incoming", "outgoing"],
            AccountName::Outbreaks => &["released"],
            AccountName::Deliveries => DELIVERIES,
        }
    }

    /// Sums of cells that several columns share.
    pub(crate) fn sums(self) -> &'static [NamedSum] {
        match self {
            AccountName::Domains | AccountName::Addresses | AccountName::Owners => SENDER_SUMS,
            AccountName::Users => USER_SUMS,
            _ => &[],
        }
    }

    /// The parts of the key.
    pub fn keys(self) -> &'static [KeyPart] {
        match self {
            AccountName::System => &[],
            AccountName::Domains | AccountName::IncomingTls | AccountName::Deliveries => &[KeyPart::Domain],
            AccountName::Addresses => &[KeyPart::Address],
            AccountName::Owners => &[KeyPart::Owner],
            AccountName::Groups => &[KeyPart::Group],
            AccountName::Users => &[KeyPart::User],
            AccountName::Filters => &[KeyPart::Filter, KeyPart::User],
            AccountName::Viruses => &[KeyPart::Virus],
            AccountName::Outbreaks => &[KeyPart::OutbreakName, KeyPart::OutbreakId],
        }
    }

    /// The attributes of the key.
    pub fn attributes(self) -> &'static [Attribute] {
        match self {
            AccountName::Addresses => {
                &[Attribute::Hostname, Attribute::DnsVerified, Attribute::Sbrs, Attribute::LastSenderGroup]
            }
            AccountName::Outbreaks => &[Attribute::FirstSeen, Attribute::ProtectionTime],
            _ => &[],
        }
    }
}
