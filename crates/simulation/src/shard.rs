//! A shard: one clock hour of one appliance.

use std::ops::Range;
use std::sync::Mutex;

use tollgate_gateway::{Caller, Chunk, HourlyLimits, Judged, Mail, Origin, Stay, Stop, WorkQueue};
use tollgate_scenario::{Action, HOUR, Moment, SECOND, Span};
use tollgate_traffic::{Messages, RecipientGroup, Traffic, UserId};

use crate::Simulation;
use crate::appliance::Task;
use crate::count::Counter;
use crate::deliveries::{Handed, RecipientSums};
use crate::depth::DepthMeter;
use crate::event::Happening;
use crate::occupancy::Occupancy;

/// One clock hour of one appliance, judged up to the work queue. Its connections are counted, and its mail is not.
#[derive(Debug)]
pub(crate) struct Shard<'a> {
    pub(crate) begin: Moment,
    pub(crate) counter: Counter<'a>,
    /// The mail.
    pub(crate) judged: Judged,
    /// The places of its mail, in order of entry into the work queue.
    pub(crate) order: Vec<Entry>,
    /// Number of connections.
    pub(crate) connections: u64,
    /// The connections to each listener.
    pub(crate) inbound: Vec<Occupancy>,
    /// The connections that are closed in a later hour.
    pub(crate) crossing: Vec<Crossing>,
    chunk: Chunk,
    limited: LimitedCallers,
}

/// A connection that is closed in a later hour than it is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    /// Place of the listener in the scenario.
    pub(crate) listener: usize,
    pub(crate) closed: Moment,
}

/// A message's place in a shard, ordered by its time of entry into the work queue. The upper bits hold the microseconds
/// since the beginning of the shard, because single numbers sort fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry(u64);

const PLACE_BITS: u32 = 30;

impl Entry {
    pub(crate) fn new(since_begin: Span, place: usize) -> Self {
        let since_begin = since_begin.micros();
        assert!(since_begin < 1 << (64 - PLACE_BITS) && place < 1 << PLACE_BITS, "a shard has too much mail");
        Entry(since_begin << PLACE_BITS | place as u64)
    }

    fn since_begin(self) -> u64 {
        self.0 >> PLACE_BITS
    }

    /// Place in the shard's mail.
    pub(crate) fn place(self) -> usize {
        (self.0 & ((1 << PLACE_BITS) - 1)) as usize
    }
}

/// Mail that was received in one hour and enters the work queue in a later one because its session lasted so long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    mail: Vec<Mail>,
    users: Vec<UserId>,
    groups: Vec<RecipientGroup>,
}

/// The recipients of one message (transaction).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recipients<'a> {
    /// Internal users of an incoming message.
    Users(&'a [UserId]),
    /// Recipient groups of an outgoing message.
    Groups(&'a [RecipientGroup]),
}

impl Recipients<'_> {
    /// Number of recipients.
    pub(crate) fn count(self) -> u32 {
        match self {
            Recipients::Users(users) => users.len() as u32,
            Recipients::Groups(groups) => groups.iter().map(|group| group.recipients).sum(),
        }
    }
}

/// Memory that is used again for another hour.
#[derive(Debug, Default)]
pub(crate) struct Spares(Mutex<Vec<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    chunk: Chunk,
    limited: LimitedCallers,
    judged: Judged,
    order: Vec<Entry>,
    handed: Vec<Handed>,
    inbound: Vec<Occupancy>,
    queue_bytes: Occupancy,
}

/// The connections of an hour whose policies limit the recipients per hour, each with its listener, and their messages.
#[derive(Debug, Default)]
struct LimitedCallers {
    callers: Vec<(usize, Caller)>,
    messages: Messages,
}

impl<'a> Shard<'a> {
    /// A shard without connections. It is about to get `expected` of them.
    pub(crate) fn empty(task: Task<'a>, appliance: usize, begin: Moment, expected: f64) -> Self {
        let Memory { chunk, limited, judged, order, handed, mut inbound, queue_bytes } = task.spares.take();
        inbound.resize(task.simulation.scenario.listeners.len(), Occupancy::default());
        let mut counter = Counter { handed, queue_bytes, ..task.counter(appliance, begin, expected) };
        counter.hour(begin);
        Shard { begin, counter, judged, order, connections: 0, inbound, crossing: Vec::new(), chunk, limited }
    }

