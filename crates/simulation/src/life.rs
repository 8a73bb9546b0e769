//! The lives of connections, as a trace writes them.

use std::net::Ipv4Addr;

use serde::Serialize;
use tollgate_scenario::{FilterAction, Moment};

/// Everything that happened to one connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Life {
    /// The appliance.
    pub appliance: String,
    /// The class, flow, outbreak or script.
    pub population: String,
    /// Its number among the appliance's connections, in order of time from the beginning of the warm-up (ICID). `None` if it was refused
    /// at the TCP level or turned away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icid: Option<u64>,
    /// Time of opening.
    pub opened: Moment,
    /// Time of closing. `None` if it was never open, or is closed after the span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Moment>,
    /// The sender's address.
    pub address: Ipv4Addr,
    /// The sender's reverse DNS name.
    pub host: String,
    /// True if that name resolves to the address.
    pub dns_verified: bool,
    /// The domain whose row counts it.
    pub domain: String,
    /// The network owner whose row counts it.
    pub owner: String,
    /// SBRS. `None` if the sender has none.
    pub sbrs: Option<f64>,
    /// The sender group.
    pub sender_group: String,
    /// The mail flow policy.
    pub policy: String,
    /// The policy's action: `accept`, `relay`, `reject` or `tcp_refuse`.
    pub action: &'static str,
    /// True if the connection found no room. It then changes no counter, and the sender may try again later.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub turned_away: bool,
    /// The limit that turned it away: `connections`, `suspended` or `disk`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_room: Option<&'static str>,
    /// The TLS outcome of a connection whose policy accepts mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<&'static str>,
    /// Recipients throttled.
    pub throttled: u32,
    /// Recipients that do not exist.
    pub invalid: u32,
    /// The messages (transactions) that were accepted.
    pub messages: Vec<MessageLife>,
    /// Every cell that counted it.
    pub cells: Vec<Cell>,
}

/// Everything that happened to one message (transaction).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageLife {
    /// Its number among the appliance's messages (MID).
    pub mid: Option<u64>,
    /// Time of entering the work queue.
    pub entered: Moment,
    /// Time at which a worker started on it. `None` if it leaves the work queue after the span, as in the next fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Moment>,
    /// Time of leaving the work queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Moment>,
    /// Time at which the outbreak quarantine released it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<Moment>,
    /// Time at which the appliance had finished with it. `None` if that is after the span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<Moment>,
    /// Its size in bytes.
    pub size_bytes: u32,
    /// The result of scanning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// The content filters that applied to some of its recipients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<FilteredBy>,
    /// The internal user who sent it. Outgoing mail only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The internal users who receive it. Incoming mail only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// The connections that delivered it, and the attempts that opened none. Only outgoing mail that nothing stopped has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivered>,
}

/// A content filter that applied to recipients of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilteredBy {
    /// The filter.
    pub filter: String,
    /// Its action.
    pub action: FilterAction,
    /// Number of recipients.
    pub recipients: u32,
}

/// One outgoing connection, or an attempt that opened none because the destination was unreachable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delivered {
    /// The number of the connection among the appliance's connections to other hosts (DCID). `None` if none was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dcid: Option<u64>,
    /// Time of its delivery attempt.
    pub at: Moment,
    /// The destination.
    pub domain: String,
    /// The TLS setting in force.
    pub control: tollgate_scenario::DestinationTls,
    /// The TLS outcome. `unreachable` if no connection was opened.
    pub tls: &'static str,
    /// Recipients delivered.
    pub delivered: u32,
    /// Recipients that hard-bounced.
    pub hard_bounced: u32,
}

/// A cell of the ledger and the count that was added to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The beginning of the interval.
    pub interval: Moment,
    /// The account.
    pub account: &'static str,
    /// The key. Empty in accounts without keys.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The cell.
    pub cell: &'static str,
    /// The count that was added.
    pub count: u64,
}
