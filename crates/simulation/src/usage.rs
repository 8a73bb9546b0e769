//! What is in use of the things that an appliance has only so many of.

use std::ops::AddAssign;

/// What was in use of an appliance's limits in one interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Connections to each listener, by its place in the scenario.
    pub inbound: Vec<Level>,
    /// Connections to outside.
    pub outbound: Level,
    /// Bytes of the messages in the work queue and of those waiting for delivery.
    pub queue_bytes: Level,
    /// Time in which more messages were in the work queue than there is reason to worry from, in microseconds.
    pub above_warning_micros: u64,
    /// Connections that were turned away.
    pub turned_away: TurnedAway,
    /// Connections that were turned away and whose senders gave up: their mail has come to nothing.
    pub given_up: u64,
    /// Delivery attempts that had to wait for another connection to end.
    pub deferred: u64,
}

/// How much of something was in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// The integral over time, in units times microseconds.
    pub time: u128,
    /// The most within one second: all that was in use at any time in it.
    pub most: u64,
}

/// Connections that were turned away for lack of room, by what was lacking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnedAway {
    /// A public listener had all the connections it may have.
    pub public: u64,
    /// A private listener had.
    pub private: u64,
    /// Listeners were suspended, as the work queue was too long.
    pub suspended: u64,
    /// There was no room on the queue's disk.
    pub disk: u64,
}

impl TurnedAway {
    /// All of them.
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
