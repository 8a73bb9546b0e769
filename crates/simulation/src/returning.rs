//! Senders that were turned away and will try again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use slab::Slab;
use tollgate_gateway::{Caller, Retries};
use tollgate_scenario::Moment;
use tollgate_traffic::Messages;

/// The senders that an appliance has turned away, with their mail, until they return.
#[derive(Debug, Default)]
pub(crate) struct Returning {
    due: BinaryHeap<Reverse<Due>>,
    senders: Slab<Sender>,
}

/// The time at which a sender returns. The order of senders at one moment depends on draws, not on their place in
/// memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Moment,
    first_opened: Moment,
    number: u32,
    place: usize,
}

/// A connection that was turned away, or is about to be opened again.
#[derive(Debug)]
pub(crate) struct Sender {
    /// Time of the first opening.
    pub(crate) first_opened: Moment,
    pub(crate) retries: Retries,
    pub(crate) caller: Caller,
    pub(crate) messages: Messages,
}

impl Returning {
    /// True if a sender returns before `end`.
    pub(crate) fn is_due(&self, end: Moment) -> bool {
        self.next().is_some_and(|at| at < end)
    }

    /// Time at which the next sender returns.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.peek().map(|due| due.0.at)
    }

    /// Lets a sender try again at `at`.
    pub(crate) fn push(&mut self, at: Moment, mut sender: Sender) {
        let passed = at.since(sender.caller.origin.opened);
        sender.caller.origin.opened = at;
        for message in &mut sender.messages.messages {
            message.received = message.received.plus(passed);
        }
        let (first_opened, number) = (sender.first_opened, sender.caller.origin.number);
        let place = self.senders.insert(sender);
        self.due.push(Reverse(Due { at, first_opened, number, place }));
    }

    /// Removes the sender that returns next.
    pub(crate) fn pop(&mut self) -> Option<Sender> {
        let Reverse(due) = self.due.pop()?;
        Some(self.senders.remove(due.place))
    }
}
