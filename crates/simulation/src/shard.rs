//! A shard: one clock hour of one appliance.

use tollgate_gateway::{Judged, Mail, Stay, WorkQueue};
use tollgate_ledger::{Ledger, System};
use tollgate_scenario::{Action, HOUR};
use tollgate_traffic::Group;

use crate::Simulation;
use crate::occupancy::Occupancy;

/// One clock hour of one appliance, judged up to the work queue.
#[derive(Debug)]
pub(crate) struct Shard {
    /// Beginning, in microseconds since the Unix epoch.
    pub(crate) begin: u64,
    /// The gateway's results.
    pub(crate) judged: Judged,
    /// The places of its mail, in order of entry into the work queue.
    pub(crate) order: Vec<Entry>,
    /// Number of connections.
    pub(crate) connections: u64,
    /// The connections to each listener.
    pub(crate) inbound: Vec<Occupancy>,
    /// The connections that are closed in a later hour: listener and time of closing.
    pub(crate) crossing: Vec<(usize, u64)>,
}

/// A message's place in a shard, ordered by its time of entry into the work queue. The upper bits hold the microseconds
/// since the beginning of the shard, because single numbers sort fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry(u64);

const PLACE_BITS: u32 = 30;

impl Entry {
    pub(crate) fn new(since_begin: u64, place: usize) -> Self {
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
    users: Vec<u32>,
    groups: Vec<Group>,
}

/// The recipients of one message (transaction).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recipients<'a> {
    /// Internal users of an incoming message, by number in the directory.
    Users(&'a [u32]),
    /// Recipient groups of an outgoing message.
    Groups(&'a [Group]),
}

impl Shard {
    /// A shard of the gateway's results.
    pub(crate) fn new(simulation: &Simulation, begin: u64, judged: Judged) -> Self {
        let mut shard = Shard::unsorted(simulation, begin, judged);
        shard.sort();
        shard
    }

    /// A shard of the gateway's results, without the order of its mail.
    pub(crate) fn unsorted(simulation: &Simulation, begin: u64, judged: Judged) -> Self {
        let inbound = vec![Occupancy::default(); simulation.scenario.listeners.len()];
        let connections = judged.batches.iter().map(|batch| batch.connections.len() as u64).sum();
        let mut shard = Shard { begin, judged, order: Vec::new(), connections, inbound, crossing: Vec::new() };
        shard.occupy(simulation);
        shard
    }

    /// The recipients of one of its messages.
    pub(crate) fn recipients(&self, mail: &Mail) -> Recipients<'_> {
        let (first, count) = mail.message.recipients;
        let span = first as usize..(first + count) as usize;
        if mail.outgoing {
            Recipients::Groups(&self.judged.groups[span])
        } else {
            Recipients::Users(&self.judged.users[span])
        }
    }

    /// End, in microseconds since the Unix epoch.
    pub(crate) fn end(&self) -> u64 {
        self.begin + HOUR
    }

    /// Finds the time for which each connection is open. A connection that is refused at the TCP level is never open.
    fn occupy(&mut self, simulation: &Simulation) {
        let end = self.end();
        for batch in &self.judged.batches {
            let listener = simulation.schedule.populations()[usize::from(batch.population)].listener;
            let inbound = &mut self.inbound[listener];
            let rejected_for = simulation.scenario.listeners[listener].rejected_for.micros();
            let opened = &batch.connections.opened;
            let mut occupy = |from: u64, to: u64| {
                inbound.occupy(from, to, 1);
                if to > end {
                    self.crossing.push((listener, to));
                }
            };
            for (&opened, &policy) in opened.iter().zip(&batch.admissions.policy) {
                if simulation.gateway.policy(policy).action == Action::Reject {
                    occupy(opened, opened + rejected_for);
                }
            }
            for received in &batch.received {
                occupy(opened[received.connection as usize], received.closed);
            }
        }
    }

    /// Adds the mail that earlier hours have carried over, and removes the mail that later hours receive.
    pub(crate) fn exchange(&mut self, carried: &mut Carried) {
        let taken = std::mem::take(carried);
        if !taken.mail.is_empty() {
            taken.unload(&mut self.judged);
            self.sort();
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

    /// Passes the mail through the work queue and reports the queue's depth. Returns the stay of each entry of `order`.
    pub(crate) fn pass(&self, queue: &mut WorkQueue, mut depth: impl FnMut(u64, u64, u64)) -> Vec<Stay> {
        let mut stays = Vec::with_capacity(self.order.len());
        for entry in &self.order {
            let service = self.judged.mail[entry.place()].service_micros();
            stays.push(queue.enter(self.begin + entry.since_begin(), service, &mut depth));
        }
        queue.advance(self.end(), &mut depth);
        stays
    }

    fn sort(&mut self) {
        let mail = &self.judged.mail;
        self.order.clear();
        self.order.extend(mail.iter().enumerate().map(|(place, mail)| Entry::new(mail.entered - self.begin, place)));
        self.order.sort_unstable();
        // The order of messages at one moment must not depend on which population was drawn first.
        for together in self.order.chunk_by_mut(|one, other| one.since_begin() == other.since_begin()) {
            if together.len() > 1 {
                together.sort_unstable_by_key(|entry| mail[entry.place()].message.identity);
            }
        }
    }
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

    /// Number of recipients on their way to the work queue: incoming, and outgoing.
    pub(crate) fn recipients(&self) -> (u64, u64) {
        let mut sums = (0, 0);
        for mail in &self.mail {
            let (first, count) = mail.message.recipients;
            if mail.outgoing {
                let groups = &self.groups[first as usize..(first + count) as usize];
                sums.1 += groups.iter().map(|group| u64::from(group.recipients)).sum::<u64>();
            } else {
                sums.0 += u64::from(count);
            }
        }
        sums
    }
}

fn bytes(mail: &[Mail]) -> u64 {
    mail.iter().map(|mail| u64::from(mail.message.size_bytes)).sum()
}

/// A copy of a message. Its recipients are copied from one shard's lists to another's.
fn copied(mail: &Mail, from: (&[u32], &[Group]), to: (&mut Vec<u32>, &mut Vec<Group>)) -> Mail {
    let (first, count) = mail.message.recipients;
    let span = first as usize..(first + count) as usize;
    let place = if mail.outgoing {
        to.1.extend_from_slice(&from.1[span]);
        to.1.len() as u32 - count
    } else {
        to.0.extend_from_slice(&from.0[span]);
        to.0.len() as u32 - count
    };
    let mut mail = *mail;
    mail.message.recipients = (place, count);
    mail
}

/// Counts a depth that the work queue had from `from` to `to`.
pub(crate) fn book_depth(ledger: &mut Ledger, from: u64, to: u64, depth: u64) {
    if depth > 0 {
        ledger.spread(from, to, |counts, micros| {
            counts.system.add(System::QueueDepthTime, depth * micros);
            counts.system.note_depth(depth);
        });
    }
}