    /// Draws and judges an hour of an appliance.
    pub(crate) fn draw(task: Task<'a>, appliance: usize, begin: Moment) -> Self {
        let simulation = task.simulation;
        let hour = simulation.schedule.hour(appliance, begin.micros());
        let traffic = simulation.schedule.traffic(&hour);
        let expected = traffic.iter().map(Traffic::expected).sum();
        let mut shard = Shard::empty(task, appliance, begin, expected);
        let mut limits = HourlyLimits::default();
        let mut limited = std::mem::take(&mut shard.limited);
        let mut chunk = std::mem::take(&mut shard.chunk);
        simulation.gateway.draw(traffic, &task.down[appliance], &mut chunk, |chunk| {
            shard.connections += chunk.origins.len() as u64;
            shard.counter.connections(chunk);
            shard.occupy_rejected(simulation, chunk);
            for caller in &chunk.callers {
                let policy = simulation.gateway.policy(caller.origin.policy);
                if policy.max_recipients_per_hour.is_some() {
                    let most = policy.max_recipients_per_message;
                    let messages = limited.messages.append(&chunk.messages, caller.messages, most);
                    limited.callers.push((chunk.listener, Caller { messages, ..*caller }));
                } else {
                    shard.receive(simulation, chunk.listener, (caller, &chunk.messages), &mut limits);
                }
            }
        });
        // Hourly limits count the connections of all populations in order of time.
        limited.callers.sort_unstable_by_key(|(_, caller)| caller.origin.key());
        for (listener, caller) in &limited.callers {
            shard.receive(simulation, *listener, (caller, &limited.messages), &mut limits);
        }
        (shard.limited, shard.chunk) = (limited, chunk);
        shard.sort_from(0);
        shard
    }

    pub(crate) fn end(&self) -> Moment {
        self.begin.plus(Span::from_micros(HOUR))
    }

    /// Judges and counts the mail of a connection.
    pub(crate) fn receive(
        &mut self,
        simulation: &Simulation,
        listener: usize,
        (caller, messages): (&Caller, &Messages),
        limits: &mut HourlyLimits,
    ) {
        let first = self.judged.mail.len();
        let received = simulation.gateway.receive(caller, messages, limits, &mut self.judged);
        self.counter.received(&caller.origin, &received);
        self.counter.tell_received(&self.judged, first);
        self.counter.tell(received.closed, || Happening::Closed(caller.origin));
        self.occupy(listener, caller.origin.opened, received.closed);
    }

    /// Counts an open connection.
    pub(crate) fn occupy(&mut self, listener: usize, from: Moment, to: Moment) {
        self.inbound[listener].occupy(from, to, 1);
        if to > self.end() {
            self.crossing.push(Crossing { listener, closed: to });
        }
    }

    /// Counts the open connections that are rejected. A connection that is refused at the TCP level is never open.
    fn occupy_rejected(&mut self, simulation: &Simulation, chunk: &Chunk) {
        let admissions = simulation.gateway.admissions(chunk.listener);
        let rejected_for = simulation.scenario.listeners[chunk.listener].rejected_for;
        for (origin, &place) in chunk.origins.iter().zip(&chunk.places) {
            if admissions[usize::from(place)].action == Action::Reject {
                self.reject(chunk.listener, origin, rejected_for);
            }
        }
    }

    /// Counts an open connection that is rejected.
    pub(crate) fn reject(&mut self, listener: usize, origin: &Origin, rejected_for: Span) {
        let closed = origin.opened.plus(rejected_for);
        self.counter.tell(closed, || Happening::Closed(*origin));
        self.occupy(listener, origin.opened, closed);
    }

    /// Adds the mail that earlier hours have carried over, and removes the mail that later hours receive.
    pub(crate) fn exchange(&mut self, carried: &mut Carried) {
        let taken = std::mem::take(carried);
        if !taken.mail.is_empty() {
            let first = self.judged.mail.len();
            taken.unload(&mut self.judged);
            self.sort_from(first);
        }
        let inside = self.order.partition_point(|entry| entry.since_begin() < HOUR);
        for entry in self.order.drain(inside..) {
            carried.load(&self.judged, entry.place());
        }
    }

    /// Bytes of all its mail.
    pub(crate) fn bytes(&self) -> u64 {
        bytes(&self.judged.mail)
    }

    /// Gives its memory to later shards. Returns the counter.
    pub(crate) fn finish(self, spares: &Spares) -> Counter<'a> {
        let Shard { mut counter, judged, order, inbound, chunk, limited, .. } = self;
        let handed = std::mem::take(&mut counter.handed);
        let queue_bytes = std::mem::take(&mut counter.queue_bytes);
        spares.give(Memory { chunk, limited, judged, order, handed, inbound, queue_bytes });
        counter
    }

    /// Passes the mail through the work queue, counts the queue's depth and reports it. Returns the stay of each entry of
    /// `order`. `stops` are the times in which the queue stands still.
    pub(crate) fn pass(
        &mut self,
        queue: &mut WorkQueue,
        stops: &[Stop],
        mut depth: impl FnMut(Range<Moment>, u64),
    ) -> Vec<Stay> {
        let mut stays = Vec::with_capacity(self.order.len());
        let mut meter = DepthMeter::new(&mut self.counter.ledger);
        let mut tell = |span: Range<Moment>, messages| {
            meter.tell(&span, messages);
            depth(span, messages);
        };
        for entry in &self.order {
            let service = self.judged.mail[entry.place()].service();
            let at = self.begin.plus(Span::from_micros(entry.since_begin()));
            stays.push(queue.enter(at, service, stops, &mut tell));
        }
        queue.advance(self.begin.plus(Span::from_micros(HOUR)), &mut tell);
        stays
    }

    /// Counts the mail. `stays` are its stays in the work queue, in order of entry.
    pub(crate) fn count_mail(&mut self, stays: &[Stay]) {
        for (entry, stay) in self.order.iter().zip(stays) {
            let mail = &self.judged.mail[entry.place()];
            self.counter.mail(mail, recipients(&self.judged, mail), *stay);
        }
    }

    /// Puts the mail from a place on in order, with that before it.
    fn sort_from(&mut self, first: usize) {
        let mail = &self.judged.mail;
        let entries =
            (first..).zip(&mail[first..]).map(|(place, mail)| Entry::new(mail.entered().since(self.begin), place));
        self.order.extend(entries);
        if first == 0 {
            sort_by_seconds(&mut self.order);
        } else {
            // Most of it is in order already, which this sort uses.
            self.order.sort();
        }
        // The order of messages at one moment must not depend on which population was drawn first.
        for together in self.order.chunk_by_mut(|one, other| one.since_begin() == other.since_begin()) {
            if together.len() > 1 {
                together.sort_unstable_by_key(|entry| mail[entry.place()].message.identity);
            }
        }
    }
}

