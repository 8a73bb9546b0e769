//! Delivery in order of time: outgoing messages from the work queue to their last recipient.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use slab::Slab;
use tollgate_gateway::{Delivery, OutgoingConnection, Retries, attempt_key};
use tollgate_ledger::{Delivery as DeliveryCell, System};
use tollgate_scenario::{Appliance, Moment, Span};
use tollgate_traffic::{Places, RecipientGroup};

use crate::Simulation;
use crate::count::{Counter, delivery_key};
use crate::event::{Addressed, DeliveryEvent, Happening};
use crate::occupancy::Recorder;

/// A message (transaction) that nothing has stopped, between the work queue and its destinations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handed {
    /// Time at which delivery begins.
    pub(crate) at: Moment,
    pub(crate) identity: u64,
    pub(crate) size_bytes: u32,
    pub(crate) route: Route,
}

/// The way of a message to its recipients.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route {
    /// An outgoing message: the places of its recipient groups in its shard.
    Outward(Places),
    /// An incoming message for the internal hosts while they are unreachable. Otherwise, incoming mail needs no delivery: no figure
    /// depends on it.
    Inward { recipients: u32 },
}

/// The messages of an appliance that are being delivered, and the open connections for them. The number of connections
/// is limited. An attempt that finds none free waits until one is closed. Waiting attempts go in order of time.
#[derive(Debug)]
pub(crate) struct Deliveries {
    limit: usize,
    /// Attempts to be made, the earliest first.
    due: BinaryHeap<Reverse<Due>>,
    groups: Slab<Outbound>,
    messages: Slab<Message>,
    /// Closing times of the open connections.
    open: BinaryHeap<Reverse<Moment>>,
    /// Finished messages, until they leave the queue's disk.
    leaving: BinaryHeap<Reverse<Leaving>>,
    stored_bytes: u64,
    /// Recipients whose last attempt was made after the end of the span.
    too_late: RecipientSums,
}

/// A message that leaves a queue, with the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaving {
    pub(crate) at: Moment,
    pub(crate) size_bytes: u32,
}

/// Numbers of recipients by the direction of their mail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecipientSums {
    pub(crate) incoming: u64,
    pub(crate) outgoing: u64,
}

/// An attempt to be made. The order of attempts at one moment depends on draws, not on their place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Moment,
    identity: u64,
    number: u32,
    place: u32,
}

/// A recipient group of a message.
#[derive(Debug)]
struct Outbound {
    delivery: Way,
    message: usize,
    attempts: u64,
    from: Moment,
}

/// The delivery of a recipient group, between its attempts.
#[derive(Debug)]
enum Way {
    Outward(Delivery),
    Inward { retries: Retries, recipients: u32 },
}

/// Data that the groups of a message share.
#[derive(Debug)]
struct Message {
    identity: u64,
    size_bytes: u32,
    groups_left: u32,
    is_stored: bool,
    is_accepted: bool,
}

/// The records in which deliveries are counted.
pub(crate) struct Books<'a, 'c> {
    pub(crate) counter: &'a mut Counter<'c>,
    pub(crate) recorder: &'a mut Recorder,
    /// The times in which the appliance is down.
    pub(crate) down: &'a [Range<Moment>],
    /// The exported span.
    pub(crate) span: &'a Range<Moment>,
}

impl Deliveries {
    pub(crate) fn new(limit: u32) -> Self {
        Deliveries {
            limit: limit as usize,
            due: BinaryHeap::new(),
            groups: Slab::new(),
            messages: Slab::new(),
            open: BinaryHeap::new(),
            leaving: BinaryHeap::new(),
            stored_bytes: 0,
            too_late: RecipientSums::default(),
        }
    }

    /// Adds a message. Its groups are among those of its shard.
    pub(crate) fn take(&mut self, simulation: &Simulation, handed: &Handed, groups: &[RecipientGroup]) {
        let Handed { at, identity, size_bytes, route } = *handed;
        let groups_left = if let Route::Outward(groups) = route { groups.count } else { 1 };
        let state = Message { identity, size_bytes, groups_left, is_stored: false, is_accepted: false };
        let message = self.messages.insert(state);
        let mut add = |number, delivery| {
            let place = self.groups.insert(Outbound { delivery, message, attempts: 0, from: at }) as u32;
            self.due.push(Reverse(Due { at, identity, number, place }));
        };
        match route {
            Route::Outward(places) => {
                for (number, group) in (0..).zip(&groups[places.range()]) {
                    let behaviour = simulation.schedule.behaviour(group.behaviour);
                    add(number, Way::Outward(simulation.gateway.delivery(group, behaviour, at)));
                }
            }
            Route::Inward { recipients } => {
                let retries = Retries::new(simulation.scenario.bounce_profile, at);
                add(0, Way::Inward { retries, recipients });
            }
        }
    }

