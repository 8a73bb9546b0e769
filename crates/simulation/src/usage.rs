//! The use of an appliance's limited resources.

use std::ops::AddAssign;

/// The use of an appliance's limits in one interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Connections to each listener, by its place in the scenario.
    pub inbound: Vec<Level>,
    /// Outgoing connections.
    pub outbound: Level,
    /// Bytes of the messages in the work queue and of those that wait for delivery.
    pub queue_bytes: Level,
    /// Time in which the work queue exceeded its warning, in microseconds.
    pub above_warning_micros: u64,
    /// Connections turned away.
    pub turned_away: TurnedAway,
    /// Connections with mail that were turned away and whose senders gave up.
    pub given_up: u64,
    /// Delivery attempts that had to wait for another connection to end.
    pub deferred: u64,
}

/// The use of one resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// The integral over time, in units times microseconds.
    pub time: u128,
    /// The maximum in any second. Everything that was in use at any time in that second counts.
    pub most: u64,
}

/// Connections turned away, by the limit that was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnedAway {
    /// The connection limit of a public listener.
    pub public: u64,
    /// The connection limit of a private listener.
    pub private: u64,
    /// The listeners were suspended because the work queue was too long.
    pub suspended: u64,
    /// The queue's disk was full.
    pub disk: u64,
}

impl TurnedAway {
    /// The sum.
    pub fn total(self) -> u64 {
        self.public + self.private + self.suspended + self.disk
    }
}

impl AddAssign for TurnedAway {
    fn add_assign(&mut self, other: TurnedAway) {
        self.public += other.public;
        self.private += other.private;
        self.suspended += other.suspended;
        self.disk += other.disk;
    }
}