impl Spares {
    fn take(&self) -> Memory {
        // A thread that panics ends the run, so the lock is never poisoned.
        self.0.lock().map(|mut spares| spares.pop()).ok().flatten().unwrap_or_default()
    }

    fn give(&self, mut memory: Memory) {
        memory.limited.callers.clear();
        memory.limited.messages.clear();
        memory.judged.clear();
        memory.order.clear();
        memory.handed.clear();
        memory.inbound.iter_mut().for_each(Occupancy::clear);
        memory.queue_bytes.clear();
        if let Ok(mut spares) = self.0.lock() {
            spares.push(memory);
        }
    }
}

/// Sorts entries: first into seconds, then the few of each second.
fn sort_by_seconds(order: &mut Vec<Entry>) {
    if order.len() < 1024 {
        return order.sort_unstable();
    }
    // Sessions last at most an hour, so mail enters in the hour of its connection or in the next.
    const SECONDS: usize = 2 * (HOUR / SECOND) as usize;
    let second = |entry: Entry| ((entry.since_begin() / SECOND) as usize).min(SECONDS);
    let mut ends = [0u32; SECONDS + 1];
    order.iter().for_each(|&entry| ends[second(entry)] += 1);
    let mut sum = 0;
    for end in &mut ends {
        (*end, sum) = (sum, sum + *end);
    }
    let mut sorted = vec![Entry(0); order.len()];
    for &entry in order.iter() {
        let end = &mut ends[second(entry)];
        sorted[*end as usize] = entry;
        *end += 1;
    }
    let mut begin = 0;
    for end in ends {
        sorted[begin..end as usize].sort_unstable();
        begin = end as usize;
    }
    *order = sorted;
}

impl Carried {
    /// Adds the message at a place.
    pub(crate) fn load(&mut self, judged: &Judged, place: usize) {
        let mail = copied(&judged.mail[place], (&judged.users, &judged.groups), (&mut self.users, &mut self.groups));
        self.mail.push(mail);
    }

    /// Bytes of all its mail.
    pub(crate) fn bytes(&self) -> u64 {
        bytes(&self.mail)
    }

    /// Moves copies of all its mail to that of an hour.
    pub(crate) fn unload(&self, judged: &mut Judged) {
        for mail in &self.mail {
            let mail = copied(mail, (&self.users, &self.groups), (&mut judged.users, &mut judged.groups));
            judged.mail.push(mail);
        }
    }

    /// Number of recipients on their way to the work queue.
    pub(crate) fn recipients(&self) -> RecipientSums {
        let mut sums = RecipientSums::default();
        for mail in &self.mail {
            let places = mail.message.recipients;
            if mail.outgoing {
                let groups = self.groups[places.range()].iter();
                sums.outgoing += groups.map(|group| u64::from(group.recipients)).sum::<u64>();
            } else {
                sums.incoming += u64::from(places.count);
            }
        }
        sums
    }
}

/// The recipients of a message.
pub(crate) fn recipients<'a>(judged: &'a Judged, mail: &Mail) -> Recipients<'a> {
    let places = mail.message.recipients.range();
    if mail.outgoing { Recipients::Groups(&judged.groups[places]) } else { Recipients::Users(&judged.users[places]) }
}

fn bytes(mail: &[Mail]) -> u64 {
    mail.iter().map(|mail| u64::from(mail.message.size_bytes)).sum()
}

/// A copy of a message. Its recipients are copied from one shard's lists to another's.
fn copied(mail: &Mail, from: (&[UserId], &[RecipientGroup]), to: (&mut Vec<UserId>, &mut Vec<RecipientGroup>)) -> Mail {
    let places = mail.message.recipients;
    let first = if mail.outgoing {
        to.1.extend_from_slice(&from.1[places.range()]);
        to.1.len() as u32 - places.count
    } else {
        to.0.extend_from_slice(&from.0[places.range()]);
        to.0.len() as u32 - places.count
    };
    let mut mail = *mail;
    mail.message.recipients.first = first;
    mail
}
