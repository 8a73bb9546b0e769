//! Events: what happens on an appliance, for whoever listens to a run.

use tollgate_gateway::{Mail, Origin, OutgoingConnection, Received, Stay};
use tollgate_traffic::Group;

use crate::shard::Recipients;

/// Something that happened on an appliance.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Time, in microseconds since the Unix epoch.
    pub at: u64,
    /// The kind of event, with its details.
    pub what: Happening,
}

/// The kinds of events.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A connection was opened. Its policy decided on its admission.
    Opened(Origin),
    /// A connection found no room and was turned away.
    TurnedAway(Origin),
    /// The mail of a connection was judged. The session lasts until [`Received::closed`].
    Received(Origin, Received),
    /// A message (transaction) left the work queue.
    Left {
        /// The message.
        mail: Mail,
        /// Its recipients.
        recipients: RecipientList,
        /// Its stay in the work queue.
        stay: Stay,
    },
    /// A connection for a delivery was opened, or the destination was unreachable.
    Delivery(DeliveryEvent),
}

/// A connection for a delivery, or an attempt that opened none because the destination was unreachable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeliveryEvent {
    /// The identity of the message.
    pub identity: u64,
    /// Bytes of the message.
    pub size_bytes: u32,
    /// The recipients that the delivery is for.
    pub group: Group,
    /// The connection.
    pub connection: OutgoingConnection,
    /// True if it is the first on which a destination accepts the message.
    pub is_first_copy: bool,
}

/// The recipients of a message (transaction).
#[derive(Clone, Debug, PartialEq)]
pub enum RecipientList {
    /// Internal users of an incoming message, by number in the directory.
    Users(Vec<u32>),
    /// Recipient groups of an outgoing message.
    Groups(Vec<Group>),
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
    /// The order of events: by time, then by what happens first, then by draws. It does not depend on the threads.
    pub(crate) fn order(&self) -> (u64, u8, u64, u64) {
        match &self.what {
            Happening::Opened(origin) => (self.at, 0, u64::from(origin.number), 0),
            Happening::TurnedAway(origin) => (self.at, 1, u64::from(origin.number), 0),
            Happening::Received(origin, _) => (self.at, 2, u64::from(origin.number), 0),
            Happening::Left { mail, .. } => (self.at, 3, mail.message.identity, 0),
            Happening::Delivery(delivery) => {
                let second = u64::from(!delivery.connection.first);
                (self.at, 4, delivery.identity, u64::from(delivery.group.domain) << 1 | second)
            }
        }
    }
}