    /// Makes all attempts that are due before `to`. Add every message from before that moment first.
    pub(crate) fn advance(
        &mut self,
        simulation: &Simulation,
        appliance: &Appliance,
        to: Moment,
        books: &mut Books<'_, '_>,
    ) {
        while let Some(Reverse(due)) = self.due.peek().copied().filter(|due| due.0.at < to) {
            self.due.pop();
            if let Some(down) = books.down.iter().find(|down| down.contains(&due.at)) {
                self.due.push(Reverse(Due { at: down.end, ..due }));
                continue;
            }
            self.attempt(simulation, appliance, due, books);
        }
        while let Some(Reverse(leaving)) = self.leaving.peek().copied().filter(|leaving| leaving.0.at <= to) {
            self.leaving.pop();
            self.stored_bytes -= u64::from(leaving.size_bytes);
        }
    }

    /// Bytes of the stored messages at the moment that has been reached.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// Number of recipients whose delivery began before `end` and is not finished by then.
    pub(crate) fn waiting(&self, end: Moment) -> RecipientSums {
        let groups = self.groups.iter().filter(|(_, group)| group.from < end);
        groups.fold(self.too_late, |sums, (_, group)| group.delivery.add_to(sums))
    }

    fn attempt(&mut self, simulation: &Simulation, appliance: &Appliance, due: Due, books: &mut Books<'_, '_>) {
        self.store(due, books);
        match self.groups[due.place as usize].delivery {
            Way::Outward(_) => self.attempt_outward(simulation, appliance, due, books),
            Way::Inward { .. } => self.attempt_inward(simulation, due, books),
        }
    }

    /// Counts the message of a first attempt as stored.
    fn store(&mut self, due: Due, books: &mut Books<'_, '_>) {
        let message = &mut self.messages[self.groups[due.place as usize].message];
        if !message.is_stored {
            message.is_stored = true;
            self.stored_bytes += u64::from(message.size_bytes);
            books.recorder.queue_bytes.begin(due.at, u64::from(message.size_bytes));
        }
    }

    fn attempt_outward(&mut self, simulation: &Simulation, appliance: &Appliance, due: Due, books: &mut Books<'_, '_>) {
        let start = self.connect(due.at, books);
        let outbound = &mut self.groups[due.place as usize];
        let Way::Outward(delivery) = &mut outbound.delivery else { return };
        let message = &mut self.messages[outbound.message];
        let group = delivery.group;
        let key = attempt_key(message.identity, due.number, outbound.attempts);
        outbound.attempts += 1;
        // An attempt that opens no connection ends at once.
        let mut closed = start;
        let mut sessions = 0;
        let next = simulation.gateway.attempt(delivery, start, key, |connection| {
            if connection.is_opened() {
                closed = closed.plus(simulation.schedule.outbound_session(group.behaviour, key.numbered(sessions)));
                sessions += 1;
            }
            let event = message.connect((due.number, group), connection);
            books.counter.delivery(appliance, simulation.scenario.time.base_interval, &event);
        });
        if let Some(until) = next {
            let (identity, recipients) = (message.identity, group.recipients);
            let to = Addressed { group: due.number, domain: Some(group.domain), recipients };
            books.counter.tell(start, || Happening::Deferred { identity, to, until });
        }
        self.open.push(Reverse(closed));
        // Nothing is reported after the end. Connections that wait without end need no memory for the time after it.
        books.recorder.outbound.occupy(start.min(books.span.end), closed.min(books.span.end), 1);
        match next {
            Some(at) => self.due.push(Reverse(Due { at, ..due })),
            None => self.finish(due, start, closed, books),
        }
    }

