//! Connections judged one by one, in order of time, where limits decide which of them are taken up.

use hashbrown::HashMap;
use tollgate_traffic::{Connection, Messages};

use crate::Gateway;
use crate::receive::{Batch, Judged};

/// An hour of an appliance that is judged connection by connection. If every connection of the hour is taken up, it comes to
/// what [`Gateway::judge`] makes of all of them at once.
#[derive(Debug)]
pub struct OneByOne<'a> {
    gateway: &'a Gateway,
    judged: Judged,
    /// How many recipients are left in this hour to the addresses that have a limit.
    left: HashMap<u32, u32>,
}

/// A connection that is about to be taken up.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Its population, by place in the schedule.
    pub population: u16,
    /// The connection.
    pub connection: Connection,
    /// Its sender group, by number in the directory, and its policy, by number in the gateway.
    pub admission: (u16, u16),
    /// How long it stays open if its policy takes mail, in microseconds.
    pub session_micros: u64,
    /// Where its messages are.
    pub messages: &'a Messages,
    /// Which of them are its messages: from one place to another.
    pub span: (usize, usize),
}

impl<'a> OneByOne<'a> {
    /// An hour in which nothing was taken up yet, and which has only the mail of earlier ones.
    pub fn new(gateway: &'a Gateway, judged: Judged) -> Self {
        OneByOne { gateway, judged, left: HashMap::new() }
    }

    /// Takes a connection up. None before it was opened later.
    pub fn take_up(&mut self, caller: &Caller<'_>) {
        let batches = &mut self.judged.batches;
        let place = batches.iter().position(|batch| batch.population == caller.population).unwrap_or_else(|| {
            batches.push(Batch { population: caller.population, ..Batch::default() });
            batches.len() - 1
        });
        // The batch is taken out for as long as its own mail is added beside it.
        let mut batch = std::mem::take(&mut self.judged.batches[place]);
        let at = batch.connections.len();
        batch.connections.push(caller.connection);
        let (group, number) = caller.admission;
        batch.admissions.group.push(group);
        batch.admissions.policy.push(number);
        let policy = self.gateway.policy(number);
        if policy.action.takes_mail() {
            let address = caller.connection.address;
            let left = policy.max_recipients_per_hour.map(|limit| self.left.entry(address).or_insert(limit));
            let closed = caller.connection.opened + caller.session_micros;
            let span = caller.span.0..caller.span.1;
            let received = self.gateway.take(&batch, (at, closed), caller.messages, span, left, &mut self.judged);
            batch.received.push(received);
        }
        self.judged.batches[place] = batch;
    }

    /// What was judged so far.
    pub fn judged(&self) -> &Judged {
        &self.judged
    }

    /// What was judged.
    pub fn finish(self) -> Judged {
        self.judged
    }
}
