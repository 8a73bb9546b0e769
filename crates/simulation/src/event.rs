//! Events: what happens on an appliance, for whoever listens to a run.

use tollgate_gateway::{Mail, Origin, OutgoingConnection, Received, ScanResult, Stay};
use tollgate_scenario::{FilterAction, Moment};
use tollgate_traffic::{DomainId, FilterId, OutbreakId, RecipientGroup, UserId};

use crate::shard::Recipients;

/// Something that happened on an appliance.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The time.
    pub at: Moment,
    /// The connections and the message that it belongs to.
    pub identities: Identities,
    /// The kind of event, with its details.
    pub what: Happening,
}

/// Numbers that tie the events of an appliance together. The numbers of each kind begin with 1 and rise in order of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identities {
    /// The incoming connection (ICID). `None` if it was refused at the TCP level or turned away.
    pub connection: Option<u64>,
    /// The message, a transaction (MID).
    pub message: Option<u64>,
    /// The connection for a delivery (DCID).
    pub delivery: Option<u64>,
}

/// The kinds of events. Messages are transactions.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A connection was opened. Its policy decided on its admission.
    Opened(Origin),
    /// A connection found no room and was turned away.
    TurnedAway(Origin, NoRoom),
    /// A session began whose policy takes mail. Its outcome is known from the beginning, because nothing that happens in a session
    /// depends on other sessions.
    Session(Origin, Received),
    /// A message was received. It enters the work queue.
    Received {
        /// The message.
        mail: Mail,
        /// Its recipients.
        recipients: RecipientList,
    },
    /// A connection was closed that was open: accepted, relayed or rejected, but not refused at the TCP level.
    Closed(Origin),
    /// A message left the work queue.
    Left {
        /// The message.
        mail: Mail,
        /// Its recipients.
        recipients: RecipientList,
        /// Its stay in the work queue.
        stay: Stay,
        /// The finding, and the time from which the message goes on.
        found: ScanResult,
        /// The content filters that apply to some of its recipients, in their order.
        filtered: Vec<Filtered>,
    },
    /// The outbreak quarantine released a message.
    Released {
        /// The message, as in [`tollgate_traffic::Message::identity`].
        identity: u64,
        /// The outbreak.
        outbreak: OutbreakId,
    },
    /// A message went into quarantine.
    Quarantined {
        /// The message.
        identity: u64,
        /// The reason.
        reason: QuarantineReason,
        /// Number of recipients.
        recipients: u32,
    },
    /// A connection for a delivery was opened, or the destination was unreachable.
    Delivery(DeliveryEvent),
    /// A delivery to some recipients failed and waits for another attempt.
    Deferred {
        /// The message.
        identity: u64,
        /// The recipients.
        to: Addressed,
        /// Time at which the next attempt is due.
        until: Moment,
    },
    /// Some recipients hard-bounced.
    Bounced {
        /// The message.
        identity: u64,
        /// The recipients.
        to: Addressed,
    },
    /// The appliance has finished with a message: every recipient is delivered, has hard-bounced, is stopped or is in quarantine.
    Done {
        /// The message.
        identity: u64,
    },
}

/// The limit that turns a connection away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// The listener has its largest number of connections.
    Connections,
    /// The listeners are suspended because the work queue is too long.
    Suspended,
    /// The disk of the queue is full.
    Disk,
}

/// A content filter that applies to recipients of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filtered {
    /// The filter.
    pub filter: FilterId,
    /// Its action.
    pub action: FilterAction,
    /// Number of recipients.
    pub recipients: u32,
}

/// The reason for which a message is in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuarantineReason {
    /// It may belong to an outbreak. It is released later.
    Outbreak(OutbreakId),
    /// A content filter. It stays in quarantine.
    Filter(FilterId),
}

/// Some recipients of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// Place of their group among those of the message.
    pub group: u32,
    /// Their domain. `None` for recipients on the internal hosts.
    pub domain: Option<DomainId>,
    /// Number of recipients.
    pub recipients: u32,
}

/// A connection for a delivery, or an attempt that opened none because the destination was unreachable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeliveryEvent {
    /// The identity of the message.
    pub identity: u64,
    /// Bytes of the message.
    pub size_bytes: u32,
    /// The recipients that the delivery is for.
    pub group: RecipientGroup,
    /// Place of their group among those of the message.
    pub number: u32,
    /// The connection.
    pub connection: OutgoingConnection,
    /// True if it is the first on which a destination accepts the message.
    pub is_first_copy: bool,
}

/// The recipients of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum RecipientList {
    /// Internal users of an incoming message.
    Users(Vec<UserId>),
    /// Recipient groups of an outgoing message.
    Groups(Vec<RecipientGroup>),
}

impl NoRoom {
    /// Its word in traces.
    pub fn word(self) -> &'static str {
        match self {
            NoRoom::Connections => "connections",
            NoRoom::Suspended => "suspended",
            NoRoom::Disk => "disk",
        }
    }
}

impl From<Recipients<'_>> for RecipientList {
    fn from(recipients: Recipients<'_>) -> Self {
        match recipients {
            Recipients::Users(users) => RecipientList::Users(users.to_vec()),
            Recipients::Groups(groups) => RecipientList::Groups(groups.to_vec()),
        }
    }
}

impl RecipientList {
    /// The recipients, as counting needs them.
    pub(crate) fn borrow(&self) -> Recipients<'_> {
        match self {
            RecipientList::Users(users) => Recipients::Users(users),
            RecipientList::Groups(groups) => Recipients::Groups(groups),
        }
    }
}

impl Event {
    /// An event without numbers.
    pub(crate) fn new(at: Moment, what: Happening) -> Self {
        Event { at, identities: Identities::default(), what }
    }

    /// The order of events: by time, then by what happens first, then by draws. It does not depend on the threads.
    pub(crate) fn order(&self) -> (Moment, u8, u64) {
        let (rank, number) = match &self.what {
            Happening::Opened(origin) => (0, u64::from(origin.number)),
            Happening::TurnedAway(origin, _) => (1, u64::from(origin.number)),
            Happening::Session(origin, _) => (2, u64::from(origin.number)),
            Happening::Received { mail, .. } => (3, mail.message.identity),
            Happening::Closed(origin) => (4, u64::from(origin.number)),
            Happening::Left { mail, .. } => (5, mail.message.identity),
            Happening::Released { identity, .. } => (6, *identity),
            Happening::Quarantined { identity, .. } => (7, *identity),
            // The events of one attempt have been told in order, and sorting keeps that order.
            Happening::Delivery(DeliveryEvent { identity, .. })
            | Happening::Deferred { identity, .. }
            | Happening::Bounced { identity, .. } => (8, *identity),
            Happening::Done { identity } => (9, *identity),
        };
        (self.at, rank, number)
    }
}