    /// Tries to deliver to the internal hosts, which takes no time.
    fn attempt_inward(&mut self, simulation: &Simulation, due: Due, books: &mut Books<'_, '_>) {
        let Way::Inward { retries, recipients } = &mut self.groups[due.place as usize].delivery else { return };
        let (Due { at, identity, .. }, to) = (due, Addressed { group: 0, domain: None, recipients: *recipients });
        let is_unreachable = simulation.gateway.is_inside_unreachable(at);
        match retries.after(at).filter(|_| is_unreachable) {
            Some(until) => {
                books.counter.tell(at, || Happening::Deferred { identity, to, until });
                self.due.push(Reverse(Due { at: until, ..due }));
            }
            None => {
                if is_unreachable {
                    books.counter.tell(at, || Happening::Bounced { identity, to });
                    if self.groups[due.place as usize].from >= books.span.start && at < books.span.end {
                        books.counter.tally.balance.given_up_inwards += u64::from(to.recipients);
                    }
                }
                self.finish(due, at, at, books);
            }
        }
    }

    /// The time at which a connection that is needed at `at` can be opened.
    fn connect(&mut self, at: Moment, books: &mut Books<'_, '_>) -> Moment {
        while self.open.peek().is_some_and(|closed| closed.0 <= at) {
            self.open.pop();
        }
        if self.open.len() < self.limit {
            return at;
        }
        books.recorder.events(at).deferred += 1;
        self.open.pop().map_or(at, |closed| closed.0)
    }

    /// Finishes a group, and its message after the last group.
    fn finish(&mut self, due: Due, start: Moment, closed: Moment, books: &mut Books<'_, '_>) {
        let outbound = self.groups.remove(due.place as usize);
        if outbound.from < books.span.end && start >= books.span.end {
            self.too_late = outbound.delivery.add_to(self.too_late);
        }
        let message = &mut self.messages[outbound.message];
        message.groups_left -= 1;
        if message.groups_left == 0 {
            self.leaving.push(Reverse(Leaving { at: closed, size_bytes: message.size_bytes }));
            books.recorder.queue_bytes.end(closed, u64::from(message.size_bytes));
            self.messages.remove(outbound.message);
            books.counter.tell(closed, || Happening::Done { identity: due.identity });
        }
    }
}

impl Way {
    /// Adds its recipients to sums.
    fn add_to(&self, mut sums: RecipientSums) -> RecipientSums {
        match self {
            Way::Outward(delivery) => sums.outgoing += u64::from(delivery.group.recipients),
            Way::Inward { recipients, .. } => sums.incoming += u64::from(*recipients),
        }
        sums
    }
}

impl Message {
    /// The event of a connection for the message.
    fn connect(&mut self, (number, group): (u32, RecipientGroup), connection: OutgoingConnection) -> DeliveryEvent {
        let is_first_copy = connection.accepted && !self.is_accepted;
        self.is_accepted |= connection.accepted;
        let Message { identity, size_bytes, .. } = *self;
        DeliveryEvent { identity, size_bytes, group, number, connection, is_first_copy }
    }
}

impl Counter<'_> {
    /// Counts a connection for a delivery. The message counts on the first connection on which a destination accepts it. An attempt
    /// that opened no connection counts only the recipients that it gives up.
    pub(crate) fn delivery(&mut self, appliance: &Appliance, base_interval: Span, event: &DeliveryEvent) {
        let connection = &event.connection;
        self.tell(connection.at, || Happening::Delivery(*event));
        if connection.bounced > 0 {
            let (group, recipients) = (event.number, connection.bounced);
            let to = Addressed { group, domain: Some(event.group.domain), recipients };
            self.tell(connection.at, || Happening::Bounced { identity: event.identity, to });
        }
        let is_opened = connection.is_opened();
        if !is_opened && connection.bounced == 0 {
            return;
        }
        let counts = self.at(connection.at);
        if counts.deliveries.is_kept() {
            let key = delivery_key(event.group.domain, base_interval, connection);
            let cells = [
                (DeliveryCell::Connections, u64::from(is_opened)),
                (DeliveryCell::Attempts, u64::from(is_opened && connection.first)),
                (DeliveryCell::Copies, u64::from(connection.accepted)),
                (DeliveryCell::Messages, u64::from(connection.delivered)),
                (DeliveryCell::HardBounced, u64::from(connection.bounced)),
            ];
            counts.deliveries.add_all(key.pack(), cells);
        }
        if event.is_first_copy {
            counts.system.add(System::OutgoingMessages, 1);
            counts.system.add(System::OutgoingBytes, u64::from(event.size_bytes));
        }
        if is_opened {
            self.work(connection.at, System::CpuMailProcessing, appliance.cost.delivery);
        }
    }
}
