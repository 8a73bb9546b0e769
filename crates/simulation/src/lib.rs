//! Runs traffic through the gateway into the ledger on any number of threads.

mod appliance;
mod count;
mod deliveries;
mod occupancy;
mod one_by_one;
mod returning;
mod run;
mod shard;
mod trace;
mod usage;

use std::ops::Range;

use tollgate_gateway::{Gateway, Stay};
use tollgate_ledger::Counts;
use tollgate_scenario::Scenario;
use tollgate_traffic::{Directory, Schedule};

pub use run::{Progression, Workers};
pub use trace::{Cell, Delivered, Life, MessageLife};
pub use usage::{Level, TurnedAway, Usage};

/// The value generation: the same scenario and seed give the same bytes within one generation. It rises by one with every
/// change of those bytes, and `CHANGELOG.md` says what changed.
pub const VALUE_GENERATION: u32 = 1;

/// A scenario made ready to run.
#[derive(Debug)]
pub struct Simulation {
    scenario: Scenario,
    schedule: Schedule,
    gateway: Gateway,
}

/// What watches a run.
pub trait Observer {
    /// What can go wrong in watching; it ends the run.
    type Error;

    /// Whether counts are wanted by key. Sums over all keys are had for a fraction of the time.
    const BY_KEY: bool = true;

    /// Takes an interval that is complete. Each appliance's intervals come in order, and every one of the span comes.
    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error>;

    /// Takes the stays in an appliance's work queue of the messages that entered it in one hour, in order of entering.
    /// The hours of an appliance come in order, those of the warm-up included.
    fn stays(&mut self, _appliance: usize, _stays: &[Stay]) {}

    /// Hears how far the simulation has come: the moment in microseconds since the Unix epoch, and how many connections
    /// and messages (transactions) have been simulated, those of the warm-up included.
    fn reached(&mut self, _micros: u64, _simulated: u64) {}
}

/// A complete interval of one appliance.
#[derive(Debug)]
pub struct Closed {
    /// The appliance, by its place in the scenario.
    pub appliance: usize,
    /// The beginning of the interval, in microseconds since the Unix epoch.
    pub begin_micros: u64,
    /// What was counted.
    pub counts: Counts,
    /// What was in use of what the appliance has.
    pub usage: Usage,
}

/// What one appliance simulated within the span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mail from outside.
    pub incoming: Simulated,
    /// Mail to outside.
    pub outgoing: Simulated,
    /// What was still on the appliance at the end of the span.
    pub balance: Balance,
    /// What happened for lack of room.
    pub limits: Limited,
}

/// What happened within the span as a limit of the appliance was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limited {
    /// Connections that were turned away. They are in no table, as no listener took them up.
    pub turned_away: u64,
    /// Those of them that would have brought mail, and whose senders gave up.
    pub given_up: u64,
    /// Delivery attempts that had to wait for another connection to end.
    pub deferred: u64,
}

/// Numbers simulated one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Connections to the appliance, whatever became of them.
    pub connections: u64,
    /// Messages (transactions) accepted.
    pub transactions: u64,
    /// Recipients accepted.
    pub recipients: u64,
}

/// Recipients accepted and not yet counted at the end of the span, by where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// In the work queue, incoming.
    pub queued_incoming: u64,
    /// In the work queue, outgoing.
    pub queued_outgoing: u64,
    /// In outbreak quarantine.
    pub quarantined: u64,
    /// Out of the work queue and waiting for a further delivery attempt.
    pub waiting_for_retry: u64,
}

impl Simulation {
    /// Makes a scenario ready.
    pub fn new(scenario: &Scenario) -> Self {
        let schedule = Schedule::new(scenario);
        let gateway = Gateway::new(scenario, &schedule);
        Simulation { scenario: scenario.clone(), schedule, gateway }
    }

    /// The names of everything that is counted.
    pub fn directory(&self) -> &Directory {
        self.schedule.directory()
    }

    /// What decides about it.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Where its traffic comes from.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Runs the whole scenario on so many threads (all there are, without a number) and gives the tally of each
    /// appliance. The result does not depend on the number of threads.
    ///
    /// # Errors
    /// What the observer returns.
    pub fn run<O>(&self, threads: Option<usize>, observer: &mut O) -> Result<Vec<Tally>, O::Error>
    where
        O: Observer + Send,
        O::Error: Send,
    {
        let time = &self.scenario.time;
        let workers = Workers::new(threads);
        let mut progression = self.progression(self.span(), time.warm_up.micros(), &workers);
        progression.advance(time.end().micros(), observer)?;
        Ok(progression.tallies())
    }

    /// A run of a span, in microseconds since the Unix epoch, that stands at the beginning of its warm-up. The span begins
    /// and ends with an interval and may lie anywhere, as what is drawn for an hour depends on the hour alone.
    pub fn progression<'a>(&'a self, span: Range<u64>, warm_up_micros: u64, workers: &'a Workers) -> Progression<'a> {
        Progression::new(self, span, warm_up_micros, workers)
    }

    /// The scenario's own span.
    fn span(&self) -> Range<u64> {
        let time = &self.scenario.time;
        time.begin.micros()..time.end().micros()
    }

    /// The lives of the first connections of the span, in order of their opening on all appliances: as they are as long as
    /// no appliance lacks room, for a trace follows single connections and not how many there are.
    pub fn trace(&self, count: usize) -> Vec<Life> {
        trace::trace(self, count)
    }
}

impl Tally {
    fn absorb(&mut self, other: Tally) {
        self.incoming.absorb(other.incoming);
        self.outgoing.absorb(other.outgoing);
        self.balance.queued_incoming += other.balance.queued_incoming;
        self.balance.queued_outgoing += other.balance.queued_outgoing;
        self.balance.quarantined += other.balance.quarantined;
        self.balance.waiting_for_retry += other.balance.waiting_for_retry;
    }
}

impl Limited {
    fn absorb(&mut self, usage: &Usage) {
        self.turned_away += usage.turned_away.total();
        self.given_up += usage.given_up;
        self.deferred += usage.deferred;
    }
}

impl Simulated {
    fn absorb(&mut self, other: Simulated) {
        self.connections += other.connections;
        self.transactions += other.transactions;
        self.recipients += other.recipients;
    }
}
