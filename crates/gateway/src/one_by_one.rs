//! Judges connections one by one, in order of time, for hours in which a limit may turn connections away.

use hashbrown::HashMap;
use tollgate_traffic::{Connection, Messages};

use crate::Gateway;
use crate::receive::{Batch, Judged};

/// An hour of an appliance that is judged connection by connection. If every connection of the hour is accepted, the
/// result is that of [`Gateway::judge`], which judges all of them at once.
#[derive(Debug)]
pub struct OneByOne<'a> {
    gateway: &'a Gateway,
    judged: Judged,
    /// Number of recipients that each address with a limit has left in this hour.
    left: HashMap<u32, u32>,
}

/// A connection that is about to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Place of its population in the schedule.
    pub population: u16,
    /// The connection.
    pub connection: Connection,
    /// Its sender group's number in the directory, and its policy's number in the gateway.
    pub admission: (u16, u16),
    /// Length of the session if its policy accepts mail, in microseconds.
    pub session_micros: u64,
    /// The messages that include its own.
    pub messages: &'a Messages,
    /// The first place of its own messages, and the place after the last.
    pub span: (usize, usize),
}

impl<'a> OneByOne<'a> {
    /// An hour without connections. `judged` holds the mail of earlier connections only.
    pub fn new(gateway: &'a Gateway, judged: Judged) -> Self {
        OneByOne { gateway, judged, left: HashMap::new() }
    }

    /// Accepts a connection. Call this in order of opening.
    pub fn take_up(&mut self, caller: &Caller<'_>) {
        let batches = &mut self.judged.batches;
        let place = batches.iter().position(|batch| batch.population == caller.population).unwrap_or_else(|| {
            batches.push(Batch { population: caller.population, ..Batch::default() });
            batches.len() - 1
        });
        // Adding the batch's own mail borrows `judged`, so the batch is taken out meanwhile.
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

    /// The results so far.
    pub fn judged(&self) -> &Judged {
        &self.judged
    }

    /// The results of the hour.
    pub fn finish(self) -> Judged {
        self.judged
    }
}
